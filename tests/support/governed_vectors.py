"""The worked example of the governed formats, tests/vectors/governed/. 'make' has the tool write its files anew from fixed
inputs. 'check' reads every vector of vectors.txt with the tool and with the second reader, and holds both against its
'expect'; then it holds the dumps on the pages of docs/protocols/ against the files.
SPDX-License-Identifier: Apache-2.0"""
import base64
import calendar
import functools
import os
import re
import shutil
import sqlite3
import struct
import sys
import tempfile
import time

import package_reader as reader
import rig

HERE = "tests/vectors/governed"

PARTIES = ("police", "health", "linker", "analyst")
ROWS = {"police": "id,forename,surname,date_of_birth,sex,postcode,offence\np1,Ann,Example,1990-04-01,F,LS1 4AP,theft\n"
        "p2,Bob,Sample,1985-12-24,M,LS2 9JT,assault\n",
        "health": "id,forename,surname,date_of_birth,sex,postcode,visit\nh1,Ann,Example,1990-04-01,F,LS1 4AP,injury\n"
        "h2,Carl,Specimen,2001-07-30,M,LS6 2AB,review\n"}

TABLES = """{"tallystick": "tables", "version": 1, "name": "few", "title": "Visits",
"events": [{"name": "visit", "source": "health"}],
"dimensions": [{"name": "kind", "column": "visit", "levels": "found"}],
"tables": [{"name": "by-kind", "title": "Visits by kind", "count": "records", "event": "visit", "by": ["kind"]}]}
"""
ME = " --agreement %s --identity %s --passphrase-fd {pass}"
COHORT = "cohort --linkmap %s --payload police-1-payload.pkg,health-1-payload.pkg -o cohort.db" + ME
RELEASE = "release --cohort cohort.db --tables tables.json --ledger %s --force" + ME
APPROVE = "approve asked --draft draft/draft.json -o approved" + ME


def run(world, line, seed):
    rig.must(world, [a.replace("_", " ") if a.startswith("Northshire") else a for a in line.split()], seed=seed, pwhash=None)


def agree(world, name, seed):
    run(world, "agreement draft police=data-owner+output-checker health=data-owner linker=linker analyst=analyst+convenor --schema "
        "schema.json --reference %s --payload police:offence;health:visit -o %s.json" % (name, name), seed)
    path = os.path.join(world, name + ".json")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for part in text.split('"'):
        if part.startswith("STATE "):
            text = text.replace(part, "as decided by the board")
    text = text.replace('"assign": "one-to-one"', '"assign": "one-to-one", "second_round": {"requests_max": 2, "records_max": 100}')
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    for i, p in enumerate(PARTIES):
        run(world, "agreement sign %s.json --identity %s --passphrase-fd {pass}" % (name, p), seed + i)


def make(world):
    os.makedirs(os.path.join(world, "tmp"))
    for i, p in enumerate(PARTIES):
        run(world, "identity new Northshire_%s --kind %s -o %s --passphrase-fd {pass}" % (p, p, p), 100 + i)
    run(world, "schema new --fields forename,surname,date_of_birth,sex,postcode --profile standard -o schema.json", 1)
    agree(world, "first", 200)
    agree(world, "second", 210)
    me = ME % ("first.json", "%s")
    for i, p in enumerate(ROWS):
        run(world, "key commit" + me % p, 310 + i)
    early = contents(world, "first.json.02.commitment")
    run(world, "key commit --force" + me % "health", 315)
    for i, p in enumerate(ROWS):
        run(world, "key contribute" + me % p, 320 + i)
    secret = contents(world, "first.json.01.secret")
    for i, p in enumerate(ROWS):
        run(world, "key combine -o %s.key" % p + me % p, 330 + i)
    put(world, "early.commitment", early)
    put(world, "first.json.01.secret", secret)
    for i, p in enumerate(ROWS):
        with open(os.path.join(world, p + ".csv"), "w", encoding="utf-8") as f:
            f.write(ROWS[p])
        run(world, "encode %s.csv --key %s.key --record-id id --threads 1 -o ." % (p, p) + me % p, 400 + i)
        run(world, "ingest %s-1-linkage.pkg --store run.db" % p + me % "linker", 500 + i)
    run(world, "link --store run.db --threads 1 -o links.pkg" + me % "linker", 600)
    run(world, COHORT % ("links.pkg", "first.json", "analyst"), 700)
    with open(os.path.join(world, "tables.json"), "w", encoding="utf-8") as f:
        f.write(TABLES)
    release = RELEASE % ("released.ledger", "first.json", "analyst")
    run(world, release + " --request asked -o draft", 708)
    run(world, APPROVE % ("first.json", "police"), 709)
    for i in range(2):
        run(world, release + " --approval approved -o tables", 710 + i)
    for i, p in enumerate(ROWS):
        run(world, "identity revoke %s -o %s.revoked --passphrase-fd {pass}" % (p, p), 720 + i)
        for n, part in enumerate(reader.cut_parts(contents(world, p + "-1-linkage.pkg"), 1000, bytes([i + 1]) * 16), 1):
            put(world, "%s-1-linkage.pkg.part-%04d" % (p, n), part)
    ask(world)


