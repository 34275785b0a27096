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
#   cheap_passphrases        from here on tally makes keys of passphrases at the least cost, a hundredth of a second for
#                            a tenth, where the shim can be loaded (tests/shim/shim.h); files so made are read by none else
#   await PATTERN FILE       wait until the file says so; the test fails when it has not after two minutes
#   ctrl_c PID [CPU]         Ctrl-C to a command in the background once it listens, and waits or has used CPU hundredths
#                            of a second (0); its exit code in got
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
cheap_passphrases() {
    LD_PRELOAD="$bin/tally_shim.so" ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" "$bin/tally" --version \
        >"$work/out" 2>&1 && [ -e "$bin/tally_shim.so" ] || return 0
    tally() {
        LD_PRELOAD="$bin/tally_shim.so" TALLY_SHIM_PWHASH=1 ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
            "$bin/tally" "$@"
    }
}
await() {
    tries=0
    until grep -q -- "$1" "$2"; do
        [ $tries -lt 2400 ] || fail "$2 never said: $1"
        sleep 0.05
        tries=$((tries + 1))
    done
}
# Whether process $1 runs, listens for Ctrl-C, and waits or has used $2 hundredths of a second.
listens() {
    grep -q '^SigCgt:.*[2367abef]$' "/proc/$1/status" || return
    cpu=$2
    # shellcheck disable=SC2046
    set -- $(sed 's/.*) //' "/proc/$1/stat") # from the state on
    if [ "$cpu" = 0 ]; then [ "${1:-}" = S ]; else [ $((${12:-0} + ${13:-0})) -ge "$cpu" ]; fi
}
runs() {
    grep -q '^State:.[^ZX]' "/proc/$1/status"
}
ctrl_c() {
    pid=$1
    tries=0
    seen=0
    while runs "$pid" && [ $seen -lt 5 ] && [ $tries -lt 1200 ]; do
        # A wait seen once may be one on the way to where it waits for input.
        if listens "$pid" "${2:-0}"; then seen=$((${2:-0} > 0 ? 5 : seen + 1)); else seen=0; fi
        sleep 0.05
        tries=$((tries + 1))
    done 2>/dev/null
    kill -INT "$pid" 2>/dev/null || true
    while runs "$pid" && [ $tries -lt 3600 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done 2>/dev/null
    if runs "$pid" 2>/dev/null; then kill -KILL "$pid"; fi # else the test would wait for ever
    got=0
    wait "$pid" || got=$?
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
