"""The seeds of tests/fuzz/corpus from the files that corpus.sh made in a folder.

usage: corpus.py FOLDER CORPUS
SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import struct
import sys

work, corpus = sys.argv[1:]
CUT = b"\x01\xfe\x01"


def read(name):
    with open(os.path.join(work, name), "rb") as f:
        return f.read()


def put(target, name, data):
    os.makedirs(os.path.join(corpus, target), exist_ok=True)
    with open(os.path.join(corpus, target, name), "wb") as f:
        f.write(data)


def undigested(data):
    """A container whose digests are zero."""
    data = bytearray(data)
    n = struct.unpack_from("<I", data, 24)[0]
    for i in range(n):
        data[64 + 64 * i + 24 : 64 + 64 * i + 56] = bytes(32)
    data[64 + 64 * n : 64 + 64 * n + 32] = bytes(32)
    return bytes(data)


def package(data, content, last=1, more=0, padding=bytes(5)):
    """A package as the stand-ins open it: the real manifest, the content in clear."""
    n = struct.unpack_from("<I", data, 12)[0]
    front = data[: 48 + n + 24]
    chunk = bytes([last]) + bytes(16) + struct.pack("<Q", len(content) + more) + content + padding
    return front + chunk + bytes(64)


def lying_packages(data):
    """By name: its end is missing, its seal is broken, it is shorter than it says, it hides bytes, it is
    too short to say how long it is, its manifest is longer than any."""
    whole = package(data, b"content")
    return {
        "unended": package(data, b"content", last=0),
        "unsealed": package(data, b"content", last=0xEE),
        "longer": package(data, b"content", more=100),
        "hidden": package(data, b"content", padding=b"hides"),
        "short": whole[:-64][: -len(b"content") - 5 - 5] + bytes(64),
        "manifest": whole[:12] + struct.pack("<I", 1 << 20) + whole[16:],
    }


def part(number, count, content):
    head = b"TALLYPRT" + struct.pack("<III", 1, number, count) + b"N" * 16
    return head + struct.pack("<Q", len(content)) + content + bytes(32)


for name in ("plain.enc", "views.enc", "standard.enc"):
    put("enc", name, undigested(read(name)))
put("payload", "plain.pay", undigested(read("plain.pay")))
put("linkmap", "plain.map", undigested(read("plain.map")))
for name in ("standard", "strict", "plain", "group", "rbf", "views"):
    # Short, without blanks: the mutator's bytes go where they count.
    put("schema", name, json.dumps(json.loads(read(name + ".json")), separators=(",", ":")).encode())
agreement = json.dumps(json.loads(read("a.json")), separators=(",", ":")).encode()
put("agreement", "whole", agreement)
more = json.loads(agreement)
more["match"] |= {"assign": "many", "second_round": {"requests_max": 3, "records_max": 500}}
more["exceptions"] = [{"rule": "unhardened", "why": "as decided by the board"}]
put("agreement", "second-round", json.dumps(more, separators=(",", ":")).encode())
for kind in ("linkage", "payload"):
    name = f"out/police-1-{kind}.pkg"
    content = undigested(read("plain.enc" if kind == "linkage" else "plain.pay"))
    put("package", kind, package(read(name), content[:200]))
for name, data in lying_packages(read("out/police-1-linkage.pkg")).items():
    put("package", name, data)
put("parts", "one", part(1, 1, b"whole"))
put("parts", "two", part(2, 2, b"end") + CUT + part(1, 2, b"beginning"))
put("parts", "not", b"TALLYPKG")

put("sheet", "plain", b"\0" + read("plain.sheet"))
put("sheet", "signed", b"\0" + read("out/police-1-sheet.json"))
put("sheet", "texts", b"\1# in words\npopulation = all pupils\nperiod = 2024\nrecorded = at school\ncleaned = no\n")
PAPERS = ["card", "rotation", "revocation", "agreement", "commitment", "contribution", "ceremony", "share", "destruction", "receipt"]
found = {
    "card": "police/identity.card",
    "agreement": "a.json.01.sig",
    "commitment": "a.json.01.commitment",
    "contribution": "a.json.01.contribution",
    "ceremony": "a.json.01.ceremony",
    "destruction": "destroyed",
    "receipt": "receipt",
}
for kind, name in found.items():
    put("paper", kind, bytes([PAPERS.index(kind)]) + read(name))
put("paper", "share", bytes([7]) + read("shares/share-01") + CUT + read("shares/share-02"))
trailer = b"\nsignature " + b"0" * 64 + b" " + b"0" * 128 + b"\n"
for kind, body in (
    ("rotation", {"old": "0" * 64, "new": "0" * 64, "from": "2026-11-22"}),
    ("revocation", {"card": "0" * 64, "from": "2026-11-22"}),
):
    body = {"tallystick": kind, "version": 1, **body}
    put("paper", kind, bytes([PAPERS.index(kind)]) + json.dumps(body).encode() + trailer)

# "previous" is the digest of the line before: zero here.
lines = []
for line in (read("police/identity.log") + read("linker/identity.log")).splitlines()[:4]:
    text, signature = line.rsplit(b" ", 1)
    entry = json.loads(text)
    entry["previous"] = "0" * 64
    lines.append(json.dumps(entry, separators=(",", ":"), sort_keys=True).encode() + b" " + signature)
put("log", "four", b"\n".join(lines) + b"\n")
put("log", "unfinished", lines[0] + b"\n" + lines[1][:50])

put("keyfile", "linkage", b"\0" + b"\n".join(read("key").splitlines()[:3]) + b"\ncheck " + b"0" * 16 + b"\n")
put("keyfile", "box", b"\1tallystick identity 1\n# Keep this file secret\nbox 01000000" + b"08000000" + b"0" * 240 + b"\n")
put("keyfile", "real", b"\1" + read("police/identity.key"))
put("pairs", "binary", b"\0" + read("pairs.bin"))
put("pairs", "small", b"\0" + bytes([2, 1, 1, 0]) + b"\0\x3c\0\1\2\3")
put("pairs", "csv", b"\1source_a,record_a,source_b,record_b,score\n0,0,1,0,1\n0,1,1,2,0.5\n")
put("raw", "two", struct.pack("<H", 12) + b"\xff\x0f\x01\x02")
put("raw", "filters", struct.pack("<H", 1024) + bytes(range(256)))
links = read("links.csv")
put("links", "pairs", links + CUT + b"id_1,id_2\n1,1\n2,2\n")
put("links", "sources", links + CUT + b"source,id,ent_id\nplain,1,A\nother,1,A\nplain,2,B\nother,2,C\n"
    + CUT + b"source,id,sex\nplain,1,f\nother,1,f\nplain,2,m\n"
    + CUT + b"source_a,id_a,source_b,id_b\nplain,1,other,1\n")
put("links", "persons", b"source_a,id_a,source_b,id_b,score\ns,1,s,2,0.9\n" + CUT + b"id,ent_id\n1,A\n2,A\n3,B\n" + CUT + b"id,sex\n1,f\n")
put("csv", "plain", b"\0" + read("people.csv"))
put("csv", "semicolons", b"\0\xef\xbb\xbfa;b;c\r\n1;\"2\r\n\";3\r\n\r\n;;\r\n")
put("csv", "windows", b"\4na\xefve,b\n\x93q\x94,\x80\n")
put("csv", "tab", b"\x23title\t\n\na\tb\n1\t\"x\"\"y\"\n")
put("csv", "utf16", b"\0\xff\xfea\0,\0b\0\n\0")
put("csv", "headless", b"\x081,2\r3,4")
put("mapping", "plain", b"forename = forename\nsurname = surname\ndate_of_birth = dob [dmy 1930]\nsex = sex\npostcode = postcode\n")
put("mapping", "all", b"# all\nforename = forename | aka [split ;]\nsurname = surname [before ,] # x\ndate_of_birth = dob + sex + spare [mdy]\nsex = -\npostcode = postcode [after -]\n")
put("mapping", "header", b"forename = First\nsurname = -\ndate_of_birth = d + m + y\nsex = -\npostcode = pc\n" + CUT + b"First,d,m,y,pc\n")
put("tables", "ready", b"\0")
put("tables", "needs", json.dumps(json.loads(read("tables.json")), separators=(",", ":")).encode())
spec = json.loads(read("tables.json"))
put("tables", "short", json.dumps({**spec, "tables": spec["tables"][:1]}, separators=(",", ":")).encode())
entry = {"agreement": None, "at": "2026-11-22T00:00:00Z", "n": 1, "previous": "0" * 64, "profile": "ons", "rounding": 5,
         "spec": spec, "tables": [], "threshold": 10, "tool": "tallystick", "what": "released tables"}
put("ledger", "empty", b"")
put("ledger", "one", json.dumps(entry, separators=(",", ":"), sort_keys=True).encode() + b" unsigned\n")


def container(magic, kind, sections):
    """A container of (kind, bytes) with zero digests."""
    at = 64 + 64 * len(sections) + 64
    table, body = b"", b""
    for k, data in sections:
        table += struct.pack("<IIQQ", k, 0, at + len(body), len(data)) + bytes(40)
        body += data + bytes(-len(data) % 64)
    head = magic + struct.pack("<IIQI", 1, kind, at + len(body), len(sections))
    return head + bytes(36) + table + bytes(64) + body


ask = {"format": "tallystick review request", "version": 1, "status": "pseudonymised", "recipient": "data owner",
       "source": "police", "nonce": "ab" * 32, "agreement": "0" * 64, "schema": "0" * 64,
       "lists": [{"source": s, "records": 2, "digest": "0" * 64} for s in ("health", "police")]}
put("review", "two", container(b"TALLYASK", 4, [(1, json.dumps(ask).encode()), (2, b"A" * 16 + b"B" * 16)]))
put("canaries", "two", b"source,token,person\npolice," + b"01" * 16 + b",ann\nhealth," + b"0a" * 16 + b",ann\n")
put("canaries", "columns", b"person,x,token,source\nann,,00112233445566778899aabbccddeeff,police\n")
put("clks", "two", b'{"clks": ["//8AAAAAAAA=", "AAAAAAAAAAA="]}')
put("clks", "blocks", b'{"clks":[["AAA=","1","2"]]}')
put("clks", "spaced", b' {\n"clks" : [ "\\u0041AAAAAAAAAA=" ,"AAAAAAAAAAA="] }\n')
put("exclude", "ids", b"id\n1\n2\n")
put("exclude", "numbers", b"nhs_number,x\n9434765919,a\n123,b\n")
put("exclude", "bare", b"4\n5\n6\n")
put("normalise", "forename", bytes([0, 0]) + "Siân-Marie O’Neil (née Łukasz)".encode())
put("normalise", "date", bytes([3, 4]) + b"31/12/99")
put("normalise", "date-words", bytes([3, 0]) + b"3rd September 2001")
put("normalise", "sex", bytes([4, 0]) + b"female")
put("normalise", "postcode", bytes([5, 0]) + b"sw1a 1aa")
put("normalise", "address", bytes([6, 0]) + b"Flat 2, 10-12 St. Mary's Rd, Leeds LS1 4AP")
for i, text in enumerate((b"943 476 5919", b"0101010008", b"H801200001001", b"1000000000", b"1999/1234567X", b"QQ123456C", b"+44 (0)113 496 0000", b"a.b+c@Example.org", b"-12", b"red", b"Some text")):
    put("normalise", f"type{7 + i}", bytes([7 + i, 0]) + text)

FEATURES = [
    {"identifier": "INDEX", "ignored": True},
    {"identifier": "name", "format": {"type": "string", "encoding": "utf-8", "case": "mixed", "maxLength": 30},
     "hashing": {"comparison": {"type": "ngram", "n": 2}, "strategy": {"bitsPerFeature": 100}, "hash": {"type": "blakeHash"}}},
    {"identifier": "dob", "format": {"type": "date", "format": "%Y/%m/%d"},
     "hashing": {"comparison": {"type": "ngram", "n": 1, "positional": True}, "strategy": {"bitsPerToken": 10}}},
    {"identifier": "sex", "format": {"type": "enum", "values": ["M", "F"]},
     "hashing": {"comparison": {"type": "exact"}, "strategy": {"bitsPerFeature": 50}, "missingValue": {"sentinel": "", "replaceWith": "X"}}},
    {"identifier": "age", "format": {"type": "integer", "minimum": 0, "maximum": 150},
     "hashing": {"comparison": {"type": "numeric", "thresholdDistance": 5, "resolution": 2}, "strategy": {"bitsPerFeature": 50}}},
    {"identifier": "code", "format": {"type": "string", "encoding": "ascii", "pattern": "[A-Z]{2}[0-9]+"},
     "hashing": {"comparison": {"type": "ngram", "n": 2}, "strategy": {"bitsPerToken": 5}}},
]
V3 = {"version": 3, "clkConfig": {"l": 1024, "xor_folds": 1, "kdf": {"type": "HKDF", "hash": "SHA256", "salt": "c2FsdA==", "info": "aW5mbw==", "keySize": 64}}, "features": FEATURES}
V1 = {"version": 1, "clkConfig": {"l": 1024, "k": 30, "kdf": {"type": "HKDF", "hash": "SHA256", "salt": "c2FsdA==", "info": "aW5mbw==", "keySize": 64}, "hash": {"type": "doubleHash"}},
      "features": [{"identifier": "name", "format": {"type": "string", "encoding": "utf-8", "case": "mixed"}, "hashing": {"ngram": 2, "weight": 1}}]}
V2 = {"version": 2, "clkConfig": {"l": 1024, "kdf": {"type": "HKDF", "hash": "SHA512", "keySize": 64}},
      "features": [{"identifier": "name", "format": {"type": "string", "encoding": "utf-8"}, "hashing": {"ngram": 2, "k": 30, "hash": {"type": "doubleHash", "prevent_singularity": True}}}]}
for name, s in (("v1", V1), ("v2", V2), ("v3", V3)):
    put("clkhash", name, json.dumps(s, separators=(",", ":")).encode())
for i, cell in ((1, "Siân"), (2, "1999/12/31"), (3, "F"), (4, "-007"), (5, "AB12")):
    s = {**V3, "features": [FEATURES[i]]}
    put("clkhash_cell", f"feature{i}", json.dumps(s, separators=(",", ":")).encode() + CUT + cell.encode())

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = f'''<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row><row r="2" hidden="1"><c r="A2" s="1"><v>36526</v></c><c r="B2"><v>1.5E3</v></c></row><row r="3"><c r="A3" t="b"><v>1</v></c><c r="B3" t="e"><v>#N/A</v></c></row><row r="5"><c r="A5" s="2"><v>12</v></c><c r="B5" t="str"><f>A1</f><v>x</v></c></row></sheetData></worksheet>'''
BOOK = f'<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr date1904="1"/><sheets><sheet name="Ag" sheetId="2" state="hidden" r:id="rId1"/><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>'
STRINGS = f'<sst xmlns="{MAIN}" count="1" uniqueCount="1"><si><r><t>na</t></r><r><t xml:space="preserve">me_x0041_ </t></r></si></sst>'
STYLES = f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy h:mm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>'
put("xlsx", "parts", CUT.join(x.encode() for x in (SHEET, BOOK, STRINGS, STYLES)))
put("xlsx", "sheet", SHEET.replace(' t="s"', "").encode() + CUT + CUT + CUT + STYLES.encode())

# A spec and ledgers as small as they can be and still hold every part.
events = [
    {"name": "e", "source": "p", "date": "d", "where": [{"column": "c", "in": ["v"]}]},
    {"name": "f", "source": "h", "date": "d", "where": [{"column": "n", "from": 1}]},
]
dimensions = [
    {"name": "a", "column": "area", "levels": "found"},
    {"name": "b", "column": "age", "levels": ["x", "y"], "other": "z"},
    {"name": "m", "column": "d", "levels": "found", "characters": 4},
    {"name": "k", "groups": ["g"], "other": "o"},
]
tables = [
    {"name": "t-1", "title": "t", "count": "records", "event": "e", "by": ["a", "m", "b"]},
    {"name": "t-2", "title": "t", "count": "people", "event": "e", "by": ["k"]},
]
spec = {"tallystick": "tables", "version": 1, "name": "s", "title": "t", "events": events,
        "groups": [{"name": "g", "people": {"seen": "f", "before": "e"}}], "dimensions": dimensions, "tables": tables}
put("tables", "small", json.dumps(spec, separators=(",", ":")).encode())


def released(spec, counts):
    return json.dumps({**entry, "spec": spec, "tables": counts}, separators=(",", ":")).encode() + b" unsigned\n"


counts = [{"levels": [["u"]], "shown": [10, None]}, {"levels": [["g"]], "shown": [None, 20]}]
note = {"agreement": None, "at": entry["at"], "n": 2, "previous": entry["previous"], "tool": "tallystick", "what": "x"}
two = {**spec, "dimensions": [dimensions[0], dimensions[3]], "tables": [{**tables[0], "by": ["a"]}, tables[1]]}
put("ledger", "two", released(two, counts) + json.dumps(note, separators=(",", ":")).encode() + b" unsigned\n")
del two["groups"]
one = {**two, "events": [{"name": "e", "source": "p"}], "dimensions": dimensions[:1], "tables": two["tables"][:1]}
put("ledger", "small", released(one, counts[:1]))
