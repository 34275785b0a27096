#!/bin/sh
# What each link rests on, from a run and from its store; lists of pairs that are linked or kept apart, and
# what is said when they contradict each other.
# SPDX-License-Identifier: Apache-2.0
. tests/support/cli.sh
small_sources 1500 group
for s in police health; do
    tally encode people/$s.csv --schema schema.json --key key --id id -o $s.enc 2>/dev/null
done
expect 0 tally link police.enc health.enc -o links.csv --explain why.csv --store run.db --json
prints '"threshold_low"'
prints '"rivals"'
head -1 why.csv | grep -q '^source_a,id_a,source_b,id_b,linked,band,rule,score,.*,flags,full_dice,full_level' ||
    fail "explain header"
# The rows that are linked are those of links.csv, in its order.
awk -F, '$5 == 1 || NR == 1 { print $1 "," $2 "," $3 "," $4 "," $8 "," $9 }' why.csv >linked
cmp links.csv linked || fail "explained links are not the links"
awk -F, 'NR > 1 && $5 == 0 && $7 != "below-threshold"' why.csv | grep . && fail "a rule that cannot be"
# The store tells the same, by token.
expect 0 tally link --store run.db --explain stored.csv
cut -d, -f1,3,5-10 why.csv >one
cut -d, -f1,3,5-10 stored.csv >two
cmp one two || fail "the store explains otherwise"
expect 0 tally link --store run.db --explain stored.json
python3 -c "import json; d = json.load(open('stored.json')); assert len(d) == $(($(wc -l <why.csv) - 1)) and d[0]['views'][0]['view'] == 'full'" ||
    fail "explain as JSON"
expect 2 tally link --store run.db --explain stored.json
expect 2 tally link --store run.db --explain stored.json --force -o links.csv
[ "$(stat -c %a why.csv)" = 600 ] || fail "explain is open to all"

# The best sum where records compete: nearly the same links, and the store says how they were chosen.
expect 0 tally link police.enc health.enc -o optimal.csv --assign optimal --store optimal.db
changed=$(cat links.csv optimal.csv | cut -d, -f1-4 | sort | uniq -u | wc -l)
[ "$changed" -le $(($(wc -l <links.csv) / 20)) ] || fail "$changed links differ under --assign optimal"
expect 0 tally report --store optimal.db -o optimal.html
grep -q 'greatest sum' optimal.html || fail "the report does not say how links were assigned"
expect 2 tally link police.enc health.enc -o x.csv --assign best
says 'one-to-one, optimal or many'

# Lists.
first=$(sed -n 2p links.csv | cut -d, -f1-4)
echo source_a,id_a,source_b,id_b >not.csv
echo "$first" >>not.csv
expect 0 tally link police.enc health.enc -o apart.csv --must-not-link not.csv
grep -q "^$first," apart.csv && fail "linked against the list"
# A record named by its token, with the sides the other way round.
token=$(sed -n 2p stored.csv | cut -d, -f4)
second=$(sed -n 3p links.csv | cut -d, -f2)
echo source_a,id_a,source_b,id_b >must.csv
echo "health,$token,police,$second" >>must.csv
expect 0 tally link police.enc health.enc --must-link must.csv -o forced.csv --explain forced.why
[ "$(grep -c ',must-link,' forced.why)" = 1 ] || fail "not linked by the list"
grep -q "^police,$second,$(echo "$first" | cut -d, -f3,4)," forced.csv || fail "another pair is linked"
expect 3 tally link police.enc health.enc --must-link not.csv --must-not-link not.csv -o x.csv
says 'must-not-link row 2 contradicts the must-link list'
echo "$first" >>must.csv
expect 3 tally link police.enc health.enc --must-link must.csv -o x.csv
says 'must-link row 3: .*free of duplicates'
printf 'source_a,id_a,source_b,id_b\npolice,nobody,health,x\n' >bad.csv
expect 3 tally link police.enc health.enc --must-link bad.csv -o x.csv
says "bad.csv row 2: column 'id_a': 'police' has no record"
printf 'source_a,id_a,source_b\n' >bad.csv
expect 3 tally link police.enc health.enc --must-not-link bad.csv -o x.csv
says "there is no column 'id_b'"
[ ! -e x.csv ] || fail "a refused run wrote"
no_leftovers
