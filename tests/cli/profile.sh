#!/bin/sh
# tally profile: summary, page and JSON of good, bad and odd exports; never a value of one.
# SPDX-License-Identifier: Apache-2.0
. tests/support/cli.sh

# An ordinary source: nothing to fix, and the same whatever the threads.
small_sources 3000
expect 0 tally profile people/police.csv --schema schema.json --id id -o page.html
prints '^Profile of police.csv: [0-9,]+ records, 5 fields, schema starter'
prints 'for the data owner'
says 'Wrote page.html: aggregate about personal data; for the data owner'
[ "$(wc -l <out)" -le 60 ] || fail "the summary has $(wc -l <out) lines"
[ "$(stat -c %a page.html)" = 600 ] || fail "the page can be read by others"
grep -q 'Fix before encoding' page.html || fail "the page has no list"
expect 2 tally profile people/police.csv --schema schema.json -o page.html
says 'page.html.*exists'
for n in 1 2 3; do
    expect 0 tally profile people/police.csv --id id --threads $n --json -o page.html --force
    mv out json$n
    mv page.html page$n
done
cmp -s json1 json2 && cmp -s json1 json3 || fail "JSON depends on threads"
cmp -s page1 page2 && cmp -s page1 page3 || fail "the page depends on threads"
"$bin/tally-agency" profile - <people/police.csv >out 2>err || fail "standard input"
prints "^Profile of standard input"

# The count of the JSON is what the file has.
expect 0 tally profile people/police.csv --schema schema.json --json
rows=$(($(wc -l <people/police.csv) - 1))
python3 - "$rows" <<'P' || fail "the JSON is not what it should be"
import json, sys
d = json.load(open("out"))
assert d["records"] == int(sys.argv[1]), d["records"]
assert d["status"] == "aggregate about personal data" and d["for"] == "the data owner"
for f in d["fields"]:
    assert sum(f["outcomes"].values()) == d["records"], f["field"]
    assert f["usable"] == f["outcomes"]["ok"] + f["outcomes"]["repaired"]
    assert f["frequency"]["most_frequent"] <= f["usable"]
P

