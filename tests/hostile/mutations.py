"""Every artefact of the governed flow, changed: a bit flipped, cut, lengthened, overwritten, another in its place, an earlier
one again, taken by another party, on another day. The command that takes it must refuse: exit code 4 or 5, an error of
its own for each way, and no file touched. A sample; with TALLY_LONG=1 two hundred changes of each artefact.
SPDX-License-Identifier: Apache-2.0"""
import json
import os
import random
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import package_reader as reader
import rig

EACH = 200 if rig.LONG else 12
DAY = 86400
PARTIES = {"police": "police", "health": "integrated-care-board", "linker": "linker", "analyst": "analyst", "checker": "local-authority"}
IDENTITIES = (*PARTIES, "next", "third", "stranger")
TABLES = """{"tallystick": "tables", "version": 1, "name": "few", "title": "Attendances", "events": [{"name": "seen", "source": "health"}],
"dimensions": [{"name": "sex", "column": "recorded_sex", "levels": ["female", "male"]}],
"tables": [{"name": "by-sex", "title": "Seen", "count": "people", "event": "seen", "by": ["sex"]%s}]}
"""

# What is done, in order; {X} is "--agreement a.json --identity X" with its passphrase. 'keep STAGE' and 'back STAGE' copy and
# bring back all files, 'copy A B' one, 'bare A' takes comments out, 'cut A' makes parts.
COHORT = "cohort --linkmap links.pkg --payload out/police-1-payload.pkg,out/health-1-payload.pkg -o cohort.db {analyst}"
RELEASE = "release --cohort cohort.db --ledger ledger {analyst} --tables "
ENCODE = "encode people/%s.csv --key %s.key --record-id id --threads 1 -o out {%s}"
ANSWER = "encode people/%s.csv --key %s.key --record-id id --threads 1 --review %s/%s-request-%d.pkg --tokens out/%s-1-tokens.csv -o answers {%s}"
IMPORT = "review import answers/police-review-1.pkg answers/health-review-1.pkg --store run.db {linker}"
INGEST = "ingest out/%s --store run.db {linker}"
STEPS = {
    "agreement": [
        "synth --people 1500 --sources police,health --seed 7 --scenario dirty -o people",
        "schema new --fields forename,surname,date_of_birth,sex,postcode -o schema.json",
        *("identity new Northshire_%s --kind %s -o %s --passphrase-fd {pass}" % (p, k, p) for p, k in PARTIES.items()),
        *("identity new Northshire_police --kind police -o %s --passphrase-fd {pass}" % p for p in ("next", "third")),
        "identity new Northshire_stranger --kind education -o stranger --passphrase-fd {pass}",
        *("agreement draft police=data-owner health=data-owner linker=linker analyst=analyst checker=output-checker+convenor "
          "--schema schema.json --reference %s --payload police:recorded_sex;health:recorded_sex -o %s.json" % (a, a) for a in "ab"),
        "fill a.json", "fill b.json",
        *("agreement sign %s.json --identity %s --passphrase-fd {pass}" % (a, p) for a in "ab" for p in PARTIES),
        "keep signed"],
    "cards": [
        "identity rotate police third/identity.card -o third.rotation --passphrase-fd {pass}",
        "identity rotate third next/identity.card -o other.rotation --passphrase-fd {pass}",
        "identity rotate police next/identity.card -o a.json.01.rotation --passphrase-fd {pass}",
        "copy next/identity.card a.json.01.card", "keep rotated", "back signed",
        "identity revoke health -o health.revoked --passphrase-fd {pass}",
        "identity revoke third -o third.revoked --passphrase-fd {pass}",
        "identity revoke police -o a.json.01.revoked --passphrase-fd {pass}", "keep revoked", "back signed"],
    "ceremony": [
        *("key commit --agreement %s.json --identity %s --passphrase-fd {pass}" % (a, p) for a in "ab" for p in ("police", "health")),
        "copy a.json.02.commitment early.commitment", "key commit {health} --force", "keep committed",
        *("key contribute --agreement %s.json --identity %s --passphrase-fd {pass}" % (a, p) for a in "ab" for p in ("police", "health")),
        "copy a.json.02.contribution early.contribution", "key contribute {health} --force", "keep contributed",
        *("key combine --force --agreement %s.json --identity %s --passphrase-fd {pass} -o %s.key" % (a, p, p) for a in "ba" for p in ("police", "health")),
        "keygen -o other.key", "bare police.key", "keep combined"],
    "delivery": [
        "key split police.key health/identity.card checker/identity.card --needed 2 -o shares {police}",
        "key split police.key health/identity.card checker/identity.card --needed 2 -o again {police}",
        "key split health.key police/identity.card checker/identity.card --needed 2 -o others {health}",
        "copy schema.json gone", "destroy gone --identity police -o certificate --passphrase-fd {pass}",
        "copy schema.json gone", "destroy gone --identity health -o health.certificate --passphrase-fd {pass}",
        *(ENCODE % (p, p, p) for _ in range(2) for p in ("police", "health")),
        "cut out/police-2-linkage.pkg", "cut out/health-2-linkage.pkg", "keep sent",
        "ingest out/police-2-linkage.pkg.part-0001 --store other.db {linker}", "copy other.db.deliveries/police-2.receipt police-2.receipt", "keep late", "back sent",
        *(INGEST % (p + "-1-linkage.pkg") for p in ("police", "health")),
        "link --store run.db -o links.pkg --threads 1 {linker}", "copy run.db.deliveries/police-1.receipt police-1.receipt", "keep linked"],
    "second round": [
        "review export --store run.db -o asked {linker}", "keep asked",
        *(ANSWER % (p, p, "asked", p, 1, p, p) for p in ("police", "health")), "keep answered",
    ],
    "release": [
        "back linked", COHORT, "write tables.json ", 'write rows.json , "rows": true', "keep joined",
        RELEASE + "tables.json --request tables.request -o tables.draft",
        "approve tables.request --draft tables.draft/draft.json -o tables.approval {checker}",
        *(RELEASE + "tables.json --approval tables.approval -o tables%d" % i for i in range(2)), "copy ledger ledger.whole",
        RELEASE + "rows.json --request rows.request -o rows.draft",
        "approve rows.request --draft rows.draft/draft.json -o rows.approval {checker}", "keep released"],
}


