#!/usr/bin/env python3
"""A second, slow encoder for clkhash schemas, and a small set to compare with.

    python3 clkhash_reference.py NAME

writes NAME.csv, NAME.secret and, for each version of the schema, NAME.vN.json and
NAME.vN.clks.json. Written from docs/protocols/clkhash.md, on Python's own library.
SPDX-License-Identifier: Apache-2.0
"""
import base64
import csv
import datetime
import hashlib
import hmac
import json
import sys

PEOPLE = [
    ["id", "forename", "surname", "born", "age", "sex"],
    ["1", "Ann", "Lee", "1990-01-02", "34", "f"],
    ["2", "Zoë", "O'Neill-Ødegård", "1958-11-30", " 065 ", "m"],
    ["3", "", "王", "2001-2-3", "-1_0", "f"],
    ["4", "N/A", 'de "la" Cruz, Jr', "0999-12-31", "+7", "x"],
    ["5", "two\nlines", " padded ", "none", "120", "m"],
]
SECRET = "pässword ".encode()
KDF = {"type": "HKDF", "hash": "SHA512", "salt": "c2FsdCBvZiBvdXIgb3du", "keySize": 48}
FORMATS = {
    "forename": {"type": "string", "encoding": "utf-16", "maxLength": 20},
    "surname": {"type": "string", "pattern": r"[\w\s'\-\",]+"},
    "born": {"type": "date", "format": "%Y-%m-%d"},
    "age": {"type": "integer", "minimum": -20, "maximum": 120},
    "sex": {"type": "enum", "values": ["f", "m", "x"]},
}
MISSING = {"forename": {"sentinel": "N/A"}, "born": {"sentinel": "none", "replaceWith": "19000101"}}
DOUBLE = {"type": "doubleHash", "prevent_singularity": True}
BLAKE = {"type": "blakeHash"}


def features(hashing):
    """The columns, of which the first is ignored, each with its hashing."""
    out = [{"identifier": "id", "ignored": True}]
    for name, how in hashing.items():
        if name in MISSING:
            how = dict(how, missingValue=MISSING[name])
        out.append({"identifier": name, "format": FORMATS[name], "hashing": how})
    return out


def version_3():
    def ngram(n, positional=False):
        return {"type": "ngram", "n": n, "positional": positional}

    numeric = {"type": "numeric", "thresholdDistance": 2.5, "resolution": 3, "fractional_precision": 1}
    hashing = {
        "forename": (ngram(2), {"bitsPerFeature": 45}, BLAKE),
        "surname": (ngram(3), {"bitsPerToken": 70}, BLAKE),
        "born": (ngram(1, True), {"bitsPerToken": 4}, DOUBLE),
        "age": (numeric, {"bitsPerFeature": 30}, DOUBLE),
        "sex": ({"type": "exact"}, {"bitsPerToken": 9}, BLAKE),
    }
    listed = {k: {"comparison": c, "strategy": s, "hash": h} for k, (c, s, h) in hashing.items()}
    config = {"l": 256, "xor_folds": 2, "kdf": KDF}
    return {"version": 3, "clkConfig": config, "features": features(listed)}


def version_2():
    hashing = {
        "forename": {"ngram": 2, "strategy": {"k": 7}},
        "surname": {"ngram": 2, "strategy": {"numBits": 60}, "hash": {"type": "doubleHash"}},
        "born": {"ngram": 1, "positional": True, "strategy": {"k": 5}, "hash": DOUBLE},
        "age": {"ngram": 1, "strategy": {"numBits": 20}},
        "sex": {"ngram": 1, "strategy": {"k": 3}},
    }
    return {"version": 2, "clkConfig": {"l": 512, "kdf": KDF}, "features": features(hashing)}


def version_1():
    hashing = {
        "forename": {"ngram": 2, "weight": 0.5},
        "surname": {"ngram": 2, "weight": 0},
        "born": {"ngram": 1, "positional": True, "weight": 1.1},
        "age": {"ngram": 1},
        "sex": {"ngram": 1, "weight": 2},
    }
    config = {"l": 300, "k": 5, "hash": DOUBLE, "kdf": KDF}
    return {"version": 1, "clkConfig": config, "features": features(hashing)}


