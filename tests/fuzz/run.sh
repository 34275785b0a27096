#!/bin/sh
# Run every fuzz program in turn until each has had its executions, and tell how many:
#   sh tests/fuzz/run.sh [-n EXECUTIONS] [-s SECONDS] [-d FOLDER] [NAME...]
# A turn is SECONDS (60) of a fast build, then a quarter of it under AddressSanitizer and
# UBSan, which also replays all that the fast build found new. What was found and how many
# executions there have been is kept in FOLDER (build-fuzz/state), so that the next call
# goes on from there; EXECUTIONS (10,000,000) counts those of both builds.
# Ends with 1 at the first input that breaks something, which is left in FOLDER/found.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/../.."
wanted=10000000 seconds=60 state=build-fuzz/state
while getopts n:s:d: option; do
    case $option in
    n) wanted=$OPTARG ;;
    s) seconds=$OPTARG ;;
    d) state=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))

build() {
    cmake -S . -B "$1" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Release \
        -DTALLY_FUZZ=ON -DTALLY_SANITIZE="$2" >/dev/null
    # shellcheck disable=SC2086
    ninja -C "$1" --quiet $programs
}
programs=$(find tests/fuzz -name 'fuzz_*.c' | sed 's#.*/##; s#\.c$##' |
    grep -vE '_(support|stubs|memory|replay|breaker|mutator)$' | sort)
names=${*:-$(echo "$programs" | sed 's/^fuzz_//')}
build build-fuzz address,undefined
build build-fuzz-fast ''
mkdir -p "$state/found"
export ASAN_OPTIONS=quarantine_size_mb=4:malloc_context_size=8
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

# go BUILD NAME SECONDS COLUMN: run, and add the executions to the file of that column.
go() {
    [ -f "$state/$2.$4" ] || echo 0 >"$state/$2.$4"
    mkdir -p "$state/$2"
    if ! "$1/fuzz_$2" -max_total_time="$3" -max_len=4096 -timeout=20 -reload=0 \
        -print_final_stats=1 -artifact_prefix="$state/found/$2-" \
        "$state/$2" "tests/fuzz/corpus/$2" >"$state/$2.log" 2>&1; then
        tail -n 40 "$state/$2.log"
        exit 1
    fi
    ran=$(sed -n 's/^stat::number_of_executed_units: //p' "$state/$2.log")
    echo $(($(cat "$state/$2.$4") + ran)) >"$state/$2.$4"
    sed -n 's/.* cov: \([0-9]*\) ft: \([0-9]*\) .*/\1 \2/p' "$state/$2.log" | tail -n 1 \
        >"$state/$2.cov"
}

left=$names
while [ -n "$left" ]; do
    next=
    for name in $left; do
        go build-fuzz-fast "$name" "$seconds" fast
        go build-fuzz "$name" $((seconds / 4 + 1)) checked
        total=$(($(cat "$state/$name.fast") + $(cat "$state/$name.checked")))
        [ "$total" -ge "$wanted" ] || next="$next $name"
        echo "$name: $total executions, $(cat "$state/$name.checked") of them under the sanitisers;" \
            "edges and features: $(cat "$state/$name.cov")"
    done
    left=$next
done
