#!/bin/sh
# Marker names go in and must come out nowhere: no output, log, database, report or encodings file.
. tests/support/cli.sh
cat >police.csv <<'C'
id,forename,surname,date_of_birth,sex,postcode,note
P1,Zzyzxcanary,Qvortexmark,1987-06-05,F,SW1A 1AA,seen
P2,Wubbacanary,Xylomark,1990-02-29,M,ZZ99 3CZ,seen
P3,"Zzyzx""canary",Qvortexmark,not-a-qzdate,F,SW1A1AAQZ,seen
C
sed 's/P\([0-9]\)/H\1/; s/,seen/,ward/; s/,note/,place/' police.csv >health.csv
expect 0 tally schema new --fields forename,surname,date_of_birth,sex,postcode -o schema.json
expect 0 tally keygen -o key
keyhex=$(sed -n 's/^key //p' key)
: >everything
collect() { cat out err >>everything; }
for s in police health; do
    column=$(head -1 $s.csv | sed 's/.*,//')
    expect 0 tally encode $s.csv --schema schema.json --key key --payload "$column" \
        --payload-out $s.pay -o $s.enc
    collect
    expect 0 tally encode $s.csv --schema schema.json --key key --json --force -o $s.again
    collect
    expect 0 tally inspect $s.enc
    collect
done
expect 0 tally link police.enc health.enc --store run.db --linkmap links.map -o links.csv \
    --clusters clusters.csv
collect
expect 0 tally cohort --linkmap links.map --payload police.pay,health.pay -o cohort.db --csv csv
collect
expect 0 tally report --store run.db --cohort cohort.db -o report.html --json
collect
# Errors about a row do not quote it.
printf 'id,forename,surname,date_of_birth,sex,postcode\n1,Zzyzxcanary,Qvortexmark\n' >bad.csv
expect 3 tally encode bad.csv --schema schema.json --key key -o bad.enc
collect
printf 'id,forename,surname,date_of_birth,sex,postcode\n1,Zzyzxcanary\377,Qvortexmark,1,f,x\n' >bad.csv
expect 3 tally encode bad.csv --schema schema.json --key key -o bad.enc
collect
grep -q 'bad.csv' everything || fail "no message was collected"
sed -n 's/^key //p' key | tr 'a-f' 'A-F' >upper
if cat everything ./*.enc ./*.again ./*.pay ./*.map ./*.db ./*.html ./*.csv.out links.csv clusters.csv csv/* \
    2>/dev/null | grep -aiE 'zzyzx|wubba|qvortex|xylomark|qzdate|SW1A|1987-?06-?05'; then
    fail "a personal value came out"
fi
if cat everything ./*.enc ./*.pay ./*.map ./*.db* ./*.html links.csv clusters.csv | grep -aiqF "$keyhex"; then
    fail "the key came out"
fi