def contents(world, name):
    with open(os.path.join(world, name), "rb") as f:
        return f.read()


def put(world, name, data):
    with open(os.path.join(world, name), "wb") as f:
        f.write(data)


def ask(world):
    """A request of a second round, written by the second writer: so few records have no uncertain pair. One of the two tokens
    asked of police is of nobody."""
    second = Second(world, "first.json", "2030-03-17")
    second.agreement()
    tokens = sorted([bytes.fromhex(contents(world, "police-1-tokens.csv").split()[1].split(b",")[1].decode()), b"\x5a" * 16])
    manifest, _ = second.package("police-1-linkage.pkg", "linker", "linkage part")
    lists = [{"digest": reader.b2(t).hex(), "records": len(t) // 16, "source": p} for p, t in (("health", b"\x33" * 16),
                                                                                         ("police", b"".join(tokens)))]
    meta = {"agreement": manifest["agreement"], "format": "tallystick review request", "lists": lists, "nonce": "11" * 32,
            "recipient": "data owner", "schema": second.schema(), "source": "police", "status": "pseudonymised", "version": 1}
    text = reader.json.dumps(meta, separators=(",", ":"), sort_keys=True).encode()
    content = reader.container(b"TALLYASK", 4, [(1, text), (2, b"".join(tokens))])
    manifest |= {"kind": "review request", "from": second.parties["linker"]["card"], "for": second.parties["police"]["card"],
                 "delivery": 1, "records_at_most": len(tokens), "key_check": "00" * 8, "source": ""}
    del manifest["sealed_key"]
    said, _, _ = reader.paper(os.path.join(world, "first.json.01.sig"), "agreement")
    seed, _ = reader.identity(os.path.join(world, "linker"), rig.PASSPHRASE.encode())
    put(world, "police-request-1.pkg", reader.forge(manifest, content, seed, bytes.fromhex(said["seal"])))


@functools.cache
def secret_of(box, agreement):
    """The secret to a party's seal, once for all vectors: the box takes long to open, as it should."""
    with tempfile.NamedTemporaryFile() as f:
        f.write(box)
        f.flush()
        return reader.unseal_key(f.name, agreement, rig.PASSPHRASE.encode())


@functools.cache
def own_secret(box, agreement):
    with tempfile.NamedTemporaryFile() as f:
        f.write(box)
        f.flush()
        return reader.own_opening(f.name, agreement, rig.PASSPHRASE.encode())


def kept(name):
    """Whether a file of the making is one that readers need."""
    return re.fullmatch(r"(police|health|linker|analyst)/identity\.card|(police|linker|analyst)/identity\.(key|log)|"
                        r"first\.json(\.0\d\.(sig|commitment|contribution|ceremony)|\.0[134]\.unseal|\.01\.secret)?|"
                        r"second\.json(\.0\d\.sig|\.03\.unseal)?|early\.commitment|(police|health)\.revoked|police\.(key|csv)|"
                        r"[a-z0-9-]*\.pkg(\.part-\d+)?|police-1\.receipt|police-1-(sheet\.json|tokens\.csv)|"
                        r"tables\.json|released\.ledger", name)


def keep(world):
    shutil.move(os.path.join(world, "run.db.deliveries/police-1.receipt"), world)
    for name in sorted(rig.snapshot(world)):
        if not kept(name):
            continue
        to = os.path.join(HERE, name)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        with open(os.path.join(world, name), "rb") as f:
            data = f.read()
        if ".pkg" in name:
            to, data = to + ".b64", base64.encodebytes(data)
        with open(to, "wb") as f:
            f.write(data)


