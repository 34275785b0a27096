#!/bin/sh
# tally audit: verdict and exit code, JSON, the page, static leakage alone, filters of clkhash, and
# what does not go together.
. tests/support/cli.sh
small_sources 320 plain
cd people
head -n 301 health.csv >../p.csv
cd ..
awk -F, 'NR == 1 { print "id_1,id_2"; next } { print $1 "," $1 }' p.csv >truth.csv
expect 0 tally encode p.csv --schema schema.json --key key --id id -o plain.enc

# Plain encodings fall, and the page is written all the same.
expect 1 tally audit plain.enc --schema schema.json --population p.csv --key key --json \
    --attacks A1,A2,A3,A4 -o audit.html
says 'A3 graph matching: 300 encodings against 300, up to [0-9]+ s, about [0-9]+ MiB'
says 'error: an attack re-identified more than the budget allows'
says 'hint: '
python3 - <<'P' || fail "the JSON is not what it should be"
import json
d = json.load(open("out"))
assert d["verdict"] == "fail"
by = {a["attack"]: a for a in d["attacks"]}
assert sorted(by) == ["A1", "A2", "A3", "A4"], by
for a in d["attacks"]:
    assert set(a) >= {"attack", "correct", "claimed", "possible", "success", "low", "high",
                      "floor", "seconds"}, a
    assert a["correct"] <= a["claimed"] and 0 <= a["low"] <= a["success"] <= a["high"] <= 1, a
assert by["A1"]["success"] == 1 and by["A3"]["success"] > .9, by
assert d["truth"] == "key" and d["static"][0]["rows"] == 300
P
for words in 'What was tried' 'What this means' 'What this does not mean' \
    'remain pseudonymised personal data' 'colludes with one holder of the key' 'ends at 50,000' \
    'Static leakage'; do
    grep -q "$words" audit.html || fail "the page does not say: $words"
done
if grep -qiE 'anonymous|secure|differential' audit.html; then
    fail "the page claims too much"
fi
for name in $(cut -d, -f3 p.csv | sort -u | head -n 40); do
    if grep -qF ">$name<" audit.html; then fail "the page holds a name"; fi
done
expect 2 tally audit plain.enc -o audit.html
says 'exists'

# A budget that nothing breaks; the same truth by ids; the same counts with other threads.
expect 0 tally audit plain.enc --schema schema.json --population p.csv --truth truth.csv \
    --attacks A3 --budget 1 --json --threads 1
mv out one.json
expect 0 tally audit plain.enc --schema schema.json --population p.csv --truth truth.csv \
    --attacks A3 --budget 1 --json --threads 3
python3 - <<'P' || fail "results depend on threads"
import json
a, b = json.load(open("one.json")), json.load(open("out"))
for d in (a, b):
    assert d["verdict"] == "pass" and d["truth"] == "ids"
    d["attacks"][0].pop("seconds")
assert a == b
P

# Without truth, what the attack is sure of counts.
expect 1 tally audit plain.enc --schema schema.json --population p.csv --attacks A3,A4
prints 'what an attack is sure of counts as right'
prints 'A4 known pairs: not run: needs the truth or the key'
prints 'Verdict: fail'

# A sample is drawn from both sides alike.
expect 1 tally audit plain.enc --schema schema.json --population p.csv --key key --records 200 \
    --attacks A3 --json
python3 -c '
import json
d = json.load(open("out"))
assert (d["records"], d["victims"], d["people"], d["overlap"]) == (300, 200, 200, 200), d
' || fail "the sample is not what it should be"

# By itself, and beside another project.
expect 0 tally audit plain.enc
prints 'What view full gives away by itself \(300 encodings\)'
prints 'No verdict'
expect 0 tally encode p.csv --schema schema.json --key key --source other -o other.enc
expect 0 tally audit plain.enc other.enc
prints 'A6 key reuse across projects: 300 right of 300 claimed'
tally keygen -o key2 2>/dev/null
expect 0 tally encode p.csv --schema schema.json --key key2 --source third -o third.enc
expect 0 tally audit plain.enc third.enc
prints 'A6 key reuse across projects: 0 right of 0 claimed'
expect 0 tally encode p.csv --schema schema.json --key key --format clkhash-json -o clks.json
expect 0 tally audit clks.json --json
python3 -c '
import json
d = json.load(open("out"))
assert d["verdict"] is None and d["attacks"] == [] and d["static"][0]["rows"] == 300, d
' || fail "filters of clkhash"

# What does not go together.
expect 2 tally audit
says 'takes one encodings file'
expect 2 tally audit plain.enc --schema schema.json
says 'go together'
expect 2 tally audit plain.enc --key key
says 'need --population'
expect 2 tally audit plain.enc --attacks A7
says 'names from A1 to A6'
expect 2 tally audit plain.enc --schema schema.json --population -
says 'read more than once'
expect 2 tally audit plain.enc --force -o plain.enc
expect 3 tally audit clks.json --schema schema.json --population p.csv
says 'hint: give the clkhash schema, or leave --population out'
expect 4 tally audit plain.enc --schema schema.json --population p.csv --key key2
says 'another key'
tally schema new --fields forename,surname --profile plain -o other.json 2>/dev/null
expect 3 tally audit plain.enc --schema other.json --population p.csv
says 'another schema'
expect 3 tally audit other.enc --schema schema.json --population p.csv --truth truth.csv
says 'holds no ids'
says 'hint: encode a copy'
printf 'a,b\n1,2\n' >bad.csv
expect 3 tally audit plain.enc --schema schema.json --population p.csv --truth bad.csv
says 'no columns id_1 and id_2'
printf 'id_1,id_2\nx,y\n' >bad.csv
expect 3 tally audit plain.enc --schema schema.json --population p.csv --truth bad.csv
says 'no row holds'
expect 3 tally audit plain.enc --schema schema.json --population p.csv --truth truth.csv --id nhs
says "no column 'nhs'"
head -n 1 p.csv >none.csv
expect 3 tally audit plain.enc --schema schema.json --population none.csv
says 'no people'
expect 6 tally audit nothing.enc
absent none.html

# Ctrl-C half-way leaves no page and no folder.
mkdir tmp
tally synth --people 6000 --sources health --seed 3 -o more 2>/dev/null
expect 0 tally schema new --fields forename,surname,date_of_birth,postcode -o hard.json
expect 0 tally encode more/health.csv --schema hard.json --key key -o hard.enc
TMPDIR=$work/tmp "$bin/tally" audit hard.enc --schema hard.json --population more/health.csv \
    --key key -o half.html >out 2>err &
pid=$!
await '^A3' err
ctrl_c $pid 1
[ "$got" = 130 ] || fail "Ctrl-C gave exit $got"
absent half.html
[ -z "$(ls -A tmp)" ] || fail "left in TMPDIR: $(ls -A tmp)"
no_leftovers
