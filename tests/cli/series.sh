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

# What was asked of a run goes on; a default that nobody asked for is that of the sources there are.
shares() {
    sqlite3 "$1" 'SELECT fdr FROM run ORDER BY id' | tr '\n' ' '
}
[ "$(shares run.db)" = '0.05 0.02 ' ] || fail "shares of false links: $(shares run.db)"
expect 0 tally link police.enc health.enc --fdr 0.04 --store asked.db
expect 0 tally link education.enc --add --store asked.db
expect 0 tally link --add --fdr 0.03 --store asked.db
[ "$(shares asked.db)" = '0.04 0.04 0.03 ' ] || fail "shares of false links: $(shares asked.db)"

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

# Lists that a run was given hold in those that continue it, until a later list says otherwise; a withdrawn record
# leaves them too.
tokens() { # row $1 of the links as a pair of tokens
    sqlite3 lists.db "SELECT 'police', lower(hex(a.token)), 'health', lower(hex(b.token)) FROM link l
        JOIN record a ON a.run = l.run AND a.source = l.source_a AND a.row = l.row_a
        JOIN record b ON b.run = l.run AND b.source = l.source_b AND b.row = l.row_b
        WHERE l.run = 1 AND l.accepted = 1 AND a.source = 0 AND b.source = 1 AND l.rank = $1" | tr '|' ','
}
linked() { # whether pair $1 is in one cluster in run $2
    [ "$(sqlite3 lists.db "SELECT count(DISTINCT cluster) FROM record WHERE run = $2 AND lower(hex(token)) IN
        ('$(echo "$1" | cut -d, -f2)', '$(echo "$1" | cut -d, -f4)')")" = 1 ]
}
mv away/police.enc police.enc
expect 0 tally link police.enc health.enc --store lists.db
first=$(tokens 0)
second=$(tokens 1)
linked "$first" 1 || fail "the best link is none"
printf 'source_a,id_a,source_b,id_b\n%s\n%s\n' "$first" "$second" >apart.list
expect 0 tally link --add --store lists.db --must-not-link apart.list
expect 0 tally link --add --store lists.db
says '2 pairs as the lists of the series say'
if linked "$first" 3 || linked "$second" 3; then fail "a series forgot what must not be linked"; fi
printf 'source_a,id_a,source_b,id_b\n%s\n' "$first" >one.list
expect 0 tally link education.enc --add --store lists.db --must-link one.list
says '1 pairs as the lists of the series say; 1 left out, which contradict others'
linked "$first" 4 || fail "the later list does not hold"
expect 0 tally withdraw --store lists.db "$(echo "$second" | cut -d, -f2)"
expect 0 tally link --add --store lists.db
says '1 pairs as the lists of the series say.'
linked "$first" 5 || fail "a series forgot what must be linked"
expect 0 tally link police.enc health.enc --store lists.db --force
if grep -q 'lists of the series' err; then fail "a run of its own took lists over"; fi

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
