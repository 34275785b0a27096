#!/bin/sh
# A series of runs in a store: a new delivery joins, pseudonyms stay, the result is that of a run from
# scratch, records are withdrawn, and a run is taken back.
# SPDX-License-Identifier: Apache-2.0
. tests/support/cli.sh
small_sources 1500 plain
for s in police health education; do
    tally encode people/$s.csv --schema schema.json --key key --payload-out $s.pay -o $s.enc 2>/dev/null
done
# The deliveries keep their tokens from here on: each run below reads the same files.
expect 0 tally link police.enc health.enc --store run.db --linkmap one.map -o one.csv
expect 0 tally link education.enc --add --store run.db --linkmap two.map -o two.csv --clusters two.clusters
says 'Continues run 1'
expect 0 tally link police.enc health.enc education.enc -o scratch.csv --clusters scratch.clusters
cmp two.csv scratch.csv || fail "added and from scratch differ in links"
cmp two.clusters scratch.clusters || fail "added and from scratch differ in clusters"

ids() { # of run $1: source name, token, cluster
    sqlite3 run.db "SELECT y.name, hex(r.token), r.cluster FROM record r JOIN run_source x
        ON x.run = r.run AND x.position = r.source JOIN source y ON y.id = x.source
        WHERE r.run = $1 ORDER BY 1, 2"
}
ids 1 >ids1
ids 2 | grep -v '^education|' >ids2
moved=$(cat ids1 ids2 | sort | uniq -u | wc -l)
[ "$((moved / 2))" -le $(($(wc -l <ids1) / 50)) ] || fail "$((moved / 2)) records changed their cluster"
noted=$(sqlite3 run.db 'SELECT total(records) FROM change WHERE run = 2')
[ "${noted%.*}" = "$((moved / 2))" ] || fail "changes say $noted, ids say $((moved / 2))"

# Undo: the run before is the latest; the same delivery again gives the same ids.
expect 0 tally link --undo --store run.db
says 'Run 2 is undone'
expect 2 tally link --undo --store run.db
says 'does not continue'
expect 0 tally link education.enc --add --store run.db -o again.csv --json
prints '"continues": 1'
cmp two.csv again.csv || fail "the run after an undo differs"
# A part that was split off is new each time, and no id is given twice.
ids 3 | grep -v '^education|' | grep -xF -f ids1 >kept3
grep -xF -f ids1 ids2 | cmp - kept3 || fail "ids after an undo differ"

# Withdrawal: the records go from every run, and stay away when their file is linked again.
awk -F'|' '$1 == "police" { print tolower($2) }' ids1 | head -3 >gone
expect 0 tally withdraw --store run.db --dry-run gone
says 'Would withdraw 9 records'
[ "$(sqlite3 run.db 'SELECT count(*) FROM withdrawn')" = 0 ] || fail "a dry run wrote"
expect 0 tally withdraw --store run.db gone --json
prints '"records": 9'
expect 0 tally report --store run.db -o report.html
expect 0 tally link --add --store run.db -o after.csv --linkmap after.map
says '3 withdrawn records were left out'
if grep -qF -f gone after.csv; then fail "a withdrawn record is linked"; fi
expect 0 tally link police.enc health.enc --store run.db -o apart.csv
says '3 withdrawn records were left out'
if sqlite3 run.db 'SELECT lower(hex(token)) FROM record' | grep -qF -f gone; then
    fail "a withdrawn record is in the store"
fi
expect 0 tally withdraw --store run.db 00112233445566778899aabbccddeeff
says '1 of the tokens are in no run'
no_leftovers

# A file that moved is looked for where it is said to be, and must be the same.
expect 0 tally link police.enc health.enc --store moved.db
mkdir away
mv police.enc away
expect 6 tally link education.enc --add --store moved.db
says "name the file of 'police'"
cp education.enc police.enc
expect 3 tally link education.enc --add --store moved.db
says 'is not the file of'
rm police.enc
expect 0 tally link education.enc away/police.enc --add --store moved.db
expect 0 tally link --add --store moved.db

# What cannot be.
expect 2 tally link education.enc --add
expect 6 tally link education.enc --add --store none.db
expect 2 tally withdraw --store run.db
expect 6 tally withdraw --store none.db 00112233445566778899aabbccddeeff
absent none.db
printf '00112233445566778899aabbccddeeff\nzz\n' >bad
expect 3 tally withdraw --store run.db bad
says 'bad line 2'
no_leftovers
