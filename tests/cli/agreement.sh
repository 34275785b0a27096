#!/bin/sh
# A linkage agreement: drafted from cards, checked, signed by all; what the Act is against is refused.
. tests/support/cli.sh
printf 'correct horse battery\n' >pass
cheap_passphrases
as() { tally "$@" --passphrase-fd 3 3<pass; }
party() { expect 0 as identity new "$2" --kind "$1" -o "$1"; }
party police 'Northshire Police'
party health 'Northshire ICB'
party education 'Northshire Schools'
party linker 'Trusted Linkage'
party analyst 'Analysis Unit'
party local-policing-body 'Northshire Commissioner'
expect 0 tally schema new --fields forename,surname,date_of_birth,postcode -o schema.json
draft() {
    payload=$1
    shift
    tally agreement draft police=data-owner health=data-owner education/identity.card=data-owner:schools \
        linker=linker analyst=analyst local-policing-body=convenor --schema schema.json \
        --reference northshire-2027 --payload "$payload" "$@"
}
expect 0 draft 'police:offence,area;health:attendance' -o a.json
says 'agreement check a.json'
expect 2 draft 'police:offence' -o a.json
expect 2 draft 'probation:x' -o b.json
says "no party sends 'probation'"
expect 2 tally agreement draft police=owner --schema schema.json --reference x -o b.json
says 'hint: .*data-owner'
expect 2 tally agreement draft police=data-owner --schema schema.json --reference 'X y' -o b.json
expect 6 tally agreement draft nobody.card=data-owner --schema schema.json --reference x -o b.json
absent b.json
expect 5 tally agreement check a.json
prints 'REFUSED: Northshire Police: whom the records are about is still to be stated'
expect 5 as agreement sign a.json --identity police
absent a.json.01.sig
sed -i 's/"STATE [^"]*"/"as decided by the board"/' a.json
expect 0 tally agreement check a.json
prints 'Northshire ICB .integrated care board. sends from its source .health'
prints 'offence .text.: as decided by the board'
prints 'By: National Health Service Act 2006, section 251 support'
prints '02 Northshire ICB: not signed'

# Section 16 is refused where the Act gives no power.
sed 's/nhs-act-2006-s251/pcsc-act-2022-s16/' a.json >s16.json
expect 5 tally agreement check s16.json
prints 'REFUSED: Northshire ICB to the linker: section 16\(4\)\(a\)'
prints 'Caldicott Guardian'
expect 5 tally agreement check s16.json --json
python3 -c 'import json; d = json.load(open("out")); assert d["refused"] == 2 and len(d["parties"]) == 6, d' ||
    fail "agreement check --json"

for p in police health education linker analyst local-policing-body; do
    expect 0 as agreement sign a.json --identity $p
done
expect 0 tally agreement show a.json
prints '06 Northshire Commissioner: signed'
expect 2 as agreement sign a.json --identity police
says 'a.json.01.sig'
for e in dpia waspi atrs; do
    expect 0 tally agreement show a.json --export $e -o $e.md
    grep -q 'as decided by the board\|northshire-2027' $e.md || fail "$e says nothing of the agreement"
done
expect 2 tally agreement show a.json --export pdf
sed -i 's/as decided by the board/As decided by the board/' a.json
expect 0 tally agreement show a.json
prints '01 Northshire Police: its signature does not hold'

head -c 300 a.json >cut.json
expect 3 tally agreement check cut.json
says 'cut.json: line'
expect 6 tally agreement check missing.json
expect 2 tally agreement
if cat out err ./*.json ./*.sig ./*.md | grep -q 'horse battery'; then
    fail "a passphrase came out"
fi
no_leftovers
