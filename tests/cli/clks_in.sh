#!/bin/sh
# Filters that come as clkhash JSON are linked: the pairs are those of the people, rows are
# told by their number, and files that are cut, changed or of another form are refused.
. tests/support/cli.sh
if ! tally link --help >/dev/null 2>&1; then
    echo "skipped: this build has no linker" >&2
    exit 77
fi
tally synth --people 900 --sources health --seed 11 -o people 2>/dev/null

# Two overlapping parts of one source in different orders, one with errors; truth by row number.
python3 - <<'P'
import csv, json, random
random.seed(5)
fields = ["forename", "surname", "date_of_birth", "sex", "postcode"]
people = [[r[f] for f in fields] for r in csv.DictReader(open("people/health.csv"))][:600]
a, b = list(range(400)), list(range(200, 600))
random.shuffle(a)
random.shuffle(b)
def write(name, order, errors):
    with open(name, "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(fields)
        for i in order:
            p = list(people[i])
            if errors and i % 3 == 0:
                p[1] = p[1][:-1] + "x"
            w.writerow(p)
write("a.csv", a, False)
write("b.csv", b, True)
json.dump({f"{i}-{b.index(p)}": 1 for i, p in enumerate(a) if p in b}, open("truth", "w"))
feature = lambda name: {"identifier": name, "format": {"type": "string", "encoding": "utf-8"},
    "hashing": {"comparison": {"type": "ngram", "n": 2}, "strategy": {"bitsPerFeature": 100},
    "hash": {"type": "doubleHash"}}}
json.dump({"version": 3, "clkConfig": {"l": 1000, "kdf": {"type": "HKDF"}},
    "features": [feature(f) for f in fields]}, open("clkhash.json", "w"))
P

# good LINKS LEAST: they agree with the truth, to at least that share.
good() {
    python3 - "$@" <<'P' || fail "links differ from the truth"
import csv, json, sys
truth = set(json.load(open("truth")))
links = {r["id_a"] + "-" + r["id_b"] for r in csv.DictReader(open(sys.argv[1]))}
hits = len(truth & links)
least = float(sys.argv[2])
print(f"{len(links)} links, {hits} of {len(truth)} true", file=sys.stderr)
sys.exit(hits < least * len(links) or hits < least * len(truth))
P
}

# By a schema of our own.
fixed_key key
tally schema new --fields forename,surname,date_of_birth,sex,postcode --profile plain \
    -o own.json 2>/dev/null
for s in a b; do
    expect 0 tally encode $s.csv --schema own.json --key key -o $s.json --format clkhash-json
    expect 0 tally encode $s.csv --schema own.json --key key -o $s.enc
done
expect 0 tally link a.json b.json -o own.csv
says 'a - b: 2[0-9][0-9] links'
says 'warning: clkhash JSON says nothing of schema and secret'
good own.csv .97
head -2 own.csv | tail -1 | grep -qE '^a,[0-9]{1,3},b,[0-9]{1,3},' || fail "ids are row numbers"

# The same filters as .enc give as many links.
expect 0 tally link a.enc b.enc -o enc.csv --threshold 0.9
expect 0 tally link a.json b.json -o json.csv --threshold 0.9
cut -d, -f5 enc.csv | sort >enc.scores
cut -d, -f5 json.csv | sort >json.scores
cmp -s enc.scores json.scores || fail "scores depend on the form"

# Everything else of a run works, and gives the same bytes again.
expect 0 tally link x=a.json y=b.json -o again.csv --clusters clusters.csv --linkmap links.map \
    --store run.db
sed 's/^a,/x,/; s/,b,/,y,/' own.csv | cmp -s - again.csv || fail "not the same links again"
[ "$(wc -l <clusters.csv)" = 801 ] || fail "clusters"
expect 0 tally inspect links.map
expect 0 tally report --store run.db -o report.html --json
grep -q 'not stated: the filters came as clkhash JSON' report.html || fail "report"
expect 0 tally link a.json -o inside.csv

expect 0 tally inspect a.json --json
python3 -c 'import json, hashlib
at = json.load(open("out"))
assert at["records"] == 400 and at["source"] == "a" and at["schema"] == "not stated", at
assert at["digest"] == hashlib.blake2b(open("a.json", "rb").read(), digest_size=32).hexdigest()' ||
    fail "inspect"
expect 0 tally inspect own.json
prints 'linkage schema'

# By a clkhash schema, whose filters are no multiple of 64 bits.
if tally schema check clkhash.json >/dev/null 2>&1; then
    printf secret >secret
    chmod 600 secret
    for s in a b; do
        expect 0 tally encode $s.csv --schema clkhash.json --secret-file secret -o $s.clks.json
    done
    expect 0 tally inspect a.clks.json
    prints 'bits +1,000'
    expect 0 tally link a=a.clks.json b=b.clks.json -o clkhash.csv
    good clkhash.csv .97
    expect 3 tally link a.json b.clks.json -o x.csv
    says "sources 'a' and 'b.clks' differ in length \([0-9]+ and 1000 bits\)"
    absent x.csv
else
    echo "clkhash schemas are not tested: this build is without the legacy encoder" >&2
fi

# What cannot be linked.
refused() {
    code=$1
    pattern=$2
    shift 2
    expect "$code" tally link "$@" -o x.csv
    says "$pattern"
    absent x.csv
    no_leftovers
}
refused 3 "source 'a' is clkhash JSON and source 'b' an encodings file" a.json b.enc
refused 3 "source 'a' is clkhash JSON and source 'b' an encodings file" b.enc a.json
refused 2 "two sources are called 'a'" a.json a.enc
refused 3 'own.json: byte [0-9]+: the name before this is not "clks"' own.json b.json
refused 6 'cannot open' none.json
echo '{"clknblocks": [["AAEC", "1"]]}' >blocks.json
refused 3 'blocks.json: filters with blocks are not read' blocks.json
says 'hint: '
expect 3 tally inspect blocks.json
echo '{"clks": ["AAEC", "AA=="]}' >short.json
refused 3 'short.json: clks\[1\]: is not as long as those before' short.json
echo '{"clks": ["AAEC", "AA\u002b/"]}' >escape.json
refused 3 'escape.json: clks\[1\]: is not base64' escape.json
echo '{"clks": []}' >empty.json
refused 3 'empty.json: there is no filter in the list' empty.json
size=$(stat -c %s a.json)
for keep in 0 1 5 9 10 100 1000 20000 $((size - 3)) $((size - 2)); do
    head -c "$keep" a.json >cut.json
    refused "$([ "$keep" = 0 ] && echo 3 || echo 4)" 'cut.json' cut.json b.json
done
says 'the file ends too soon'

# No filter is shown.
filter=$(cut -c 12-40 a.json)
sed "s|$filter|!&|" a.json >broken.json
expect 3 tally link broken.json b.json
says 'clks\[0\]: is not base64'
if grep -qF "$filter" err; then fail "a filter was shown"; fi
