#!/bin/sh
# clkhash schemas give clkhash's exact bits: a set of our own always, and every set of
# ../shared when it is there; what clkhash refuses is refused with a message that helps.
. tests/support/cli.sh
if ! tally encode --help | grep -q secret-file; then
    echo "skipped: this build has no encoder" >&2
    exit 77
fi
python3 "$root/tests/support/clkhash_reference.py" own
chmod 600 own.secret
if tally schema check own.v3.json 2>&1 | grep -q 'without the legacy encoder'; then
    expect 3 tally encode own.csv --schema own.v3.json --secret-file own.secret -o out.json
    says 'without the legacy encoder'
    echo "skipped: this build is without the legacy encoder" >&2
    exit 77
fi

# same WANT: the filters written last are those in WANT.
same() {
    python3 -c 'import json, sys
a, b = (json.load(open(f)) for f in sys.argv[1:])
sys.exit(a != b or list(a) != ["clks"])' out.json "$1" || fail "$1: the filters differ"
}

for version in 1 2 3; do
    expect 0 tally encode own.csv --schema own.v$version.json --secret-file own.secret -o out.json --force
    same own.v$version.clks.json
    says 'Encoded [0-9]+ records'
    expect 0 tally schema convert own.v$version.json -o converted.json --force
    expect 0 tally schema check converted.json
    prints "^ok: clkhash schema of version 3"
    expect 0 tally encode own.csv --schema converted.json --secret-file own.secret -o out.json --force
    same own.v$version.clks.json
done
expect 0 tally schema check own.v1.json --json
python3 -c 'import json; assert json.load(open("out"))["version"] == 1'
expect 0 tally schema show own.v1.json
prints 'surname  *ignored'
prints 'age .*n-grams'
expect 0 tally schema show own.v1.json --json
python3 -c 'import json; assert json.load(open("out"))["version"] == 3'

# Headers.
tail -n +2 own.csv >bare.csv
encode() {
    tally encode "$@" --schema own.v3.json --secret-file own.secret -o out.json --force
}
expect 0 encode bare.csv --header no
same own.v3.clks.json
{ echo 'other;names'; cat bare.csv; } >other.csv
expect 0 encode other.csv --header ignore
same own.v3.clks.json
encode - <own.csv 2>err || fail "standard input"
same own.v3.clks.json

# bad CODE PATTERN FILE [OPTIONS]: encoding fails so and leaves nothing.
rm out.json
bad() {
    code=$1
    pattern=$2
    shift 2
    expect "$code" encode "$@"
    says "$pattern"
    absent out.json
    no_leftovers
}
head -1 own.csv >header
row='1,Ann,Lee,1990-01-02,34,f'
{ cat header; echo "$row"; echo; } >blank.csv
bad 3 'blank.csv: row 3: 0 cells, where the schema has 6 features \(a blank line\)' blank.csv
{ cat header; echo "$row"; echo '1,Ann,Lee'; } >ragged.csv
bad 3 'ragged.csv: row 3: 3 cells' ragged.csv
{ printf '\357\273\277'; cat own.csv; } >mark.csv
bad 3 'names column 1 differently' mark.csv
says 'byte order mark'
bad 3 'names column 1 differently' bare.csv
: >empty.csv
bad 3 'empty.csv: the file is empty' empty.csv
{ cat header; echo '1,Ann,Lee,1990-02-30,34,f'; } >date.csv
bad 3 "date.csv: row 2: column 'born': is not a date of the form %Y-%m-%d" date.csv
bad 3 "is not a date" date.csv --no-validate
{ cat header; echo '1,Ann,Lee,1990-02-03,200,f'; } >age.csv
bad 3 "row 2: column 'age': is above the maximum of 120" age.csv
expect 0 encode age.csv --no-validate
rm out.json
{ cat header; echo '1,Ann,Lee,1990-02-03,old,f'; } >word.csv
bad 3 "column 'age': is not a whole number" word.csv
{ cat header; echo '1,Ann,Lee,1990-02-03,34,q'; } >sex.csv
bad 3 "column 'sex': is none of the values listed" sex.csv
{ cat header; printf '1,Ann\377,Lee,1990-02-03,34,f\n'; } >latin.csv
bad 3 'latin.csv: row 2: is not UTF-8' latin.csv
{ cat header; echo '1,"Ann,Lee,1990-02-03,34,f'; } >quote.csv
bad 3 'quote.csv: row 2: a quote is never closed' quote.csv

# The command line.
bad 2 '^tally: error: --header is yes, no or ignore' own.csv --header maybe
bad 2 'do not go with a clkhash schema' own.csv --key k
chmod 644 own.secret
bad 4 'other users may open' own.csv
chmod 600 own.secret
expect 2 tally encode own.csv --schema own.v3.json -o out.json
says '^tally: error: --secret-file FILE is needed'
expect 0 encode own.csv
expect 2 tally encode own.csv --schema own.v3.json --secret-file own.secret -o out.json
says 'exists'

