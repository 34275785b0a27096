#!/bin/sh
# The main job as its users run it: three files to a cohort and a report, with ids nowhere in it.
. tests/support/cli.sh
small_sources 3000 standard

expect 0 tally keygen -o new.key
[ "$(stat -c %a new.key)" = 600 ] || fail "key mode"
expect 2 tally keygen -o new.key
says 'exists'

for s in police health education; do
    payload=$(head -1 people/$s.csv | tr ',' '\n' | tail -1)
    expect 0 tally encode people/$s.csv --schema schema.json --key key --id id \
        --payload "$payload" --payload-out $s.pay -o $s.enc
    says 'Columns guessed'
    says 'Key check value: [0-9a-f]{16}'
    expect 0 tally inspect $s.enc
    prints "source +$s"
    expect 0 tally inspect $s.pay --json
    python3 -c 'import json; assert json.load(open("out"))["verifies"]' || fail "inspect --json"
done

expect 0 tally link police.enc health.enc education.enc --store run.db --linkmap links.map \
    -o links.csv --clusters clusters.csv
head -1 links.csv | grep -qx 'source_a,id_a,source_b,id_b,score,probability' || fail "links header"
head -1 clusters.csv | grep -qx 'cluster,source,id' || fail "clusters header"
expect 0 tally inspect links.map
expect 0 tally inspect run.db
expect 0 tally evaluate --links links.csv --truth people/truth.csv --by people/truth_groups.csv \
    --json -o quality.html
python3 - <<'P' || fail "quality"
import json
at = json.load(open("out"))
assert at["f1"] > 0.9 and at["precision"] > 0.93, at
P
expect 0 tally cohort --linkmap links.map --payload police.pay,health.pay,education.pay \
    -o cohort.db --csv cohort
absent cohort.db-wal cohort.db-shm cohort.db-journal
[ "$(sqlite3 cohort.db 'PRAGMA integrity_check')" = ok ] || fail "cohort integrity"
people=$(sqlite3 cohort.db 'SELECT count(*) FROM person')
[ "$people" -gt 2000 ] || fail "only $people people"
expect 0 tally report --store run.db --cohort cohort.db -o report.html --json
python3 -c 'import json; json.load(open("out"))' || fail "report --json"
grep -q "default-src 'none'" report.html || fail "report policy"
no_leftovers

# One-to-one: no record of a source has two links to another source.
python3 - <<'P' || fail "one-to-one"
import csv, collections
seen = collections.Counter()
for r in csv.DictReader(open("links.csv")):
    seen[r["source_a"], r["id_a"], r["source_b"]] += 1
    seen[r["source_b"], r["id_b"], r["source_a"]] += 1
assert max(seen.values()) == 1
P
# Links and clusters agree.
python3 - <<'P' || fail "clusters agree"
import csv
c = {(r["source"], r["id"]): r["cluster"] for r in csv.DictReader(open("clusters.csv"))}
for r in csv.DictReader(open("links.csv")):
    assert c[r["source_a"], r["id_a"]] == c[r["source_b"], r["id_b"]]
P

# No token, id or encoding in the cohort: ids of the sources occur nowhere.
cut -d, -f1 people/police.csv | sed 1d | head -50 >ids
if strings cohort.db | grep -qwF -f ids; then fail "ids in the cohort"; fi
