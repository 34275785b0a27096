#!/bin/sh
# A new delivery takes the place of its source's last one: the result is that of a run from scratch, people keep their
# ids, lists and reviews hold, who is withdrawn stays out under new tokens, and undoing brings the old one back.
# SPDX-License-Identifier: Apache-2.0
. tests/support/cli.sh
small_sources 8000 plain
tally synth --people 3000 --sources police --seed 8 -o others 2>/dev/null
# The next quarter: records 1 to 40 are gone, forty surnames are spelt otherwise, sixty records are new.
mkdir q2 q3
python3 - <<'P'
import csv
rows = list(csv.DictReader(open("people/police.csv")))
more = list(csv.DictReader(open("others/police.csv")))[:60]
for i, r in enumerate(more):
    r["id"] = "N%04d" % i
later = rows[40:]
for r in later[:40]:
    r["surname"] = r["surname"][:-1] + ("e" if r["surname"][-1:] != "e" else "a")
for folder, list_ in (("q2", later + more), ("q3", later[20:] + more)):
    out = csv.DictWriter(open(folder + "/police.csv", "w"), fieldnames=list(rows[0]))
    out.writeheader()
    out.writerows(list_)
print(len(rows), len(later) + len(more))
P
encode() { # file, output, options
    from=$1
    to=$2
    shift 2
    expect 0 tally encode "$from" --schema schema.json --key key "$@" -o "$to"
}
records() { # how many rows a file has
    echo $(($(wc -l <"$1") - 1))
}
sql() {
    sqlite3 "$@"
}
latest() { # of store $1: token and cluster of the records of source $2 in run $3
    sql "$1" "SELECT lower(hex(r.token)), r.cluster FROM record r JOIN run_source x ON x.run = r.run
        AND x.position = r.source JOIN source y ON y.id = x.source WHERE r.run = $3 AND y.name = '$2' ORDER BY 1"
}
n1=$(records people/police.csv)
n2=$(records q2/police.csv)

# Without ids: records are told by linking the two deliveries with each other.
for s in police health education; do
    encode people/$s.csv $s.enc
done
encode q2/police.csv q2/police.enc
expect 0 tally link police.enc health.enc education.enc --store run.db -o one.csv --linkmap one.map
expect 2 tally link q2/police.enc --add --store run.db -o no.csv
says "two sources are called 'police'"
says 'with --replace it takes the place'
expect 0 tally link q2/police.enc --replace --store run.db -o two.csv --clusters two.clusters --linkmap two.map --json
says "'police' takes the place of its delivery before"
python3 - "$n1" "$n2" <<'P' || fail 'what --json says of a replaced delivery'
import json, sys
before, after = map(int, sys.argv[1:])
d = json.load(open("out"))
x, = d["replaced"]
assert d["continues"] == 1 and x["source"] == "police", d
assert x["in_both"] + x["new"] == after and x["in_both"] + x["gone"] == before, x
assert before - 80 <= x["in_both"] <= before - 39, x # of the forty that changed not all are matches
P
expect 0 tally link q2/police.enc health.enc education.enc -o scratch.csv --clusters scratch.clusters
cmp two.csv scratch.csv || fail 'replaced and from scratch differ in links'
cmp two.clusters scratch.clusters || fail 'replaced and from scratch differ in clusters'
# Sources that stay, and records that are in both deliveries, keep their people.
same() { # records of source $1 in runs 1 and 2 of run.db with the same id, and how many there are
    sql run.db "SELECT SUM(a.cluster = b.cluster), COUNT(*) FROM record a JOIN run_source x ON x.run = 1
        AND x.position = a.source JOIN source y ON y.id = x.source AND y.name = '$1'
        LEFT JOIN succession s ON s.run = 2 AND s.was = a.token
        JOIN record b ON b.run = 2 AND b.source = a.source AND b.token = COALESCE(s.token, a.token)
        WHERE a.run = 1" | tr '|' ' '
}
for s in police health education; do
    same $s >same
    read -r kept all <same
    [ "$all" -gt 500 ] && [ $((kept * 100)) -ge $((all * 98)) ] || fail "of $all records of $s $kept kept their ids"
done
expect 0 tally link --undo --store run.db
expect 0 tally link --add --store run.db -o undone.csv
cmp one.csv undone.csv || fail 'undoing did not bring the old delivery back'
latest run.db police 1 >before
latest run.db police 3 | cmp - before || fail 'undoing did not bring ids back'

# Who is withdrawn is recognised by encodings as well.
encode q2/police.csv q2/again.enc --source police
expect 0 tally withdraw --store run.db "$(sql run.db "SELECT lower(hex(was)) FROM succession WHERE run = 2 LIMIT 1")"
expect 0 tally link q2/again.enc --replace --store run.db -o again.csv
says "1 records of the new delivery of 'police' are of people who were withdrawn"
says '1 withdrawn records were left out'
[ "$(sql run.db "SELECT COUNT(*) FROM succession WHERE run = 4 AND was IN (SELECT token FROM withdrawn)")" = 0 ] ||
    fail 'who was withdrawn came back under a new token'

