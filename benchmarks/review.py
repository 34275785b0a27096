#!/usr/bin/env python3
"""What second rounds make of estimates: the tables of docs/protocols/review.md.

    python3 benchmarks/review.py [--build BUILD] [--profile P] [--sample N] [--hold-back SHARE] [--key FILE] SET ...

For each SET (a folder of shared/data, febrl4_half, or synth-SCENARIO) the workbench is walked: encode, link, 'review
export', each owner's answer, 'review import', and link again; the truth of the set is held against what was estimated
before and after. With --hold-back that share of the last source comes after the review, in a delivery that takes the
place of its first. A line of JSON a set, with "runs" of precision, recall, F1 and threshold; exit code 1 when an
estimate after review does not hold the truth in its interval.
SPDX-License-Identifier: Apache-2.0
"""
import argparse
import csv
import json
import os
import pathlib
import random
import sqlite3
import struct
import subprocess
import sys
import tempfile

PERSON = "forename,surname,date_of_birth"
ABROAD = "postcode:text:1:positional"
FEBRL = (PERSON + ",suburb:text:0.6," + ABROAD + ",address",
         "forename = given_name\nsurname = surname\ndate_of_birth = date_of_birth\nsuburb = suburb\n"
         "postcode = postcode\naddress = address_1\n")
NCVR = ("forename,surname,suburb:text:0.6," + ABROAD,
        "forename = givenname\nsurname = surname\nsuburb = suburb\npostcode = postcode\n")
RLDATA = (PERSON, "forename = fname_c1\nsurname = lname_c1\ndate_of_birth = by + bm + bd\n")
SPLINK = (PERSON + ",city:text:0.6,email:text:1",
          "forename = first_name\nsurname = surname\ndate_of_birth = dob\ncity = city\nemail = email\n")
ANONLINK = (PERSON + ",sex,city:text:0.6,phone:text:2:positional",
            "forename = givenname\nsurname = surname\ndate_of_birth = dob\nsex = gender\ncity = city\nphone = phone\n")
SYNTH = (PERSON + ",sex,postcode", None)
SETS = {"febrl1": (["records"], FEBRL), "febrl2": (["records"], FEBRL), "febrl3": (["records"], FEBRL),
        "febrl4": (["a", "b"], FEBRL), "febrl4_half": (["a", "b"], FEBRL), "rldata10000": (["records"], RLDATA),
        "splink_fake1000": (["records"], SPLINK), "splink_fake20000": (["records"], SPLINK),
        "ncvr3of10_ocp20": (["p1", "p2", "p3"], NCVR), "anonlink5": (["p1", "p2"], ANONLINK)}


class Groups(dict):
    """Records that are one person."""

    def find(self, x):
        self.setdefault(x, x)
        while self[x] != x:
            self[x] = self[self[x]]
            x = self[x]
        return x

    def unite(self, x, y):
        self[self.find(x)] = self.find(y)


def truth_of(folder, sources):
    groups = Groups()
    clusters = folder / "truth_clusters.csv"
    for row in csv.DictReader(open(clusters if clusters.exists() else folder / "truth.csv")):
        if "ent_id" in row:
            for source in [row["source"]] if "source" in row else sources:
                groups.unite((source, row["id"]), row["ent_id"])
        else:
            groups.unite((sources[0], row["id_1"]), (sources[-1] if len(sources) > 1 else sources[0], row["id_2"]))
    return groups


