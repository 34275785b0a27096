#!/bin/sh
# Identities: made, shown, rotated, revoked; the passphrase comes from an open file or a terminal only.
. tests/support/cli.sh
printf 'correct horse battery\n' >pass
printf 'short\n' >short
as() { tally identity "$@" --passphrase-fd 3 3<pass; }
expect 0 as new 'Northshire Police' --kind police -o police
prints 'Northshire Police, police force'
says 'to hand out'
[ "$(stat -c %a police/identity.key)" = 600 ] || fail "the key is readable by others"
expect 0 tally identity show police/identity.card --json
python3 -c 'import json; d = json.load(open("out")); assert len(d["words"].split()) == 16 and len(d["fingerprint"]) == 64' ||
    fail "identity show --json"
expect 2 as new 'Northshire Police' --kind police -o police --force
says 'never replaced'
expect 2 as new 'Northshire Police' --kind constabulary -o other
says 'hint: one of: police, '
expect 2 as new 'North
shire' --kind police -o other
expect 2 tally identity new 'Northshire Police' --kind police -o other --passphrase-fd 3 3<short
says 'shorter than 12'
expect 2 tally identity new 'Northshire Police' --kind police -o other --passphrase-fd 3 3</dev/null
says 'passphrase is empty'
expect 2 tally identity new 'Northshire Police' --kind police -o other --passphrase-fd 9
says 'no such open file'
expect 2 setsid -w "$bin/tally" identity new 'Northshire Police' --kind police -o other
says 'no terminal'
expect 6 as new 'Northshire Police' --kind police -o no/such/folder
absent other no

expect 0 as new 'Northshire Police' --kind police -o next
expect 0 as rotate police next -o rotation
expect 0 as revoke police -o revocation
expect 2 as revoke police -o revocation
expect 0 as new 'Southshire Police' --kind police -o south
expect 2 as rotate police south -o bad
absent bad
printf 'a wrong passphrase\n' >pass
expect 4 as revoke police -o bad
says 'passphrase is wrong'
absent bad
printf 'correct horse battery\n' >pass
chmod 644 police/identity.key
expect 4 as revoke police -o bad
says 'chmod 600'

head -c 100 police/identity.card >cut.card
expect 4 tally identity show cut.card
says 'cut.card: not a Tallystick card, or cut or changed'
echo rubbish >rubbish
expect 4 tally identity show rubbish
expect 6 tally identity show missing.card
expect 2 tally identity
expect 2 tally identity new
if cat out err police/* next/identity.* rotation | grep -q 'horse battery'; then
    fail "a passphrase came out"
fi
no_leftovers
