# Sourced by the command line tests. Gives:
#   $bin     folder of the commands       $work  an empty scratch folder, current, removed at the end
#   tally    the full command             $shared  ../shared of the checkout, may be absent
#   expect CODE COMMAND...   run, fail the test unless it exits with CODE; output in out and err
#   says PATTERN             the last command's standard error matches (extended regex)
#   prints PATTERN           its standard output does
#   absent FILE...           none of the files exists
#   no_leftovers             the scratch folder holds no hidden or temporary file
#   fixed_key FILE           write the example key of docs/protocols/keyfile.md: what links, and how well, hangs on the
#                            key, so no count and no figure is held against one drawn by chance
# SPDX-License-Identifier: Apache-2.0
set -eu
root=$(pwd)
bin=${TALLY_BUILD:-$root/build}
shared=$root/../shared
work=$(mktemp -d "${TMPDIR:-/tmp}/tally test XXXXXX")
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
cd "$work"

tally() {
    "$bin/tally" "$@"
}
fail() {
    echo "FAILED: $*" >&2
    echo "--- standard output" >&2
    head -c 4000 "$work/out" >&2 || true
    echo "--- standard error" >&2
    head -c 4000 "$work/err" >&2 || true
    exit 1
}
expect() {
    want=$1
    shift
    got=0
    "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
    [ "$got" = "$want" ] || fail "exit $got where $want was expected: $*"
}
says() {
    grep -qE -- "$1" "$work/err" || fail "standard error does not say: $1"
}
prints() {
    grep -qE -- "$1" "$work/out" || fail "standard output does not say: $1"
}
absent() {
    for file in "$@"; do
        [ ! -e "$file" ] || fail "$file was left behind"
    done
}
no_leftovers() {
    left=$(find "$work" -name '.*' ! -path "$work" -o -name '*.tmp' -o -name '*-journal')
    [ -z "$left" ] || fail "left behind: $left"
}
fixed_key() {
    printf 'tallystick linkage key 1\nkey %s\ncheck 6061eebd299e2f70\n' \
        000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f >"$1"
    chmod 600 "$1"
}
# Three small sources with known people: police.csv and health.csv overlap, education.csv is small.
small_sources() {
    tally synth --people "${1:-400}" --sources police,health,education --seed 7 -o people \
        2>/dev/null
    tally schema new --fields forename,surname,date_of_birth,sex,postcode \
        --profile "${2:-plain}" -o schema.json 2>/dev/null
    fixed_key key
}
