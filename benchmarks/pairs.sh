#!/bin/sh
# The figures of docs/performance.md: sh benchmarks/pairs.sh [BUILD [LARGEST [PART]]] >>benchmarks/pairs.jsonl
# BUILD (build) is a Release build. Raw filters of up to LARGEST (200000) records a source are made from a
# fixed seed and joined by 'tally pairs --stats', the whole command; one line of JSON a setting, the run
# with the median processor time of three (of one from 200,000 records up). PART is curve, kernel, other, shard or lsh;
# all of them without. Nothing is left behind.
# 'python3 benchmarks/pairs_page.py' puts them into the page and draws its curve.
# SPDX-License-Identifier: Apache-2.0
set -eu
build=$(cd "${1:-build}" && pwd)
largest=${2:-200000}
part=${3:-all}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"
now=$(date -u +%Y-%m-%dT%H:%MZ)
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
mhz=$("$build/bench_clock")

wanted() {
    [ "$part" = all ] || [ "$part" = "$1" ]
}
# filters KIND N BITS: made once; names them in a and b
filters() {
    a=$1-$2-$3-0.clk
    b=$1-$2-$3-1.clk
    option=
    [ "$1" = clk ] || option=--$1
    [ -e "$a" ] || "$build/bench_join" --write --n "$2" --bits "$3" $option "$a" "$b"
}
# measure WHAT KERNEL BITS THRESHOLD [OPTIONS]: a and b by the whole command
measure() {
    what=$1
    kernel=$2
    bits=$3
    threshold=$4
    shift 4
    runs=3
    [ "$(wc -c <"$a")" -lt $((200000 * bits / 8)) ] || runs=1
    : >stats
    i=0
    while [ $i -lt $runs ]; do
        TALLY_CPU=$kernel "$build/tally" pairs "$a" "$b" --bits "$bits" --threshold "$threshold" \
            --stats -o pairs.bin --force "$@" 2>>stats
        i=$((i + 1))
    done
    python3 - "$what" "${a%%-*}" "$now" "$cpu" "$mhz" <<'P'
import json, sys
runs = sorted((json.loads(line) for line in open("stats")), key=lambda r: r["cpu_seconds"])
best = runs[len(runs) // 2]
best.update(what=sys.argv[1], filters=sys.argv[2], when=sys.argv[3], cpu=sys.argv[4],
            mhz=int(sys.argv[5]), runs=len(runs),
            compared_per_cpu_second=int(best["compared"] / best["cpu_seconds"]))
print(json.dumps(best, sort_keys=True), flush=True)
P
}

# The cost curve.
curve() {
    for n in 50000 100000 200000 400000 1000000; do
        [ $n -le "$largest" ] || continue
        filters clk $n 1024
        for threshold in 0.8 0.85 0.9; do
            for kernel in amx avx512 avx2; do
                measure curve $kernel 1024 $threshold
            done
        done
        rm -f ./*.clk
    done
}

# What each kernel does.
kernels() {
    filters clk 20000 1024
    for kernel in amx avx512 avx2 popcnt portable; do
        for threshold in 0.7 0.8 0.9; do
            measure kernel $kernel 1024 $threshold
        done
    done
}

# Bits that hang together in nothing, as 'tally link' joins them: given up early, at a chance of a miss of one in 10^9.
early() {
    for kernel in avx512 avx2; do
        for threshold in 0.6 0.64; do
            "$build/bench_join" --bits 2048 --uniform --n 20000 --threshold $threshold --kernel $kernel \
                --early --runs 3 --json >line
            python3 - "$now" "$cpu" "$mhz" <<'P'
import json, sys
r = json.load(open("line"))
r.update(what="early", when=sys.argv[1], cpu=sys.argv[2], mhz=int(sys.argv[3]), similarity="dice",
         n=[r["records_a"], r["records_b"]], cpu_seconds=r["median_cpu_seconds"],
         sketch_bytes=r["sketch_bits"] // 8)
print(json.dumps(r, sort_keys=True), flush=True)
P
        done
    done
}

# Other widths; the same bits compared whole; simple matching.
others() {
    for bits in 512 2048; do
        filters clk 50000 $bits
        measure width amx $bits 0.8
        measure width avx512 $bits 0.8
    done
    filters uniform 20000 2048
    for threshold in 0.6 0.64; do
        measure hardened avx512 2048 $threshold
        measure hardened avx2 2048 $threshold
    done
    filters clk 50000 1024
    measure smc amx 1024 0.85 --similarity smc
    early
}

# One of sixty shards of a million records a source, for kernels that the curve leaves out there.
shards() {
    "$build/bench_join" --write --n 1000000 a.clk b.clk
    for setting in "avx512 0.8" "avx512 0.85" "avx512 0.9" "avx2 0.8" "avx2 0.85" "avx2 0.9"; do
        kernel=${setting% *}
        "$build/bench_join" --raw a.clk b.clk --kernel "$kernel" --threshold "${setting#* }" --shards 60 --json >line
        python3 - "$now" "$cpu" "$mhz" <<'P'
import json, sys
r = json.load(open("line"))
r.update(what="shard", filters="clk", when=sys.argv[1], cpu=sys.argv[2], mhz=int(sys.argv[3]), similarity="dice",
         n=[r["records_a"], r["records_b"]], cpu_seconds=r["median_cpu_seconds"],
         sketch_bytes=r["sketch_bits"] // 8)
print(json.dumps(r, sort_keys=True), flush=True)
P
    done
    rm -f a.clk b.clk
}

# By hashing, next to the exact pairs of the curve.
hashing() {
    n=$((largest < 200000 ? largest : 200000))
    filters clk $n 1024
    for threshold in 0.8 0.85 0.9; do
        measure lsh amx 1024 $threshold --lsh 0.95
    done
}

if wanted curve; then curve; fi
if wanted kernel; then kernels; fi
if wanted other; then others; fi
if wanted shard; then shards; fi
if wanted lsh; then hashing; fi
