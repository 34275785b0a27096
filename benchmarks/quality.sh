#!/bin/sh
# Linkage quality on real and published sets, end to end through the tally command: schema, key,
# encodings, links at the threshold that the tool sets by itself, and at others around it for the
# best F1 that a threshold can reach with the truth in hand.
# Prints a Markdown table; --write also puts it into docs/quality.md.
#
#   sh benchmarks/quality.sh [--write] [--only SET] [DATA [BUILD]]
#
# SPDX-License-Identifier: Apache-2.0
set -eu
here=$(dirname "$0")
write=no
only=
while [ $# -gt 0 ]; do
    case $1 in
    --write) write=yes ;;
    --only)
        only=$2
        shift
        ;;
    *) break ;;
    esac
    shift
done
data=${1:-$here/../../shared/data}
tally=${2:-$here/../build}/tally
if [ ! -d "$data" ]; then
    echo "skipped: no data at $data" >&2
    exit 77
fi
if [ ! -x "$tally" ]; then
    echo "no tally command at $tally: build it, or give the build folder" >&2
    exit 2
fi
tmp=$(mktemp -d)
leave() {
    status=$?
    if [ $status -ne 0 ] && [ -f "$tmp/log" ]; then
        tail -n 5 "$tmp/log" >&2
    fi
    rm -rf "$tmp"
    exit $status
}
trap leave EXIT
trap 'exit 130' INT TERM
for k in 1 2 3 4 5; do
    "$tally" keygen -o "$tmp/key$k" 2>>"$tmp/log"
done
table=$tmp/table.md
: >"$table"

say() {
    printf '%s\n' "$*" >>"$table"
    printf '%s\n' "$*"
}

# value FILE BLOCK KEY: a member of indented JSON; BLOCK "" is the outermost one. All values of
# a repeated block (calibrations), one a line.
value() {
    awk -v block="$2" -v key="\"$3\":" '
        /^  [^ ]/ { inside = block == "" || index($0, "\"" block "\":") > 0 }
        $1 == key && inside && (block != "" || /^  [^ ]/) {
            sub(/^[^:]*: */, ""); sub(/,$/, ""); gsub(/"/, ""); print
        }' "$1"
}

# range: the numbers on standard input as one, or as lowest - highest.
range() {
    sort -n | awk '$1 != "null" { if (n++ == 0) low = $1; high = $1 }
        END {
            if (n == 0) print "-"
            else if (sprintf("%.3f", low) == sprintf("%.3f", high)) printf "%.3f\n", low
            else printf "%.3f to %.3f\n", low, high
        }'
}

# sweep THRESHOLD PROFILE: thresholds around one, or all over when it accepts nothing. Diffused scores
# of strangers lie around .5, so there the part above .5 is what is varied.
sweep() {
    awk -v t="$1" -v base="$([ "$2" = plain ] && echo 0 || echo 0.5)" 'BEGIN {
        for (f = 0.75; f < 1.26; f += 0.05) {
            s = base + (t - base) * f
            if (t >= 1) s = base > 0 ? base + (f - 0.7) * 0.6 : (f - 0.35) * 0.95
            if (s < 1) printf "%.6f\n", s
        } }'
}