# Records that did not change are all found, where people may stand in a source twice as well.
{ head -1 people/police.csv && sed 1,41d people/police.csv; } >q2/rest.csv
for s in people/police q2/rest; do
    encode $s.csv $s.twice --source police --duplicates possible
done
expect 0 tally link people/police.twice health.enc --store twice.db
expect 0 tally link q2/rest.twice --replace --store twice.db
says " $((n1 - 40)) records are in both, 0 are new, 40 are gone"

# With ids, lists, a withdrawn record, and two quarters.
for s in police health; do
    encode people/$s.csv $s.ids --source $s --id id
done
encode q2/police.csv q2/police.ids --source police --id id
encode q3/police.csv q3/police.ids --source police --id id
expect 0 tally link police.ids health.ids -o links.csv
row() { # link $1 whose record of police stays in all quarters: both ids
    python3 - "$1" <<'P'
import csv, sys
stay = {r["id"] for r in csv.DictReader(open("q3/police.csv"))}
rows = [r for r in csv.DictReader(open("links.csv")) if r["id_a"] in stay]
r = rows[int(sys.argv[1])]
print("police,%s,health,%s" % (r["id_a"], r["id_b"]))
P
}
apart=$(row 0)
gone=$(row 1 | cut -d, -f2)
printf 'source_a,id_a,source_b,id_b\n%s\n' "$apart" >apart.list
expect 0 tally link police.ids health.ids --store s.db --must-not-link apart.list -o s1.csv
if grep -q "^$apart," s1.csv; then fail 'a list does not hold'; fi
grep -q "^police,$gone,health," s1.csv || fail 'the record to be withdrawn is not linked'
token() { # of id $1 in encodings $2
    python3 - "$1" "$2" <<'P'
import struct, sys
b = open(sys.argv[2], "rb").read()
part = {}
for i in range(struct.unpack_from("<I", b, 24)[0]):
    kind, index, at, n = struct.unpack_from("<IIQQ", b, 64 + 64 * i)
    part[kind, index] = b[at:at + n]
ends = struct.unpack("<%dQ" % (len(part[5, 0]) // 8), part[5, 0])
for i in range(len(ends) - 1):
    if part[6, 0][ends[i]:ends[i + 1]].decode() == sys.argv[1]:
        print(part[2, 0][16 * i:16 * i + 16].hex())
P
}
expect 0 tally withdraw --store s.db "$(token "$gone" police.ids)"
expect 0 tally link q2/police.ids --replace --store s.db -o s2.csv
says "1 records of the new delivery of 'police' are of people who were withdrawn"
says 'are in both, 60 are new, 40 are gone'
says '1 pairs as the lists of the series say'
grep -q "^$apart," s2.csv && fail 'a list does not hold in a new delivery'
grep -q "^police,$gone," s2.csv && fail 'who was withdrawn came back with a new delivery'
expect 0 tally link q3/police.ids --replace --store s.db -o s3.csv
says "1 records of the new delivery of 'police' are of people who were withdrawn"
says 'are in both, 0 are new, 20 are gone'
grep -q "^$apart," s3.csv && fail 'a list does not hold in the delivery after that'
grep -q "^police,$gone," s3.csv && fail 'who was withdrawn came back later'
# Withdrawn by the token of a delivery that was replaced, as its owner's old map says.
second=$(row 2 | cut -d, -f2)
grep -q "^police,$second,health," s3.csv || fail "$second is not linked"
expect 0 tally withdraw --store s.db "$(token "$second" police.ids)" --json
prints '"tokens": 1'
prints '"records": 3'
expect 0 tally link --add --store s.db -o s4.csv
grep -q "^police,$second," s4.csv && fail 'a record that was withdrawn by an old token is there'
expect 0 tally report --store s.db -o report.html

# The old delivery is not there any more.
expect 0 tally link police.ids health.ids --store lost.db
mv police.ids away.ids
expect 0 tally link q2/police.ids --replace --store lost.db -o lost.csv
says 'warning: the delivery of .police. that is replaced is not at'
expect 0 tally link q2/police.ids health.ids -o fresh.csv
cmp lost.csv fresh.csv || fail 'a run without the old delivery differs'

# What cannot be.
expect 2 tally link q2/police.ids --replace -o x.csv
says 'replace goes with --store'
expect 2 tally link --replace --store s.db
says 'needs the file of a new delivery'
expect 2 tally link education.enc --replace --store s.db
says 'no file here takes the place'
expect 2 tally link --undo --replace --store s.db
printf '{"clks": ["AAAAAAAAAAAAAAAAAAAAAA==", "AQAAAAAAAAAAAAAAAAAAAA=="]}' >police.json
expect 3 tally link police=police.json health.ids --store s.db
absent x.csv
no_leftovers