# A file with a fault of each kind; marker names come out nowhere.
python3 - <<'P'
import random
random.seed(3)
with open("bad.csv", "w") as f:
    f.write("id,forename,surname,date_of_birth,sex,postcode,nhs_number,note\n")
    for i in range(1000):
        fore, sur = "Zzyzx%s" % chr(97 + i % 26), "Qvortex%s%s" % (chr(97 + i % 26), chr(97 + i // 26 % 26))
        if i % 50 == 0:
            fore, sur = "Smith", "Emily"
        if i % 25 == 1:
            fore = "UNKNOWN"
        dob = "%02d/%02d/%d" % (1 + i % 28, 1 + i % 12, 1930 + i % 70)
        if i % 20 == 2:
            dob = "01/01/1961"
        if i % 40 == 3:
            dob = "01/01/1900"
        if i % 40 == 5:
            dob = "07/31/1984"
        pc = "SW%dA %dQZ" % (1 + i % 9, i % 10) if i % 10 else "ZZ99 3CZ"
        f.write("P%d,%s,%s,%s,%s,%s,%s,Wubbacanary\n" % (i - (i == 999), fore, sur, dob, "FM"[i % 2], pc, "9434765918"))
P
expect 0 tally profile bad.csv --id id -o bad.html --json
mv out bad.json
expect 0 tally profile bad.csv --id id
prints 'Fix before encoding'
prints 'Records with the id of an earlier one: 1 of 1,000'
prints 'nhs_number: Check digit wrong: 1,000 of 1,000'
prints 'date_of_birth: Dates on 1 January: '
prints 'date_of_birth: Dates whose day and month could be mistaken: 25 of'
prints 'forename: Placeholder instead of a value .*: 40 of 1,000'
prints 'whole file: Records with a usual surname as forename'
if cat out err bad.json bad.html | grep -aiE 'zzyzx|qvortex|wubba|emily|SW[0-9]A|9434765918|1961|31/1984'; then
    fail "a value came out"
fi

# Odd files: the right result or the right error, and no page left behind.
profile_bad() {
    code=$1
    pattern=$2
    shift 2
    expect "$code" tally profile "$@" -o none.html
    says "$pattern"
    absent none.html
    no_leftovers
}
fields=forename,surname,date_of_birth,sex,postcode
echo $fields >head.csv
profile_bad 3 'head.csv.*no data rows' head.csv
printf 'Ann,Lee,1990-01-02\nBob,Ray,1991-02-03\n' >nohead.csv
profile_bad 3 'column 3 of the first row looks like a value' nohead.csv
if grep -q 1990 err; then fail "the first row was shown"; fi
: >empty.csv
profile_bad 3 'empty' empty.csv
printf '%s\nRen\351e,M\374ller,1990-02-03,F,SW1A 1AA\n' $fields >w1252.csv
profile_bad 3 'not valid UTF-8' w1252.csv
expect 0 tally profile w1252.csv --input-encoding windows-1252
profile_bad 2 'input-encoding' w1252.csv --input-encoding latin-9
iconv -f utf-8 -t utf-16 people/police.csv >utf16.csv
profile_bad 3 'UTF-16' utf16.csv
profile_bad 6 'nowhere.csv' nowhere.csv
profile_bad 2 'takes one file' head.csv empty.csv
profile_bad 2 '--map' head.csv --map m
profile_bad 3 "no column 'nhs'" people/police.csv --id nhs
profile_bad 3 'does not mention' people/police.csv --schema schema.json --map /dev/null
expect 2 tally profile people/police.csv -o people/police.csv --force

{ echo $fields; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo ,,,,; done; } >void.csv
expect 0 tally profile void.csv
prints 'whole file: Records without any usable identifying field: 12 of 12 \(100%\)'

python3 - <<'P'
with open("forty.csv", "w") as f:
    f.write("forename,surname,date_of_birth,sex,postcode,address,nhs_number," +
            ",".join("extra%d" % i for i in range(33)) + "\n")
    for i in range(300):
        f.write("A%s,B%s,19%02d-02-%02d,F,CF%d 1AB,%d High Street," % (chr(97 + i % 26),
                chr(97 + i // 26), 20 + i % 70, 1 + i % 28, 1 + i % 60, i) + "," + "x," * 32 + "\n")
P
expect 0 tally profile forty.csv
prints '300 records, 40 fields'
prints 'and 33 other columns in which nothing stands out'
[ "$(wc -l <out)" -le 60 ] || fail "the summary of 40 columns has $(wc -l <out) lines"

# Rows of aliases are not records, and placeholders are counted by rule as encode does.
cat >alias.csv <<'E'
ref,alias ref,forename,surname,dob,postcode
1,,Ann,Lee,03/02/1990,LS1 4AP
9,1,Nan,,,
9,77,Bob,,,
2,,unknown,Ray,01/01/1900,ZZ99 3VZ
3,,Test,Ray,25/04/1980,NFA
E
expect 0 tally profile alias.csv --id ref --alias-of 'alias ref'
prints '^Profile of alias.csv: 3 records, 4 fields'
prints '2 rows of aliases are not looked at'
prints 'Alias rows without a main row: 1 of 2'
prints '^ *not-known word 1, test record 1$'
prints '^ *no fixed abode 1, pseudo-postcode 1$'
expect 2 tally profile alias.csv --alias-of 'alias ref'
says 'name it with --id COLUMN'
expect 2 tally profile alias.csv --id ref --alias-of ref
grep -v ',77,' alias.csv >whole.csv
expect 0 tally schema new --fields forename,surname,date_of_birth,postcode -o s4.json
expect 0 tally encode whole.csv --schema s4.json --key key --record-id ref --alias-of 'alias ref' -o whole.enc
says 'not encoded of forename: not-known word 1, test record 1$'
says 'not encoded of date_of_birth: default date 1$'

# Tab-separated files give the same figures.
tr , '\t' <alias.csv >alias.tsv
expect 0 tally profile alias.csv --id ref --alias-of 'alias ref' --json
sed 's/alias\.csv/FILE/' out >json.csv
expect 0 tally profile alias.tsv --id ref --alias-of 'alias ref' --json
sed 's/alias\.tsv/FILE/' out | cmp -s - json.csv || fail "a .tsv has other figures than a .csv"
profile_bad 2 'not a workbook|workbook' alias.csv --sheet One

# A mapping may say that the file does not have a field.
printf 'forename=forename\nsurname=surname\ndate_of_birth=date_of_birth\nsex=-\npostcode=postcode\n' >map
expect 0 tally profile people/police.csv --schema schema.json --map map
prints '^  sex +sex +0% +100% +0  good'

# The manual names every check of the JSON.
if [ -f "$root/docs/profile.md" ]; then
    python3 - "$root/docs/profile.md" <<'P' || fail "a check is not in docs/profile.md"
import json, sys
text = open(sys.argv[1]).read()
d = json.load(open("bad.json"))
for f in [d] + d["fields"]:
    for c in f["checks"]:
        assert "`%s`" % c["check"] in text, c["check"]
P
fi

# Real files, where they are at hand.
if [ ! -d "$shared/data" ]; then
    echo "skipped: ../shared is not here"
    exit 0
fi
for file in "$shared"/data/*/*.csv; do
    case $file in
    *truth*) continue ;;
    esac
    expect 0 tally profile "$file" -o real.html --force
    expect 0 tally profile "$file" --json
done
expect 0 tally profile "$shared/data/splink_fake20000/records.csv"
prints 'whole file: Records with a usual surname as forename'
