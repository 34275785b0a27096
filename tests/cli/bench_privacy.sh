#!/bin/sh
# tally bench privacy: a cell is measured, kept, and not measured twice; the picture is drawn.
. tests/support/cli.sh
expect 0 tally bench privacy --help
[ "$(wc -l <out)" -le 24 ] || fail "help has $(wc -l <out) lines"
prints '^Example:'
cell="--encoding plain --people 1000 --overlap 1 --without-f1"
expect 0 tally bench privacy --table t.csv --plot p.svg $cell
prints '^Overlap 1, 1000 people:'
prints '^\| plain \| 0.00 \| (9[5-9]|100)\.'
prints '^\| standard \| - \| - \|'
says 'plain: 1000 people, overlap 1'
grep -q '</svg>' p.svg || fail "no picture"
python3 - <<'P' || fail "the table is not what it should be"
import csv
rows = {r["measure"]: r for r in csv.DictReader(open("t.csv"))}
assert sorted(rows) == ["A2", "A3", "A4", "A5"], rows
assert float(rows["A3"]["value"]) > .95 and float(rows["A4"]["value"]) > .95, rows
P
cp t.csv before.csv
expect 0 tally bench privacy --table t.csv $cell --json
if grep -q 'plain: 1000' err; then fail "the cell was measured again"; fi
cmp t.csv before.csv
python3 -c 'import json; assert len(json.load(open("out"))) == 4' || fail "JSON"

expect 2 tally bench privacy --encoding clay --without-f1
says 'no encoding of that name'
expect 2 tally bench privacy file
says 'options only'
printf 'a,b\n1,2\n' >bad.csv
expect 3 tally bench privacy --table bad.csv $cell
says 'bad.csv: it has not the columns'
head -n 1 before.csv >bad.csv
echo 'plain,A3,1000,1000000,much,,,1' >>bad.csv
expect 3 tally bench privacy --table bad.csv $cell
says 'row 2: a number is not one'
no_leftovers
