#!/bin/sh
# Exports as they come: from an unfamiliar system to a finished file in three commands, and
# files that could go wrong, which give the right result or the right error.
# SPDX-License-Identifier: Apache-2.0
. tests/support/cli.sh
fixed_key key
expect 0 tally schema new --fields forename,surname,date_of_birth,sex,postcode,nhs_number -o schema.json

# Titles above the table, semicolons, Windows-1252, one column for both names, odd headers.
python3 - <<'P'
names = ["O\u2019Brien, Aoife", "M\u00fcller, Zo\u00eb", "De La Cruz, Jos\u00e9", "Evans-Jones, Si\u00e2n"]
lines = ["Records system - all nominals;;;;;;", "OFFICIAL-SENSITIVE;;;;;;", ";;;;;;",
         "Nominal Ref;Title;Subject Name;D.O.B;Gndr;Addr PC;Offence Type"]
for i in range(200):
    born = "01/01/1900" if i % 53 == 7 else "%02d/%02d/%d" % (1 + i % 28, 1 + i % 12, 1950 + i % 55)
    lines.append("N%05d;Mr;%s;%s;%s;%s;Burglary" % (i, names[i % 4], born, "MF"[i % 2],
                 "NFA" if i % 40 == 3 else "LS%d %dAB" % (1 + i % 20, i % 10)))
open("export.csv", "wb").write(("\r\n".join(lines) + "\r\n").encode("cp1252"))
people = ["id,forename,surname,date_of_birth,sex,postcode,nhs_number"]
for i in range(200):
    surname, forename = names[i % 4].split(", ")
    born = "" if i % 53 == 7 else "%d-%02d-%02d" % (1950 + i % 55, 1 + i % 12, 1 + i % 28)
    people.append("N%05d,%s,%s,%s,%s,%s," % (i, forename, surname, born, "MF"[i % 2],
                  "" if i % 40 == 3 else "LS%d %dAB" % (1 + i % 20, i % 10)))
open("tidy.csv", "w", encoding="utf-8").write("\n".join(people) + "\n")
P
expect 3 tally profile export.csv --schema schema.json
says 'row 1 column 2: the column has no name'
says '^surname = Subject Name \[before ,\]$'
says '^sex = \?\?\?$'
says '^# columns left over: Nominal Ref, Title, Gndr, Offence Type$'
says 'hint: complete the lines above in a file, and try --header-row 4 --input-encoding windows-1252 --map FILE$'
sed -n '/^forename/,/^nhs_number/{/^#/!p}' err >export.map
sed -i 's/^sex = .*/sex = Gndr/; s/^nhs_number = .*/nhs_number = -/' export.map
expect 3 tally profile export.csv --schema schema.json --header-row 4 --map export.map
says "row 5 column 'Subject Name': the text is not valid UTF-8"
says 'hint: .*--input-encoding windows-1252'
expect 0 tally profile export.csv --schema schema.json --header-row 4 --map export.map --input-encoding windows-1252
says 'The cells of export.csv are separated by semicolons'
prints 'default date|Default date'
expect 0 tally encode export.csv --schema schema.json --key key --header-row 4 --map export.map \
    --input-encoding windows-1252 --id 'Nominal Ref' -o export.enc
says 'not encoded of date_of_birth: default date 4$'
says 'not encoded of postcode: no fixed abode 5$'
# The same people from a tidy file have the same encodings.
expect 0 tally encode tidy.csv --schema schema.json --key key --id id -o tidy.enc
expect 0 tally link export.enc tidy.enc --threshold 1 -o links.csv
[ "$(awk -F, 'NR > 1 && $2 == $4' links.csv | wc -l)" = 200 ] || fail "people changed on the way"

