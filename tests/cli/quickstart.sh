#!/bin/sh
# The quick start: under an agreement, in the workbench, and with files of one's own. Nothing is installed or
# built here: it runs on the commands under test.
. tests/support/cli.sh
export TALLY_BUILD="$bin" PEOPLE=1200

quickstart() { sh "$root/cli/quickstart.sh" "$@"; }

expect 2 quickstart one.csv
says '^usage:'
expect 6 quickstart none.csv nothing.csv nobody.csv
expect 0 quickstart
prints 'The logs of all five parties hold'
prints 'Done in [0-9]+ s'
prints '^ 4. Quality: +P [01]\.[0-9]+  R [01]\.[0-9]+  F1 '
cd quickstart-out
for p in police health education linker analyst; do
    expect 0 tally log verify $p/id
    [ -e $p/agreement.json ] || fail "$p has no agreement"
    [ "$(stat -c %a $p/passphrase)" = 600 ] || fail "the passphrase of $p can be read"
done
expect 0 tally inspect police/delivery/police-1-linkage.pkg
prints 'signature holds +yes'
[ "$(sqlite3 analyst/cohort.db 'PRAGMA integrity_check')" = ok ] || fail "the cohort"
for page in report.html quality.html analyst/release-1/release.html; do
    grep -q "default-src 'none'" $page || fail "$page"
done
[ ! -e linker/linkage.key ] || fail "the linker has the key"
grep -q '"approved": "Northshire police"' analyst/release-1/release.json || fail "nobody approved the release"
objector=$(sed -n 2p health/opt-out.csv)
grep -q "^$objector,\|^\"$objector\"" health/delivery/health-1-tokens.csv && fail "an objector's record left"
cd ..
expect 2 quickstart
says 'exists already'

OUT=bench expect 0 quickstart --workbench
prints '^ 4. Quality: +P [01]\.[0-9]+  R [01]\.[0-9]+  F1 '
[ -e bench/report.html ] && [ -e bench/cohort.db ] || fail "the workbench's results"

# Three files of one's own: no truth, no ids.
python3 - <<'P'
import csv
for source, name in (("police", "a"), ("health", "b"), ("education", "c")):
    with open(f"quickstart-out/people/{source}.csv", newline="") as f, open(f"{name}.csv", "w", newline="") as g:
        csv.writer(g).writerows(row[1:7] for row in csv.reader(f))
P
OUT=own expect 0 quickstart a.csv b.csv c.csv
prints 'there is no truth'
[ -e own/report.html ] && [ -e own/b/delivery/b-1-linkage.pkg ] || fail "the results of own files"
cp a.csv linker.csv
OUT=odd expect 2 quickstart linker.csv b.csv c.csv
says 'cannot be called linker'
