#!/bin/sh
# tally release under an agreement: its rules, its ledger, and a second person's signature on all that leaves.
. tests/support/cli.sh
printf 'correct horse battery\n' >pass
cheap_passphrases
as() { tally "$@" --passphrase-fd 3 3<pass; }
for p in police health linker analyst local-authority; do
    expect 0 as identity new "Northshire $p" --kind $p -o $p
done
expect 0 as identity new "Northshire checker" --kind local-authority -o checker
small_sources 3000
for s in police health; do
    expect 0 tally encode people/$s.csv --schema schema.json --key key --id id \
        --payload age_band,recorded_sex,area --payload-out $s.pay -o $s.enc
done
expect 0 tally link police.enc health.enc --linkmap links.map -o links.csv
expect 0 tally cohort --linkmap links.map --payload police.pay,health.pay -o cohort.db

agreement() { # FILE ROW_LEVEL [ROLE]: of the checker
    expect 0 tally agreement draft police=data-owner health=data-owner linker=linker analyst=analyst \
        local-authority=convenor "checker=${3:-output-checker}" --schema schema.json --reference northshire-2027 \
        --payload 'police:area;health:area' -o "$1"
    python3 - "$@" <<'P'
import json, re, sys
path, rows = sys.argv[1], sys.argv[2] == "yes"
text = re.sub('"STATE [^"]*"', '"as decided by the board"', open(path).read())
a = json.loads(text)
a["release"].update(profile="ukllc", threshold=15, row_level=rows)
a["schema"]["profile"] = a["schema"].get("profile", "standard")
a["exceptions"] = [{"rule": "unhardened", "why": "a test"}]
if rows:
    a["exceptions"].append({"rule": "row-level", "why": "a test"})
json.dump(a, open(path, "w"), indent=2)
P
}
sign() {
    for p in police health linker analyst local-authority checker; do
        expect 0 as agreement sign "$1" --identity $p
    done
}
agreement a.json yes
release() { as release --cohort cohort.db --agreement a.json --identity analyst --ledger ledger "$@"; }
cat >tables.json <<'J'
{"tallystick": "tables", "version": 1, "name": "ages", "title": "Ages",
 "events": [{"name": "any", "source": "police"}, {"name": "care", "source": "health"}],
 "dimensions": [{"name": "sex", "column": "recorded_sex", "levels": ["female", "male"]},
  {"name": "age", "column": "age_band", "levels": ["10-17", "18-24", "25-34", "35-49", "50+"]},
  {"name": "area", "column": "area", "levels": "found"}],
 "tables": [{"name": "ages", "title": "People known to police", "count": "people", "event": "any", "by": ["sex", "age"]}]}
J
edit() { # OUT PYTHON: a copy of the spec, changed
    python3 -c 'import json, sys
spec = json.load(open("tables.json"))
exec(sys.argv[2])
json.dump(spec, open(sys.argv[1], "w"))' "$1" "$2"
}
expect 5 release --tables tables.json -o r0
says 'not signed|has not signed|signature'
sign a.json
expect 2 as release --cohort cohort.db --tables tables.json --agreement a.json --identity analyst -o r0
says '--ledger FILE is needed'
expect 5 release --tables tables.json --profile ons -o r0
says 'releases under profile ukllc'
expect 5 release --tables tables.json --threshold 10 -o r0
says 'the threshold cannot be lower'
expect 5 as release --cohort cohort.db --agreement a.json --identity police --ledger ledger --tables tables.json -o r0
says 'is not analyst'
expect 0 release --tables tables.json --dry-run
absent r0 ledger
expect 5 release --tables tables.json -o r0
says "a second person's signature"
expect 2 tally release --cohort cohort.db --tables tables.json --request r.request -o r0
says 'go with --agreement'
absent r0 r.request ledger

# Request and draft, which ledger and log do not hear of; the second person sees every figure, and signs.
lines=$(tally log show analyst | wc -l)
expect 0 release --tables tables.json --request r.request -o draft
absent ledger draft/ages.csv draft/release.json
[ "$(tally log show analyst | wc -l)" = "$lines" ] || fail "the log tells of a draft"
grep -q 'Draft, not released' draft/draft.html || fail "the draft does not say that it is one"
expect 0 tally inspect draft/draft.json
prints 'draft of a release'
expect 5 as approve r.request --draft draft/draft.json --agreement a.json --identity analyst -o r.approval
says 'is not output-checker'
expect 2 as approve r.request --agreement a.json --identity checker -o r.approval
says '--draft FILE is needed'
expect 0 as approve r.request --agreement a.json --identity checker --dry-run
prints 'tables   1, in which counts under 15 are hidden'
python3 - <<'P' >figures
import json
text = open("draft/draft.json").read()
for c in json.loads(text)["release"]["tables"][0]["cells"]:
    v = c["value"]
    n = "[c]" if v is None else str(v) if c["low"] == c["high"] else f"{v} ({c['low']} to {c['high']})"
    print("  " + ", ".join(c["levels"]) + ": " + n)
