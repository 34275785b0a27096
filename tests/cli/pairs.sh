#!/bin/sh
# tally pairs: pairs and groups as the rules say, and as anonlink finds them; inputs of three forms;
# edges, errors and the habits of every verb.
. tests/support/cli.sh
reference=$root/tests/support/pairs_reference.py

# The rules, on data of our own; and anonlink's results.
mkdir own
python3 "$reference" make own
python3 "$reference" check own "$bin/tally" || fail "against the slow reference"
if [ -d "$shared/vectors/anonlink" ]; then
    python3 "$reference" vectors "$bin/tally" "$shared" >out || fail "against anonlink"
    prints 'results compared'
else
    echo "skipped: ../shared/vectors/anonlink is not there" >&2
fi

size() { wc -c <"$1" | tr -d ' '; }
# pairs NUMBER: the last pairs.bin holds so many.
pairs() { [ "$(size p.bin)" = $((4 + 24 * $1)) ] || fail "pairs.bin has $(size p.bin) bytes, not $1 pairs"; }
# on BITS THRESHOLD FILES...: run into p.bin
on() {
    b=$1
    t=$2
    shift 2
    expect 0 tally pairs "$@" --bits "$b" --threshold "$t" -o p.bin --force
}

# Where anonlink loses a pair at exactly the threshold: 3 of 5 bits at .75.
printf '\340' >a.clk
printf '\370' >b.clk
on 8 0.75 a.clk b.clk
pairs 1
on 8 0.750001 a.clk b.clk
pairs 0

# Nothing, empty filters, full ones, one record against many, a file against itself.
: >none.clk
head -c 1280 /dev/zero >zero.clk
head -c 1280 /dev/zero | tr '\0' '\377' >full.clk
head -c 128 full.clk >one.clk
on 1024 0.8 none.clk none.clk
pairs 0
on 1024 0.8 none.clk
pairs 0
on 1024 0.8 none.clk full.clk
pairs 0
on 1024 0.000001 zero.clk full.clk
pairs 0
on 1024 0.1 zero.clk zero.clk
pairs 0
on 1024 1 full.clk zero.clk
pairs 0
on 1024 1 full.clk full.clk
pairs 100
on 1024 1 full.clk
pairs 45
on 1024 1 one.clk full.clk
pairs 10
on 1024 1 one.clk
pairs 0
on 1024 1 full.clk full.clk -k 3
pairs 9
expect 0 tally pairs zero.clk zero.clk --bits 1024 --threshold 1 --similarity smc -o p.bin --force
pairs 100
expect 0 tally pairs zero.clk full.clk --bits 1024 --threshold 0.000001 --similarity smc -o p.bin --force
pairs 0

# Bytes do not depend on threads or kernel; standard output is the same file.
on 1024 0.6 own/1024_0.clk own/1024_1.clk
cp p.bin first.bin
[ "$(size first.bin)" -gt 100 ] || fail "hardly any pairs to compare"
for threads in 1 2 4; do
    expect 0 tally pairs own/1024_0.clk own/1024_1.clk --bits 1024 --threshold 0.6 --threads $threads
    cmp out first.bin || fail "$threads threads"
done
for kernel in portable popcnt avx2 avx512; do
    TALLY_CPU=$kernel tally pairs own/1024_0.clk own/1024_1.clk --bits 1024 --threshold .6 >out 2>err
    cmp out first.bin || fail "kernel $kernel"
done

# The same filters as JSON, and as an encodings file.
python3 - <<'P'
import base64, json
for s in (0, 1):
    data = open("own/1024_%d.clk" % s, "rb").read()
    clks = [base64.b64encode(data[i:i + 128]).decode() for i in range(0, len(data), 128)]
    json.dump({"clks": clks}, open("%d.json" % s, "w"))
P
expect 0 tally pairs 0.json 1.json --threshold 0.6 -o p.bin --force
cmp p.bin first.bin || fail "filters as JSON"
small_sources 60
for s in police health; do
    expect 0 tally encode people/$s.csv --schema schema.json --key key --id id -o $s.enc
done
expect 0 tally pairs police.enc health.enc --threshold 0.8 -o p.bin --force
[ "$(size p.bin)" -gt 100 ] || fail "no pairs of encodings files"
expect 0 "$bin/tally-linker" pairs police.enc --threshold 0.8 -o self.bin
expect 3 tally pairs police.enc 0.json --threshold 0.8 -o bad.bin
absent bad.bin