def unpack(world):
    """A world with the files of the example, packages as they are sent."""
    shutil.copytree(HERE, world)
    os.mkdir(os.path.join(world, "tmp"))
    for name in list(rig.snapshot(world)):
        path = os.path.join(world, name)
        if name.endswith(".b64"):
            with open(path, "rb") as f, open(path[:-4], "wb") as to:
                to.write(base64.decodebytes(f.read()))
        elif name.endswith((".key", ".unseal", ".secret", "tokens.csv")):
            os.chmod(path, 0o600)


def vectors():
    """The stanzas of vectors.txt: lists of (name, value)."""
    with open(os.path.join(HERE, "vectors.txt"), encoding="utf-8") as f:
        for stanza in f.read().split("\n\n"):
            lines = [line.split(": ", 1) for line in stanza.splitlines() if not line.startswith("#")]
            if lines:
                yield lines


def change(world, line):
    """FILE flip OFFSET | cut BYTES | is OTHER | lost | swap LINE LINE | drop LINE: to a file of the world."""
    name, how, *n = line.split()
    path = os.path.join(world, name)
    if how == "lost":
        os.remove(path)
        return
    with open(os.path.join(world, n[0]) if how == "is" else path, "rb") as f:
        data = bytearray(f.read())
    lines = data.splitlines(True)
    if how == "flip":
        data[int(n[0])] ^= 1
    elif how == "cut":
        del data[-int(n[0]):]
    elif how == "swap":
        a, b = int(n[0]) - 1, int(n[1]) - 1
        lines[a], lines[b] = lines[b], lines[a]
        data = b"".join(lines)
    elif how == "drop":
        del lines[int(n[0]) - 1]
        data = b"".join(lines)
    elif how != "is":
        raise ValueError("no such change: " + line)
    with open(path, "wb") as f:
        f.write(data)


class Refused(Exception):
    """The second reader refuses, by the name of the error."""


def must(holds, name):
    if not holds:
        raise Refused(name)


def sound(call, *args):
    """What the call gives; bytes that are wrong are 'corrupt'."""
    try:
        return call(*args)
    except (AssertionError, ValueError, KeyError, struct.error) as e:
        raise Refused("corrupt") from e


