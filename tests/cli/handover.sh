#!/bin/sh
# What must outlive the day: another card takes over, a passphrase changes, a run is killed, two run at once.
# SPDX-License-Identifier: Apache-2.0
. tests/support/cli.sh
printf 'correct horse battery\n' >pass
printf 'an other passphrase\n' >pass2
cheap_passphrases
as() { tally "$@" --passphrase-fd 3 3<pass; }
as2() { tally "$@" --passphrase-fd 3 3<pass2; }
both() { tally identity "$@" --passphrase-fd 3 --new-passphrase-fd 4 3<pass 4<pass2; }
for p in police health linker analyst; do
    expect 0 as identity new "Northshire $p" --kind $p -o $p
done
tally synth --people 300 --sources police,health --seed 7 -o people 2>/dev/null
expect 0 tally schema new --fields forename,surname,date_of_birth,sex,postcode -o schema.json
column() { head -1 people/"$1".csv | tr , '\n' | tail -1; }
expect 0 tally agreement draft police=data-owner health=data-owner linker=linker analyst=analyst+convenor \
    --schema schema.json --reference northshire --payload "police:$(column police);health:$(column health)" -o a.json
sed -i 's/"STATE [^"]*"/"as decided by the board"/' a.json
# Health may send as many records as it has, and no dummies on top.
n=$(($(wc -l <people/health.csv) - 1))
python3 - $n <<'P'
import sys
s = open("a.json").read()
at = s.index("2000000", s.index('"source": "health"'))
open("a.json", "w").write(s[:at] + sys.argv[1] + s[at + 7:])
P
for p in police health linker analyst; do
    expect 0 as agreement sign a.json --identity $p
done

# A new passphrase takes along what is kept beside agreements, also in the middle of a ceremony.
for step in commit contribute; do
    for p in police health; do
        expect 0 as key $step --agreement a.json --identity $p
    done
done
expect 2 tally identity passphrase police a.json --passphrase-fd 3 --new-passphrase-fd 4 3<pass 4<<E
short
E
expect 0 both passphrase police a.json
says 'is under the new passphrase'
expect 4 as key combine --agreement a.json --identity police -o police.key
expect 0 as2 key combine --agreement a.json --identity police -o police.key
expect 0 as key combine --agreement a.json --identity health -o health.key
expect 0 both passphrase linker a.json
expect 4 both passphrase linker a.json # the old one is no longer
expect 0 as2 agreement show a.json

encode() { # WHO ID FLAGS
    source=$1
    id=$2
    shift 2
    tally encode people/$source.csv --agreement a.json --identity "$id" --key $source.key --record-id id "$@"
}
ingest() { as2 ingest "$1" --agreement a.json --identity "$2" --store run.db; }

# Two at once: one waits for the other, and each gets a number of its own.
tally encode people/police.csv --agreement a.json --identity police --key police.key -o sent --passphrase-fd 3 \
    3<pass2 2>first &
tally encode people/police.csv --agreement a.json --identity police --key police.key -o sent --passphrase-fd 3 \
    3<pass2 2>second || { cat second >&2; fail 'the second of two failed'; }
wait $! || fail 'the first of two failed'
[ -s sent/police-1-linkage.pkg ] && [ -s sent/police-2-linkage.pkg ] || fail 'two at once took one number'
exec 9<police
flock 9
(
    exec 9<&-
    encode police police -o sent --passphrase-fd 3 3<pass2 2>waiting
) &
await 'waiting for its end' waiting
absent sent/police-3-linkage.pkg
exec 9<&-
wait $! || fail 'the one that waited failed'
[ -s sent/police-3-linkage.pkg ] || fail 'the one that waited wrote nothing'

