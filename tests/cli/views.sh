#!/bin/sh
# Views: several encodings of a record from the schema to the linker.
. tests/support/cli.sh
small_sources 400 standard
F=forename,surname,date_of_birth,sex,postcode
expect 0 tally schema new --fields $F --views full,no-address,no-surname -o views.json
says 'every view gives an attacker more'
expect 0 tally schema check views.json
expect 0 tally schema show views.json
prints '^Views:'
prints 'no-surname +forename\* [0-9]+ date_of_birth\* [0-9]+ sex [0-9]+ postcode\* [0-9]+'
expect 2 tally schema new --fields $F --views full,no-nothing -o bad.json
says "'no-nothing' would leave out no field"
absent bad.json
sed 's/"no-address"/"No address"/' views.json >bad.json
expect 3 tally schema check bad.json
says 'bad.json: line [0-9]+: views\[1\].name'

for s in police health; do
    expect 0 tally encode people/$s.csv --schema views.json --key key --id id -o $s.enc
    says 'no-address +[0-9,]+ +[0-9,]+'
    expect 0 tally inspect $s.enc --json
    python3 -c 'import json; assert len(json.load(open("out"))["views"]) == 3' || fail "views"
done
# A record without a postcode has no encoding without a surname.
expect 0 tally encode people/health.csv --schema views.json --key key --json -o again.enc
python3 - <<'P' || fail "rows of views"
import json
s = json.load(open("out"))
records = s["records"]
views = {v["view"]: v for v in s["views"]}
assert views["full"]["encodings"] == records
assert 0 < views["no-surname"]["encodings"] < records
assert views["no-surname"]["records"] == views["no-surname"]["encodings"]
assert all(0.1 < v["mean_fill"] < 0.3 for v in s["views"]), s["views"]
P
expect 0 tally link police.enc health.enc -o links.csv
says '3 views weighed together'

# Files of another schema do not fit, with or without views.
expect 0 tally encode people/health.csv --schema schema.json --key key --id id --force -o health.enc
expect 3 tally link police.enc health.enc --force -o links.csv
says 'different schemas'
# One view over all fields is the file that a schema without views gives, but for its schema.
expect 0 tally schema new --fields $F --views full -o full.json
expect 0 tally encode people/police.csv --schema full.json --key key --id id -o full.enc
expect 0 tally inspect full.enc
prints 'view +full'
no_leftovers

# Match keys are carried, told and used.
expect 0 tally schema new --fields forename,surname,date_of_birth,postcode \
    --match-keys forename+surname+date_of_birth,surname+postcode -o keys.json
says 'match keys are equal wherever values are'
expect 0 tally schema show keys.json
prints '^  surname-postcode *surname postcode$'
expect 0 tally encode people/police.csv --schema keys.json --key key --id id --source a -o a.enc --force
says "match key 'forename-surname-date_of_birth': [0-9]* keys of [0-9]* records"
expect 0 tally encode people/police.csv --schema keys.json --key key --id id --source b -o b.enc --force
expect 0 tally inspect a.enc
prints '^match key *surname-postcode: [0-9]* keys of [0-9]* records$'
expect 0 tally link a.enc b.enc -o keys.csv
says 'linked by equal match keys: [0-9]*, whatever their scores'
expect 3 tally schema new --fields forename,surname,sex --match-keys forename+surname -o no.json
says 'is the same for many people'
