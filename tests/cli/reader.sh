#!/bin/sh
# The governed formats read a second time, by a program that shares no code with the tool, and packages of senders that
# lie: signed and sealed as they should be, and refused for what is in them.
# SPDX-License-Identifier: Apache-2.0
. tests/support/cli.sh
python3 -c 'import ctypes.util, sys; sys.exit(ctypes.util.find_library("sodium") is None)' 2>/dev/null ||
    { echo 'SKIPPED: python3 and libsodium are needed' >&2; exit 77; }
export PYTHONPATH="$root/tests/support" PYTHONDONTWRITEBYTECODE=1
printf 'correct horse battery\n' >pass
as() { tally "$@" --passphrase-fd 3 3<pass; }
tally synth --people 200 --sources police,health --seed 7 -o people 2>/dev/null
tally schema new --fields forename,surname,date_of_birth,sex,postcode -o schema.json 2>/dev/null
for p in police health linker analyst; do
    expect 0 as identity new "Northshire $p" --kind $p -o id-$p
done
expect 0 tally agreement draft id-police=data-owner id-health=data-owner id-linker=linker id-analyst=analyst+convenor \
    --schema schema.json --reference northshire --payload 'police:role;health:attendance_type' -o a.json
sed -i 's/"STATE [^"]*"/"as decided by the board"/' a.json
for p in police health linker analyst; do
    expect 0 as agreement sign a.json --identity id-$p
done
for step in commit contribute; do
    for p in police health; do
        expect 0 as key $step --agreement a.json --identity id-$p
    done
done
for p in police health; do
    expect 0 as key combine --agreement a.json --identity id-$p -o $p.key
done
for p in police health; do
    expect 0 as encode people/$p.csv --agreement a.json --identity id-$p --key $p.key --record-id id -o sent
done
ingest() { as ingest "$@" --agreement a.json --identity id-linker --store run.db; }
expect 0 ingest sent/police-1-linkage.pkg
expect 0 ingest sent/health-1-linkage.pkg
expect 0 as link --agreement a.json --identity id-linker --store run.db -o links.pkg

cat >read.py <<'P'
import csv, json
from package_reader import *
word = b"correct horse battery"
agreement = open("a.json", "rb").read()
cards = {}
for i, p in enumerate(("police", "health", "linker", "analyst"), 1):
    card, key, print_ = paper("id-%s/identity.card" % p, "card")
    assert card["sign"] == key.hex() and card["name"] == "Northshire " + p
    seed, seal = identity("id-" + p, word)
    public = ctypes.create_string_buffer(32)
    na.crypto_scalarmult_base(public, seal)
    assert public.raw.hex() == card["seal"]
    signed, by, _ = paper("a.json.%02d.sig" % i, "agreement")
    assert by == key and signed["agreement"] == b2(agreement).hex() and signed["card"] == print_.hex()
    own = unseal_key("a.json.%02d.unseal" % i, agreement, word)
    na.crypto_scalarmult_base(public, own)
    assert public.raw.hex() == signed["seal"], "not the key to seal to"
    cards[p] = (print_, key, own, seed, bytes.fromhex(signed["seal"]))
    if p != "analyst":
        assert log("id-%s/identity.log" % p, key)[0] > 0
for p in ("police", "health"):
    data = open("sent/%s-1-linkage.pkg" % p, "rb").read()
    manifest, key, content, digest = open_package(data, cards["linker"][2])
    assert key == cards[p][1] and manifest["from"] == cards[p][0].hex() and manifest["for"] == cards["linker"][0].hex()
    assert manifest["agreement"] == b2(agreement).hex() and manifest["delivery"] == 1 and manifest["source"] == p
    assert content == open("run.db.deliveries/%s-1.enc" % p, "rb").read(), "another content"
    rows = sum(1 for _ in csv.reader(open("people/%s.csv" % p))) - 1
    assert manifest["records_at_most"] == padme(rows)
    receipt, by, _ = paper("run.db.deliveries/%s-1.receipt" % p, "receipt")
    assert by == cards["linker"][1] and receipt["package"] == digest.hex()
    manifest, _, content, _ = open_package(open("sent/%s-1-payload.pkg" % p, "rb").read(), cards["analyst"][2])
    assert manifest["kind"] == "payload part" and content[:8] == b"TALLYPAY"
    try:
        open_package(data, cards["analyst"][2])
        raise SystemExit("the analyst opens a linkage part")
    except AssertionError:
        pass
manifest, key, content, _ = open_package(open("links.pkg", "rb").read(), cards["analyst"][2])
assert key == cards["linker"][1] and manifest["kind"] == "link map" and content[:8] == b"TALLYMAP"

# Packages as police would make them, if police lied.
good, _, content, _ = open_package(open("sent/police-1-linkage.pkg", "rb").read(), cards["linker"][2])
_, _, others, _ = open_package(open("sent/health-1-linkage.pkg", "rb").read(), cards["linker"][2])
_, _, payload, _ = open_package(open("sent/police-1-payload.pkg", "rb").read(), cards["analyst"][2])
_, _, foreign, _ = open_package(open("sent/health-1-payload.pkg", "rb").read(), cards["analyst"][2])
good.pop("sealed_key")
def lie(name, content, **changes):
    open(name, "wb").write(forge(dict(good, delivery=2, **changes), content, cards["police"][3], cards["linker"][4]))
lie("garbage.pkg", b"rubbish" * 100)
lie("cut.pkg", content[:-64])
lie("few.pkg", content, records_at_most=1)
lie("many.pkg", content, records_at_most=1 << 40)
lie("others.pkg", others)
lie("key.pkg", content, key_check="0123456789abcdef")
lie("source.pkg", content, source="health")
lie("date.pkg", content, made="2026-02-30")
lie("member.pkg", content, more=1)
lie("third.pkg", content, agreement="00" * 32)
lie("payload.pkg", payload)
lie("true.pkg", content)
made = {"from": good["from"], "for": cards["analyst"][0].hex(), "kind": "payload part", "delivery": 2}
open("foreign.pkg", "wb").write(forge(dict(good, **made), foreign, cards["police"][3], cards["analyst"][4]))
open("stranger.pkg", "wb").write(forge(dict(good, delivery=2), content, cards["analyst"][3], cards["linker"][4]))
P
python3 read.py || fail 'the second reader disagrees'
lies() { # CODE FILE PATTERN
    cp run.db kept.db
    expect "$1" ingest "$2"
    says "$3"
    cmp -s run.db kept.db || fail "$2 changed the store"
    [ "$(ls run.db.deliveries | wc -l)" = 4 ] || fail "$2 left something: $(ls run.db.deliveries)"
}
lies 4 garbage.pkg 'what is sealed in garbage.pkg: '
lies 4 cut.pkg 'what is sealed in cut.pkg: '
lies 5 few.pkg 'few.pkg: holds [0-9]+ records, which is not what its manifest says'
lies 5 many.pkg 'announces up to'
lies 5 others.pkg 'was not encoded as source'
lies 4 key.pkg 'another key than its manifest says'
lies 5 source.pkg 'not for Northshire police to send'
lies 4 date.pkg 'unknown version, or no day'
lies 4 member.pkg 'more'
lies 5 third.pkg 'under another agreement'
lies 4 payload.pkg 'payload part, not an encodings file'
lies 4 stranger.pkg 'signed by no party'
expect 5 as cohort --linkmap links.pkg --payload foreign.pkg,sent/health-1-payload.pkg --agreement a.json \
    --identity id-analyst -o cohort.db
says 'foreign.pkg: does not hold just the columns'
absent cohort.db
expect 0 ingest true.pkg
no_leftovers