class Second:
    """The second reader, in a world."""

    def __init__(self, world, agreement, day):
        self.at = lambda *parts: os.path.join(world, *parts)
        self.name, self.day, self.taken = agreement, day, set()
        secret = agreement + ".01.secret"  # the tool wipes it
        self.secret = self.bytes(secret) if os.path.exists(self.at(secret)) else None

    def bytes(self, name):
        with open(self.at(name), "rb") as f:
            return f.read()

    def agreement(self, _=None):
        """In force: every party's signature is there, over these bytes, by the key and card that it names; and the day."""
        text, signed_by = self.bytes(self.name), []
        for i in range(1, len(PARTIES) + 1):
            must(os.path.exists(self.at("%s.%02d.sig" % (self.name, i))), "refused")
            said, key, _ = sound(reader.paper, self.at("%s.%02d.sig" % (self.name, i)), "agreement")
            must(said["agreement"] == reader.b2(text).hex(), "corrupt")
            signed_by.append((said["party"], said["card"], key.hex()))
        parsed = sound(reader.json.loads, text)
        must(signed_by == [(p["name"], p["card"], p["sign"]) for p in parsed["parties"]], "key")
        self.parties = {p["name"].split()[-1]: p for p in parsed["parties"]}
        for i, p in enumerate(parsed["parties"], 1):
            revoked = self.at("%s.%02d.revoked" % (self.name, i))
            if os.path.exists(revoked):
                said, key, _ = sound(reader.paper, revoked, "revocation")
                must(key.hex() == p["sign"] and said["card"] == p["card"], "key")
                raise Refused("refused")
        must(parsed["dates"]["starts"] <= self.day <= parsed["dates"]["expires"], "refused")
        return "in force"

    def package(self, name, me, kind, sender=None):
        self.agreement()
        data, text = self.bytes(name), self.bytes(self.name)
        manifest, key, _, _ = sound(reader.package, data)
        must(manifest["agreement"] == reader.b2(text).hex(), "refused")
        by = [p for p in self.parties.values() if p["card"] == manifest["from"]]
        must(by and by[0]["sign"] == key.hex() and manifest["for"] == self.parties[me]["card"], "key")
        must(manifest["kind"] == kind, "refused")
        must((key, manifest["delivery"]) not in self.taken, "refused")
        self.taken.add((key, manifest["delivery"]))
        box = self.bytes("%s.%02d.unseal" % (self.name, PARTIES.index(me) + 1))
        content = sound(reader.open_package, data, secret_of(box, text))[2]
        return manifest, content

    def schema(self):
        """The digest of the schema that was linked on."""
        return reader.json.loads(self.bytes("police-1-sheet.json").rpartition(b"\nsignature ")[0])["schema_digest"]

    def parts(self, name):
        """All parts that lie beside the first make the package up."""
        found = sorted(n for n in os.listdir(self.at()) if n.startswith(name + ".part-") and not n.endswith(".b64"))
        data = [self.bytes(n) for n in found]
        for part in data:
            must(part[:8] == b"TALLYPRT" and reader.b2(part[:-32]) == part[-32:], "corrupt")
        numbers = [struct.unpack_from("<II", part, 12) for part in data]
        must(len({part[20:36] for part in data}) == 1 and len(set(numbers)) == len(numbers), "refused")
        put(self.at(), "joined.pkg", sound(reader.join_parts, data))
        try:
            return self.linkage("joined.pkg")
        finally:
            os.remove(self.at("joined.pkg"))

    def ceremony(self, _):
        """The key as police combines it."""
        self.agreement()
        text, owners = self.bytes(self.name), [self.parties[p] for p in ROWS]
        commitments, contributions = [], []
        for i, owner in enumerate(owners, 1):
            for kind, found in (("commitment", commitments), ("contribution", contributions)):
                path = self.at("%s.%02d.%s" % (self.name, i, kind))
                must(os.path.exists(path), "refused")
                said, key, digest = sound(reader.paper, path, kind)
                must(key.hex() == owner["sign"] and said["agreement"] == reader.b2(text).hex(), "key")
                found.append((said, digest))
        for said, _ in contributions:
            must([o["commitment"] for o in said["owners"]] == [d.hex() for _, d in commitments], "key")
        own, secret = own_secret(self.secret, text)
        openings = [own, sound(reader.open_answer, bytes.fromhex(contributions[1][0]["owners"][0]["sealed"]),
                               bytes.fromhex(commitments[1][0]["answer"]), secret)]
        for owner, opening, (said, _) in zip(owners, openings, commitments):
            must(said["value"] == reader.commitment_value(text, bytes.fromhex(owner["card"]), opening).hex(), "key")
        transcript = reader.b2(b"".join(d for _, d in commitments))
        key = reader.kdf(b"".join(o[:32] for o in openings), b"ceremony key", reader.b2(text).hex().encode(), transcript.hex().encode())
        check = reader.kdf(key, b"key check value")[:8].hex()
        record, _, _ = sound(reader.paper, self.at(self.name + ".02.ceremony"), "ceremony")
        must(record["check"] == check and record["transcript"] == transcript.hex(), "key")
        return "check " + check

    def answer(self, name):
        """How many of the records asked for the token map has: one that the log of police has the digest of."""
        manifest, content = self.package(name, "police", "review request")
        parts = sound(reader.sections, content)
        meta = sound(reader.json.loads, parts[1, 0])
        asked = [parts[2, 0][i:i + 16].hex() for i in range(0, len(parts[2, 0]), 16)]
        must(meta["agreement"] == manifest["agreement"] and meta["source"] == "police", "refused")
        must(reader.padme(len(asked)) == manifest["records_at_most"], "refused")
        tokens = self.bytes("police-1-tokens.csv")
        must(any(e["what"] == "kept token map" and e["digest"] == reader.b2(tokens).hex() for e in self.entries("police")), "corrupt")
        have = tokens.decode().split()
        return "%d of %d records" % (sum(any(line.endswith(a) for line in have) for a in asked), len(asked))

    def linkage(self, name):
        manifest, content = self.package(name, "linker", "linkage part")
        must(content[:8] == b"TALLYENC", "corrupt")
        return "%s, %d bytes, %s" % (manifest["source"], len(content), reader.b2(content).hex())

    def cohort(self, name):
        """People are the pseudonyms of records that have a payload row (docs/protocols/linkmap.md, cohort.md)."""
        _, content = self.package(name, "analyst", "link map")
        parts = sound(reader.sections, content)
        have = set()
        for p in ROWS:
            tokens = sound(reader.sections, self.package(p + "-1-payload.pkg", "analyst", "payload part")[1])[2, 0]
            have |= {tokens[i:i + 16] for i in range(0, len(tokens), 16)}
        people = set()
        for source in range(2):
            tokens, names = parts[2, source], parts[7, source]
            people |= {names[i:i + 16] for i in range(0, len(tokens), 16) if tokens[i:i + 16] in have}
        return "people " + " ".join(sorted(p.hex() for p in people))

    def card(self, name):
        card, key, digest = sound(reader.paper, self.at(name), "card")
        must(card["sign"] == key.hex(), "corrupt")
        return "%s, %s, key %s" % (card["name"], card["kind"], key.hex())

    def sheet(self, name):
        sheet, key, _ = sound(reader.paper, self.at(name), "provider sheet")
        return "%s, delivery %d, key %s" % (sheet["source"], sheet["delivery"], key.hex())

    def log(self, name):
        key = sound(reader.paper, self.at(name, "identity.card"), "card")[1]
        return "%d entries" % sound(reader.log, self.at(name, "identity.log"), key)[0]

    def ledger(self, name):
        """A chain of the analyst, which the analyst's log knows to the end."""
        self.log("analyst")
        key = sound(reader.paper, self.at("analyst/identity.card"), "card")[1]
        n, end = sound(reader.log, self.at(name), key, "ledger")
        released = [e for e in self.entries("analyst") if e["what"] == "released"]
        must(released[-1]["entry"] == n and released[-1]["ledger"] == end.hex(), "refused")
        return "%d releases" % n

    def entries(self, party):
        return [reader.json.loads(line.rpartition(b" ")[0]) for line in self.bytes(party + "/identity.log").splitlines()]

    def receipt(self, name):
        """The log tells of the package that the receipt is for."""
        said, by, _ = sound(reader.paper, self.at(name), "receipt")
        self.log("police")
        must(any(p["digest"] == said["package"] for e in self.entries("police") for p in e.get("packages", ())), "corrupt")
        return "agrees"


