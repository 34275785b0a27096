#!/bin/sh
# Every page the tool makes, held against axe-core in a browser: in light and dark, on a wide screen, one of 320 px and
# paper. Needs node, npm with a network (axe-core goes into the build folder) and chromium; else skipped.
. tests/support/cli.sh
skip() {
    echo "SKIPPED: $*" >&2
    exit 77
}
export CHROMIUM="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}"
[ -n "$CHROMIUM" ] || skip "no chromium to show pages in"
command -v node >/dev/null && command -v npm >/dev/null || skip "no node and npm to run axe-core with"
axe=$bin/axe/node_modules/axe-core/axe.min.js
[ -e "$axe" ] || npm install --silent --no-audit --no-fund --prefix "$bin/axe" axe-core >/dev/null 2>&1 ||
    skip "npm cannot install axe-core here"
export PROFILE_DIR="$work/browser"

small_sources 1500 standard
for s in police health education; do
    columns=$(head -1 people/$s.csv | tr ',' '\n' | sed -n '8,$p' | grep -v nhs_number | tr '\n' ,)
    tally encode people/$s.csv --schema schema.json --key key --id id \
        --payload "${columns%,}" --payload-out $s.pay \
        --provider-sheet $s.json -o $s.enc 2>/dev/null
done
tally link police.enc health.enc education.enc --store run.db --linkmap links.map -o links.csv 2>/dev/null
tally cohort --linkmap links.map --payload police.pay,health.pay,education.pay -o cohort.db 2>/dev/null
expect 0 tally report --store run.db --cohort cohort.db --sheets police.json,health.json -o report.html
expect 0 tally profile people/police.csv --schema schema.json -o profile.html
expect 0 tally evaluate --links links.csv --truth people/truth.csv --by people/truth_groups.csv -o evaluate.html
tally audit police.enc --schema schema.json --population people/police.csv --key key --attacks A1,A3,A4 \
    -o audit.html >out 2>err || [ -e audit.html ] || fail "no page of tally audit"
expect 0 tally release --cohort cohort.db --tables strategic-needs -o release
printf '<!DOCTYPE html><html><body><img src="x.png"><p style="width:900px">wide</p></body></html>' >bad.html
expect 1 node "$root/tests/support/pages.mjs" "$axe" bad.html
prints 'image-alt'
prints 'px wider than the screen'
expect 0 node "$root/tests/support/pages.mjs" "$axe" report.html profile.html evaluate.html audit.html release/release.html
prints '^5 pages, 0 faults'
