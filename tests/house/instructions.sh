#!/bin/sh
# No kernel takes more instructions a pair than it did, by a tenth: counted by callgrind, which gives the same on a
# busy machine. It knows no AVX-512 and no AMX, so those are left to the clock (benchmarks/programs/bench_kernels.c).
# A kernel that became better is a reason to lower its line here.
# SPDX-License-Identifier: Apache-2.0
set -eu
bench=${TALLY_BUILD:-build}/bench_kernels

command -v valgrind >/dev/null || {
    echo "skipped: no valgrind"
    exit 77
}
compiler=$("$bench" --compiler)
case $compiler in
gcc* | clang*) ;;
*)
    echo "skipped: this build is not optimised"
    exit 77
    ;;
esac

# count KERNEL BITS SCANS: instructions of the whole program.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bench" --kernel "$1" --bits "$2" --scans "$3" 2>&1 |
        sed -n 's/.*Collected : //p'
}

bad=0
# kernel, bits, and instructions a pair when built by gcc 12 and by clang 14
while read -r kernel bits gcc clang; do
    case $compiler in
    gcc*) most=$gcc ;;
    *) most=$clang ;;
    esac
    "$bench" --kernel "$kernel" --bits "$bits" --scans 0 2>/dev/null || {
        echo "$kernel left out: not on this processor"
        continue
    }
    none=$(count "$kernel" "$bits" 0)
    one=$(count "$kernel" "$bits" 1)
    awk -v none="$none" -v one="$one" -v most="$most" -v name="$kernel, $bits bits" 'BEGIN {
        pair = (one - none) / (64 * 2048)
        printf "%s: %.1f instructions a pair, were %.1f\n", name, pair, most
        exit !(none > 0 && one > none && pair <= 1.1 * most) }' || {
        echo "  more than a tenth above"
        bad=1
    }
done <<T
portable 1024 351.0 266.0
popcnt   1024  42.9  44.9
popcnt    448  19.7  20.6
avx2     1024  18.3  19.0
avx2      448   8.5   8.7
avx2      256   5.4   5.5
T
exit $bad
