#!/bin/sh
# tally audit of filters of clkhash against a population, by the clkhash schema they were made with.
. tests/support/cli.sh
if ! tally encode --help | grep -q secret-file; then
    skip "this build has no legacy encoder"
fi
small_sources 320 plain
python3 - <<'P'
import csv, json
text = {"type": "string", "encoding": "utf-8"}
def feature(name, k):
    return {"identifier": name, "format": text, "hashing": {
        "comparison": {"type": "ngram", "n": 2}, "strategy": {"bitsPerToken": k}}}
schema = {"version": 3, "clkConfig": {"l": 1024, "kdf": {"type": "HKDF", "hash": "SHA256",
          "salt": "c2FsdA==", "info": "", "keySize": 64}},
          "features": [{"identifier": "id", "ignored": True}, feature("forename", 10),
                       feature("surname", 10), feature("date_of_birth", 10),
                       feature("postcode", 10)]}
json.dump(schema, open("clkhash.json", "w"))
schema["clkConfig"]["l"] = 512
json.dump(schema, open("short.json", "w"))
rows = list(csv.DictReader(open("people/health.csv")))[:300]
names = ["id", "forename", "surname", "date_of_birth", "postcode"]
with open("p.csv", "w", newline="") as f:
    w = csv.DictWriter(f, names, extrasaction="ignore")
    w.writeheader()
    w.writerows(rows)
with open("truth.csv", "w") as f:
    f.write("id_1,id_2\n" + "".join(f"{i},{r['id']}\n" for i, r in enumerate(rows)))
P
printf 'a secret of the partners' >secret
chmod 600 secret
expect 0 tally encode p.csv --schema clkhash.json --secret-file secret -o clks.json
expect 1 tally audit clks.json --schema clkhash.json --population p.csv --truth truth.csv \
    --attacks A2,A3,A4,A5 --json -o audit.html
python3 - <<'P' || fail "the attacks did not get what they get on plain filters"
import json
d = json.load(open("out"))
by = {a["attack"]: a for a in d["attacks"]}
assert d["verdict"] == "fail" and d["truth"] == "ids" and d["overlap"] == 300, d
assert by["A3"]["success"] > .9 and by["A4"]["success"] > .9, by
assert d["static"][0]["token_correlation"] > .5, d["static"]
P
grep -q 'A3' audit.html || fail "no page"

# Without truth too; other filters, and what does not go with them.
expect 1 tally audit clks.json --schema clkhash.json --population p.csv --attacks A3
prints 'what an attack is sure of counts as right'
expect 3 tally audit clks.json --schema short.json --population p.csv
says 'makes filters of 512 bits'
expect 2 tally audit clks.json --schema clkhash.json --population p.csv --key key
says 'does not go with filters of clkhash'
expect 2 tally audit clks.json --schema clkhash.json --population p.csv --map secret
says 'do not go with a clkhash schema'
expect 0 tally encode people/health.csv --schema schema.json --key key -o h.enc
expect 3 tally audit h.enc --schema clkhash.json --population p.csv
says 'which these are not'
cut -d, -f1-4 p.csv >narrow.csv
expect 3 tally audit clks.json --schema clkhash.json --population narrow.csv
says 'narrow.csv: row 1|narrow.csv'
no_leftovers
