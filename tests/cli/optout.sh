#!/bin/sh
# People who opted out and people who must be protected stay at home; a dry run tells what would leave.
. tests/support/cli.sh
tally schema new --fields forename,surname,date_of_birth,nhs_number -o schema.json 2>/dev/null
fixed_key key # a key by chance could show digits that are looked for below
cat >health.csv <<'C'
id,forename,surname,date_of_birth,nhs_number,flag,adopted,former,ward
H1,Zzyzxcanary,Lee,1990-02-03,943 476 5919,,,,a
H2,Bob,Qvortexmark,1980-01-05,,Y,,,b
H3,Cat,Fox,1970-07-07,,,Y,Xylomark,a
H4,Dan,Roe,1960-06-06,,,,Smith,b
H5,Eve,Hall,1950-05-05,,,,,b
H6,Fay,Ball,1951-05-05,,yes,,,a
C
cat >health.map <<'M'
forename = forename
surname = surname | former
date_of_birth = date_of_birth
nhs_number = nhs_number
M
printf 'nhs_number\n943-476-5919\n401 023 2137\nnonsense\n' >optout.csv
printf 'H5\nH99\n' >exclude.csv
run() {
    expect 0 tally encode health.csv --schema schema.json --key key --map health.map "$@"
}
run --record-id id --opt-out optout.csv --exclude exclude.csv --exclude-where flag=y \
    --exclude-aliases-where adopted=Y --payload ward --payload-out health.pay -o health.enc
says 'Encoded 3 records'
says 'records that stay here: 1 by opt-out, 1 by exclusion list, 1 marked'
says 'records that leave without their aliases: 1'
says 'people on the opt-out list: 3, of whom in this export 1 and not in it 2'
says 'warning: 1 values of the list could not be read'
says 'people on the exclusion list: 2, of whom in this export 1 and not in it 1'
says "warning: column 'flag' holds another value in 1 rows, which leave"
says 'full +4 +3'
expect 0 tally inspect health.pay
prints 'records +3'
cp err everything

run --record-id id --opt-out optout.csv --exclude exclude.csv --exclude-where 'flag=*' --json \
    --force -o health.enc
cat out err >>everything
python3 - <<'P' || fail "counts as JSON"
import json
s = json.load(open("out"))
assert s["records"] == 2 and s["rows_read"] == 6, s
assert s["stayed"]["opt_out"] == 1 and s["stayed"]["exclude"] == 1 and s["stayed"]["exclude_where"] == 2, s
assert s["stayed"]["opt_out_list"] == {"people": 3, "in_export": 1, "unreadable": 1}, s
assert s["stayed"]["other_values"] == {"flag": 0}, s
P

# The dry run tells the same and writes nothing, even where a file is in the way.
cp health.enc before.enc
run --id id --opt-out optout.csv --exclude-where flag=Y --payload ward --payload-out dry.pay --dry-run \
    -o health.enc
cat out err >>everything
cmp -s health.enc before.enc || fail "the dry run wrote"
absent dry.pay
prints '^Dry run: nothing was written'
prints 'health.enc, to the linker: [0-9,]+ bytes'
prints '4 records, each under a random token'
prints 'made from: forename, surname, date_of_birth, nhs_number'
prints "the ids of column 'id', for anyone to read"
prints 'dry.pay, to the analyst: [0-9,]+ bytes'
prints 'as they stand in the export: ward'
prints 'columns that go nowhere: flag, adopted'
prints 'records: 1 by opt-out, 0 by exclusion list, 1 marked'
prints 'attacks are known'
run --record-id id --dry-run --json -o new.enc
absent new.enc
python3 - <<'P' || fail "dry run as JSON"
import json
s = json.load(open("out"))
assert s["dry_run"] is True and s["files"][0]["file"] == "new.enc" and s["files"][0]["ids"] is False, s
json.dump(s["files"][0]["bytes"], open("bytes", "w"))
P
run --record-id id -o new.enc
[ "$(stat -c %s new.enc)" = "$(cat bytes)" ] || fail "the dry run told another length"
run --record-id id --dry-run --force -o other.enc
prints 'whose token is whose: no list of them is kept'

# Lists that could keep nobody at home are refused, and nothing is written.
bad() {
    want=$1
    text=$2
    shift 2
    expect "$want" tally encode health.csv --schema schema.json --key key --map health.map "$@" -o bad.enc
    cat err >>everything
    says "$text"
    absent bad.enc
}
bad 2 'no column of ids is named' --opt-out exclude.csv
bad 2 'does not point to one person' --opt-out health.csv
bad 2 'is not COLUMN=VALUE' --exclude-where flag
bad 3 "no column 'nix'" --exclude-where nix=Y
bad 6 'missing.csv' --opt-out missing.csv
printf 'H1\nH2\nH3\nH4\nH5\nH6\n' >all.csv
bad 3 'every record stays at home' --record-id id --opt-out all.csv
says 'hint: 6 stay by opt-out, 0 by exclusion list, 0 marked'
expect 2 tally encode health.csv --schema schema.json --key key --map health.map --opt-out new.enc -o new.enc
expect 2 tally encode health.csv --schema schema.json --key key --map health.map --format clkhash-json \
    --record-id id -o bad.json
absent bad.json

if grep -aiE 'zzyzx|qvortex|xylo|943|4010232137|401 023|nonsense|H5|H99' everything; then
    fail "a personal value came out"
fi
no_leftovers
