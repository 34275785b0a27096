#!/bin/sh
# Names that try to be something else: paths, terminal escapes, formulas, SQL, other
# people's names. Refused where a name is chosen, made harmless where it is shown.
# SPDX-License-Identifier: Apache-2.0
. tests/support/cli.sh
esc=$(printf '\033')
printf 'correct horse battery\n' >pass
as() { tally "$@" --passphrase-fd 3 3<pass; }

# What the last command said holds nothing that a terminal obeys: no control character but
# line ends and tabs, no control of the C1 set, no change of writing direction.
harmless() {
    if LC_ALL=C tr -d '\011\012\040-\176\200-\377' <"$1" | grep -q . ||
        LC_ALL=C grep -qE "$(printf '\302[\200-\237]|\342\200[\252-\256]|\342\201[\246-\251]')" "$1"; then
        fail "$1 holds what a terminal obeys"
    fi
}
tame() {
    want=$1
    shift
    expect "$want" "$@"
    harmless out
    harmless err
}

# Parties. The second is Cyrillic, the third is turned round, and so on.
for name in '../police' 'Northshire Роlice' "Northshire $(printf '\342\200\256')ecilop" '=cmd|calc' \
    "x'); DROP TABLE parties;--" "${esc}[2Jpolice" 'a
b' '-police' ' police' 'police  force' '.hidden' 'a/b' 'a"b' '<b>police</b>' '' 'p'; do
    tame 2 as identity new "$name" --kind police -o id
    absent id
done
for p in 'Northshire Police:police' 'NORTHSH1RE POLICE:lookalike' 'Linkage:linker' 'Unit:analyst'; do
    kind=${p#*:}
    [ "$kind" != lookalike ] || kind=police
    expect 0 as identity new "${p%:*}" --kind "$kind" -o "${p#*:}"
done
expect 0 tally schema new --fields forename,surname,date_of_birth -o schema.json
expect 0 as agreement draft police=data-owner lookalike=data-owner linker=linker \
    analyst=analyst+convenor --schema schema.json --reference north -o a.json
tame 5 tally agreement check a.json
grep -q 'NORTHSH1RE' out err || fail 'a name that can be taken for another is not pointed out'
for reference in '../north' 'north;x' "${esc}[31m" 'North' ''; do
    tame 2 as agreement draft police=data-owner linker=linker analyst=analyst+convenor \
        --schema schema.json --reference "$reference" -o b.json
    absent b.json
done

# Sources, columns and cells.
cat >export.csv <<END
id,forename,surname,date_of_birth,"x""); DROP TABLE police;--",=cmd|' /C calc'!A0,${esc}[2Jcolumn,<script>alert(1)</script>
'; DROP TABLE police;--,Ann,Lee,2001-02-03,=1+1,@SUM(A1),${esc}[31m,<b>
=HYPERLINK("http://example.org"),Bob,Ray,1999-12-31,+cmd,-cmd,"${esc}]0;title",&amp;
END
expect 0 tally keygen -o key
encode() { tally encode export.csv --schema schema.json --key key --record-id id "$@"; }
for source in '../x' "a'b" 'a;b' 'a b' "${esc}[31m" '=x' '-x/..' '' 'ä'; do
    tame 2 encode --source "$source" -o x.enc
    absent x.enc
done
tame 0 tally profile export.csv --schema schema.json -o profile.html
! grep -q '<script>alert' profile.html || fail 'a column name is markup in the profile'
for s in police health; do
    # The column names in quotes as in the file: a list is cut at commas.
    tame 0 encode --source $s --payload "x\"); DROP TABLE police;--,=cmd|' /C calc'!A0,<script>alert(1)</script>" \
        --payload-out $s.pay -o $s.enc
    tame 0 tally inspect $s.enc
    tame 0 tally inspect $s.pay
done
tame 0 tally link police.enc health.enc --threshold 0.9 -o links.csv --linkmap links.map
! grep -qE '(^|,)"?[=@+-][^0-9]' links.csv || fail 'a formula in links.csv'
tame 0 tally cohort --linkmap links.map --payload police.pay,health.pay -o cohort.db
tame 0 tally link police.enc health.enc --threshold 0.9 -o more.csv --store run.db
tame 0 tally report --store run.db --cohort cohort.db -o report.html
! grep -q '<script>alert' report.html || fail 'a column name is markup in the report'
expect 0 sqlite3 cohort.db 'SELECT count(*) FROM source_police'
[ "$(cat out)" = 2 ] || fail 'the table police'

# File names.
bad="$(printf 'x\033[31m\nred')"
cp export.csv "$bad.csv"
tame 0 tally profile "$bad.csv"
tame 3 tally inspect "$bad.csv"
tame 6 tally profile "no$bad.csv"
