#!/bin/sh
# The data owners make the linkage key together, put it into escrow, and end it.
. tests/support/cli.sh
printf 'correct horse battery\n' >pass
cheap_passphrases
as() { tally "$@" --passphrase-fd 3 3<pass; }
for p in police health linker analyst; do
    expect 0 as identity new "Northshire $p" --kind $p -o $p
done
expect 0 tally schema new --fields forename,surname,date_of_birth -o schema.json
expect 0 tally agreement draft police=data-owner health=data-owner linker=linker analyst=analyst+convenor \
    --schema schema.json --reference northshire --payload 'police:offence;health:attendance' -o a.json
sed -i 's/"STATE [^"]*"/"as decided by the board"/' a.json
expect 5 as key commit --agreement a.json --identity police
says 'not signed by Northshire police'
absent a.json.01.commitment a.json.01.secret
for p in police health linker analyst; do
    expect 0 as agreement sign a.json --identity $p
done
key() {
    step=$1
    who=$2
    shift 2
    as key "$step" --agreement a.json --identity "$who" "$@"
}
expect 0 key commit police
says 'stays with you'
[ "$(stat -c %a a.json.01.secret)" = 600 ] || fail "the secret is readable by others"
expect 2 key commit police
expect 5 key contribute police
says 'Northshire health has not committed'
expect 5 key commit linker
says 'not a data owner'
expect 0 key commit health
expect 0 key contribute police
expect 0 key contribute health
expect 2 key combine police
expect 0 key combine police -o police.key
check=$(sed -n 's/^Key check value: //p' err)
expect 0 key combine health -o health.key
says "Key check value: $check"
absent a.json.01.secret a.json.02.secret
cmp -s police.key health.key || fail "two keys"
[ "$(stat -c %a police.key)" = 600 ] || fail "the key is readable by others"
expect 0 tally key check police.key --agreement a.json
says 'Every data owner has this key'
tally keygen -o other.key 2>/dev/null
expect 4 tally key check other.key --agreement a.json
says 'has another key'
expect 5 key combine police -o again.key
absent again.key

expect 5 as key split police.key police health linker --identity police -o shares
says 'may never hold a share'
absent shares/share-01
expect 5 as key split police.key police health health/identity.card --identity police -o shares
says 'would hold two shares'
expect 5 key split linker police.key police health -o shares
says 'linker is not a data owner'
sed 's/police/pol1ce/' a.json.01.sig >bad.sig
expect 4 tally inspect bad.sig
says 'hint: ask whoever signed it for it again'
expect 4 key split police other.key police health -o shares
says 'has another key'
absent shares
expect 0 key split police police.key police health -o under
expect 0 as key split police.key police health --identity police -o escrow
[ "$(stat -c %a escrow/share-02)" = 600 ] || fail "a share is readable by others"
expect 4 tally key restore escrow/share-01 escrow/share-01 --dealer police -o back.key
expect 4 tally key restore escrow/share-01 escrow/share-02 --dealer health -o back.key
absent back.key
expect 0 tally key restore escrow/share-02 escrow/share-01 --dealer police -o back.key
cmp -s police.key back.key || fail "escrow gave another key"

expect 4 as key destroy schema.json --identity police -o cert
expect 2 as key destroy police.key --identity police -o police.key --force
expect 0 as key destroy police.key --identity police -o cert
absent police.key
grep -q '"complete": true' cert || fail "the certificate does not say so"
expect 0 tally destroy back.key escrow/share-01 --dry-run
prints 'would destroy back.key'
expect 6 as destroy back.key nothing --identity police -o cert2
absent cert2
mkdir folder
ln -s back.key link
for other in folder link; do
    expect 2 as destroy back.key $other --identity police -o cert2
    says "$other is not a regular file"
    absent cert2
    [ -s back.key ] || fail "destroyed although $other cannot be"
done
expect 0 as destroy back.key escrow/share-01 escrow/share-02 --identity police -o cert2
absent back.key escrow/share-01
keyhex=$(sed -n 's/^key //p' health.key)
if cat out err cert cert2 a.json.* | grep -qiF "$keyhex"; then
    fail "the key came out"
fi
no_leftovers
