#!/bin/sh
# BLIP: the epsilon that schema show prints is that of the bits which encode flips. The same records
# are encoded twice; of independent flips with chance p, 2 p (1 - p) of the bits differ.
. tests/support/cli.sh
small_sources 320 plain
sed 's/"hardening": \[\]/"hardening": [{"kind": "blip", "f": 0.1}]/' schema.json >noisy.json
grep -q blip noisy.json || fail "the schema has no place for noise"
for run in 1 2; do
    expect 0 tally encode people/health.csv --schema noisy.json --key key --format clkhash-json \
        -o $run.json
done
expect 0 tally schema show noisy.json
prints 'noise: epsilon [0-9.]+ a bit'
python3 - <<'P' || fail "epsilon is not that of the flips"
import base64, json, math, re
one, two = (json.load(open(f"{i}.json"))["clks"] for i in (1, 2))
assert len(one) == len(two) >= 100
bits = differ = 0
for a, b in zip(one, two):
    a, b = (int.from_bytes(base64.b64decode(x), "big") for x in (a, b))
    differ += (a ^ b).bit_count() if hasattr(a, "bit_count") else bin(a ^ b).count("1")
    bits += 2048
p = (1 - math.sqrt(1 - 2 * differ / bits)) / 2
said = float(re.search(r"epsilon ([0-9.]+) a bit", open("out").read()).group(1))
counted = math.log((1 - p) / p)
# seven standard deviations of what is counted, and the rounding of what is said
allowed = 7 * math.sqrt(.1 / bits) / (2 * (1 - 2 * p)) / (p * (1 - p)) + .005
assert abs(said - counted) < allowed, (said, counted, allowed)
P
no_leftovers