def newer(schema):
    """The comparison, strategy and hash of each feature, whatever the version."""
    for f in schema["features"]:
        h = f.get("hashing")
        if f.get("ignored") or h.get("weight") == 0:
            yield None
        elif schema["version"] == 3:
            yield h
        else:
            comparison = {"type": "ngram", "n": h["ngram"], "positional": h.get("positional", False)}
            if schema["version"] == 2:
                names = {"k": "bitsPerToken", "numBits": "bitsPerFeature"}
                strategy = {names[k]: v for k, v in h["strategy"].items()}
                hashed = h.get("hash", BLAKE)
            else:
                bits = round(h.get("weight", 1) * schema["clkConfig"]["k"])
                strategy, hashed = {"bitsPerToken": bits}, schema["clkConfig"]["hash"]
            yield dict(h, comparison=comparison, strategy=strategy, hash=hashed)


def hkdf(secret, kdf, length):
    name = kdf["hash"].lower()
    prk = hmac.new(base64.b64decode(kdf["salt"]), secret, name).digest()
    out = block = b""
    for i in range(1, 256):
        block = hmac.new(prk, block + bytes([i]), name).digest()
        out += block
    return out[:length]


def value(cell, feature):
    missing = feature["hashing"].get("missingValue")
    if missing and cell == missing["sentinel"]:
        return missing.get("replaceWith", cell)
    if feature["format"]["type"] == "integer":
        return str(int(cell))
    if feature["format"]["type"] == "date":
        day = datetime.datetime.strptime(cell, feature["format"]["format"])
        return f"{day.year}{day.month:02}{day.day:02}"
    return cell


def tokens(text, comparison):
    if text == "":
        return []
    if comparison["type"] == "exact":
        return [text]
    if comparison["type"] == "numeric":
        ten = 10 ** comparison["fractional_precision"]
        step, r = round(comparison["thresholdDistance"] * ten), comparison["resolution"]
        v = int(text) * ten * 2 * r
        rest = v % step
        v += -rest if 2 * rest < step else step - rest
        return [str(v + i * step) for i in range(-r, r + 1)]
    n = comparison["n"]
    padded = " " * (n - 1) + text + " " * (n - 1)
    grams = [padded[i : i + n] for i in range(len(padded) - n + 1)]
    return [f"{i} {g}" for i, g in enumerate(grams, 1)] if comparison["positional"] else grams


def positions(token, k, length, keys, how):
    if how["type"] == "blakeHash":
        words = b"".join(
            hashlib.blake2b(token, key=keys[0], salt=str(i).encode()).digest()
            for i in range((k + 31) // 32)
        )
        return [int.from_bytes(words[2 * j : 2 * j + 2], "little") % length for j in range(k)]

    def number(key, text, name):
        return int.from_bytes(hmac.new(key, text, name).digest(), "big") % length

    start, step, i = number(keys[0], token, "sha1"), number(keys[1], token, "md5"), 0
    while step == 0 and how.get("prevent_singularity"):
        step, i = number(keys[1], token + chr(i).encode(), "md5"), i + 1
    return [(start + j * step) % length for j in range(k)]


def encode(row, schema, keys):
    config = schema["clkConfig"]
    folds = config.get("xor_folds", 0)
    length = config["l"] << folds
    bits = [0] * length
    for i, (cell, f, how) in enumerate(zip(row, schema["features"], newer(schema))):
        if how is None:
            continue
        found = tokens(value(cell, f), how["comparison"])
        for t, token in enumerate(found):
            k = how["strategy"].get("bitsPerToken")
            if k is None:
                share, more = divmod(how["strategy"]["bitsPerFeature"], len(found))
                k = share + (t < more)
            text = token.encode(f["format"].get("encoding", "utf-8"))
            for p in positions(text, k, length, keys[2 * i : 2 * i + 2], how["hash"]):
                bits[p] = 1
    for _ in range(folds):
        half = len(bits) // 2
        bits = [a ^ b for a, b in zip(bits[:half], bits[half:])]
    bits += [0] * (-len(bits) % 8)
    packed = bytes(int("".join(map(str, bits[i : i + 8])), 2) for i in range(0, len(bits), 8))
    return base64.b64encode(packed).decode()


def main():
    name = sys.argv[1]
    with open(name + ".csv", "w", newline="", encoding="utf-8") as f:
        csv.writer(f).writerows(PEOPLE)
    with open(name + ".secret", "wb") as f:
        f.write(SECRET)
    for schema in (version_1(), version_2(), version_3()):
        size = KDF["keySize"]
        okm = hkdf(SECRET, KDF, 2 * size * len(schema["features"]))
        keys = [okm[i : i + size] for i in range(0, len(okm), size)]
        clks = [encode(row, schema, keys) for row in PEOPLE[1:]]
        stem = f"{name}.v{schema['version']}"
        for path, data in ((stem + ".json", schema), (stem + ".clks.json", {"clks": clks})):
            with open(path, "w", encoding="utf-8") as f:
                json.dump(data, f)


main()
