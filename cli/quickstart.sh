#!/bin/sh
# From a bare Debian 12 to a linked cohort and its report:
#   sh cli/quickstart.sh                         20,000 synthetic people, three agencies, under an agreement
#   sh cli/quickstart.sh A.csv B.csv C.csv       three files of your own
#   sh cli/quickstart.sh --workbench [FILES]     bare files and one key: no agreement, nothing sealed
# FIELDS, PROFILE, PEOPLE and OUT may be set: the fields to link on, the schema's profile, how many synthetic
# people, the folder to write to; TALLY_BUILD: a folder where the commands stand, built already.
# SPDX-License-Identifier: Apache-2.0
set -eu
here=$(pwd)
cd "$(dirname "$0")/.."
root=$(pwd)
started=$(date +%s)
build=${TALLY_BUILD:-$root/build}
people=${PEOPLE:-20000}
out=${OUT:-$here/quickstart-out}
case $out in /*) ;; *) out=$here/$out ;; esac
fields=${FIELDS:-forename,surname,date_of_birth,sex,postcode,address}
profile=${PROFILE:-standard}
flow=governed

step() {
    echo
    echo "== $*"
}
usage() {
    echo "usage: sh cli/quickstart.sh [--workbench] [A.csv B.csv C.csv]" >&2
    exit 2
}
if [ "${1:-}" = --workbench ]; then
    flow=workbench
    shift
fi
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
if [ -z "${TALLY_BUILD:-}" ]; then
    sh cli/packages.sh
    cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release >"$root/build.log" 2>&1 ||
        { cat "$root/build.log"; exit 1; }
    rm -f "$root/build.log"
    ninja -C "$build" --quiet tally tally-agency tally-linker tally-analyst
fi
built=$(date +%s)
tally() { "$build/tally" "$@"; }

mkdir -p "$out"
cd "$out"
if [ $# = 0 ]; then
    step "2. Make $people synthetic people seen by police, health and education"
    tally synth --people "$people" --sources police,health,education --seed 2026 -o people
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

# The columns of a synthetic source that go to the analyst.
payload_of() {
    case $1 in
    police) echo offence_category,offence_month,offence_type,weapon,role,area,age_band,recorded_sex ;;
    health) echo attendance_month,attendance_type,cause,area,age_band,recorded_sex ;;
    education) echo exclusion_count,attendance_band,area,age_band,recorded_sex ;;
    esac
}
lines() { sed 1d "$1" | wc -l; }
. "$root/cli/quickstart_$flow.sh"
