#!/bin/sh
# The governed flow from end to end: five parties, each in a folder of its own, which is then searched for
# what that role must not have.
. tests/support/cli.sh
printf 'correct horse battery\n' >pass
cheap_passphrases
as() { tally "$@" --passphrase-fd 3 3<pass; }
parties='police health education linker analyst'
owners='police health education'
for p in $parties; do
    mkdir $p
    expect 0 as identity new "Northshire $p" --kind $p -o $p/id
done
tally synth --people 600 --sources police,health,education --seed 7 -o people 2>/dev/null
for p in $owners; do
    cp people/$p.csv $p/export.csv
done
fields=forename,surname,date_of_birth,sex,postcode
expect 0 tally schema new --fields $fields -o schema.json
column() { head -1 people/"$1".csv | tr , '\n' | tail -1; }
expect 0 tally agreement draft police/id=data-owner health/id=data-owner education/id=data-owner \
    linker/id=linker analyst/id=analyst+convenor --schema schema.json --reference northshire-2027 \
    --payload "police:$(column police);health:$(column health);education:$(column education)" -o a.json
sed -i 's/"STATE [^"]*"/"as decided by the board"/' a.json

# Everybody signs its own copy; signatures and ceremony papers go round.
for p in $parties; do
    cp a.json $p/a.json
    expect 0 as agreement sign $p/a.json --identity $p/id
done
share() {
    for from in $parties; do
        for to in $parties; do
            for file in "$from"/a.json.*."$1"; do
                [ ! -e "$file" ] || [ "$from" = "$to" ] || cp "$file" "$to"/
            done
        done
    done
}
share sig
step() {
    for p in $owners; do
        expect 0 as key "$1" --agreement $p/a.json --identity $p/id
    done
}
step commit
share commitment
step contribute
share contribution
for p in $owners; do
    expect 0 as key combine --agreement $p/a.json --identity $p/id -o $p/project.key
done

# Nothing is encoded before all owners have said that they hold one key.
encode() {
    who=$1
    shift
    as encode $who/export.csv --agreement $who/a.json --identity $who/id --key $who/project.key \
        --record-id id "$@"
}
expect 5 encode police -o police/out
says 'has not said what key it has'
share ceremony
for p in $owners; do
    expect 0 tally key check $p/project.key --agreement $p/a.json
done
expect 0 encode police --dry-run -o police/out
absent police/out
expect 2 encode police --payload sex -o police/out
expect 2 encode police --schema schema.json -o police/out
for p in $owners; do
    expect 0 encode $p --part-size 65536 -o $p/out
    says "stays with you until .*: $p/out/$p-1-tokens.csv"
done
[ "$(find police/out -type f | grep -vc part-)" = 4 ] || fail "police/out: $(ls -A police/out)"
[ "$(wc -l <police/out/police-1-tokens.csv)" = "$(wc -l <police/export.csv)" ] || fail "the token map"
expect 0 encode police -o police/out
says 'Delivery 2 under agreement northshire-2027'

# What fails leaves nothing that is not sealed; what is sealed and noted keeps its token map.
if [ -w /dev/full ]; then
    encode police --json -o police/full >/dev/full 2>err && fail 'encode wrote to a full disc'
    absent police/full
fi
mv police/id/identity.log police/id/real.log
ln -s real.log police/id/identity.log # a log that can be read, and not written
expect 6 encode police -o police/unlogged
absent police/unlogged
mv police/id/real.log police/id/identity.log
printf '{"half' >>police/id/identity.log
expect 4 tally log verify police/id
mkdir police/third
touch police/third/police-3-payload.pkg.part-0001
expect 2 encode police --part-size 65536 -o police/third
says 'is sealed and counts as sent, but is not cut'
[ "$(wc -l <police/third/police-3-tokens.csv)" = "$(wc -l <police/export.csv)" ] || fail "the token map is gone"
absent police/third/police-3-.linkage
absent police/third/police-3-.payload
expect 0 tally log verify police/id

