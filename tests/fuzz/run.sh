#!/bin/sh
# Run every fuzz program in turn until each has had its executions, and tell how many:
#   sh tests/fuzz/run.sh [-n EXECUTIONS] [-c CHECKED] [-s SECONDS] [-b BUILD] [NAME...]
# A turn is SECONDS (60) of a fast build, then half as long under AddressSanitizer and UBSan,
# which first replays all that the fast build found new. A program is done when it has had
# EXECUTIONS (10,000,000) in both together, CHECKED (300,000) of them under the sanitisers.
# What was found and how many executions there have been is kept in BUILD/state (BUILD is
# build-fuzz, and the fast build lies beside it), so that the next call goes on from there.
# Ends with 1 at the first input that breaks something, which is left in BUILD/state/found.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/../.."
wanted=10000000 checked=300000 seconds=60 build=build-fuzz
while getopts n:c:s:b: option; do
    case $option in
    n) wanted=$OPTARG ;;
    c) checked=$OPTARG ;;
    s) seconds=$OPTARG ;;
    b) build=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
state=$build/state

compile() {
    cmake -S . -B "$1" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Release \
        -DTALLY_FUZZ=ON -DTALLY_SANITIZE="$2" >/dev/null
    # shellcheck disable=SC2086
    ninja -C "$1" --quiet $programs
}
programs=$(find tests/fuzz -name 'fuzz_*.c' | sed 's#.*/##; s#\.c$##' |
    grep -vE '_(support|stubs|memory|replay|breaker|mutator|database)$' | sort)
names=${*:-$(echo "$programs" | sed 's/^fuzz_//')}
compile "$build" address,undefined
compile "$build-fast" ''
mkdir -p "$state/found"
export ASAN_OPTIONS=quarantine_size_mb=4:malloc_context_size=8
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
# The parser of JSON takes many small blocks, and libzip asks for the time zone each time.
export GLIBC_TUNABLES=glibc.malloc.tcache_count=2000 TZ=UTC0

# count NAME: the executions there have been, in all and under the sanitisers.
count() {
    for column in fast checked; do
        [ -f "$state/$1.$column" ] || echo 0 >"$state/$1.$column"
    done
    under=$(cat "$state/$1.checked")
    total=$(($(cat "$state/$1.fast") + under))
}

# go BUILD NAME SECONDS EXECUTIONS COLUMN OPTION...: run, and add the executions to the file
# of that column.
go() {
    build_of=$1 name=$2 time=$3 runs=$4 column=$5
    shift 5
    mkdir -p "$state/$name"
    if ! "$build_of/fuzz_$name" -max_total_time="$time" -runs="$runs" "$@" -timeout=20 \
        -reload=0 -print_final_stats=1 -artifact_prefix="$state/found/$name-" \
        "$state/$name" "tests/fuzz/corpus/$name" >"$state/$name.log" 2>&1; then
        tail -n 40 "$state/$name.log"
        exit 1
    fi
    ran=$(sed -n 's/^stat::number_of_executed_units: //p' "$state/$name.log")
    echo $(($(cat "$state/$name.$column") + ran)) >"$state/$name.$column"
    sed -n 's/.* cov: \([0-9]*\) ft: \([0-9]*\) .*/\1 \2/p' "$state/$name.log" | tail -n 1 \
        >"$state/$name.$column.cov"
}

# turn NAME: whether it is done. The fast build is for numbers: short inputs, drawn without
# weighing how rare what they reach is.
turn() {
    count "$1"
    [ "$total" -ge "$wanted" ] || go "$build-fast" "$1" "$seconds" $((wanted - total)) fast \
        -max_len=2048 -entropic=0
    count "$1"
    left=$((checked > under ? checked - under : 1))
    go "$build" "$1" $((seconds / 2 + 1)) "$left" checked -max_len=4096
    count "$1"
    echo "$1: $total executions, $under of them under the sanitisers;" \
        "edges and features: $(cat "$state/$1.checked.cov")"
    [ "$total" -ge "$wanted" ] && [ "$under" -ge "$checked" ]
}

todo=$names
while [ -n "$todo" ]; do
    next=
    for name in $todo; do
        turn "$name" || next="$next $name"
    done
    todo=$next
done
