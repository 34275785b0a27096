#!/bin/sh
# A run that was looked at again is linked anew: by the same threshold, whatever was decided; decisions hold as long as
# their records are there, and what they say of links is told only of links that they speak of.
# SPDX-License-Identifier: Apache-2.0
. tests/support/cli.sh
tally synth --people 12000 --sources police,health,education --seed 7 --scenario dirty -o people 2>/dev/null
tally schema new --fields forename,surname,date_of_birth,sex,postcode -o schema.json 2>/dev/null
fixed_key key
encode() { # file, output, options
    from=$1
    to=$2
    shift 2
    expect 0 tally encode "$from" --schema schema.json --key key "$@" -o "$to"
}
for s in police health education; do
    encode people/$s.csv $s.enc --id id
done
sql() {
    sqlite3 "$@"
}
asked=0
review() { # of store $1, the sources after it answering
    db=$1
    shift
    asked=$((asked + 1))
    expect 0 tally review export --store "$db" -o asked$asked
    for s in "$@"; do
        if [ -e asked$asked/$s.ask ]; then
            encode people/$s.csv $s.answer$asked --record-id id --review asked$asked/$s.ask --tokens $s.enc
        else
            fail "$s was not asked"
        fi
    done
    # shellcheck disable=SC2046
    expect 0 tally review import $(printf "%s.answer$asked " "$@") --store "$db"
}
# What run $2 of store $1 learnt of police and health.
learnt() {
    sql "$1" "SELECT c.how, c.threshold_ppm, c.low_ppm, c.high_ppm, c.estimated_precision, c.precision_low,
        c.precision_high, c.estimated_recall, hex(c.histogram) FROM calibration c
        JOIN run_source x ON x.run = c.run AND x.position = c.source_a JOIN source a ON a.id = x.source
        JOIN run_source y ON y.run = c.run AND y.position = c.source_b JOIN source b ON b.id = y.source
        WHERE c.run = $2 AND a.name IN ('police', 'health') AND b.name IN ('police', 'health')"
}
# Decided pairs of store $1 that run $2 goes by, and all whose records are there under the same tokens.
gone_by() {
    sql "$1" "SELECT SUM((x.cluster = y.cluster) = p.decision), COUNT(*) FROM review_pair p
        JOIN review v ON v.id = p.review AND v.undone = 0
        JOIN record x ON x.run = $2 AND x.token = p.token_a JOIN record y ON y.run = $2 AND y.token = p.token_b
        WHERE p.decision IS NOT NULL" | tr '|' ' '
}
judged() { # pairs of sources of run $2 of store $1 that a review says something of
    sql "$1" "SELECT COUNT(*) FROM reviewed x JOIN review v ON v.id = x.review AND v.undone = 0
        WHERE x.run = $2 AND x.estimated_precision IS NOT NULL"
}

# The same sources: what was learnt is the same to the last digit, and every decision is gone by.
expect 0 tally link police.enc health.enc --store run.db -o one.csv --clusters one.clusters
cp run.db bare.db
review run.db police health
decided=$(sql run.db 'SELECT COUNT(*) FROM review_pair WHERE decision IS NOT NULL')
[ "$decided" -gt 20 ] || fail "only $decided pairs were decided"
cp run.db reviewed.db
expect 0 tally link police.enc health.enc --store run.db -o two.csv
says "$decided pairs as second rounds decided\\.\$"
says 'After review about'
[ -n "$(learnt run.db 1)" ] && [ "$(learnt run.db 1)" = "$(learnt run.db 2)" ] || fail 'decisions changed what was learnt'
[ "$(gone_by run.db 2)" = "$decided $decided" ] || fail "of decisions and those gone by: $(gone_by run.db 2)"
[ "$(judged run.db 2)" = 1 ] || fail 'the run after a review is not judged by it'
if cmp -s one.csv two.csv; then fail 'the review changed nothing'; fi

# A source joins: that is a run from scratch that knows the review, and learns what it would without it.
cp reviewed.db scratch.db
cp reviewed.db added.db
expect 0 tally link education.enc --add --store added.db -o added.csv --clusters added.clusters
expect 0 tally link police.enc health.enc education.enc --store scratch.db -o scratch.csv --clusters scratch.clusters
cmp added.csv scratch.csv || fail 'added after a review and from scratch differ in links'
cmp added.clusters scratch.clusters || fail 'added after a review and from scratch differ in clusters'
expect 0 tally link police.enc health.enc education.enc --store bare.db -o bare.csv
[ "$(learnt added.db 2)" = "$(learnt bare.db 2)" ] || fail 'with a third source decisions changed what was learnt'
if cmp -s added.csv bare.csv; then fail 'with a third source the review is forgotten'; fi
# Only links of police and health were asked about.
[ "$(judged added.db 2)" = 1 ] || fail "$(judged added.db 2) pairs of sources are judged"

