#!/bin/sh
# Make the seeds of tests/fuzz/corpus anew, with a built command:
#   sh tests/fuzz/corpus.sh [BUILD]
# All of it is the program's own output for invented people, or written here. Digests are
# zeroed, as the fuzz programs compute them (fuzz_stubs.c). Inputs that once broke
# something are kept beside the seeds, called found-*, and stay; so do seeds that were made
# as small as they can be without losing an edge, called small-*, and the few inputs of a
# later round that reached the most edges beyond those, called wide-*.
# SPDX-License-Identifier: Apache-2.0
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(cd "${1:-$root/build}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
tally() { "$bin/tally" "$@" >log 2>&1 || { cat log >&2; exit 1; }; }
printf 'correct horse battery\n' >pass
as() { tally "$@" --passphrase-fd 3 3<pass; }

parties='police health linker analyst'
for p in $parties; do
    as identity new "Northshire $p" --kind $p -o $p
done
printf '%s\n' 'id,forename,surname,date_of_birth,sex,postcode,offence' \
    '1,Ann,Lee,2001-02-03,f,LS1 4AP,theft' '2,Bob,Ray,1999-12-31,m,LS2 7EW,none' \
    '3,"Cy ""X""",Ng,2000-02-29,x,LS1 4AP,' >people.csv
fields=forename,surname,date_of_birth,sex,postcode
for profile in standard strict plain group rbf; do
    tally schema new --fields $fields --profile $profile -o $profile.json
done
tally schema new --fields $fields --match-keys surname+date_of_birth --views full,no-address \
    --profile plain -o views.json
umask 077
tally keygen -o key
tally encode people.csv --schema plain.json --key key --record-id id --payload offence \
    --payload-out plain.pay -o plain.enc
tally encode people.csv --schema views.json --key key --record-id id -o views.enc
tally encode people.csv --schema standard.json --key key --provider-sheet plain.sheet -o standard.enc
tally encode people.csv --schema plain.json --key key --source other --record-id id -o other.enc
tally link plain.enc other.enc --threshold 0.9 -o links.csv --linkmap plain.map
tally cohort --linkmap plain.map --payload plain.pay -o cohort.db
"$bin/tally" release --show strategic-needs >tables.json
tally pairs plain.enc other.enc --threshold 0.2 -o pairs.bin
as agreement draft police=data-owner health=data-owner linker=linker analyst=analyst+convenor \
    --schema standard.json --reference north --payload 'police:offence;health:offence' -o a.json
sed -i 's/"STATE [^"]*"/"as decided by the board"/' a.json
for p in $parties; do
    as agreement sign a.json --identity $p
done
for step in commit contribute; do
    for p in police health; do
        as key $step --agreement a.json --identity $p
    done
done
for p in police health; do
    as key combine --agreement a.json --identity $p -o $p.key
done
as encode people.csv --agreement a.json --identity police --key police.key --record-id id -o out
as ingest out/police-1-linkage.pkg --agreement a.json --identity linker --store run.db
cp run.db.deliveries/*receipt* receipt
as key split police.key police/identity.card health/identity.card --identity police -o shares
as destroy police.key --identity police -o destroyed
python3 "$root/tests/fuzz/corpus.py" "$work" "$root/tests/fuzz/corpus"
