#!/bin/sh
# Bad input: the right exit code, a message that names file, row and rule, and no output file left.
. tests/support/cli.sh
small_sources 200
fields=forename,surname,date_of_birth,sex,postcode

# encode_bad CODE PATTERN FILE [OPTIONS]: encoding FILE fails so, and leaves nothing.
encode_bad() {
    code=$1
    pattern=$2
    file=$3
    shift 3
    case " $* " in
    *" -o "*) ;;
    *) set -- "$@" -o bad.enc ;;
    esac
    expect "$code" tally encode "$file" --schema schema.json --key key "$@"
    says "$pattern"
    says 'tally: error: '
    absent bad.enc
    no_leftovers
}
row() { printf 'Ann,Lee,1990-01-02,f,SW1A 1AA\n'; }

encode_bad 6 'no-such.csv' no-such.csv
: >empty.csv
encode_bad 3 'empty.csv.*empty' empty.csv
echo $fields >header.csv
encode_bad 3 'header.csv.*no (data )?rows' header.csv
{ echo forename,surname,sex,postcode; echo Ann,Lee,f,SW1A 1AA; } >nodate.csv
encode_bad 3 'date_of_birth' nodate.csv
says 'hint:'
{ echo $fields; row; echo Ann,Lee; row; } >ragged.csv
encode_bad 3 'ragged.csv: row 3: 2 cells' ragged.csv
{ echo $fields; row; printf 'Ann\377,Lee,1990-01-02,f,x\n'; } >utf8.csv
encode_bad 3 "utf8.csv: row 3,? column 'forename'" utf8.csv
says 'windows-1252'
expect 0 tally encode utf8.csv --schema schema.json --key key -o w1252.enc --input-encoding windows-1252
{ echo $fields; row; printf 'A\000n,Lee,1990-01-02,f,x\n'; } >nul.csv
encode_bad 3 'nul.csv: row 3.*NUL' nul.csv
{ echo $fields; printf '"'; head -c 100000000 /dev/zero | tr '\0' x; printf '",Lee,1990-01-02,f,x\n'; } >huge.csv
encode_bad 3 "huge.csv: row 2,? column 'forename': a cell over 1048576 bytes" huge.csv
rm huge.csv
{ echo $fields; row; printf '"Ann,Lee,1990-01-02,f,x\n'; } >quote.csv
encode_bad 3 'quote.csv: row 3.*quote' quote.csv
iconv -f utf-8 -t utf-16 nodate.csv >utf16.csv
encode_bad 3 'utf16.csv.*UTF-16' utf16.csv
{ echo id,$fields; printf '1,'; row; printf '1,'; row; } >twice.csv
encode_bad 3 'twice.csv.*row' twice.csv --id id
encode_bad 3 "no column 'nhs'" twice.csv --id nhs
encode_bad 5 "surname.*identifies people" twice.csv --payload surname --payload-out bad.pay
absent bad.pay
encode_bad 2 'payload COL,... needs --payload-out' twice.csv --payload id
printf 'forename = forename\nsurname = nowhere\n' >map
encode_bad 3 'map.*(line 2|surname|nowhere)' twice.csv --map map

# Keys and schemas. No output replaces what the run reads, not even with --force.
cp key spare
for reads in key schema.json twice.csv; do
    encode_bad 2 "$reads" twice.csv -o $reads --force
    encode_bad 2 "$reads" twice.csv --payload-out $reads --force
done
cmp key spare || fail "the key was replaced"
cp key open.key
chmod 644 open.key
expect 4 tally encode people/police.csv --schema schema.json --key open.key -o bad.enc
says 'chmod 600'
echo rubbish >rubbish
chmod 600 rubbish
expect 4 tally encode people/police.csv --schema schema.json --key rubbish -o bad.enc
sed 's/^key 0/key 1/; t; s/^key ./key 0/' key >typo.key
chmod 600 typo.key
expect 4 tally encode people/police.csv --schema schema.json --key typo.key -o bad.enc
says 'does not match its check value'
expect 3 tally schema check rubbish
sed 's/"bits": 2048/"bits": 2000/' schema.json >s2.json
expect 3 tally schema check s2.json
says 's2.json: line [0-9]+: bits'
sed 's/"type": "date"/"type": "dote"/' schema.json >s3.json
expect 3 tally schema check s3.json
says 's3.json: line [0-9]+: fields\[2\]'
expect 2 tally schema new --fields forename,surname --profile nonsense
absent bad.enc

# Encodings that are cut or changed, or do not belong together.
for s in police health; do
    expect 0 tally encode people/$s.csv --schema schema.json --key key --id id -o $s.enc
