#!/bin/sh
# tally release: tables of a cohort through disclosure control.
. tests/support/cli.sh
small_sources 6000
payload() { head -1 people/"$1".csv | tr , '\n' | sed -n '/^\(offence\|attendance\|exclusion\)/,$p' | paste -sd,; }
for s in police health education; do
    expect 0 tally encode people/$s.csv --schema schema.json --key key --id id --payload "$(payload $s)" \
        --payload-out $s.pay -o $s.enc
done
expect 0 tally link police.enc health.enc education.enc --linkmap links.map -o links.csv
expect 0 tally cohort --linkmap links.map --payload police.pay,health.pay,education.pay -o cohort.db
release() { tally release --cohort cohort.db "$@"; }

# Every spec that comes with the program, under every profile.
expect 0 tally release --list
for spec in $(cut -d' ' -f1 out); do
    expect 0 tally release --show $spec
    cp out $spec.json
    for profile in ons nhs-hes opensafely ukllc acro; do
        expect 0 release --tables $spec --profile $profile -o $spec-$profile
        says "under profile $profile, threshold (8|10), rounding 5"
    done
    expect 0 release --tables $spec.json -o again-$spec
    cmp again-$spec/release.json $spec-ons/release.json || fail "a copy of $spec gives something else"
done
expect 2 release --tables strategic-needs -o strategic-needs-ons
says 'already exists|exists already'
expect 0 release --tables strategic-needs --dry-run
says 'Would release 8 tables'

# Nothing small is in any file, and every figure is rounded.
python3 - <<'P' || fail "a figure is small or not rounded"
import csv, glob, json
seen = 0
for name in glob.glob("*-ons/*.csv") + glob.glob("*-ukllc/*.csv"):
    for row in list(csv.reader(open(name)))[1:]:
        if row[-3] != "[c]":
            value, low, high = map(int, row[-3:])
            assert value >= 10 and value % 5 == 0 and low % 5 == 0 and high % 5 == 0, (name, row)
            assert low <= value <= high, (name, row)
            seen += 1
assert seen > 40, seen
r = json.load(open("strategic-needs-ons/release.json"))
assert r["pilot"] and r["threshold"] == 10 and len(r["tables"]) == 8
P
grep -q 'Made in a pilot' strategic-needs-ons/release.html || fail "the page does not say that it is of a pilot"

# Specs that are wrong, by line and place.
bad() {
    python3 - "$1" <<'P'
import json, sys
spec = json.load(open("early-intervention.json"))
exec(sys.argv[1])
json.dump(spec, open("bad.json", "w"), indent=1)
P
    expect "$2" release --tables bad.json -o bad
    says "$3"
    absent bad
}
bad 'spec["more"] = 1' 3 'more'
bad 'spec["tables"][0]["by"][0] = "nothing"' 3 'tables\[0\].by\[0\].*names no dimension'
bad 'spec["tables"][0]["name"] = "../up"' 3 'tables\[0\].name.*lower-case'
bad 'spec["tables"][1]["name"] = spec["tables"][0]["name"]' 3 'the name of one before it'
bad 'spec["groups"][0]["people"] = {"group": "suspect"}' 3 'names no group'
bad 'spec["groups"][0]["people"] = {"seen": "suspect", "before": "victim"}' 3 'needs a "date" in both'
bad 'spec["events"][0]["where"][0]["column"] = "x\" OR 1=1 --"' 3 "has no column"
bad 'spec["events"][0]["source"] = "prison"' 3 "the cohort has no source 'prison'"
bad 'spec["events"][0]["where"][0] = {"column": "area", "in": ["a"], "from": "b"}' 3 'needs one of'
bad 'spec["tables"][0]["count"] = "rows"' 3 '"people" or "records"'
bad 'del spec["tables"]' 3 'asks for no tables'
bad 'spec["groups"][0]["people"] = eval("{\"not\":" * 12 + "{\"seen\": \"suspect\"}" + "}" * 12)' 3 'too deep'
bad 'spec["dimensions"][0] = {"name": "area", "column": "area", "bands": [3, 3]}' 3 'does not ascend'
expect 3 release --tables police.pay -o bad
expect 2 release --tables strategic-needs --profile mine -o bad
expect 5 release --tables strategic-needs --threshold 5 -o bad
says 'cannot be lower'
expect 3 tally release --cohort links.csv --tables strategic-needs -o bad
head -c 20000 cohort.db >cut.db
expect 4 tally release --cohort cut.db --tables strategic-needs -o bad
absent bad

# A level that a spreadsheet would take for a formula.
sed 's/"other": "neither"/"other": "=1+1"/; s/early-intervention/formula/' early-intervention.json >formula.json
expect 0 release --tables formula.json -o formula
grep -q "'=1+1" formula/contacts.csv || fail "a formula got into the CSV"
no_leftovers