# A title and a blank line above a table whose columns can all be guessed: no mapping is asked for.
{ printf 'All people 2024\n\n'; tr , '~' <tidy.csv; } >titled.csv
expect 3 tally encode titled.csv --schema schema.json --key key -o titled.enc
says "'titled.csv': row 1 does not name the columns"
says 'hint: try --header-row 3$'
if grep -q 'could begin like this' err; then fail "a mapping is drafted that nobody needs"; fi
expect 0 tally encode titled.csv --schema schema.json --key key --header-row 3 -o titled.enc
says 'separated by tildes'
# From standard input, which cannot be read twice, the first row is all there is to tell of.
from_stdin() { tally encode - --source titled --schema schema.json --key key -o stdin.enc <titled.csv; }
expect 3 from_stdin
says '^# columns left over: All people 2024$'
# The row is given already, and right; only the encoding is not.
sed 's/First Name/x/; s/surname/Family/; s/^id,forename/id,Vorname/' tidy.csv | iconv -f utf-8 -t cp1252 >old.csv
expect 3 tally encode old.csv --schema schema.json --key key -o old.enc
says '^forename = \?\?\?$'
says 'hint: complete the lines above in a file, and try --input-encoding windows-1252 --map FILE$'
# Notes below the table; and columns that a spreadsheet left without a name.
{ cat tidy.csv; printf '\n200 people\n'; } >noted.csv
expect 3 tally encode noted.csv --schema schema.json --key key -o noted.enc
says 'row 203: 1 cell where the header has 7 columns'
says 'hint: delete notes and totals below the table'
sed 's/$/,,/' tidy.csv >wide.csv
expect 0 tally encode wide.csv --schema schema.json --key key --dry-run -o wide.enc
prints 'columns that go nowhere: id, \(column 8\), \(column 9\)$'

# UTF-16, with a mark and without.
for form in utf-16 utf-16le utf-16be; do
    iconv -f utf-8 -t $form tidy.csv >wide.csv
    expect 3 tally encode wide.csv --schema schema.json --key key -o wide.enc
    says 'wide.csv: the text is UTF-16'
    says 'hint: .*CSV UTF-8'
    absent wide.enc
done

# Forty columns of which six are fields: the others go nowhere.
python3 - <<'P'
head = ["Col%02d" % i for i in range(40)]
place = {3: "Person ID", 7: "First Name", 12: "Family Name", 20: "DOB", 21: "Gender", 30: "Post Code", 39: "NHS No"}
for i, name in place.items():
    head[i] = name
with open("forty.csv", "w") as f:
    f.write(",".join(head) + "\n")
    for i in range(60):
        row = ["x%d" % (i % 7)] * 40
        row[3], row[7], row[12], row[20], row[21], row[30], row[39] = \
            str(i), "Ann", "Lee", "%02d/03/1990" % (1 + i % 28), "F", "LS1 4AP", ""
        f.write(",".join(row) + "\n")
P
expect 0 tally encode forty.csv --schema schema.json --key key --record-id 'Person ID' --dry-run -o forty.enc
prints 'made from: forename, surname, date_of_birth, sex, postcode, nhs_number$'
prints 'columns that go nowhere: Col00, Col01, Col02, Person ID, Col04, .*, Col38$'
says '^nhs_number = NHS No$'
expect 0 tally encode forty.csv --schema schema.json --key key -o forty.enc

# Every cell missing.
{ sed -n 1p tidy.csv; for i in 1 2 3 4 5 6 7 8 9; do echo ,,,,,,; done; } >void.csv
expect 0 tally encode void.csv --schema schema.json --key key -o void.enc
says 'warning: no record has a usable field'
expect 0 tally encode void.csv --schema schema.json --key key -o void2.enc
expect 0 tally link void.enc other=void2.enc -o none.csv
[ "$(wc -l <none.csv)" = 1 ] || fail "records without any value were linked"

# Ten thousand aliases in a cell, and in rows.
python3 - <<'P'
aliases = ["Name" + "".join(chr(97 + i // 26 ** k % 26) for k in range(4)) for i in range(10000)]
with open("cell.csv", "w") as f:
    f.write("id,forename,surname\n1,Ann," + "|".join(aliases) + "\n2,Bob,Ray\n")
with open("rows.csv", "w") as f:
    f.write("id,main,forename,surname\n1,,Ann,Lee\n2,,Bob,Ray\n")
    f.writelines("x,1,Ann,%s\n" % a for a in aliases)
P
expect 0 tally schema new --fields forename,surname -o two.json
expect 0 tally encode cell.csv --schema two.json --key key --dry-run -o bars.enc
says "warning: a \| stands in values of surname: 1\. If .*: 'surname = surname \[split \|\]'"
expect 0 tally profile cell.csv --schema two.json
prints 'surname: Cells that seem to hold several values .*: 1 of 2'
prints "'surname = Surname \[split ;\]'"
printf 'forename = forename\nsurname = surname [split |]\n' >cell.map
expect 0 tally profile cell.csv --schema two.json --map cell.map
if grep -q 'several values' out; then fail "a cell that is split is not reported"; fi
expect 0 tally encode cell.csv --schema two.json --key key --map cell.map -o cell.enc
says 'values and alias rows left out: 9,992$'
expect 0 tally encode rows.csv --schema two.json --key key --record-id id --alias-of main -o rows.enc
says 'values and alias rows left out: 9,993$'
says '^  full +9 +2$'
no_leftovers