# No cell, no secret in what is said.
{ cat header; echo '1,Ann,Lee,zzcanaryzz,34,f'; } >canary.csv
expect 3 encode canary.csv
if grep -q zzcanaryzz err; then fail "a value was shown"; fi

# Schemas that are refused.
schema() {
    python3 -c 'import json, sys
s = json.load(open("own.v3.json"))
exec(sys.argv[1])
json.dump(s, open("bad.json", "w"))' "$1"
}
refused() {
    schema "$1"
    expect 3 tally schema check bad.json
    says "$2"
}
refused 's["version"] = 4' 'version 1, 2 or 3'
refused 'del s["clkConfig"]["l"]' "'l' is missing"
refused 's["features"][1]["hashing"]["strategy"]["bitsPerToken"] = 3' 'not both'
refused 's["features"][1]["format"]["pattern"] = "a"; s["features"][1]["format"]["case"] = "lower"' 'unknown name'
refused 's["features"][1]["hashing"]["comparison"] = {"type": "numeric", "thresholdDistance": 0.1, "resolution": 2}' 'rounds to 0'
refused 's["features"][0]["extra"] = 1' 'unknown name'
schema 's["version"] = 3.0; s["extra"] = 1; s["clkConfig"]["xorFolds"] = 1'
expect 0 tally schema check bad.json
says '"xorFolds" has no effect'
schema 's["clkConfig"]["l"] = 1000'
expect 0 tally schema check bad.json
says 'power of two'
expect 3 tally encode own.csv --schema bad.json --secret-file own.secret -o no.json
says 'power of two'
absent no.json

# Filters of our own schemas in the same form: those of the .enc, in the order of the rows.
small_rows() {
    echo forename,surname,date_of_birth,sex,postcode
    for name in Ann Bob Cem Dee Eve; do echo "$name,Lee,1990-01-02,f,SW1A 1AA"; done
}
small_rows >small.csv
expect 0 tally schema new --fields forename,surname,date_of_birth,sex,postcode --profile standard -o schema.json
expect 0 tally keygen -o key
expect 0 tally encode small.csv --schema schema.json --key key -o small.enc
expect 0 tally encode small.csv --schema schema.json --key key -o small.json --format clkhash-json --threads 2
sed -i 2d small.csv
expect 0 tally encode small.csv --schema schema.json --key key -o fewer.json --format clkhash-json
python3 -c 'import base64, json
enc = open("small.enc", "rb").read()
clks = json.load(open("small.json"))["clks"]
assert len(clks) == 5 and all(base64.b64decode(c) in enc for c in clks)
assert json.load(open("fewer.json"))["clks"] == clks[1:]' || fail "--format clkhash-json"
expect 2 tally encode small.csv --schema schema.json --key key --id forename -o x.json --format clkhash-json
says 'neither ids nor payload'
expect 2 tally encode small.csv --schema schema.json --key key -o x.json --format xml
expect 2 tally encode small.csv --schema schema.json --key key -o x.json --secret-file own.secret
says 'go with a clkhash schema'
absent x.json

# Ctrl-C while waiting for input that does not come.
mkfifo pipe
"$bin/tally" encode - --schema own.v3.json --secret-file own.secret -o x.json <pipe 2>err &
pid=$!
exec 3>pipe
ctrl_c $pid
exec 3>&-
[ $got = 130 ] || fail "Ctrl-C at standard input gave exit $got"
absent x.json

# A starter schema: checked, shown and encoded with; equal records are equal filters.
expect 0 tally schema new --fields forename,date_of_birth,postcode --profile legacy -o starter.json
says 'warning: filters of clkhash are not hardened'
expect 0 tally schema check starter.json
prints 'version 3 with 3 features \(0 ignored\), filters of 1024 bits'
printf 'forename,date_of_birth,postcode\nMARY,1980-02-01,LS1 1AA\nMARY,1980-02-01,\n' >starter.csv
printf 'MARY,1980-02-01,LS1 1AA\n' >>starter.csv
expect 0 tally encode starter.csv --schema starter.json --secret-file own.secret -o starter.out
python3 -c 'import json
a, b, c = json.load(open("starter.out"))["clks"]
assert a == c != b and len(a) == 172' || fail "the starter schema does not encode as it should"
expect 2 tally schema new --fields forename --profile legacy --views full
says 'do not go with the profile legacy'
expect 2 tally schema new --fields forename --profile legacy -o starter.json
says 'exists'

vectors=$shared/vectors/clkhash
if [ ! -d "$vectors" ]; then
    echo "skipped: ../shared is not here" >&2
    exit 0
fi
python3 -c 'import json, sys
for e in json.load(open(sys.argv[1])):
    header = {True: "yes", False: "no"}.get(e["header"], e["header"])
    print(e["name"], "" if e["validate"] else "--no-validate", "--header", header)' \
    "$vectors/INDEX.json" >sets
while read -r name options; do
    cp "$vectors/$name.secret" secret
    chmod 600 secret
    # shellcheck disable=SC2086
    expect 0 tally encode "$vectors/$name.csv" --schema "$vectors/$name.schema.json" \
        --secret-file secret -o out.json --force $options
    same "$vectors/$name.clks.json"
done <sets