# link_once DIR KEY PROFILE DUPLICATES FILE MAP [FILE MAP ...]: encode under one key, link, evaluate
# against $truth. Leaves the encodings' names in DIR/encodings.
link_once() {
    run=$1
    key=$2
    duplicates=$3
    shift 3
    mkdir "$run"
    : >"$run/encodings"
    while [ $# -gt 0 ]; do
        stem=$(basename "$1" .csv)
        "$tally" encode "$1" --schema "$dir/schema.json" --key "$key" --id id --map "$2" \
            --source "$stem" --duplicates "$duplicates" -o "$run/$stem.enc" 2>>"$tmp/log"
        echo "$run/$stem.enc" >>"$run/encodings"
        shift 2
    done
    # shellcheck disable=SC2046 # one word a file, and no blanks in them
    "$tally" link $(cat "$run/encodings") -o "$run/links.csv" --json >"$run/link.json" 2>>"$tmp/log"
    "$tally" evaluate --links "$run/links.csv" --truth "$truth" --json >"$run/own.json"
}

# best RUN: the highest F1 of any threshold around the run's own.
best() {
    value "$1/own.json" best f1 >"$1/best"
    for t in $(sweep "$(value "$1/link.json" calibrations threshold | sort -n | head -n 1)" "$profile"); do
        # shellcheck disable=SC2046
        "$tally" link $(cat "$1/encodings") --threshold "$t" -o "$1/$t.csv" 2>>"$tmp/log"
        "$tally" evaluate --links "$1/$t.csv" --truth "$truth" --json >"$1/$t.json"
        value "$1/$t.json" best f1 >>"$1/best"
    done
    sort -n "$1/best" | tail -n 1 | range
}

# measure FILE MAP [FILE MAP ...]: one row for $set_name under $profile, $fields, $truth. Links
# depend a little on the key, so five keys are tried and the run of median F1 is told.
measure() {
    dir=$tmp/set
    mkdir "$dir"
    "$tally" schema new --fields "$fields" --profile "$profile" -o "$dir/schema.json" 2>>"$tmp/log"
    duplicates=none
    if [ $# -eq 2 ]; then
        duplicates=possible
    fi
    for k in 1 2 3 4 5; do
        link_once "$dir/$k" "$tmp/key$k" "$duplicates" "$@"
        echo "$(value "$dir/$k/own.json" "" f1) $k" >>"$dir/f1"
    done
    row "$dir/$(sort -n "$dir/f1" | sed -n '3s/.* //p')"
    rm -r "$dir"
}

# row RUN: one line of the table.
row() {
    printf '| %s | %s |' "$set_name" "$profile" >"$dir/row"
    for name in precision recall f1 f_star; do
        printf ' %s |' "$(value "$1/own.json" "" "$name" | range)" >>"$dir/row"
    done
    printf ' %s | %s, %s | %s | %s |' "$(sed 's/ .*//' "$dir/f1" | range)" \
        "$(value "$1/link.json" calibrations threshold | range)" \
        "$(value "$1/link.json" calibrations how | sort -u | tr '\n' ' ' | sed 's/ $//')" \
        "$(value "$1/link.json" calibrations estimated_precision | range)" "$(best "$1")" >>"$dir/row"
    say "$(cat "$dir/row")"
}

# both SET FIELDS TRUTH FILE MAP ...: measure plain and standard.
both() {
    if [ -n "$only" ] && [ "$only" != "$1" ]; then
        return 0
    fi
    if [ "$1" != synth ] && [ ! -d "$data/${1%%:*}" ]; then
        echo "skipped: no ${1%%:*} in $data" >&2
        return 0
    fi
    set_name=$1
    fields=$2
    truth=$3
    shift 3
    for profile in plain standard; do
        measure "$@"
    done
}

# map NAME LINES...: a mapping file.
map() {
    name=$1
    shift
    printf '%s\n' "$@" >"$tmp/$name.map"
}

# pairs_of SET PREFIX_1 PREFIX_2: the part of a truth whose ids begin so.
pairs_of() {
    awk -F, -v a="$2" -v b="$3" \
        'NR == 1 || (substr($1, 1, 1) == a && substr($2, 1, 1) == b)' \
        "$data/$1/truth.csv" 2>/dev/null >"$tmp/$1.truth.csv" || :
}

map essnet 'forename = pername1' 'surname = pername2' 'sex = sex' \
    'date_of_birth = dob_day + dob_mon + dob_year' 'postcode = enumpc' 'address = enumcap'
map febrl 'forename = given_name' 'surname = surname' 'date_of_birth = date_of_birth' \
    'suburb = suburb' 'postcode = postcode' 'address = address_1'
map ncvr 'forename = givenname' 'surname = surname' 'suburb = suburb' 'postcode = postcode'
map anonlink 'forename = givenname' 'surname = surname' 'date_of_birth = dob' 'sex = gender' \
    'city = city' 'phone = phone'
map rldata 'forename = fname_c1' 'surname = lname_c1' 'date_of_birth = by + bm + bd'
map splink 'forename = first_name' 'surname = surname' 'date_of_birth = dob' 'city = city' \
    'email = email'
map dstime 'forename = firstName' 'surname = lastName' 'date_of_birth = dateOfBirth' \
    'postcode = plz' 'city = city'
map winkler 'forename = first_name' 'surname = surname' 'initial = middle_initial' \
    'house = house_no' 'street = street'
map movers 'forename = first_name' 'surname = last_name' 'initial = middle_initial' \
    'date_of_birth = date_of_birth' 'sex = sex' 'address = street_name'

# Fields and weights are the starter schema's; types only where a set is not British.
abroad=postcode:text:1:positional
person=forename,surname,date_of_birth
febrl=$person,suburb:text:0.6,$abroad,address
ncvr=forename,surname,suburb:text:0.6,$abroad
anonlink=$person,sex,city:text:0.6,phone:text:2:positional

half=$tmp/febrl4_half
mkdir "$half"
if [ -d "$data/febrl4" ]; then
    for side in a b; do
        head -n 3001 "$data/febrl4/$side.csv" >"$half/$side.csv"
    done
    awk -F, 'NR == 1 || ($1 <= "A3000" && $2 <= "B3000")' "$data/febrl4/truth.csv" >"$half/truth.csv"
fi
pairs_of ncvr3of10_ocp20 A B
pairs_of anonlink5 A B

say '| set | profile | P | R | F1 | F\* | F1 over keys | threshold, how set | estimated P | best F1 |'
say '|---|---|---|---|---|---|---|---|---|---|'
d=$data/ons_essnet_dev
both ons_essnet_dev "$person,sex,postcode,address" "$d/truth.csv" \
    "$d/census.csv" "$tmp/essnet.map" "$d/cis.csv" "$tmp/essnet.map"
d=$data/febrl4
both febrl4 "$febrl" "$d/truth.csv" "$d/a.csv" "$tmp/febrl.map" "$d/b.csv" "$tmp/febrl.map"
both febrl4:half "$febrl" "$half/truth.csv" \
    "$half/a.csv" "$tmp/febrl.map" "$half/b.csv" "$tmp/febrl.map"
d=$data/ncvr3of10_ocp20
both ncvr3of10_ocp20:p1-p2 "$ncvr" "$tmp/ncvr3of10_ocp20.truth.csv" \
    "$d/p1.csv" "$tmp/ncvr.map" "$d/p2.csv" "$tmp/ncvr.map"
both ncvr3of10_ocp20:all "$ncvr" "$d/truth.csv" \
    "$d/p1.csv" "$tmp/ncvr.map" "$d/p2.csv" "$tmp/ncvr.map" "$d/p3.csv" "$tmp/ncvr.map"
d=$data/anonlink5
both anonlink5:p1-p2 "$anonlink" "$tmp/anonlink5.truth.csv" \
    "$d/p1.csv" "$tmp/anonlink.map" "$d/p2.csv" "$tmp/anonlink.map"
both anonlink5:all "$anonlink" "$d/truth.csv" \
    "$d/p1.csv" "$tmp/anonlink.map" "$d/p2.csv" "$tmp/anonlink.map" \
    "$d/p3.csv" "$tmp/anonlink.map" "$d/p4.csv" "$tmp/anonlink.map" \
    "$d/p5.csv" "$tmp/anonlink.map"
d=$data/de_dstime
both de_dstime "$person,$abroad,city:text:0.6" "$d/truth.csv" \
    "$d/org.csv" "$tmp/dstime.map" "$d/dup.csv" "$tmp/dstime.map"
d=$data/winkler_census
both winkler_census "forename,surname,initial:text:0.3:whole,house:text:0.6:positional,street:address" \
    "$d/truth.csv" "$d/a.csv" "$tmp/winkler.map" "$d/b.csv" "$tmp/winkler.map"
d=$data/pseudopeople_movers
both pseudopeople_movers "$person,sex,initial:text:0.3:whole,address" "$d/truth.csv" \
    "$d/census2020.csv" "$tmp/movers.map" "$d/census2030.csv" "$tmp/movers.map"
for name in rldata500 rldata10000; do
    both $name "$person" "$data/$name/truth.csv" "$data/$name/records.csv" "$tmp/rldata.map"
done
for name in febrl1 febrl2 febrl3; do
    both $name "$febrl" "$data/$name/truth.csv" "$data/$name/records.csv" "$tmp/febrl.map"
done
for name in splink_fake1000 splink_fake20000; do
    both $name "$person,city:text:0.6,email:text:1" "$data/$name/truth.csv" \
        "$data/$name/records.csv" "$tmp/splink.map"
done

"$tally" synth --people 20000 --sources police,health,education --seed 1 -o "$tmp/people" 2>>"$tmp/log"
map synth 'forename = forename' 'surname = surname' 'date_of_birth = date_of_birth' 'sex = sex' \
    'postcode = postcode' 'address = address'
d=$tmp/people
both synth "$person,sex,postcode,address" "$d/truth.csv" "$d/police.csv" "$tmp/synth.map" \
    "$d/health.csv" "$tmp/synth.map" "$d/education.csv" "$tmp/synth.map"

if [ "$write" = yes ]; then
    page=$here/../docs/quality.md
    awk -v table="$table" '
        /^<!-- table -->$/ { print; while ((getline line < table) > 0) print line; skip = 1; next }
        /^<!-- end of table -->$/ { skip = 0 }
        !skip { print }' "$page" >"$tmp/page.md"
    cat "$tmp/page.md" >"$page"
fi
