#!/bin/sh
# What a second round makes of the estimates of a run holds against the truth: of two sources, of one searched for
# duplicates, and with a sample of sure links asked about. Published sets where they are.
# SPDX-License-Identifier: Apache-2.0
. tests/support/cli.sh
TALLY_SHARED=${TALLY_SHARED:-$shared}
export TALLY_SHARED
# Which pairs are asked about is drawn: one interval in twenty may miss (exit code 1), but none by its own width.
fixed_key key
walk() {
    code=0
    python3 "$root/benchmarks/review.py" --build "$bin" --key key "$@" >out 2>err || code=$?
    [ $code -le 1 ] || fail "review.py ends with $code"
}
holds() { # a condition on the line of JSON
    python3 -c 'import json, sys
d = json.load(open("out"))
low, high = d["after"][1:]
assert abs(d["precision"] - d["after"][0]) <= high - low and '"$1"', d' || fail "not so: $1"
}
# Under one draw in fifteen fewer of the uncertain pairs are right than before: the middle one of seven gains.
gains=
for i in 1 2 3 4 5 6 7; do
    walk synth-dirty
    holds 'd["uncertain"] > 20 and d["right"] > d["right_before"] - .2'
    gains="$gains $(python3 -c 'import json; d = json.load(open("out")); print(d["right"] - d["right_before"])')"
done
python3 -c 'import sys; sys.exit(sorted(map(float, sys.argv[1:]))[3] <= 0)' $gains || fail "nothing gained:$gains"
walk --sample 200 synth-dirty
holds 'd["checked"] >= 80'
if [ ! -d "$TALLY_SHARED/data/febrl3" ]; then
    echo "published sets are not there: skipped" >&2
    exit 0
fi
# One source, whose own interval is two to four times as wide.
walk febrl3
holds 'high - low <= .8 * (d["before"][2] - d["before"][1]) and d["precision_again"] > .93'
walk --sample 100 febrl4
holds 'high - low <= .02 and d["before"][0] is not None'
# Three sources: pairs asked about and links met by chance are told apart in each pair of them.
walk ncvr3of10_ocp20
holds 'd["right"] > .9 and d["f1"] > d["f1_before"]'
