#!/bin/sh
# The quality suite: what it prints, keeps and refuses. Small synthetic sets stand for all.
# SPDX-License-Identifier: Apache-2.0
. tests/support/cli.sh
export TALLY_SHARED="$work/none"

run() {
    tally bench quality --people 300 --progress none --set synth_usual "$@"
}

# One object a set and profile, with the reference beside it; the same again but for seconds.
expect 0 run --json --profile standard
says 'No data in'
for key in set profile precision recall f1 f1_best estimated_precision threshold; do
    prints "^ *\"$key\":"
done
prints '"profile": "standard"'
prints '"reference": \{'
prints '"pairs_completeness":'
prints '"column": "name_group"|"column": "sex"'
grep -v cpu_seconds out >first
expect 0 run --json --profile standard --threads 1
grep -v cpu_seconds out >second
cmp first second || fail "a second run gives other figures"

# Without --profile there are four, and the table keeps them with the reference.
expect 0 run --table t.csv
prints '^synth_usual +group'
[ "$(cut -d, -f1,2 t.csv | grep -c '^synth_usual,')" = 5 ] || fail "not five rows in the table"

# A later run puts its rows in the place of the old ones, and the page is made anew between its marks.
printf 'before\n<!-- table -->\nold\n<!-- end of table -->\nafter\n' >page.md
expect 0 run --profile plain --keys 2 --table t.csv -o page.md
[ "$(cut -d, -f1,2 t.csv | grep -c '^synth_usual,')" = 5 ] || fail "rows were added, not replaced"
grep -q '^synth_usual,plain,2,' t.csv || fail "the row of the new run is not there"
grep -q '^| synth_usual | standard |' page.md || fail "the page lacks a kept row"
grep -q '^before$' page.md || fail "the page lost its text"
grep -q '^after$' page.md || fail "the page lost its end"
if grep -q '^old$' page.md; then
    fail "the page kept its old table"
fi

# Further populations move the gaps between groups, and nothing else.
expect 0 run --profile plain --table one.csv
expect 0 run --profile plain --table three.csv --populations 3
column() {
    awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } $2 == "plain" { print $c }' "$1"
}
[ "$(column one.csv populations)" = 1 ] || fail "one population is not one"
[ "$(column three.csv populations)" = 3 ] || fail "three populations are not three"
[ "$(column one.csv f1)" = "$(column three.csv f1)" ] || fail "further populations moved F1"
[ "$(column one.csv gap_age_band)" != "$(column three.csv gap_age_band)" ] || fail "further populations moved no gap"

# A floor that the table misses ends with 1.
sed 's/^synth_usual,plain,[^,]*,[^,]*,[^,]*,[^,]*/febrl4,standard,1,0.5,0.5,0.5/' t.csv >low.csv
expect 1 run --profile plain --table low.csv
says 'missed: febrl4: F1 0.5 under standard'

# So does a cliff where there is a floor, and precision outside its interval on most of ten sets and more.
awk -F, -v OFS=, '$1 == "synth_usual" && $2 == "plain" { $1 = "febrl4"; $2 = "standard"; $6 = .999; $11 = .02 } 1' t.csv >cliff.csv
expect 1 run --profile plain --table cliff.csv
says 'missed: febrl4: F1 under standard moves by 0.02'
for s in febrl1 febrl2 febrl3 rldata500 splink_fake1000 synth_three synth_clean synth_dirty synth_married synth_care; do
    awk -F, -v OFS=, -v s=$s '$2 == "standard" { $1 = s; $4 = .5; $16 = .9; $17 = 1; print }' t.csv
done | cat t.csv - >outside.csv
expect 1 run --profile plain --table outside.csv
says 'missed: the true precision lies in its interval on 1 of 11 sets, where 10 are promised'

# Speed: a row for each thing measured, with what was measured by it.
expect 0 tally bench speed --records 1000 --runs 1 --progress none --json
for key in what how records kernel median_seconds median_cpu_seconds per_cpu_second; do
    prints "\"$key\":"
done
[ "$(grep -c '"what": ' out)" = 5 ] || fail "not five rows"
expect 2 tally bench speed --runs 0

# What cannot be.
expect 2 tally bench speeed
says 'no such suite'
expect 2 tally bench --keys 0
expect 2 tally bench quality --set nothing
expect 2 tally bench quality --profile odd
expect 2 tally bench quality --keys 0
expect 2 tally bench quality --populations 0
expect 6 tally bench quality --set febrl4
says 'the set febrl4 is not there'
echo 'a,b' >other.csv
expect 3 run --profile plain --table other.csv
printf '<!-- table -->\n' >cut.md
expect 3 run --profile plain -o cut.md
says 'end of table'
[ "$(cat cut.md)" = '<!-- table -->' ] || fail "a page was half-written"
no_leftovers