# --stats, --json, --groups
expect 0 tally pairs own/64_0.clk own/64_1.clk own/64_2.clk --bits 64 --threshold 0.8 --stats --json \
    --groups g.json -o p.bin --force
python3 - <<'P' || fail "--stats or --json"
import json
stats, told, groups = json.load(open("err")), json.load(open("out")), json.load(open("g.json"))
assert stats["n"] == [25, 30, 35] and stats["compared"] == 25 * 30 + 25 * 35 + 30 * 35
for key in "load_seconds setup_seconds join_seconds pairs_per_second cpu_seconds".split():
    assert stats[key] >= 0
assert stats["kernel"] and stats["sketch"]
assert told["pairs"] == stats["pairs"] > 0 and told["groups"] == len(groups) > 0
P
rm g.json
expect 0 tally pairs full.clk full.clk --bits 1024 --threshold 1 --groups g.json
[ ! -s out ] || fail "pairs went to standard output though groups were asked for"
[ "$(grep -c '^\[\[' g.json)" = 10 ] || fail "groups of identical filters"

# By hashing: part of the exact pairs, and the chance is stated.
expect 0 tally pairs own/1024_0.clk own/1024_1.clk --bits 1024 --threshold 0.9 -o exact.bin
expect 0 tally pairs own/1024_0.clk own/1024_1.clk --bits 1024 --threshold 0.9 --lsh 0.999 -o lsh.bin
says 'found with a chance of 0.999 at least'
cmp lsh.bin exact.bin || fail "hashing missed what it should hardly ever miss"
expect 0 tally pairs own/1024_0.clk own/1024_1.clk --bits 1024 --threshold 0.9 --lsh 0.5 --threads 1
cp out one.bin
expect 0 tally pairs own/1024_0.clk own/1024_1.clk --bits 1024 --threshold 0.9 --lsh 0.5 --threads 4 \
    --stats
cmp out one.bin || fail "hashing depends on threads"
python3 - <<'P' || fail "--stats of hashing"
import json
lsh = json.load(open("err"))["lsh"]
assert lsh["recall"] >= 0.5 and lsh["tables"] >= 1 and lsh["bits"] >= 1
P
expect 0 tally pairs own/1024_0.clk own/1024_1.clk --bits 1024 --threshold 0.9 --lsh 0.999 -k 1 -o k.bin
expect 0 tally pairs own/1024_0.clk own/1024_1.clk --bits 1024 --threshold 0.9 -k 1 -o exact.bin --force
cmp k.bin exact.bin || fail "the k best by hashing"
for r in 0 1 1.5; do
    expect 2 tally pairs own/1024_0.clk --bits 1024 --threshold 0.9 --lsh $r -o bad.bin
done

# By match keys: records that hold none or another are not met; what is met is scored as ever.
expect 0 tally schema new --fields forename,surname,date_of_birth,sex,postcode --profile plain \
    --match-keys surname+date_of_birth,forename+postcode -o keyed.json
for s in police health; do
    expect 0 tally encode people/$s.csv --schema keyed.json --key key --id id -o keyed-$s.enc
done
expect 0 tally pairs keyed-police.enc keyed-health.enc --threshold 0.7 -o exact.bin --force
expect 0 tally pairs keyed-police.enc keyed-health.enc --threshold 0.7 --blocks -o keyed.bin
says 'By equal match keys: of [0-9,]+ pairs of some records, compared with all, [0-9,]+ were found'
python3 - <<'P' || fail "pairs of blocks are not part of the exact ones"
def pairs(path):
    data = open(path, "rb").read()[4:]
    return [data[i:i + 24] for i in range(0, len(data), 24)]
exact, keyed = pairs("exact.bin"), pairs("keyed.bin")
assert 3 < len(keyed) <= len(exact) and [p for p in exact if p in set(keyed)] == keyed
P
expect 0 tally pairs keyed-police.enc --threshold 0.7 --blocks -k 1 --stats -o self.bin --force
python3 -c 'import json; s = json.load(open("err")); assert s["sampled"] >= s["sampled_found"] >= 0' ||
    fail "--stats of blocks"
expect 2 tally pairs police.enc health.enc --threshold 0.7 --blocks -o bad.bin
says "'police.enc' holds no match keys"
expect 2 tally pairs keyed-police.enc --threshold 0.7 --blocks --lsh 0.9 -o bad.bin
absent bad.bin