# To the linker: the sealed linkage parts, one of them in parts, out of order.
ingest() { as ingest "$@" --agreement linker/a.json --identity linker/id --store linker/run.db; }
expect 5 as link --agreement linker/a.json --identity linker/id --store linker/run.db -o linker/links.pkg
says 'Northshire police has delivered nothing yet'
cp police/out/police-1-linkage.pkg police/out/police-2-linkage.pkg linker/
cp education/out/education-1-linkage.pkg linker/
cp health/out/health-1-linkage.pkg.part-* linker/
expect 0 ingest linker/police-1-linkage.pkg
says 'Took delivery 1 of Northshire police'
expect 5 ingest linker/police-1-linkage.pkg
says 'replay'
expect 0 ingest linker/police-2-linkage.pkg
expect 5 ingest linker/police-1-linkage.pkg
expect 0 ingest $(ls -r linker/health-1-linkage.pkg.part-*)
expect 0 ingest linker/education-1-linkage.pkg
cp health/out/health-1-payload.pkg wrong.pkg
expect 4 ingest wrong.pkg
says 'sealed to another party'
head -c 5000 linker/education-1-linkage.pkg >cut.pkg
expect 4 ingest cut.pkg
expect 5 as ingest linker/education-1-linkage.pkg --agreement analyst/a.json --identity analyst/id \
    --store analyst/run.db
says 'is not linker'
says 'hint: .*agreement show linker/a.json|hint: .*agreement show analyst/a.json'
expect 2 as link --agreement linker/a.json --identity linker/id --store linker/run.db --threshold 0.5 -o linker/l.pkg
if [ -w /dev/full ]; then
    as link --agreement linker/a.json --identity linker/id --store linker/run.db --json -o linker/full.pkg \
        >/dev/full 2>err && fail 'link wrote to a full disc'
    absent linker/full.pkg
    absent linker/full.pkg.plain
fi
expect 0 as link --agreement linker/a.json --identity linker/id --store linker/run.db -o linker/links.pkg
says 'Sealed the link map'
absent linker/links.pkg.plain

# To the analyst: link map and payload parts.
cp linker/links.pkg health/out/health-1-payload.pkg education/out/education-1-payload.pkg analyst/
cp police/out/police-2-payload.pkg analyst/
cp health/out/health-1-payload.pkg.part-* analyst/
payloads=analyst/police-2-payload.pkg,analyst/health-1-payload.pkg.part-0001,analyst/education-1-payload.pkg
expect 5 as cohort --linkmap analyst/health-1-payload.pkg --payload $payloads --agreement analyst/a.json \
    --identity analyst/id -o analyst/cohort.db
absent analyst/cohort.db
expect 0 as cohort --linkmap analyst/links.pkg --payload $payloads --agreement analyst/a.json \
    --identity analyst/id -o analyst/cohort.db
says 'people, [0-9]+ of them seen by two sources or more'
if [ -w /dev/full ]; then # whatever comes of it, the log says what was opened
    as cohort --linkmap analyst/links.pkg --payload $payloads --agreement analyst/a.json --identity analyst/id \
        --json -o analyst/again.db >/dev/full 2>err && fail 'cohort wrote to a full disc'
    rm -f analyst/again.db
    expect 0 tally log show analyst/id
    [ "$(grep -c '"used link map"' out)" = 2 ] || fail "a cohort was made without an entry in the log"
fi

# The report, with the owners' sheets: signed under this agreement, and of the deliveries linked.
sheets=police/out/police-2-sheet.json,health/out/health-1-sheet.json,education/out/education-1-sheet.json
expect 0 tally report --store linker/run.db --cohort analyst/cohort.db --sheets $sheets --agreement linker/a.json \
    --json -o report.html
python3 - <<'P' || fail "the report's sheets"
import json
r = json.load(open("out"))
assert [s["source"] for s in r["provider_sheets"]] == ["police", "health", "education"], r["provider_sheets"]
assert all(s["signed"] for s in r["provider_sheets"])
assert r["lights"][0]["light"] == "green", r["lights"][0]
assert r["linked_by_group"], "no subgroup"
P
grep -q 'Northshire police (police force)' report.html || fail "the report does not name the sender"
expect 3 tally report --store linker/run.db --sheets police/out/police-1-sheet.json -o other.html
says 'a delivery that this run did not link'
sed '$d' police/out/police-2-sheet.json >unsigned.json
expect 5 tally report --store linker/run.db --sheets unsigned.json --agreement linker/a.json -o other.html
says 'not signed under this agreement'
expect 5 tally report --store linker/run.db --sheets $sheets --agreement a.json -o other.html
says 'a.json: not signed by Northshire police'
sed 's/"opt_out_list": false/"opt_out_list": true/' police/out/police-2-sheet.json >changed.json
expect 4 tally report --store linker/run.db --sheets changed.json -o other.html
absent other.html

# Every log holds, also against the linker's receipts.
for p in $parties; do
    expect 0 tally log verify $p/id