# A review of that run, and the run is taken back: what was decided of the source that left is put aside, and told.
review added.db police health education
decided=$(sql added.db 'SELECT COUNT(*) FROM review_pair p JOIN review_list a ON a.review = p.review
    AND a.position = p.source_a JOIN review_list b ON b.review = p.review AND b.position = p.source_b
    WHERE p.decision IS NOT NULL AND a.source <> "education" AND b.source <> "education"')
other=$(($(sql added.db 'SELECT COUNT(*) FROM review_pair WHERE decision IS NOT NULL') - decided))
[ "$other" -gt 0 ] || fail 'no pair of the third source was decided'
expect 0 tally link --undo --store added.db
expect 0 tally link --add --store added.db -o undone.csv
says "pairs as second rounds decided.*; $other of records that are not here"
[ "$(learnt added.db 3)" = "$(learnt run.db 1)" ] || fail 'after an undone run something else is learnt'
gone_by added.db 3 >gone
read -r held all <gone
[ $((held + 2)) -ge "$all" ] && [ "$all" -gt 20 ] || fail "of $all decisions $held are gone by"
[ "$(judged added.db 3)" = 1 ] || fail 'the run after an undone one is not judged'

# Reviews taken back after runs went by them: out of sight at once, and the next run is as if they had never been.
expect 0 tally review undo --store run.db
[ "$(judged run.db 2)" = 0 ] || fail 'what an undone review said of a later run is still told'
expect 0 tally report --store run.db --json -o report.html
if grep -q after_review out; then fail 'the report tells what an undone review said'; fi
expect 0 tally link --add --store run.db -o three.csv --clusters three.clusters
if grep -qE 'second round|[Aa]fter review' err; then fail 'an undone review is gone by'; fi
cmp one.csv three.csv || fail 'the review is undone, and the links differ'
cmp one.clusters three.clusters || fail 'the review is undone, and the clusters differ'

# Answers are a sample of the links that there were: of others they say nothing.
cp reviewed.db sample.db
sql sample.db 'DELETE FROM link WHERE run = 1'
expect 0 tally link police.enc health.enc --store sample.db
checked=$(sql sample.db 'SELECT checked FROM reviewed ORDER BY run DESC LIMIT 1')
matches=$(sql sample.db 'SELECT COUNT(*) FROM review_pair WHERE decision = 1')
[ "$checked" = "$matches" ] || fail "answers are said to speak of $checked links, and $matches were decided"

# One record of a decided pair is withdrawn.
cp reviewed.db withdrawn.db
token=$(sql withdrawn.db 'SELECT lower(hex(token_a)) FROM review_pair WHERE decision = 1 LIMIT 1')
with=$(sql withdrawn.db "SELECT COUNT(*) FROM review_pair WHERE decision IS NOT NULL
    AND (lower(hex(token_a)) = '$token' OR lower(hex(token_b)) = '$token')")
decided=$(sql withdrawn.db 'SELECT COUNT(*) FROM review_pair WHERE decision IS NOT NULL')
expect 0 tally withdraw --store withdrawn.db "$token"
expect 0 tally link --add --store withdrawn.db -o withdrawn.csv
says "$((decided - with)) pairs as second rounds decided\\.\$"
says 'After review about'
if grep -q "$token" withdrawn.csv; then fail 'a withdrawn record is linked'; fi

# Decisions that contradict each other: of one pair the later one holds, whichever it is; of two matches of a record
# that has one partner the later; and a list holds against all of them.
cp reviewed.db against.db
pair() { # the ${2}th pair with decision $1, of records that no other pair is of: both tokens
    sql against.db "WITH t(token) AS (SELECT token_a FROM review_pair WHERE review = 1 AND decision IS NOT NULL UNION ALL
        SELECT token_b FROM review_pair WHERE review = 1 AND decision IS NOT NULL),
        once(token) AS (SELECT token FROM t GROUP BY token HAVING COUNT(*) = 1)
        SELECT hex(token_a), hex(token_b) FROM review_pair WHERE review = 1 AND decision = $1
        AND token_a IN once AND token_b IN once ORDER BY token_a LIMIT 1 OFFSET $2" | tr '|' ' '
}
together() { # whether two records are in one cluster in the latest run
    [ "$(sql against.db "SELECT COUNT(DISTINCT cluster) FROM record WHERE run = (SELECT max(id) FROM run)
        AND hex(token) IN ('$1', '$2')")" = 1 ]
}
insert() { # a pair that a second review decided: both tokens, decision
    sql against.db "INSERT INTO review_pair SELECT 2, source_a, x'$1', source_b, x'$2', why, before, accepted, scores,
        weight, after, $3 FROM review_pair WHERE review = 1 AND decision = $3 LIMIT 1"
}
sql against.db "INSERT INTO review SELECT 2, run, asked, answered, digest, 2, x'01', 0 FROM review;
    INSERT INTO review_list SELECT 2, position, source, tokens FROM review_list"
pair 1 0 >match
pair 1 1 >other
pair 1 2 >third
pair 0 0 >none
read -r ma mb <match
read -r oa ob <other
read -r ta tb <third
read -r na nb <none
insert "$ma" "$mb" 0
insert "$na" "$nb" 1
insert "$oa" "$tb" 1
{
    echo source_a,id_a,source_b,id_b
    pair 1 3 | tr 'A-F' 'a-f' | sed 's/\(.*\) \(.*\)/health,\1,police,\2/'
} >apart.list
expect 0 tally link police.enc health.enc --store against.db --must-not-link apart.list
says 'pairs as second rounds decided; 3 left out, which contradict others\.'
if together "$ma" "$mb"; then fail 'an earlier match holds against a later no'; fi
together "$na" "$nb" || fail 'an earlier no holds against a later match'
together "$oa" "$tb" || fail 'an earlier match holds against a later one'
if together "$oa" "$ob" || together "$ta" "$tb"; then fail 'somebody is two people of one source'; fi
pair 1 3 >listed
read -r la lb <listed
if together "$la" "$lb"; then fail 'a decision holds against a list'; fi
# Taking the later one back brings the earlier one back.
expect 0 tally review undo --store against.db
expect 0 tally link police.enc health.enc --store against.db
says 'pairs as second rounds decided\.$'
together "$ma" "$mb" && together "$oa" "$ob" && together "$ta" "$tb" || fail 'an undone review holds'

# The next quarter: forty records are gone, forty surnames are spelt otherwise, the tokens are new. Lists and decisions
# are of the same people, those of who is gone are put aside, and new links are not judged by old answers.
python3 - <<'P'
import csv
rows = list(csv.DictReader(open("people/police.csv")))
linked = {r["id_a"] for r in csv.DictReader(open("one.csv"))}
held = [r for r in rows if int(r["id"][1:]) % 10 == 3] # a tenth that comes later
first = [r for r in rows if r not in held]
for name, part in (("first", first), ("second", first[40:] + held)):
    for r in part[:40] if name == "second" else []:
        r["surname"] = r["surname"][:-1] + ("e" if r["surname"][-1:] != "e" else "a")
    out = csv.DictWriter(open(name + ".csv", "w"), fieldnames=list(rows[0]))
    out.writeheader()
    out.writerows(part)
health = list(csv.DictReader(open("people/health.csv")))
there = {r["id_b"] for r in csv.DictReader(open("one.csv"))}
a = next(r["id"] for r in first[60:] if r["id"] not in linked)
b = next(r["id"] for r in health if r["id"] not in there)
print("source_a,id_a,source_b,id_b\npolice,%s,health,%s" % (a, b), file=open("strangers.list", "w"))
P
cp people/police.csv whole.csv
cp first.csv people/police.csv
encode first.csv police.enc --source police --id id --force
encode second.csv second.enc --source police --id id
expect 0 tally link police.enc health.enc --store q.db --must-link strangers.list -o q1.csv
strangers=$(sed 1d strangers.list)
grep -q "^$strangers,0" q1.csv || fail 'a list does not hold'
review q.db police health
expect 0 tally link --add --store q.db
expect 0 tally link second.enc --replace --store q.db -o q3.csv --explain why.csv
sql q.db 'SELECT COUNT(*), SUM(p.token_a IN (SELECT token FROM gone) OR p.token_b IN (SELECT token FROM gone))
    FROM review_pair p WHERE p.decision IS NOT NULL' | tr '|' ' ' >counts
read -r decided gone <counts
[ "$gone" -gt 0 ] || fail 'nobody who is gone was asked about'
says "  $((decided - gone)) pairs as second rounds decided; $gone of records that are not here"
says "  1 pairs as the lists of the series say"
grep -q "^$strangers,0" q3.csv || fail 'who must be linked is not, in a new delivery'
sql q.db 'SELECT SUM((x.cluster = y.cluster) = p.decision), COUNT(*) FROM review_pair p
    JOIN succession s ON s.run = 3 AND s.was = p.token_b JOIN record x ON x.run = 3 AND x.token = s.token
    JOIN record y ON y.run = 3 AND y.token = p.token_a WHERE p.decision IS NOT NULL' | tr '|' ' ' >held
[ "$(cat held)" = "$((decided - gone)) $((decided - gone))" ] || fail "decisions gone by in a new delivery: $(cat held)"
says 'After review about'
# The same people under tokens of which nobody knows: nothing is decided, and the estimate is dropped aloud.
encode first.csv fresh.enc --source police --id id
encode people/health.csv health.fresh --source health --id id
expect 0 tally link fresh.enc health.fresh --store q.db -o fresh.csv
says "  0 pairs as second rounds decided; $decided of records that are not here"
says 'What second rounds said of links is dropped'
[ "$(judged q.db 4)" = 0 ] || fail 'strange records are judged by a review'
expect 0 tally link fresh.enc health.fresh -o never.csv
cmp fresh.csv never.csv || fail 'decisions about others changed links'
no_leftovers