done
link_bad() {
    code=$1
    pattern=$2
    shift 2
    expect "$code" tally link "$@" -o bad.csv --clusters badc.csv --linkmap bad.map
    says "$pattern"
    absent bad.csv badc.csv bad.map
    no_leftovers
}
size=$(stat -c %s health.enc)
for cut in 0 7 63 64 1000 $((size / 2)) $((size - 1)); do
    head -c $cut health.enc >cut.enc
    code=4
    [ $cut -ge 8 ] || code='[34]'
    got=0
    tally link police.enc cut.enc -o bad.csv >out 2>err || got=$?
    case $got in $code) ;; 3 | 4) [ $cut -lt 8 ] || fail "cut at $cut: exit $got" ;; *) fail "cut at $cut: exit $got" ;; esac
    absent bad.csv
done
for at in 3 20 70 200 900 $((size / 2)) $((size - 3)); do
    python3 - "$at" <<'P'
import sys
b = bytearray(open("health.enc", "rb").read())
b[int(sys.argv[1])] ^= 4
open("flip.enc", "wb").write(b)
P
    got=0
    tally link police.enc flip.enc -o bad.csv >out 2>err || got=$?
    case $got in 4) ;; 3) [ $at -lt 16 ] || fail "flip at $at: exit $got" ;; *) fail "flip at $at: exit $got" ;; esac
    absent bad.csv
done
link_bad 3 'people/police.csv' police.enc people/police.csv
link_bad 6 'nowhere.enc' police.enc nowhere.enc
tally keygen -o key2 2>/dev/null
expect 0 tally encode people/health.csv --schema schema.json --key key2 -o otherkey.enc
link_bad 4 'key' police.enc otherkey.enc
expect 0 tally schema new --fields $fields --profile standard -o schema2.json
expect 0 tally encode people/health.csv --schema schema2.json --key key -o otherschema.enc
link_bad 3 'schema' police.enc otherschema.enc
link_bad 2 "two sources are called 'police'" police.enc police.enc
expect 0 tally link police.enc again=police.enc -o self.csv
expect 2 tally link police.enc again=police.enc --linkmap self.map
says 'police and again are the same delivery'
absent self.map
expect 2 tally link police.enc health.enc -o self.csv
says 'self.csv.*exists'
expect 2 tally link police.enc health.enc -o police.enc --force
expect 2 tally link
expect 2 tally link police.enc --threshold 1.5
expect 2 tally link police.enc --threshold 0
says 'threshold must be above 0'
expect 2 tally link police.enc --fdr 0
expect 2 tally link police.enc --threshold 0,8

# One record, and records with nothing in them.
{ echo id,$fields; printf '1,'; row; } >one.csv
expect 0 tally encode one.csv --schema schema.json --key key --id id -o one.enc
{ echo id,$fields; echo 1,,,,,; echo 2,,,,,; } >void.csv
expect 0 tally encode void.csv --schema schema.json --key key --id id -o void.enc
says 'no record has a usable field'
expect 0 tally link one.enc -o one1.csv
expect 0 tally link one.enc void.enc -o one2.csv
[ "$(wc -l <one2.csv)" = 1 ] || fail "a record without fields was linked"
expect 0 tally link one.enc health.enc -o one3.csv

# Cohort: wrong files.
expect 0 tally encode people/police.csv --schema schema.json --key key --force -o police.enc \
    --payload offence_category --payload-out police.pay
expect 0 tally link police.enc health.enc --linkmap links.map
expect 5 tally cohort --linkmap links.map --payload police.enc -o cohort.db
expect 3 tally cohort --linkmap police.pay --payload police.pay -o cohort.db
expect 0 tally encode people/police.csv --schema schema.json --key key -o p2.enc \
    --payload offence_category --payload-out p2.pay
expect 3 tally cohort --linkmap links.map --payload p2.pay -o cohort.db
absent cohort.db
expect 3 tally report --store people/police.csv -o report.html
expect 6 tally report --store no.db -o report.html
absent report.html no.db

# An output never takes the place of an input, or of what a later run needs.
expect 0 tally link police.enc health.enc --store run.db --linkmap series.map -o links.csv
cp run.db kept.db
cp run.db.release-key kept.key
for out in run.db run.db.release-key; do
    expect 2 tally link police.enc health.enc --store run.db \
        --release-key run.db.release-key --linkmap $out --force
    says 'the same file'
done
expect 2 tally report --store run.db -o ./run.db --force
expect 2 tally evaluate --links links.csv --truth people/truth.csv -o links.csv --force
expect 2 tally profile people/police.csv --schema schema.json -o schema.json --force
cmp run.db kept.db
cmp run.db.release-key kept.key
# What a run could not be finished with is told before it begins.
expect 3 tally link police.enc health.enc --store people/police.csv --linkmap bad.map
expect 4 tally link police.enc health.enc --store bad.db --linkmap bad.map --release-key key
absent bad.db bad.map bad.db.release-key
expect 3 tally inspect people/police.csv
expect 3 tally evaluate --links people/police.csv --truth people/truth.csv
expect 2 tally synth --people 10 --sources a,a -o twins
expect 2 tally synth --people 200 --sources police -o people
no_leftovers
