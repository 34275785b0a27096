#!/bin/sh
# tally schema tune: a small run in text and JSON, wrong options, and Ctrl-C half-way. Whatever
# happens, the temporary folder is gone.
. tests/support/cli.sh
export TMPDIR="$work/tmp"
mkdir tmp
clean() {
    [ -z "$(ls -A tmp)" ] || fail "left in TMPDIR: $(ls -A tmp)"
}
small="--people 200 --sources housing,council --seed 3"

expect 0 tally schema tune --help
[ "$(wc -l <out)" -le 24 ] || fail "help has $(wc -l <out) lines"
[ "$(awk 'length > 100' out | wc -l)" = 0 ] || fail "help has long lines"
prints '^Example:'

expect 0 tally schema tune --fields forename,date_of_birth $small -o s.json
clean
prints 'Tuned on 200 synthetic people of housing, council'
prints 'for synthetic people, not for yours'
prints 'starter weights'
prints '^  date_of_birth '
prints '^ +8 .*the schema'
prints 'not an attack, and no audit verdict'
says 'This takes from [0-9,]+ to [0-9,]+ runs .* seconds'
says 'warning: only [0-9]+ true pairs'
says 'Wrote the schema to s.json'
[ "$(awk 'length > 105' out | wc -l)" = 0 ] || fail "the report has long lines"
mv out first
expect 0 tally schema check s.json
expect 2 tally schema tune --fields forename,date_of_birth $small -o s.json
says 'exists'
[ ! -s out ] || fail "the search ran although its output could not be written"
clean

# The same again as JSON, with another number of threads.
expect 0 tally schema tune --fields forename,date_of_birth $small --json --threads 3
says 'not written'
clean
python3 - first s.json <<'P' || fail "the JSON is not what it should be"
import json, sys
d = json.load(open("out"))
s = json.load(open(sys.argv[2]))
text = open(sys.argv[1]).read()
assert d["population"]["kind"] == "synthetic"
assert d["outcome"] in ("nothing", "unconfirmed", "better")
assert [f["weight"] for f in d["fields"]] == [f["weight"] for f in s["fields"]]
assert d["schema"]["fill"] == s["fill"]
for q in [d["starter"], d["found"]] + [f["without"] for f in d["fields"]]:
    for m in ("precision", "recall", "f1"):
        r = q[m]
        assert r["mean"] is None or 0 <= r["low"] <= r["mean"] <= r["high"] <= 1, r
assert "%.4f" % d["starter"]["f1"]["mean"] in text
assert [h["t"] for h in d["hardening"]][0] == 0
assert d["exposure"]["chosen"]["unique"] <= 1
assert "audit" in d["exposure"]["note"]
P

# tune_bad CODE PATTERN OPTIONS...
tune_bad() {
    code=$1
    pattern=$2
    shift 2
    expect "$code" tally schema tune "$@"
    says "$pattern"
    clean
}
tune_bad 2 '--fields' $small
tune_bad 2 "no field 'shoe_size'" --fields forename,shoe_size:integer $small
says 'hint: they have forename'
tune_bad 2 '2 to 16 sources' --fields forename --sources police
tune_bad 2 'from 200 to 50000' --fields forename --people 100
tune_bad 2 "profile 'soft'" --fields forename --profile soft $small
tune_bad 2 'unknown option --views' --fields forename --views full
tune_bad 2 'takes options only' --fields forename people.csv
tune_bad 6 'no/such/place' --fields forename,surname $small -o no/such/place/s.json
TMPDIR=$work/nowhere
tune_bad 6 'temporary folder' --fields forename,surname $small
says 'hint: .*TMPDIR'
TMPDIR=$work/tmp
expect 2 tally schema --fields forename tune
says "'schema tune'"

# A build without the linker says who can.
if [ -x "$bin/tally-agency" ]; then
    expect 2 "$bin/tally-agency" schema tune --fields forename,surname
    says "hint: the full command 'tally'"
fi

# Ctrl-C in the middle of the search.
"$bin/tally" schema tune --fields forename,surname,date_of_birth,postcode --people 5000 \
    -o t.json >out 2>err &
pid=$!
await 'This takes' err
[ -n "$(ls -A tmp)" ] || fail "no temporary folder during the search"
ctrl_c $pid 1
[ "$got" = 130 ] || fail "Ctrl-C gave exit $got"
absent t.json
clean
no_leftovers
