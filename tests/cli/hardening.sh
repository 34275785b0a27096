#!/bin/sh
# Every step of hardening encodes, says what was done, and links a small set with itself.
. tests/support/cli.sh
small_sources 1500 plain
sed 's/"hardening": *\[\]/"hardening": STEPS/' schema.json >pattern
grep -q STEPS pattern || fail "the schema has no hardening to replace"

# link_itself NAME STEPS BITS WORDS
link_itself() {
    sed "s/STEPS/[$2]/" pattern >"$1.json"
    expect 0 tally schema check "$1.json"
    expect 0 tally encode people/police.csv --schema "$1.json" --key key --id id --source a -o a.enc --force
    expect 0 tally encode people/police.csv --schema "$1.json" --key key --id id --source b -o b.enc --force
    expect 0 tally inspect a.enc
    prints "^bits *$3\$"
    prints "^hardening .*$4"
    expect 0 tally link a.enc b.enc -o links.csv --force
    records=$(($(wc -l <people/police.csv) - 1))
    right=$(awk -F, 'NR > 1 && $2 == $4' links.csv | wc -l)
    [ "$right" -ge $((records * 95 / 100)) ] || fail "$1: $right of $records records found themselves"
}
link_itself none '' 2,048 none
link_itself diffusion '{"kind":"diffusion","t":6,"bits":2048}' 2,048 'diffusion of 6'
link_itself balance '{"kind":"balance"}' 4,096 balancing
link_itself fold '{"kind":"fold"}' 1,024 'XOR fold to a half'
link_itself quarter '{"kind":"fold","times":2}' 512 'XOR fold to a quarter'
link_itself rule90 '{"kind":"rule90"}' 2,048 'rule 90'
link_itself wxor '{"kind":"wxor","window":64}' 2,048 'XOR of windows of 64 bits'
link_itself resam '{"kind":"resam"}' 2,048 RESAM
link_itself permute '{"kind":"permute"}' 2,048 permutation
link_itself blip '{"kind":"blip","f":0.05}' 2,048 'noise on a share of 0.05'
link_itself chain '{"kind":"fold"},{"kind":"permute"},{"kind":"blip","f":0.02},{"kind":"balance"}' 2,048 \
    'XOR fold to a half, keyed permutation, noise'

# What noise is worth is stated.
expect 0 tally schema show blip.json
prints 'epsilon 3\.66 a bit'
expect 0 tally schema check blip.json
says 'protects single bits, not records'

# A filter for each group of fields, for each field, or bits drawn from those of fields.
for profile in group attribute rbf; do
    expect 0 tally schema new --fields forename,surname,date_of_birth,sex,postcode --profile $profile -o $profile.json
    expect 0 tally encode people/police.csv --schema $profile.json --key key --id id --source a -o a.enc --force
    expect 0 tally encode people/police.csv --schema $profile.json --key key --id id --source b -o b.enc --force
    expect 0 tally link a.enc b.enc -o links.csv --force
    [ "$(awk -F, 'NR > 1 && $2 == $4' links.csv | wc -l)" -ge $((records * 95 / 100)) ] ||
        fail "$profile: too few records found themselves"
done
expect 0 tally schema show rbf.json
prints 'a filter of 512 bits for each field; 2048 of them drawn by weight, about 20 % set'
expect 0 tally inspect a.enc
prints '^bits drawn *by weight from a filter of 512 bits a field$'

# Salted by the year of birth: it links, and says what was done and who lacks the salt.
sed 's/STEPS/[], "salt": "date_of_birth"/' pattern >salt.json
expect 0 tally schema check salt.json
says "salted by 'date_of_birth': a person is never found where it is wrong"
expect 0 tally encode people/police.csv --schema salt.json --key key --id id --source a -o a.enc --force
expect 0 tally encode people/police.csv --schema salt.json --key key --id id --source b -o b.enc --force
expect 0 tally inspect a.enc
prints 'salted by *date_of_birth'
expect 0 tally link a.enc b.enc -o links.csv --force
[ "$(awk -F, 'NR > 1 && $2 == $4' links.csv | wc -l)" -ge $((records * 90 / 100)) ] ||
    fail "salt: too few records found themselves"
sed 's/STEPS/[], "salt": "surname"/' pattern >bad.json
expect 3 tally schema check bad.json
says 'not validated'

# Dummies: the linker sees them among the records, the payload and its analyst do not.
expect 0 tally encode people/police.csv --schema schema.json --key key --payload-out a.pay \
    --source a --dummies 50 -o a.enc --force
says 'dummies stand among them'
padded=$((records + (records * 50 + 50) / 100))
expect 0 tally inspect a.enc
prints "^records *$padded\$"
prints 'dummies *included'
expect 0 tally inspect a.pay
prints "^records *$records\$"
expect 0 tally encode people/police.csv --schema schema.json --key key --payload-out b.pay --source b -o b.enc --force
expect 0 tally link a.enc b.enc -o links.csv --store run.db --linkmap links.map --force
says "'a' include dummies"
expect 0 tally cohort --linkmap links.map --payload a.pay,b.pay -o cohort.db
[ "$(sqlite3 cohort.db 'SELECT count(*) FROM person')" -le $((records * 12 / 10)) ] || fail "dummies are people"
tally schema new --fields forename,surname,date_of_birth --profile strict -o strict.json 2>/dev/null
expect 0 tally encode people/police.csv --schema strict.json --key key --payload-out s.pay --source s -o s.enc
expect 0 tally inspect s.enc
prints "^records *$((records + (records * 15 + 50) / 100))\$"
expect 0 tally encode people/police.csv --schema strict.json --key key --payload-out s.pay --source s \
    --dummies 0 -o s.enc --force
expect 0 tally inspect s.enc
prints "^records *$records\$"
expect 2 tally encode people/police.csv --schema schema.json --key key --dummies 10 -o c.enc
says 'dummies need a payload file'
expect 2 tally encode people/police.csv --schema schema.json --key key --id id --payload-out c.pay --dummies 10 -o c.enc
says 'give dummies away'
absent c.enc c.pay

# What is dangerous is refused with the reason, and nothing is written.
sed 's/STEPS/[{"kind":"balance"},{"kind":"diffusion","t":6,"bits":2048}]/' pattern >bad.json
expect 3 tally schema check bad.json
says '50 % full loses matches'
no_leftovers