done
expect 0 tally log verify police/id linker/run.db.deliveries/police-2.receipt
prints '1 receipt of other parties agrees'
expect 0 tally log verify police/id linker/run.db.deliveries/police-1.receipt
expect 4 tally log verify linker/id linker/run.db.deliveries/police-1.receipt
says 'signed by Northshire linker itself'
cp police/id/identity.log kept.log
sed -i '4,$d' police/id/identity.log # token map, delivery 1, token map
expect 4 tally log verify police/id linker/run.db.deliveries/police-2.receipt
says 'no entry after 3 .*the tail was cut'
sed -i '2,$d' police/id/identity.log
expect 4 tally log verify police/id linker/run.db.deliveries/police-1.receipt
says 'no entry after 1 .*the tail was cut'
expect 4 tally log verify police/id linker/run.db.deliveries/police-2.receipt
says 'tail was cut'
cp kept.log police/id/identity.log

# Inspect says what each file is.
inspects() {
    expect 0 tally inspect "$1"
    prints "^is +$2"
}
inspects police/out/police-2-linkage.pkg package
prints 'signature holds +yes'
inspects health/out/health-1-linkage.pkg.part-0001 'part of a package'
prints 'arrived whole +yes'
head -c 60000 health/out/health-1-linkage.pkg.part-0001 >cut.part
expect 4 tally inspect cut.part
inspects police/id/identity.card card
prints 'fingerprint +[a-z]+ [a-z]+ '
inspects police/id/identity.key 'keys of an identity'
inspects police/a.json 'linkage agreement'
prints 'token maps until +20'
sed 's/tallystick/tallystock/' police/a.json.01.sig >odd.sig
expect 4 tally inspect odd.sig
says 'ends as a signed paper does'
inspects police/out/police-2-sheet.json 'provider sheet'
inspects police/a.json.01.sig 'signature of an agreement'
prints 'party +Northshire police'
inspects police/id/identity.log 'audit log'
prints 'signatures hold +yes'
prints 'of +Northshire police'
sed '2d' police/id/identity.log >edited.log
expect 4 tally inspect edited.log
inspects police/out/police-1-tokens.csv 'token map'
prints 'for +the data owner alone'
inspects linker/run.db.deliveries/police-1.receipt receipt
expect 0 tally inspect linker/run.db.deliveries/police-1.receipt --card linker/id
prints 'signed by +Northshire linker'
expect 4 tally inspect linker/run.db.deliveries/police-1.receipt --card police/id
expect 0 tally inspect police/out/police-2-sheet.json --card police/id
expect 4 tally inspect police/out/police-2-sheet.json --card health/id
expect 2 tally inspect police/out/police-2-linkage.pkg --card police/id
cp police/id/identity.log elsewhere.log
expect 0 tally inspect elsewhere.log --card police/id
prints 'signatures hold +yes'
expect 4 tally inspect elsewhere.log --card health/id
expect 4 tally inspect cut.pkg

# What each must not have: identifiers, the key, encodings, tokens, payload.
key=$(sed -n 's/^key //p' police/project.key)
surname=$(awk -F, 'NR == 2 { print $3 }' people/police.csv)
token=$(awk -F, 'NR == 2 { print $2 }' police/out/police-1-tokens.csv | tr -d '"\r')
holds() { # FOLDER TEXT: some file in it has the text, as it stands or in bytes
    python3 - "$1" "$2" <<'P'
import os, sys
want = [sys.argv[2].encode()]
try:
    want.append(bytes.fromhex(sys.argv[2]))
except ValueError:
    pass
for folder, _, names in os.walk(sys.argv[1]):
    for n in names:
        data = open(os.path.join(folder, n), "rb").read()
        if any(w in data for w in want):
            print(os.path.join(folder, n))
            sys.exit(0)
sys.exit(1)
P
}
holds police "$key" >/dev/null || fail "the search finds nothing"
holds police "$surname" >/dev/null || fail "the search finds nothing"
for p in linker analyst; do
    if holds $p "$key" || holds $p "$surname,"; then
        fail "the $p holds a key or a name"
    fi
done
if holds linker "$(column police)" | grep -v a.json; then
    fail "the linker holds payload"
fi
if holds analyst "$token" || holds analyst TALLYENC || holds analyst TALLYMAP; then
    fail "the analyst holds tokens or encodings"
fi
for p in $owners; do
    if holds $p TALLYMAP || holds $p TALLYENC; then
        fail "$p holds a link map, or encodings that are not sealed"
    fi
done
if cat out err ./*/id/identity.log ./*/a.json* ./*/*.pkg 2>/dev/null | grep -aq "horse battery\|$surname,"; then
    fail "a secret or a name came out"
fi
no_leftovers
