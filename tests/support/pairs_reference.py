"""The rules of docs/protocols/pairs.md, slowly: pairs and groups as 'tally pairs' must give them.

  pairs_reference.py make DIR         filters with ties, empty and full ones, in several widths
  pairs_reference.py check DIR TALLY  run the command on them and compare
  pairs_reference.py vectors DIR TALLY SHARED   the same for the results kept in SHARED
"""
# SPDX-License-Identifier: Apache-2.0
import collections
import itertools
import json
import os
import random
import struct
import subprocess
import sys
from fractions import Fraction


def load(path, bits):
    size = (bits + 7) // 8
    data = open(path, "rb").read()
    return [int.from_bytes(data[i : i + size], "big") for i in range(0, len(data), size)]


def ones(x):
    return bin(x).count("1")


def score(x, y, bits, how):
    if how == "smc":
        pad = -bits % 8
        return Fraction(bits - ones((x ^ y) >> pad), bits)
    return Fraction(2 * ones(x & y), ones(x) + ones(y)) if x and y else None


def best(pairs, k, self):
    kept = []
    for count, rule in ((collections.Counter(), any), (collections.Counter(), all)):
        for p in pairs:
            sides = [("a", p[3]), ("a" if self else "b", p[4])]
            for side in sides:
                count[side] += 1
            if rule is any and not self:
                sides = sides[:1]
            if rule(count[side] <= k for side in sides):
                kept.append(p)
        pairs, kept = kept, []
    return pairs


def all_pairs(sources, bits, threshold, k, how):
    out = []
    n = len(sources)
    for d0, d1 in [(0, 0)] if n == 1 else itertools.combinations(range(n), 2):
        found = []
        for i, x in enumerate(sources[d0]):
            for j, y in enumerate(sources[d1]):
                s = score(x, y, bits, how)
                if s is not None and s >= Fraction(threshold) and (n > 1 or i < j):
                    found.append((-s, d0, d1, i, j))
        found.sort()
        out += best(found, k, n == 1) if k else found
    return sorted(out)


def pairs_bytes(pairs):
    return b"\1\10\4\4" + b"".join(struct.pack("<dIIII", float(-p[0]), *p[1:]) for p in pairs)


def groups(pairs, merge, once):
    """Every pair that came by is kept, and counted anew each time."""
    group = {}
    came = set()
    for _, d0, d1, i, j in pairs:
        x, y = (d0, i), (d1, j)
        known = [r for r in (x, y) if r in group]
        if not known and once and d0 == d1:
            continue
        if not known:
            group[x] = group[y] = {x, y}
            continue
        if len(known) == 1:
            new, other = (x, y) if known == [y] else (y, x)
            if 1 >= Fraction(merge) * len(group[other]):
                if once and any(r[0] == new[0] for r in group[other]):
                    continue
            group[new] = {new}
        came.add((x, y))
        p, q = group[x], group[y]
        if p is q or (once and {r[0] for r in p} & {r[0] for r in q}):
            continue
        between = sum((u, v) in came or (v, u) in came for u in p for v in q)
        if between >= Fraction(merge) * len(p) * len(q):
            for r in q:
                p.add(r)
                group[r] = p
    return sorted({tuple(sorted(g)) for g in group.values() if len(g) > 1})


WIDTHS = (8, 13, 64, 200, 1024)


def make(folder):
    rng = random.Random(20)
    for bits in WIDTHS:
        kinds = [rng.getrandbits(bits) & rng.getrandbits(bits) for _ in range(6)]
        for s in range(3):
            with open("%s/%d_%d.clk" % (folder, bits, s), "wb") as f:
                for i in range(25 + 5 * s):
                    x = rng.choice(kinds)
                    for _ in range(rng.randrange(5)):
                        x ^= 1 << rng.randrange(bits)
                    x = (0, (1 << bits) - 1)[i % 2] if i < 3 else x
                    f.write((x << (-bits % 8)).to_bytes((bits + 7) // 8, "big"))


def run(tally, files, bits, threshold, k, how, merge, once):
    command = [tally, "pairs", "--bits", str(bits), "--threshold", threshold, "--similarity", how]
    command += ["--merge", merge, "--force", "-o", "got.bin", "--groups", "got.json"]
    command += ["-k", str(k)] if k else []
    command += ["--once"] if once else []
    subprocess.run(command + files, check=True, stderr=subprocess.DEVNULL)
    made = json.load(open("got.json"))
    return open("got.bin", "rb").read(), sorted(tuple(sorted(map(tuple, g))) for g in made)


def compare(name, got, want):
    if got[0] != want[0]:
        sys.exit("%s: pairs differ" % name)
    if got[1] != want[1]:
        sys.exit("%s: groups differ" % name)


def check(folder, tally):
    rng = random.Random(21)
    settings = itertools.product(WIDTHS, (1, 2, 3), ("dice", "smc"), (0, 1, 3))
    for bits, n, how, k in settings:
        files = ["%s/%d_%d.clk" % (folder, bits, s) for s in range(n)]
        threshold = rng.choice(("0.5", "0.6666", "0.75", "0.8", "1"))
        merge, once = rng.choice(("0", "0.5", "0.75", "1")), rng.random() < 0.5
        pairs = all_pairs([load(f, bits) for f in files], bits, threshold, k, how)
        got = run(tally, files, bits, threshold, k, how, merge, once)
        name = "%d bits, %d sources, %s, k %d, %s" % (bits, n, how, k, threshold)
        compare(name, got, (pairs_bytes(pairs), groups(pairs, merge, once)))


def vectors(tally, shared):
    folder = shared + "/vectors/anonlink/"
    for e in json.load(open(folder + "INDEX.json")):
        for name, g in e["groups"].items():
            words = dict(w for w in (("mt", "1"), ("dedup", "0")))
            for word in name.split("_")[1:]:
                key = "mt" if word.startswith("mt") else "dedup"
                words[key] = word[len(key) :]
            files = [folder + f for f in e["files"]]
            got = run(tally, files, e["bits"], str(e["threshold"]), e["k"], e["similarity"],
                      words["mt"], words["dedup"] == "1")
            made = json.load(open(folder + g["file"]))
            want = sorted(tuple(sorted(map(tuple, x))) for x in made)
            compare(e["name"] + " " + name, got, (open(folder + e["pairs_file"], "rb").read(), want))
    print("%d results compared" % len(json.load(open(folder + "INDEX.json"))))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    elif sys.argv[1] == "check":
        check(sys.argv[2], sys.argv[3])
    else:
        vectors(sys.argv[2], sys.argv[3])