def world(root):
    """Do all of STEPS; the stages are folders of ${root}."""
    now, seed = os.path.join(root, "now"), 100
    for name in ("tmp", "home"):
        os.makedirs(os.path.join(now, name))
    for line in (line for lines in STEPS.values() for line in lines):
        seed += 1
        verb, *rest = line.split(" ", 2)
        if verb == "keep":
            shutil.copytree(now, os.path.join(root, rest[0]))
        elif verb == "back":
            shutil.rmtree(now)
            shutil.copytree(os.path.join(root, rest[0]), now)
        elif verb == "copy":
            shutil.copy(os.path.join(now, rest[0]), os.path.join(now, rest[1]))
        elif verb == "write":
            write(os.path.join(now, rest[0]), (TABLES % rest[1]).encode())
        elif verb == "cut":
            parts = reader.cut_parts(read(os.path.join(now, rest[0])), 9000, bytes([seed % 256]) * 16)
            for i, part in enumerate(parts):
                write(os.path.join(now, "%s.part-%04d" % (rest[0], i + 1)), part)
        elif verb == "bare":
            path = os.path.join(now, rest[0])
            write(path, re.sub(rb"(?m)^#.*\n", b"", read(path)))
        elif verb == "fill":
            fill(os.path.join(now, rest[0]))
        else:
            rig.must(now, words(line), seed=seed)


def words(line):
    """The arguments of a line."""
    for p in IDENTITIES:
        line = line.replace("{%s}" % p, "--agreement a.json --identity %s --passphrase-fd {pass}" % p)
    return [a.replace("_", " ") if a.startswith("Northshire_") else a for a in line.split()]


def fill(path):
    """State what a draft leaves open; let rows leave and a second round be."""
    text = re.sub('"STATE [^"]*"', '"as decided by the board"', read(path).decode())
    a = json.loads(text)
    a["release"]["row_level"] = True
    a["exceptions"].append({"rule": "row-level", "why": "a test"})
    a["match"]["second_round"] = {"requests_max": 2, "records_max": 4000}
    write(path, json.dumps(a, indent=2).encode())


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


@dataclass
class Artefact:
    """${file}, which ${command} takes in ${stage} and then exits with ${exit}. ${lies}: ways that are no damage, (way, what, words of
    the error): 'is' another file in its place, 'lost', 'as' another party, 'on' another day, 'run' another command."""
    name: str
    stage: str
    file: str
    command: str
    lies: tuple = ()
    exit: int = 0
    cuts: bool = True  # that it was cut shows in the file itself


