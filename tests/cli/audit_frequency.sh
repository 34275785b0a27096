#!/bin/sh
# tally audit, attack A2: common values make common encodings. Ranks that stand clear are paired, the
# bits of their letter pairs are learnt, and rare values made of known pairs are found too; where all
# values are equally common, nothing is claimed.
. tests/support/cli.sh
python3 - <<'P'
common = ["anderson", "andrews", "sanders", "sander", "wanders", "erson", "drewson", "newsan", "andnew", "rewand"]
rare = ["sandrews", "wandersand", "andersand", "newsander", "quixotic", "bybk"]
def write(path, rows):
    with open(path, "w") as f:
        f.write("id,surname\n" + "".join(f"{i},{n}\n" for i, n in enumerate(rows)))
write("clear.csv", [n for i, n in enumerate(common) for _ in range(2 + 3 * (len(common) - i))] + rare)
write("even.csv", [n for n in common + rare for _ in range(4)])
write("once.csv", common + rare)
for name in "clear", "even", "once":
    with open(name + ".truth", "w") as f:
        n = sum(1 for _ in open(name + ".csv")) - 1
        f.write("id_1,id_2\n" + "".join(f"{i},{i}\n" for i in range(n)))
P
fixed_key key
expect 0 tally schema new --fields surname --profile plain -o schema.json
attack() {
    expect 0 tally encode "$1.csv" --schema schema.json --key key --id id -o "$1.enc"
    expect 0 tally audit "$1.enc" --schema schema.json --population "$1.csv" --truth "$1.truth" \
        --attacks A2 --json
    python3 - "$2" "$3" <<'P' || fail "A2 on $1 got another number of people"
import json, sys
a = json.load(open("out"))["attacks"][0]
sure, most = map(int, sys.argv[1:])
assert a["attack"] == "A2" and a["correct"] == a["claimed"], a
assert a["sure"] == sure and sure <= a["claimed"] <= most, a
P
}
# The ranks that stand clear hold 180 people, and rare names are found by what was learnt from them, four under
# this key. Never found are two with pairs of letters that no other name has.
attack clear 180 189
attack even 0 0
attack once 0 0
