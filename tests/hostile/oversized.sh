#!/bin/sh
# Files that claim more than they hold, or unpack to more than anybody wants: refused, in
# little time and memory, whatever they claim.
# SPDX-License-Identifier: Apache-2.0
. tests/support/cli.sh
ulimit -t 60

# Refused with code $1 by a message of ours.
refused() {
    code=$1
    shift
    expect "$code" "$@"
    grep -q '^tally: error:' err || fail "no error is told: $*"
}
bytes() { python3 -c "import struct, sys; sys.stdout.buffer.write($1)"; }

# Tables of text.
python3 -c "print(','.join('c%d' % i for i in range(5000)))" >columns.csv
refused 3 tally profile columns.csv
{ echo a,b; head -c 9000000 /dev/zero | tr '\0' x; echo ,y; } >row.csv
refused 3 tally profile row.csv
{ printf 'a,b\n1,"'; head -c 20000000 /dev/zero | tr '\0' '\n'; } >quote.csv
refused 3 tally profile quote.csv

# JSON: deep, long, and with numbers beyond all bounds.
python3 -c "print('[' * 200000)" >deep.json
refused 3 tally schema check deep.json
head -c 20000000 /dev/zero | tr '\0' ' ' >long.json
refused 3 tally schema check long.json
expect 0 tally schema new --fields forename,surname -o schema.json
for change in 's/"bits": [0-9]*/"bits": 9223372036854775807/' 's/"bits": [0-9]*/"bits": -1/' \
    's/"bits": [0-9]*/"bits": 1e308/' 's/"bits": [0-9]*/"bits": 18446744073709551616/'; do
    sed "$change" schema.json >changed.json
    ! cmp -s schema.json changed.json || fail "nothing changed: $change"
    refused 3 tally schema check changed.json
done

# Containers: lengths, counts and offsets of 2^63 and more in a header that is otherwise right.
printf 'id,forename,surname\n1,Ann,Lee\n2,Bob,Ray\n' >people.csv
expect 0 tally keygen -o key
expect 0 tally encode people.csv --schema schema.json --key key --record-id id -o good.enc
for at in 16 24 72 80 88; do
    cp good.enc bad.enc
    bytes "b'\\xff' * 7 + b'\\x7f'" | dd of=bad.enc bs=1 seek=$at conv=notrunc 2>/dev/null
    refused 4 tally inspect bad.enc
    refused 4 tally link good.enc bad.enc -o links.csv
    absent links.csv
done

# Pairs: a file cut within a pair, and a score that is none.
expect 0 tally encode people.csv --schema schema.json --key key --source other -o other.enc
expect 0 tally pairs good.enc other.enc --threshold 0.1 -o good.bin
head -c -3 good.bin >cut.bin
cp good.bin nan.bin
bytes "struct.pack('<d', float('nan'))" | dd of=nan.bin bs=1 seek=4 conv=notrunc 2>/dev/null
for file in cut.bin nan.bin; do
    refused 4 tally inspect $file
done

# Filters: one of a megabyte, and a million brackets.
python3 -c "print('{\"clks\":[\"' + 'A' * 1400000 + '\"]}')" >filter.json
refused 3 tally pairs filter.json --threshold 0.9 -o pairs.bin
python3 -c "print('{\"clks\":' + '[' * 1000000)" >brackets.json
refused 3 tally pairs brackets.json --threshold 0.9 -o pairs.bin
absent pairs.bin

# A workbook whose sheet is a gigabyte of blanks in a megabyte of zip.
python3 - <<'END'
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACK = "http://schemas.openxmlformats.org/package/2006/relationships"
with zipfile.ZipFile("bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("_rels/.rels", f'<Relationships xmlns="{PACK}"><Relationship Id="a" Type="{DOC}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
    z.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACK}"><Relationship Id="a" Type="{DOC}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')
    z.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{DOC}"><sheets><sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>')
    with z.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
        sheet.write(f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="str"><v>a</v></c></row>'.encode())
        for _ in range(1024):
            sheet.write(b" " * (1 << 20))
        sheet.write(b"</sheetData></worksheet>")
END
tally profile bomb.xlsx >out 2>err && fail 'a bomb is read'
if ! grep -q 'which this build does not read' err; then
    refused 3 tally profile bomb.xlsx
    says 'unpacks to'
fi
