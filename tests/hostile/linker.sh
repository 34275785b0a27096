#!/bin/sh
# A linker that gives tokens the wrong pseudonyms, in a link map that is otherwise in
# order: canaries show it, and no cohort is made.
# SPDX-License-Identifier: Apache-2.0
. tests/support/cli.sh

# Ten invented people in both exports, in the same words, among others.
for s in police health; do
    {
        echo id,forename,surname,date_of_birth,sex,postcode,area
        for i in 0 1 2 3 4 5 6 7 8 9; do
            echo "canary$i,Quillon$i$i,Zephyrane$i$i,19$i$i-03-1$i,f,ZE$i 9QX,x"
        done
        printf '%s\n' "1,Ann,Lee,2001-02-03,f,LS1 4AP,$s" "2,Bob,Ray,1999-12-31,m,LS2 7EW,$s"
    } >$s.csv
done
expect 0 tally schema new --fields forename,surname,date_of_birth,sex,postcode --profile plain \
    -o schema.json
fixed_key key
for s in police health; do
    expect 0 tally encode $s.csv --schema schema.json --key key --id id --payload area \
        --payload-out $s.pay -o $s.enc
done
expect 0 tally link police.enc health.enc --threshold 0.9 -o links.csv --linkmap honest.map

# What each owner says of its canaries; here the ids are in the encodings file.
python3 - police health >canaries.csv <<'END'
import struct
import sys

print("source,token,person")
for source in sys.argv[1:]:
    with open(source + ".enc", "rb") as f:
        data = f.read()
    part = {}
    for i in range(struct.unpack_from("<I", data, 24)[0]):
        kind, _, at, n = struct.unpack_from("<IIQQ", data, 64 + 64 * i)
        part[kind] = data[at : at + n]
    starts = struct.unpack(f"<{len(part[5]) // 8}Q", part[5])
    for i in range(len(starts) - 1):
        name = part[6][starts[i] : starts[i + 1]].decode()
        if name.startswith("canary"):
            print(f"{source},{part[2][16 * i : 16 * i + 16].hex()},{name}")
END
cohort() { tally cohort --linkmap "$1" --payload police.pay,health.pay --canaries canaries.csv -o "$2"; }
expect 0 cohort honest.map honest.db
says 'Every canary was linked as it must be; their 20 rows are left out'
expect 0 sqlite3 honest.db 'SELECT count(*), sum(sources) FROM person'
[ "$(cat out)" = '2|4' ] || fail "the cohort: $(cat out)"

# The linker turns round whose pseudonyms are whose in one source, and puts all digests right.
python3 - <<'END'
import hashlib
import struct

with open("honest.map", "rb") as f:
    data = bytearray(f.read())
n = struct.unpack_from("<I", data, 24)[0]
for i in range(n):
    at = 64 + 64 * i
    kind, index, offset, size = struct.unpack_from("<IIQQ", data, at)
    if kind in (7, 13) and index == 0:
        rows = [data[offset + k : offset + k + 16] for k in range(0, size, 16)]
        data[offset : offset + size] = b"".join(rows[1:] + rows[:1])
    digest = hashlib.blake2b(data[offset : offset + size], digest_size=32).digest()
    data[at + 24 : at + 56] = digest
end = 64 + 64 * n
data[end : end + 32] = hashlib.blake2b(data[:end], digest_size=32).digest()
with open("false.map", "wb") as f:
    f.write(data)
END
expect 1 cohort false.map false.db
says 'of 20 canaries the link map lacks 0, 1?[0-9] are not linked to their person'
absent false.db
expect 0 tally cohort --linkmap false.map --payload police.pay,health.pay -o unseen.db
