#!/bin/sh
# How many branches of bloom/ and protocols/ the tests walk, as clang counts them (each condition, both ways):
#   sh tests/coverage.sh [FOLDER]       builds and runs in FOLDER (build-cov); ends with 1 under 90 %
# What counts: unit tests, tests of the command line, the seeds of the fuzz programs, and the sweeps that
# make one call after another fail (tests/fault): 20 allocations and 2 calls of each other kind in every
# command, 4 of each kind in unit tests. Counters are mapped, not written at the end, so that runs in
# the sandbox and runs that are killed count too.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/.."
dir=${1:-build-cov}
cmake -S . -B "$dir" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_FLAGS='-O1 -fprofile-instr-generate -fcoverage-mapping -mllvm -runtime-counter-relocation' \
    -DCMAKE_EXE_LINKER_FLAGS=-fprofile-instr-generate >/dev/null
ninja -C "$dir" --quiet >"$dir/build.log" 2>&1 || { tail -n 40 "$dir/build.log"; exit 1; }
dir=$(cd "$dir" && pwd)
rm -rf "$dir/profiles"
mkdir "$dir/profiles"
export LLVM_PROFILE_FILE="$dir/profiles/%c%m.profraw" TALLY_BUILD="$dir"

# Tests of the linker, of benchmarks and of other programs that read our files add nothing to these folders.
linker='test_(join|link_|lsh|assign|candidates|cluster|tune|calibrate|synth|evaluate|report|store)|cli/(bench|quickstart|tune|vectors|reader)'
ctest --test-dir "$dir" -j "$(nproc)" -R '^(unit|cli)/' -LE release \
    -E "$linker" >"$dir/tests.log" 2>&1 || { cat "$dir/tests.log"; exit 1; }
bad=0 # a fault is told, and counting goes on
for kind in alloc sync open read write space rename mmap; do
    points=2
    [ $kind != alloc ] || points=20
    python3 tests/fault/sweep.py --class $kind --points $points >"$dir/sweep.$kind.log" || { cat "$dir/sweep.$kind.log"; bad=1; }
done
python3 tests/fault/units.py --points 4 >"$dir/units.log" || { cat "$dir/units.log"; bad=1; }
# These stand in for mmap themselves.
for seeds in tests/fuzz/corpus/*; do
    name=${seeds##*/}
    LLVM_PROFILE_FILE="$dir/profiles/replay_$name.profraw" "$dir/replay_$name" "$seeds" >/dev/null
done

objects=
for program in "$dir"/test_* "$dir"/replay_*; do
    [ ! -x "$program" ] || objects="$objects -object $program"
done
llvm-profdata merge -sparse "$dir"/profiles/*.profraw -o "$dir/all.profdata"
# shellcheck disable=SC2086
llvm-cov export -summary-only -instr-profile "$dir/all.profdata" "$dir/tally" $objects >"$dir/summary.json" 2>/dev/null
python3 - "$dir/summary.json" <<'P'
import collections, json, os, sys
with open(sys.argv[1], encoding="utf-8") as f:
    files = json.load(f)["data"][0]["files"]
total = collections.defaultdict(lambda: [0, 0, 0, 0])
for f in files:
    name = os.path.relpath(os.path.normpath(f["filename"]), os.getcwd())
    part = next((p for p in ("bloom/base/", "bloom/audit/", "bloom/", "protocols/") if name.startswith(p)), None)
    if part and name.endswith(".c") and "/kernel" not in name:
        b, n = f["summary"]["branches"], f["summary"]["lines"]
        for i, x in enumerate((b["covered"], b["count"], n["covered"], n["count"])):
            total[part][i] += x
            total["all"][i] += x
for part, (b, bs, n, ns) in sorted(total.items()):
    print("%-15s %5d of %5d branches, %.1f %%; %.1f %% of lines" % (part, b, bs, 100 * b / bs, 100 * n / ns))
sys.exit(0 if all(b >= 0.9 * bs for b, bs, _, _ in total.values()) else 1)
P
exit $bad