# A run that was killed leaves what the next one clears away.
echo names >sent/police-4-.linkage
echo names >sent/police-4-.payload
echo names >sent/police-4-tokens.csv
echo mine >sent/police-9-tokens.csv
echo mine >sent/other-4-.linkage
expect 0 encode police police -o sent --passphrase-fd 3 3<pass2
says 'was cut short: destroying sent/police-4-.linkage'
absent sent/police-4-.linkage sent/police-4-.payload
[ "$(wc -l <sent/police-4-tokens.csv)" = "$(wc -l <people/police.csv)" ] || fail 'the token map of delivery 4'
grep -q mine sent/police-9-tokens.csv && grep -q mine sent/other-4-.linkage || fail 'what is no leftover is gone'
rm sent/other-4-.linkage

for dry in '' --dry-run; do
    expect 5 encode health health --dummies 10 $dry -o more --passphrase-fd 3 3<pass
    says "where the agreement allows"
    absent more
done
expect 0 encode health health -o sent --passphrase-fd 3 3<pass
expect 0 ingest sent/police-4-linkage.pkg linker
expect 0 ingest sent/health-1-linkage.pkg linker

# Link: an output that cannot be is told before anything is recorded.
touch links.pkg
expect 2 as2 link --agreement a.json --identity linker --store run.db -o links.pkg
absent run.db
echo tokens >new.pkg.plain
expect 0 as2 link --agreement a.json --identity linker --store run.db -o new.pkg
says 'was cut short: destroying new.pkg.plain'
absent new.pkg.plain

# Another card takes over: numbers go on, on both sides, and files of an earlier delivery stay.
expect 0 as identity new 'Northshire police' --kind police -o police2
expect 0 tally identity rotate police police2/identity.card -o a.json.01.rotation --passphrase-fd 3 3<pass2
says 'Its log is not with it'
cp police2/identity.card a.json.01.card
expect 5 encode police police2 -o sent --passphrase-fd 3 3<pass
says 'the log of the card that Northshire police took over from is not there'
expect 0 tally identity rotate police police2 a.json -o a.json.01.rotation --force --passphrase-fd 3 \
    --new-passphrase-fd 4 3<pass2 4<pass
cp run.db.deliveries/police-4.enc kept.enc
expect 0 encode police police2 -o sent2 --passphrase-fd 3 3<pass
says 'Delivery 5 under agreement'
expect 4 ingest sent/police-4-linkage.pkg linker
expect 0 ingest sent2/police-5-linkage.pkg linker
cmp -s kept.enc run.db.deliveries/police-4.enc || fail 'delivery 4 was overwritten'
expect 0 tally log verify police2
prints '[1-9][0-9]* entries of Northshire police before'
printf 'x' >>police2/before/identity.log
expect 4 tally log verify police2
cp police/identity.log police2/before/identity.log
expect 0 tally log verify police2/before

# The same at the linker: what was taken before stays taken.
expect 0 as2 identity new 'Northshire linker' --kind linker -o linker2
expect 0 tally identity rotate linker linker2 a.json -o a.json.03.rotation --passphrase-fd 3 \
    --new-passphrase-fd 4 3<pass2 4<pass2
cp linker2/identity.card a.json.03.card
expect 4 ingest sent2/police-5-linkage.pkg linker2 # sealed to the old card
expect 0 encode police police2 -o sent2 --passphrase-fd 3 3<pass
expect 0 ingest sent2/police-6-linkage.pkg linker2
expect 5 ingest sent2/police-6-linkage.pkg linker2
says 'replay'
expect 0 as2 link --agreement a.json --identity linker2 --store run.db -o later.pkg

# What runs past its day says so.
for since in 18 40; do
    expect 0 tally agreement draft police=data-owner health=data-owner linker=linker analyst=analyst+convenor \
        --schema schema.json --reference old-$since --starts "$(date -u -d "$since months ago" +%F)" --months 24 \
        --payload "police:role;health:attendance_type" -o old-$since.json
done
expect 0 tally destroy --dry-run --agreement a.json
says 'nothing is due yet under northshire'
expect 0 tally destroy --dry-run --agreement old-18.json
says 'due: the agreement was to be reviewed by'
expect 0 tally destroy --dry-run --agreement old-40.json police.key
says 'due: token maps were to be destroyed by'
says 'due: encodings were to be destroyed by'
prints 'would destroy police.key'
no_leftovers