ENDED = ("on", 400, "the agreement ended on")
EARLY = ("on", -400, "in force from")
STRANGER = ("as", "stranger", "Northshire stranger is not")
ARTEFACTS = [
    Artefact("agreement", "signed", "a.json", "key commit {police}", (
        ("is", "b.json", "signs another text"), ("is", "schema.json", "a.json"), ("is", "a.json.01.sig", "a.json"),
        ("as", "linker", "linker is not a data owner"), STRANGER, ENDED, EARLY)),
    Artefact("signature", "signed", "a.json.02.sig", "key commit {police}", (
        ("is", "b.json.02.sig", "signs another text"), ("is", "a.json.01.sig", "signed by another party"), ("lost", "", "not signed by"),
        ("is", "police/identity.card", "a.json.02.sig"), STRANGER, ENDED, EARLY)),
    Artefact("card", "combined", "health/identity.card",
             "key split police.key health/identity.card checker/identity.card --needed 2 -o more {police}", (
                 ("is", "linker/identity.card", "may never hold a share"), ("is", "checker/identity.card", "would hold two shares"), ("as", "linker", "linker is not (a )?data.owner"), STRANGER, ENDED, EARLY)),
    Artefact("rotation", "rotated", "a.json.01.rotation", "key commit {next}", (
        ("is", "third.rotation", "speaks of another card"), ("is", "other.rotation", "signed by another party"),
        ("lost", "", "next|is not"), ("as", "police", "police is not"), STRANGER, ENDED, EARLY)),
    Artefact("card that took over", "rotated", "a.json.01.card", "key commit {next}", (
        ("is", "third/identity.card", "speaks of another card"), ("is", "stranger/identity.card", "speaks of another card"),
        STRANGER, ENDED, EARLY)),
    Artefact("revocation", "revoked", "a.json.01.revoked", "key commit {health}", (
        ("is", "health.revoked", "signed by another party"), ("is", "third.revoked", "signed by another party"),
        ("is", "police/identity.card", "a.json.01.revoked")), 5),
    Artefact("commitment", "committed", "a.json.02.commitment", "key contribute {police}", (
        ("is", "a.json.01.commitment", "a.json.02.commitment"), ("is", "b.json.02.commitment", "another agreement"),
        ("lost", "", "has not committed"), ("as", "linker", "linker is not (a )?data.owner"), STRANGER, ENDED, EARLY)),
    Artefact("set of commitments", "contributed", "a.json.02.commitment", "key combine -o police.key {police}", (
        ("is", "early.commitment", "signed another commitment of"), ("is", "b.json.02.commitment", "another agreement"),
        ("lost", "", "has not committed"), STRANGER, ENDED, EARLY)),
    Artefact("contribution", "contributed", "a.json.02.contribution", "key combine -o police.key {police}", (
        ("is", "a.json.01.contribution", "a.json.02.contribution"), ("is", "b.json.02.contribution", "another agreement"),
        ("lost", "", "has not contributed"), ("as", "linker", "linker is not (a )?data.owner"), STRANGER, ENDED, EARLY)),
    Artefact("record of the ceremony", "combined", "a.json.02.ceremony", "encode people/police.csv --key police.key -o more {police}", (
        ("is", "a.json.01.ceremony", "a.json.02.ceremony"), ("is", "b.json.02.ceremony", "another agreement"),
        ("lost", "", "has not said what key it has"), ("as", "linker", "linker is not (a )?data.owner"), STRANGER, ENDED, EARLY)),
    Artefact("escrow share", "sent", "shares/share-01", "key restore shares/share-01 shares/share-02 --dealer police/identity.card -o back.key", (
        ("is", "again/share-01", "splitting"), ("is", "others/share-01", "signed by another party"),
        ("is", "shares/share-02", "twice"),
        ("run", "key restore shares/share-01 shares/share-02 --dealer health/identity.card -o back.key", "signed by another party"))),
    Artefact("certificate", "sent", "certificate", "inspect certificate --card police/identity.card", (
        ("is", "health.certificate", "signed by another party"), ("run", "inspect certificate --card next/identity.card", "signed by another party"))),
    Artefact("linkage part", "sent", "out/police-1-linkage.pkg", INGEST % "police-1-linkage.pkg", (
        ("is", "out/police-1-payload.pkg", "sealed to another party"), ("as", "police", "police is not linker"), STRANGER, ENDED, EARLY,
        ("is", "out/police-2-linkage.pkg.part-0001", "missing"))),
    Artefact("linkage part, replayed", "late", "out/police-1-linkage.pkg", INGEST % "police-1-linkage.pkg", (
        ("is", "out/police-2-linkage.pkg", "replay"),), 5),
    Artefact("package in parts", "sent", "out/police-2-linkage.pkg.part-0002", INGEST % "police-2-linkage.pkg.part-0001", (
        ("is", "out/health-2-linkage.pkg.part-0002", "another package"), ("is", "out/police-2-linkage.pkg.part-0001", "twice"),
        ("is", "out/police-2-payload.pkg", "part-0002"), ("lost", "", "part"), ("as", "police", "police is not linker"), STRANGER, ENDED, EARLY)),
    Artefact("payload part", "linked", "out/police-1-payload.pkg", COHORT, (
        ("is", "out/health-1-payload.pkg", "one stands in another's place"), ("is", "out/police-1-linkage.pkg", "sealed to another party"),
        ("is", "links.pkg", "where a payload part is due"), ("is", "out/police-2-payload.pkg", "is not the one that was linked"),
        ("as", "linker", "linker is not analyst"), STRANGER, ENDED, EARLY)),
    Artefact("link map", "linked", "links.pkg", COHORT, (
        ("is", "out/police-1-payload.pkg", "where a link map is due"), ("is", "out/police-1-linkage.pkg", "sealed to another party"),
        ("as", "linker", "linker is not analyst"), STRANGER, ENDED, EARLY)),
    Artefact("receipt", "linked", "run.db.deliveries/police-1.receipt", "log verify police run.db.deliveries/police-1.receipt", (
        ("is", "run.db.deliveries/health-1.receipt", "for Northshire health, not for Northshire police"),
        ("run", "log verify linker run.db.deliveries/police-1.receipt", "signed by Northshire linker itself"),
        ("run", "log verify health run.db.deliveries/police-1.receipt", "for Northshire police, not for Northshire health"))),
    Artefact("provider sheet", "linked", "out/police-1-sheet.json", "report --store run.db --sheets out/police-1-sheet.json --agreement a.json -o report.html", (
        ("is", "out/police-2-sheet.json", "a delivery that this run did not link"), ("is", "police-1.receipt", "police-1-sheet"), ENDED, EARLY)),
    Artefact("token map", "asked", "out/police-1-tokens.csv", ANSWER % ("police", "police", "asked", "police", 1, "police", "police"), (
        ("is", "out/health-1-tokens.csv", "no token map that the log of Northshire police tells of"), ("is", "people/police.csv", "no token map that the log"),
        ("as", "health", "sealed to another party"), STRANGER, ENDED, EARLY)),
    Artefact("review request", "asked", "asked/police-request-1.pkg", ANSWER % ("police", "police", "asked", "police", 1, "police", "police"), (
        ("is", "asked/health-request-1.pkg", "sealed to another party"), ("is", "out/police-1-linkage.pkg", "police-request-1.pkg"),
        ("as", "health", "sealed to another party"), STRANGER, ENDED, EARLY)),
    Artefact("review answer", "answered", "answers/police-review-1.pkg", IMPORT, (
        ("is", "out/police-2-linkage.pkg", "where a review answer is due"), ("is", "answers/health-review-1.pkg", "one stands in another's place"),
        ("is", "asked/police-request-1.pkg", "sealed to another party"), ("as", "police", "police is not linker"), STRANGER, ENDED, EARLY)),
    Artefact("ledger", "released", "ledger", RELEASE + "tables.json --approval tables.approval -o more", (
        ("is", "linker/identity.log", "ledger"), ("lost", "", "lacks a release"), ("as", "linker", "linker is not analyst"), STRANGER, ENDED, EARLY)),
    Artefact("request for a release", "released", "rows.request", "approve rows.request --draft rows.draft/draft.json -o more {checker}", (
        ("is", "police/identity.card", "rows.request"), ("as", "analyst", "analyst is not output-checker"),
        STRANGER, ENDED, EARLY)),
    Artefact("draft of a release", "released", "rows.draft/draft.json",
             "approve rows.request --draft rows.draft/draft.json -o more {checker}", (
                 ("is", "tables.draft/draft.json", "not the draft that the request is for"),
                 ("as", "analyst", "analyst is not output-checker"), STRANGER, ENDED, EARLY)),
    Artefact("approval", "released", "rows.approval", RELEASE + "rows.json --approval rows.approval -o more", (
        ("is", "rows.request", "rows.approval"), ("as", "checker", "checker is not analyst"), STRANGER, ENDED, EARLY)),
    Artefact("audit log", "late", "police/identity.log", "log verify police police-2.receipt", (
        ("is", "linker/identity.log", "entry 1"), ("is", "analyst/identity.card", "identity.log"), ("lost", "", "tail was cut"))),
    Artefact("audit log in use", "sent", "police/identity.log", ENCODE % ("police", "police", "police"), (
        ("is", "health/identity.log", "entry 1"), ("as", "linker", "linker is not (a )?data.owner"), STRANGER, ENDED, EARLY), cuts=False),
    Artefact("linkage key", "sent", "police.key", ENCODE % ("police", "police", "police"), (
        ("is", "other.key", "has another key"), ("is", "schema.json", "police.key"))),
    Artefact("identity's keys", "sent", "police/identity.key", ENCODE % ("police", "police", "police"), (
        ("is", "health/identity.key", "identity.key"), ("is", "police.key", "identity.key"))),
    Artefact("unsealing key", "sent", "a.json.03.unseal", INGEST % "police-1-linkage.pkg", (
        ("is", "a.json.04.unseal", "a.json.03.unseal"), ("is", "b.json.03.unseal", "a.json.03.unseal"))),
]