COMMANDS = {
    "agreement": "ingest police-1-linkage.pkg --store run.db" + ME,
    "linkage": "ingest %s --store run.db" + ME, "parts": "ingest %s.part-0001 --store run.db" + ME,
    "ceremony": "key combine -o %s --force" + ME,
    "answer": "encode police.csv --key police.key --record-id id --review %s --tokens police-1-tokens.csv -o answers" + ME,
    "cohort": COHORT, "ledger": RELEASE + " --dry-run",
    "card": "inspect --json %s", "sheet": "inspect --json %s", "log": "log verify %s", "receipt": "log verify police %s"}
EXITS = {"corrupt": 4, "key": 4, "refused": 5}


def tool_reads(world, kind, r):
    """What the tool has read, in the words of the second reader."""
    path = os.path.join(world, "run.db.deliveries/police-1.enc")
    said = r.out.decode() + r.err
    field = lambda name: re.search('"%s": "?([^",\n]*)' % name, said).group(1)
    if kind in ("linkage", "parts"):
        with open(path, "rb") as f:
            data = f.read()
        return "police, %d bytes, %s" % (len(data), reader.b2(data).hex())
    if kind == "ceremony":
        return "check " + re.search("check value: ([0-9a-f]+)", said).group(1)
    if kind == "answer":
        return "%s of %s records" % re.search("for ([0-9]+) of the ([0-9]+) records", said).groups()
    if kind == "cohort":
        db = sqlite3.connect(os.path.join(world, "cohort.db"))
        people = [row[0] for row in db.execute("SELECT pseudonym FROM person ORDER BY pseudonym")]
        db.close()
        return "people " + " ".join(people)
    if kind == "card":
        return "%s, %s, key %s" % (field("name"), field("kind"), field("signed_by_key"))
    if kind == "sheet":
        return "%s, delivery %s, key %s" % (field("source"), field("delivery"), field("signed_by_key"))
    if kind == "ledger":
        said = rig.run(world, ["inspect", "--json", "released.ledger"]).out.decode()
        return re.search('"entries": ([0-9]+)', said).group(1) + " releases"
    return {"agreement": "in force", "log": said.split(" of ")[0], "receipt": "agrees"}[kind]


