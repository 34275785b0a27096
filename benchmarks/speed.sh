#!/bin/sh
# The speed and memory figures of docs/speed.md: sh benchmarks/speed.sh [BUILD]
# BUILD (build) is a Release build. Prints JSON lines; everything is made in a scratch folder and removed.
# SPDX-License-Identifier: Apache-2.0
set -eu
build=$(cd "${1:-build}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fields=forename,surname,date_of_birth,sex,postcode,address,nhs_number

grep -m1 'model name' /proc/cpuinfo | sed 's/.*: /cpu: /'
"$build/tally" doctor | sed -n 's/^ *in use: */kernel: /p'

echo "-- encode: CSV to .enc, seven fields"
"$build/tally" synth --people 500000 --sources health --seed 1 -o people 2>/dev/null
for profile in plain standard; do
    "$build/tally" schema new --fields $fields --profile $profile -o $profile.json 2>/dev/null
    "$build/bench_encode" people/health.csv $profile.json 2 5
done

echo "-- encode: memory for 2,000,000 rows (peak_mb)"
{
    cat people/health.csv
    for copy in 1 2 3 4; do sed 1d people/health.csv; done
} | head -2000001 >two-million.csv
"$build/bench_encode" two-million.csv standard.json 2 1
rm two-million.csv

echo "-- join: 100,000 x 100,000, 1024 bits, Dice .8"
"$build/bench_join" --n 100000 --bits 1024 --threshold 0.8 --threads 2 --runs 5 --json

echo "-- link: 200,000 x 200,000, whole command"
"$build/tally" keygen -o key 2>/dev/null
sed -n '1,200001p' people/health.csv >a.csv
{ sed -n 1p people/health.csv; sed -n '100002,300001p' people/health.csv; } >b.csv
for s in a b; do
    "$build/tally" encode $s.csv --schema standard.json --key key -o $s.enc 2>/dev/null
done
python3 - "$build/tally" <<'P'
import json, resource, subprocess, sys, time
start = time.time()
subprocess.run([sys.argv[1], "link", "a.enc", "b.enc", "--threads", "2", "-o", "links.csv"],
               check=True, stderr=subprocess.DEVNULL)
print(json.dumps({"link_records": 400000, "seconds": round(time.time() - start, 1),
                  "links": sum(1 for _ in open("links.csv")) - 1,
                  "peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024}))
P