def damage(data, cuts, draw):
    """A way to harm the bytes, and what becomes of them."""
    way = draw.choice(("flip", "flip", "longer", "overwritten", "moved") + ("cut",) * cuts)
    new, n = bytearray(data), len(data)
    at = draw.randrange(n)
    if way == "flip":
        new[at] ^= 1 << draw.randrange(8)
    elif way == "cut":
        del new[at:]
    elif way == "longer":
        new[at:at] = draw.randbytes(draw.randrange(1, 9))
    elif way == "overwritten":
        new[at:at + 16] = draw.randbytes(min(16, n - at))
    else:
        to = draw.randrange(n)
        new[at:at + 16], new[to:to + 16] = new[to:to + 16], new[at:at + 16]
    return "%s at %d" % (way, at), bytes(new)


def changes(a, here, draw):
    """(way, bytes or None, command, days, words) of every change to try."""
    data = read(os.path.join(here, a.file))
    for way, what, say in a.lies:
        new = read(os.path.join(here, what)) if way == "is" else None if way == "lost" else data
        command = re.sub(r"\{\w+\}", "{%s}" % what, a.command) if way == "as" else what if way == "run" else a.command
        yield "%s %s" % (way, what), new, command, what if way == "on" else 0, say
    done = len(a.lies)
    while done < EACH or done < len(a.lies) + 3:
        way, new = damage(data, a.cuts, draw)
        if new != data:
            done += 1
            yield way, new, a.command, 0, ""