def check_one(lines, world):
    unpack(world)
    v = dict(lines)
    kind, name = v["read"].split(" ", 1)
    agreement, day = v.get("agreement", "first.json"), v.get("day", "2030-03-17")
    if kind in ("agreement", "linkage", "parts"):
        os.remove(os.path.join(world, "linker/identity.log"))
    if kind == "ledger":
        run(world, COHORT % ("links.pkg", agreement, "analyst"), 800)
    for what, line in lines:
        if what == "change":
            change(world, line)
    who = {"cohort": "analyst", "ledger": "analyst", "ceremony": "police", "answer": "police"}.get(kind, "linker")
    command = COMMANDS[kind] % ({"agreement": ()}.get(kind, (name,)) + ((agreement, who) if ME in COMMANDS[kind] else ()))
    clock = calendar.timegm(time.strptime(day, "%Y-%m-%d")) + 64000
    second, seconds = Second(world, agreement, day), "ok "
    for _ in range(2 if "twice" in v else 1):
        before = rig.snapshot(world)
        r = rig.run(world, command.split(), clock=clock, pwhash=None)
        try:
            seconds = "ok " + getattr(second, kind)(name)
        except Refused as e:
            seconds = str(e)
    tools = "ok " + tool_reads(world, kind, r) if r.exit == 0 else "exit %d" % r.exit
    want = v["expect"]
    wrong = []
    if seconds != want:
        wrong.append("the second reader: " + seconds)
    if tools != (want if want.startswith("ok ") else "exit %d" % EXITS[want]) or not re.search(v.get("says", ""), r.err):
        wrong.append("the tool: %s: %s" % (tools, r.err.strip()))
    if r.exit != 0 and rig.snapshot(world) != before:
        wrong.append("the tool left something behind")
    return wrong


def dump(data, start, end):
    text = ""
    for at in range(start, end, 16):
        row = data[at:min(at + 16, end)]
        words = row[:8].hex() + (" " + row[8:].hex() if len(row) > 8 else "")
        text += "%06x  %s  %s\n" % (at, words, "".join(chr(b) if 32 <= b < 127 else "." for b in row))
    return text


def check_pages(world, mend=False):
    """After a line <!-- FILE START END --> a page has these bytes of the file in hexadecimal, after <!-- FILE --> its text."""
    wrong, found = [], 0
    second = Second(world, "first.json", "2030-03-17")
    with open(os.path.join(world, "links.map"), "wb") as f:
        f.write(second.package("links.pkg", "analyst", "link map")[1])
    for page in sorted(os.listdir("docs/protocols")):
        with open(os.path.join("docs/protocols", page), encoding="utf-8") as f:
            text = f.read()
        for m in re.finditer(r"<!-- (\S+\.\S+)(?: (\d+) (\d+))? -->\n```\n(.*?)```\n", text, re.S):
            data = second.bytes(m.group(1))
            is_ = dump(data, int(m.group(2)), min(int(m.group(3)), len(data))) if m.group(2) else data.decode()
            found += 1
            if is_ != m.group(4):
                wrong.append("docs/protocols/%s: %s is\n%s" % (page, m.group(1), is_))
                text = text.replace(m.group(0), m.group(0).replace("```\n%s```" % m.group(4), "```\n%s```" % is_))
        if mend:
            put("docs/protocols", page, text.encode())
    return wrong + ([] if found else ["docs/protocols has no worked example"])


def check(folder):
    wrong, n = [], 0
    for n, lines in enumerate(vectors(), 1):
        wrong += ["%s: %s" % (lines[0][1], w) for w in check_one(lines, os.path.join(folder, str(n)))]
    unpack(os.path.join(folder, "pages"))
    wrong += check_pages(os.path.join(folder, "pages"))
    print("\n".join(wrong + ["%d vectors" % n]))
    return 1 if wrong or n == 0 else 0


def main():
    rig.need_shim()
    with tempfile.TemporaryDirectory() as folder:
        if sys.argv[1] == "check":
            return check(folder)
        make(os.path.join(folder, "made"))
        keep(os.path.join(folder, "made"))
        unpack(os.path.join(folder, "pages"))
        check_pages(os.path.join(folder, "pages"), mend=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
