#!/bin/sh
# From a bare Debian 12 to a linked cohort and its report:
#   sh cli/quickstart.sh                         20,000 synthetic people, three agencies
#   sh cli/quickstart.sh A.csv B.csv C.csv       three files of your own
# FIELDS, PROFILE and OUT may be set: the fields to link on, the schema's profile, the folder to write to.
# SPDX-License-Identifier: Apache-2.0
set -eu
here=$(pwd)
cd "$(dirname "$0")/.."
root=$(pwd)
started=$(date +%s)
build=$root/build
out=${OUT:-$here/quickstart-out}
fields=${FIELDS:-forename,surname,date_of_birth,sex,postcode,address}
profile=${PROFILE:-standard}

step() {
    echo
    echo "== $*"
}
usage() {
    echo "usage: sh cli/quickstart.sh [A.csv B.csv C.csv]" >&2
    exit 2
}
[ $# = 0 ] || [ $# = 3 ] || usage
for file in "$@"; do
    case $file in /*) ;; *) file=$here/$file ;; esac
    [ -r "$file" ] || { echo "quickstart: cannot read $file" >&2; exit 6; }
done
if [ -e "$out" ]; then
    echo "quickstart: $out exists already; move it away or set OUT to another folder" >&2
    exit 2
fi

step "1. Build"
sh cli/packages.sh
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release >"$root/build.log" 2>&1 ||
    { cat "$root/build.log"; exit 1; }
rm -f "$root/build.log"
ninja -C "$build" --quiet tally tally-agency tally-linker tally-analyst
built=$(date +%s)
tally() { "$build/tally" "$@"; }

mkdir -p "$out"
cd "$out"
if [ $# = 0 ]; then
    step "2. Make 20,000 synthetic people seen by police, health and education"
    tally synth --people 20000 --sources police,health,education --seed 2026 -o people
    set -- people/police.csv people/health.csv people/education.csv
    truth=people/truth.csv
else
    step "2. Your files"
    truth=
    for file in "$@"; do
        case $file in /*) ;; *) file=$here/$file ;; esac
        if ! ln -s "$file" "./$(basename "$file")" 2>/dev/null; then
            cd "$here" && rm -rf "$out"
            echo "quickstart: two files are called $(basename "$file"); rename one" >&2
            exit 2
        fi
        set -- "$@" "$(basename "$file")"
    done
    shift 3
fi

step "3. Agree a schema and make a key (the data owners, together)"
tally schema new --fields "$fields" --profile "$profile" -o schema.json
"$build/tally-agency" keygen -o linkage.key

step "4. Encode (each agency, at home)"
encodings=
payloads=
for file in "$@"; do
    name=$(basename "$file" .csv)
    echo
    case $name in
    police) payload=offence_category,offence_month,role ;;
    health) payload=attendance_month,attendance_type ;;
    education) payload=exclusion_count,attendance_band ;;
    *) payload= ;;
    esac
    if [ -n "$truth" ]; then
        "$build/tally" encode "$file" --schema schema.json --key linkage.key --id id \
            --payload "$payload" --payload-out "$name.pay" -o "$name.enc"
    else
        "$build/tally-agency" encode "$file" --schema schema.json --key linkage.key \
            --payload-out "$name.pay" -o "$name.enc"
    fi
    encodings="$encodings $name.enc"
    payloads="${payloads:+$payloads,}$name.pay"
done

step "5. Link (the trusted third party)"
# shellcheck disable=SC2086
"$build/tally-linker" link $encodings --store run.db --linkmap links.map -o links.csv \
    --clusters clusters.csv

step "6. Build the cohort (the analyst)"
"$build/tally-analyst" cohort --linkmap links.map --payload "$payloads" -o cohort.db

step "7. Evaluate and report"
tally report --store run.db --cohort cohort.db -o report.html
quality="not known: there is no truth for your own files"
groups="not measured, for the same reason"
if [ -n "$truth" ]; then
    tally evaluate --links links.csv --truth "$truth" --by people/truth_groups.csv \
        -o quality.html >quality.txt
    quality=$(sed -n 's/^as linked *//p' quality.txt)
    groups="$out/quality.html  (who is missed more often)"
fi

finished=$(date +%s)
lines() { sed 1d "$1" | wc -l; }
people=$(sed 1d clusters.csv | cut -d, -f1 | sort -un | wc -l)
cat <<END

== Done in $((finished - started)) s, of which the build took $((built - started)) s
 1. Sources:   $(for f in "$@"; do printf '%s (%s records)  ' "$(basename "$f" .csv)" "$(lines "$f")"; done)
 2. Encoded:   profile $profile, under one key that the linker never had
 3. Linked:    $(lines links.csv) links; $people distinct people behind $(lines clusters.csv) records
 4. Quality:   $quality
 5. Cohort:    $out/cohort.db  (SQLite: person and one table a source, by pseudonym)
 6. Report:    $out/report.html  (open it in a browser; counts under 10 not shown)
 7. By group:  $groups
 8. Agency:    tally-agency encode --help     Linker: tally-linker link --help
 9. Analyst:   tally-analyst cohort --help    What a file is: tally inspect FILE
10. Next:      README.md, docs/agency-guide.md, docs/operator-guide.md
END