def ids_of(path):
    """Token to id of an encodings file that kept ids (docs/protocols/encodings.md)."""
    data = path.read_bytes()
    parts = {}
    for i in range(struct.unpack_from("<I", data, 24)[0]):
        kind, index, at, size = struct.unpack_from("<IIQQ", data, 64 + 64 * i)
        parts[kind, index] = data[at:at + size]
    ends = struct.unpack("<%dQ" % (len(parts[5, 0]) // 8), parts[5, 0])
    return {parts[2, 0][16 * i:16 * i + 16]: parts[6, 0][ends[i]:ends[i + 1]].decode() for i in range(len(ends) - 1)}


def shorten(path, to, keep):
    """The rows of a CSV file that are to be kept."""
    with open(path, newline="") as f:
        rows = csv.DictReader(f)
        kept = keep(list(rows))
    with open(to, "w", newline="") as f:
        out = csv.DictWriter(f, rows.fieldnames)
        out.writeheader()
        out.writerows(kept)


LINKS = """SELECT d.name, a.token, e.name, b.token FROM link l
JOIN record a ON a.run = l.run AND a.source = l.source_a AND a.row = l.row_a
JOIN record b ON b.run = l.run AND b.source = l.source_b AND b.row = l.row_b
JOIN run_source x ON x.run = l.run AND x.position = l.source_a JOIN source d ON d.id = x.source
JOIN run_source y ON y.run = l.run AND y.position = l.source_b JOIN source e ON e.id = y.source
WHERE l.run = ? AND l.accepted = 1"""
PAIRS = """SELECT a.source, p.token_a, b.source, p.token_b, p.after, p.why, p.accepted, p.decision FROM review_pair p
JOIN review_list a ON a.review = p.review AND a.position = p.source_a
JOIN review_list b ON b.review = p.review AND b.position = p.source_b WHERE p.after IS NOT NULL"""


RECORDS = """SELECT d.name, r.token FROM record r JOIN run_source x ON x.run = r.run AND x.position = r.source
JOIN source d ON d.id = x.source WHERE r.run = ?"""


def walk(tally, name, profile, sample, people, hold_back, key, work):
    def run(*args):
        done = subprocess.run([tally, *map(str, args)], cwd=work, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit("%s: tally %s: %s" % (name, " ".join(map(str, args)), done.stderr))
        return done

    if name.startswith("synth-"):
        sources, (fields, mapping) = ["police", "health"], SYNTH
        folder = work / "people"
        run("synth", "--people", people, "--sources", ",".join(sources), "--seed", 7, "--scenario", name[6:], "-o", folder)
    else:
        sources, (fields, mapping) = SETS[name]
        folder = data / name.removesuffix("_half")
    groups = truth_of(folder, sources)
    tables = {s: folder / (s + ".csv") for s in sources}
    if name.endswith("_half"):
        for s in sources:
            shorten(tables[s], work / (s + ".csv"), lambda rows: sorted(rows, key=lambda r: r["id"])[:3000])
            tables[s] = work / (s + ".csv")
    whole = dict(tables)
    if hold_back > 0:
        last = sources[-1]
        draw = random.Random(7)
        shorten(whole[last], work / "first.csv", lambda rows: [r for r in rows if draw.random() >= hold_back])
        tables[last] = work / "first.csv"
    if key is None:
        key = work / "key"
        run("keygen", "-o", key)
    run("schema", "new", "--fields", fields, "--profile", profile, "-o", "schema.json")
    common = ["--schema", "schema.json", "--key", key]
    if mapping is not None:
        (work / "map").write_text(mapping)
        common += ["--map", "map"]
    files = ["%s.enc" % s for s in sources]
    for s in sources:
        run("encode", tables[s], *common, "--id", "id", "--source", s, "-o", s + ".enc")
    ids = {s: ids_of(work / (s + ".enc")) for s in sources}
    run("link", *files, "--store", "run.db")
    run("review", "export", "--store", "run.db", "-o", "asked", *(["--sample", sample] if sample else []))
    asked = [s for s in sources if (work / "asked" / (s + ".ask")).exists()]
    for s in asked:
        run("encode", tables[s], *common, "--source", s, "--record-id", "id", "--review", "asked/%s.ask" % s, "--tokens",
            s + ".enc", "-o", s + ".answer")
    outcome = json.loads(run("review", "import", *[s + ".answer" for s in asked], "--store", "run.db", "--json").stdout)
    run("link", *files, "--store", "run.db")
    if hold_back > 0:
        run("encode", whole[last], *common, "--id", "id", "--source", last, "-o", "whole.enc")
        ids[last].update(ids_of(work / "whole.enc"))
        run("link", "whole.enc", "--replace", "--store", "run.db")
        run("link", *files[:-1], "whole.enc", "--store", "other.db")
    db = sqlite3.connect(work / "run.db")

    def same(a, x, b, y):
        return groups.find((a, ids[a][x])) == groups.find((b, ids[b][y]))

    def precision(run_id):
        found = [same(*row) for row in db.execute(LINKS, (run_id,))]
        return sum(found) / len(found), len(found)

    def quality(store, run_id, decided=()):
        """Precision, recall, F1 and thresholds of a run, once ${decided} pairs are gone by."""
        links = {frozenset([row[:2], row[2:4]]) for row in store.execute(LINKS, (run_id,))}
        for row in decided:
            (links.add if row[7] == 1 else links.discard)(frozenset([row[:2], row[2:4]]))
        right = sum(same(*a, *b) for a, b in links)
        there, per = {}, {}
        for source, token in store.execute(RECORDS, (run_id,)):
            person = groups.find((source, ids[source][token]))
            there[person] = there.get(person, 0) + 1
            per[person, source] = per.get((person, source), 0) + 1
        pairs = sum(n * (n - 1) // 2 for n in there.values())
        pairs -= sum(n * (n - 1) // 2 for n in per.values()) if len(sources) > 1 else 0
        cuts = [c for c, in store.execute("SELECT threshold_ppm FROM calibration WHERE run = ?", (run_id,))]
        return [round(right / max(1, len(links)), 4), round(right / pairs, 4),
                round(2 * right / (len(links) + pairs), 4), *[c / 1e6 for c in cuts]]

    def shares(precise):
        return [precise[k] and round(precise[k], 4) for k in ("estimated_precision", "precision_low", "precision_high")]

    true, links = precision(1)
    again, links_again = precision(2)
    rows = [(same(*row[:4]), row[4], row[6] == 1, row[7] == 1) for row in db.execute(PAIRS) if row[5] == 1]

    def f1(called):
        found = sum(t for t, c in called if c)
        return round(2 * found / max(1, sum(c for _, c in called) + sum(t for t, _ in called)), 3)

    def right(called):
        return round(sum(t == c for t, c in called) / len(called), 4) if called else None

    run_says = [(t, linked) for t, _, linked, _ in rows]
    review_says = [(t, match) for t, _, _, match in rows]
    matches = [(t, p) for t, p, _, match in rows if match]
    decided = [row for row in db.execute(PAIRS) if row[7] is not None]
    runs = {"before": quality(db, 1), "reviewed": quality(db, 1, decided), "again": quality(db, 2)}
    if hold_back > 0:
        runs.update(whole=quality(sqlite3.connect(work / "other.db"), 1), whole_reviewed=quality(db, 3))
    return {
        "set": name, "profile": profile, "sample": sample, "links": links, "precision": round(true, 4),
        "before": shares(outcome["links_before"]), "after": shares(outcome["links_after"]),
        "checked": sum(r[6] for r in db.execute(PAIRS)), "uncertain": len(rows), "true": sum(t for t, _ in run_says),
        "right_before": right(run_says), "right": right(review_says), "f1_before": f1(run_says), "f1": f1(review_says),
        "matches_expected": round(sum(p for _, p in matches) / max(1, len(matches)), 3),
        "matches_true": round(sum(t for t, _ in matches) / max(1, len(matches)), 3), "links_again": links_again, "precision_again": round(again, 4), "runs": runs}


arguments = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
arguments.add_argument("--build", default="build")
arguments.add_argument("--profile", default="standard")
arguments.add_argument("--sample", type=int, default=0)
arguments.add_argument("--hold-back", type=float, default=0, metavar="SHARE")
arguments.add_argument("--people", type=int, default=10000, help="of synthetic sets")
arguments.add_argument("--key", type=lambda path: pathlib.Path(path).absolute(), help="a key file; without, each set has a new key")
arguments.add_argument("sets", nargs="+", metavar="SET")
options = arguments.parse_args()
root = pathlib.Path(__file__).resolve().parent.parent
data = pathlib.Path(os.environ.get("TALLY_SHARED", root.parent / "shared")) / "data"
tally = str((pathlib.Path(options.build) / "tally").resolve())
missed = 0
for wanted in options.sets:
    if not wanted.startswith("synth-") and not (data / wanted.removesuffix("_half")).is_dir():
        print("%s is not there: skipped" % wanted, file=sys.stderr)
        continue
    with tempfile.TemporaryDirectory() as folder:
        row = walk(tally, wanted, options.profile, options.sample, options.people, options.hold_back, options.key, pathlib.Path(folder))
    row["holds"] = row["after"][0] is not None and row["after"][1] <= row["precision"] <= row["after"][2]
    missed += not row["holds"]
    print(json.dumps(row), flush=True)
sys.exit(1 if missed else 0)