def refused(a, here, change):
    """What is wrong with how a change is taken, or None."""
    way, new, command, days, say = change
    path = os.path.join(here, a.file)
    kept = path + ".kept"
    os.rename(path, kept)
    if new is not None:
        write(path, new)
        os.chmod(path, os.stat(kept).st_mode)
    before = rig.snapshot(here)
    r = rig.run(here, words(command), clock=rig.NOW + days * DAY, seed=7)
    after = rig.snapshot(here)
    os.rename(kept, path)
    error = next((line for line in r.err.splitlines() if line.startswith("tally: error: ")), "")
    if r.exit not in (4, 5):
        return "exit %d: %s" % (r.exit, error)
    if before != after:
        return "touched " + " ".join(sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n)))
    if not re.search(say, r.err):
        return "does not say '%s': %s" % (say, r.err)
    if not error or (not say and any(re.search(other, error) for how, _, other in a.lies if how in ("as", "on"))):
        return "the error of another way: " + r.err
    return None


def check(a, root):
    """All changes of an artefact: how many, and what was wrong."""
    here, wrong, n = os.path.join(root, "here"), [], 0
    shutil.copytree(os.path.join(root, a.stage), here)
    draw = random.Random(a.name)
    for change in changes(a, here, draw):
        fault = refused(a, here, change)
        n += 1
        if fault is not None:
            wrong.append("%s, %s: %s" % (a.name, change[0], fault))
            shutil.rmtree(here)
            shutil.copytree(os.path.join(root, a.stage), here)
    r = rig.run(here, words(a.command), seed=7)  # and what was not changed is taken
    if r.exit != a.exit:
        wrong.append("%s, as it is: exit %d: %s" % (a.name, r.exit, r.err))
    shutil.rmtree(here)
    return n, wrong


def main():
    rig.need_shim()
    only = sys.argv[1:]
    with tempfile.TemporaryDirectory() as root:
        world(root)
        total, wrong = 0, []
        for a in ARTEFACTS:
            if not only or a.name in only:
                n, faults = check(a, root)
                total += n
                wrong += faults
                print("%s: %d changes, %d wrong" % (a.name, n, len(faults)), flush=True)
        print("\n".join(wrong + ["%d changes of %d artefacts" % (total, len(ARTEFACTS))]))
    return 1 if wrong or total == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
