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
grep -q 'Not counted: whoever has none of the categories shown of year of admission' strategic-needs-ons/release.html ||
    fail "the page does not say whom a table leaves out"
python3 -c 'import json, sys
for t in json.load(open("strategic-needs-ons/release.json"))["tables"]:
    assert set(t["left_out_without"]) <= set(t["by"]) and "known to schools" not in t["left_out_without"], t' || fail 'left_out_without'
grep -qE 'People in the cohort.*[1-9],[0-9]{3}<' strategic-needs-ons/release.html || fail "no comma between thousands"
grep -q 'Made in a pilot' strategic-needs-ons/release.html || fail "the page does not say that it is of a pilot"

# Every figure shown is what SQL counts, rounded.
cat >recount.py <<'P'
import collections, csv, sqlite3
db = sqlite3.connect("cohort.db")
db.row_factory = sqlite3.Row
people = collections.defaultdict(lambda: collections.defaultdict(list))
for source in ("police", "health", "education"):
    for r in db.execute(f"SELECT * FROM source_{source} ORDER BY rowid"):
        people[r["pseudonym"]][source].append(r)
def check(path, keys):
    counts = collections.Counter()
    for k in keys:
        for mask in range(1 << len(k)):
            counts[tuple("all" if mask >> i & 1 else v for i, v in enumerate(k))] += 1
    shown = 0
    for row in list(csv.reader(open(path)))[1:]:
        n = counts[tuple(row[:-3])]
        if row[-3] == "[c]":
            continue
        assert int(row[-3]) == (n + 2) // 5 * 5, (path, row)
        assert n >= 10
        shown += 1
    assert shown > 0, path
    assert all(n >= 10 or [*k, "[c]", "[c]", "[c]"] in list(csv.reader(open(path))) for k, n in counts.items())
knife = lambda r: r["offence_category"] == "violence" and r["weapon"] == "knife"
check("strategic-needs-ons/knife-violence-by-age-and-sex.csv",
      [(r["age_band"], r["recorded_sex"]) for p in people.values() for r in p["police"] if knife(r)])
keys = []
for p in people.values():
    when = sorted(r["offence_month"] for r in p["police"] if knife(r))
    if when:
        school = p["education"]
        keys.append(("health contact before" if any(r["attendance_month"] < when[0] for r in p["health"])
                     else "no health contact before",
                     "excluded from school" if any(int(r["exclusion_count"]) >= 1 for r in school)
                     else "at school, not excluded" if school else "no school record"))
check("strategic-needs-ons/known-before.csv", keys)
keys = []
for p in people.values():
    if any(r["age_band"] in ("11-15", "16-18") for r in p["education"]):
        roles = {r["role"] for r in p["police"]}
        away = any(int(r["exclusion_count"]) >= 1 or r["attendance_band"] in ("80-89", "below 80")
                   for r in p["education"])
        keys.append(("suspect" if "suspect" in roles else "victim" if roles else "not known to police",
                     "excluded or often absent" if away else "neither",
                     "emergency attendance" if any(r["attendance_type"] == "emergency" for r in p["health"])
                     else "none"))
check("early-intervention-ons/contacts.csv", keys)
P
python3 recount.py || fail "a figure is not what SQL counts"

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

# Three releases, each harmless by itself, that together would give a few people away: everybody known to
# police, those of all areas but for a few, those few. The third is refused, and says with what.
cat >attack.py <<'P'
import json, sqlite3, sys
db = sqlite3.connect("cohort.db")
months = [r[0] for r in db.execute("SELECT offence_month FROM source_police")]
counts = sorted((months.count(m), m) for m in set(months))
few = next(m for n, m in counts if 0 < n < 10)          # a month with few offences
half = [m for n, m in counts if m != few]
first, second = half[::2], half[1::2]
def spec(name, months):
    return {"tallystick": "tables", "version": 1, "name": name, "title": name,
            "events": [{"name": "e", "source": "police",
                        "where": [] if months is None else [{"column": "offence_month", "in": months}]}],
            "tables": [{"name": name, "title": name, "count": "people", "event": "e", "by": []}]}
for name, months in (("everybody", None), ("one-half", first), ("other-half", second)):
    json.dump(spec(name, months), open(name + ".json", "w"))
P
python3 attack.py
expect 0 release --tables everybody.json --ledger attack.ledger -o attack-1
expect 0 release --tables one-half.json --ledger attack.ledger -o attack-2
lines=$(wc -l <attack.ledger)
expect 5 release --tables other-half.json --ledger attack.ledger -o attack-3
says "table 'other-half'.*'everybody' of release 1.*'one-half' of release 2"
absent attack-3
[ "$(wc -l <attack.ledger)" = "$lines" ] || fail "what was refused stands in the ledger"
if grep -E '(^|[^0-9a-f])[1-9] (people|records)' err; then fail "an error tells a small number"; fi
expect 0 release --tables other-half.json -o attack-alone # harmless by itself
expect 0 release --tables one-half.json --ledger attack.ledger -o attack-again
cmp attack-again/one-half.csv attack-2/one-half.csv || fail "the same release again is another"

# What is no news is not refused: all specs, one after the other, and the first once more.
for profile in ons opensafely; do
    for spec in strategic-needs early-intervention strategic-needs; do
        expect 0 release --tables $spec --profile $profile --ledger $profile.ledger -o series --force
    done
done

# The ledger holds, and shows what was done to it.
sed 's/"shown":\[\([0-9]*\)/"shown":[1\1/' attack.ledger >changed.ledger
expect 4 release --tables one-half.json --ledger changed.ledger -o bad
sed 1d attack.ledger >cut.ledger
expect 4 release --tables one-half.json --ledger cut.ledger -o bad
expect 4 release --tables one-half.json --ledger links.csv -o bad
absent bad

# Withdrawn people are left out; figures that change by a few stay as they were.
python3 -c 'import sqlite3
for r in sqlite3.connect("cohort.db").execute("SELECT pseudonym FROM source_police LIMIT 3"): print(r[0])' >withdrawn.txt
expect 0 release --tables everybody.json --ledger attack.ledger --withdrawn withdrawn.txt -o without
cmp without/everybody.csv attack-1/everybody.csv || fail "three people who left can be told"
echo nonsense >withdrawn.txt
expect 3 release --tables everybody.json --withdrawn withdrawn.txt -o bad
absent bad