# There and back.
expect 0 tally pairs --convert first.bin -o first.csv
[ "$(wc -l <first.csv)" = $((($(size first.bin) - 4) / 24 + 1)) ] || fail "rows of first.csv"
expect 0 tally pairs --convert first.csv -o back.bin
cmp back.bin first.bin || fail "CSV and back"
expect 0 tally pairs --convert first.bin
cmp out first.csv || fail "CSV on standard output"
head -c 100 first.bin >cut.bin
head -c 99 first.bin >torn.bin
expect 0 tally pairs --convert cut.bin -o cut.csv
expect 4 tally pairs --convert torn.bin -o torn.csv
says "torn.bin.*within pair 3"
expect 3 tally pairs --convert own/1024_0.clk -o torn.csv
expect 6 tally pairs --convert nowhere.bin -o torn.csv
expect 2 tally pairs --convert first.bin cut.bin -o torn.csv
absent torn.csv

# tally inspect knows the file.
expect 0 tally inspect first.bin
prints '^is +candidate pairs'
prints '^verifies +yes'
expect 0 tally inspect first.bin --json
python3 -c 'import json; f = json.load(open("out")); assert f["pairs"] > 3 and f["sources"] == 2' ||
    fail "inspect --json"
expect 4 tally inspect torn.bin

# What cannot be. Nothing is left behind.
head -c 1000 full.clk >torn.clk
expect 3 tally pairs torn.clk full.clk --bits 1024 --threshold 0.8 -o bad.bin
says "torn.clk.*1000 bytes are not a whole number of records of 128 bytes"
says 'hint: '
expect 3 tally pairs full.clk own/8_0.clk --bits 1024 --threshold 0.8 -o bad.bin
says "own/8_0.clk"
expect 3 tally pairs full.clk --threshold 0.8 -o bad.bin
says 'hint: .*--bits'
expect 3 tally pairs 0.json --bits 1024 --threshold 0.8 -o bad.bin
says "0.json.*not a file of raw filters"
expect 6 tally pairs nowhere.clk --bits 1024 --threshold 0.8 -o bad.bin
says 'nowhere.clk'
expect 2 tally pairs full.clk --bits 1024 -o bad.bin
says '--threshold is needed'
for t in 0 1.1 -1 x 0.1234567 nan; do
    expect 2 tally pairs full.clk --bits 1024 --threshold $t -o bad.bin
done
expect 2 tally pairs full.clk --bits 9000 --threshold 0.8 -o bad.bin
expect 2 tally pairs full.clk --bits 1024 --threshold 0.8 -k 0 -o bad.bin
expect 2 tally pairs full.clk --bits 1024 --threshold 0.8 --similarity jaccard -o bad.bin
expect 2 tally pairs --bits 1024 --threshold 0.8 -o bad.bin
expect 2 tally pairs full.clk --bits 1024 --threshold 0.8 --json
expect 2 tally pairs none.clk --bits 8192 --threshold 0.8 --similarity smc -o bad.bin
expect 2 tally pairs full.clk --bits 1024 --threshold 0.8 -o full.clk --force
expect 2 tally pairs full.clk --bits 1024 --threshold 0.8 -o bad.bin --groups full.clk --force
absent bad.bin
cp first.bin kept.bin
expect 2 tally pairs full.clk --bits 1024 --threshold 0.8 -o kept.bin
says 'exists'
cmp kept.bin first.bin || fail "an existing file was replaced"
mkdir shut
chmod 500 shut
if ! touch shut/x 2>/dev/null; then # root may write anywhere
    expect 6 tally pairs full.clk --bits 1024 --threshold 0.8 -o shut/p.bin
fi
expect 6 tally pairs full.clk --bits 1024 --threshold 0.8 -o no/such/folder/p.bin
no_leftovers

# An absurd number of pairs is told before they are looked for.
i=0
while [ $i -lt 25 ]; do
    cat full.clk full.clk full.clk full.clk
    i=$((i + 1))
done >some.clk
for i in 1 2 3 4 5 6 7 8 9 0; do cat some.clk some.clk some.clk; done >many.clk # 30,000 records
expect 3 tally pairs many.clk many.clk --bits 1024 --threshold 1 -o bad.bin
says 'about 9e8 pairs'
says 'hint: raise the threshold or give -k'
absent bad.bin
no_leftovers
on 1024 1 many.clk one.clk -k 1
pairs 1

# Ctrl-C.
head -c 6400000 /dev/urandom >random.clk
"$bin/tally" pairs random.clk random.clk random.clk --bits 1024 --threshold 0.5 -k 1 -o bad.bin --threads 1 2>err &
ctrl_c $! 20
[ $got = 130 ] || fail "interrupted: exit $got"
absent bad.bin
no_leftovers