open("edited", "w").write(text.replace('"value":', '"value":1', 1))
P
[ "$(wc -l <figures)" = 18 ] || fail "figures: $(cat figures)"
as approve r.request --draft draft/draft.json --agreement a.json --identity checker --dry-run | grep '^  ' | cmp - figures ||
    fail "the second person does not see every figure"
expect 5 as approve r.request --draft edited --agreement a.json --identity checker -o r.approval
says 'edited is not the draft that the request is for'
absent r.approval
expect 0 as approve r.request --draft draft/draft.json --agreement a.json --identity checker -o r.approval
edit titled.json 'spec["tables"][0]["title"] = "Others"'
expect 5 release --tables titled.json --approval r.approval -o r1
says 'approves something else'
absent r1 ledger
expect 0 release --tables tables.json --approval r.approval -o r1
says 'profile ukllc, threshold 15'
grep -q 'northshire-2027' r1/release.html || fail "the page does not name the project"
grep -q '"number": 1' r1/release.json || fail "the release has no number"
grep -q '"approved": "Northshire checker"' r1/release.json || fail "the release does not name who approved"
expect 0 tally log verify analyst
expect 0 release --tables tables.json --approval r.approval -o r2
expect 0 tally inspect ledger
prints 'signatures +not checked'
expect 0 tally inspect ledger --card analyst
prints 'signatures hold +yes'
expect 4 tally inspect ledger --card police
expect 2 release --tables tables.json --approval r.approval -o r2

# The log knows what the ledger must have.
cp ledger whole
sed '$d' whole >ledger
expect 5 release --tables tables.json -o r3
says 'lacks a release that the log'
rm ledger
expect 5 release --tables tables.json -o r3
sed 's/"threshold":15/"threshold":16/' whole >ledger
expect 4 release --tables tables.json -o r3
says 'signature does not hold'
cp whole ledger
expect 4 tally release --cohort cohort.db --tables tables.json --ledger ledger -o r3
expect 4 tally release --cohort cohort.db --tables tables.json --ledger police.pay -o r3
absent r3

# Rows: by dimensions alone, every combination held by enough people, and signed by another.
rows='spec["events"].pop(0); t = spec["tables"][0]; t.update(name="people", event="care", rows=True)'
edit rows.json "$rows; t['by'] = ['sex']"
edit fine.json "$rows; t['by'] = ['sex', 'age', 'area']; spec['dimensions'][1]['levels'].append('0-9')"
expect 5 release --tables fine.json -o rows
says "combinations are held by fewer than 15 people"
says "hint: take dimension '(sex|age|area)' out"
expect 5 tally release --cohort cohort.db --tables rows.json -o rows
says 'under an agreement only'
expect 5 release --tables rows.json -o rows
says "a second person's signature"
expect 2 release --tables rows.json --request rows.request
expect 0 release --tables rows.json --request rows.request -o rows.draft
absent rows
expect 0 tally inspect rows.request
prints 'request for release'
expect 5 as approve rows.request --draft rows.draft/draft.json --agreement a.json --identity analyst -o rows.approval
says 'is not output-checker'
expect 0 as approve rows.request --draft rows.draft/draft.json --agreement a.json --identity checker --dry-run
prints 'columns  sex'
absent rows.approval
expect 0 as approve rows.request --draft rows.draft/draft.json --agreement a.json --identity checker -o rows.approval
sed 's/"sex"/"age"/' rows.request >forged.request
expect 4 as approve forged.request --draft rows.draft/draft.json --agreement a.json --identity checker -o forged
expect 4 release --tables rows.json --approval rows.request -o rows
edit other.json "$rows; t['by'] = ['sex']; t['title'] = 'Others'"
expect 5 release --tables other.json --approval rows.approval -o rows
says 'approves something else'
absent rows forged
expect 0 release --tables rows.json --approval rows.approval -o rows
[ "$(sort rows/people.csv | uniq -c | wc -l)" = 3 ] || fail "rows: $(sort rows/people.csv | uniq -c)"
grep -q 'Northshire checker' rows/release.html || fail "the page does not name who approved"
expect 0 tally log verify analyst

# No rows where the agreement has none; every project has a ledger of its own.
agreement none.json no
sign none.json
expect 5 as release --cohort cohort.db --agreement none.json --identity analyst --ledger other --tables rows.json \
    --approval rows.approval -o none
says 'lets no rows leave'
expect 5 as release --cohort cohort.db --agreement none.json --identity analyst --ledger ledger --tables tables.json -o none
says 'another agreement'
absent none other
agreement alone.json no auditor
sign alone.json
for paper in "--request alone.request" "--approval r.approval"; do
    # shellcheck disable=SC2086
    expect 5 as release --cohort cohort.db --agreement alone.json --identity analyst --ledger other --tables tables.json $paper -o none
    says 'names no output checker'
done
absent none other alone.request
no_leftovers
