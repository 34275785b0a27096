#!/bin/sh
# The same people from .csv, .tsv, .xlsx and standard input: one result. Workbooks as Excel
# and as LibreOffice write them, and those that nobody should open.
. tests/support/cli.sh
small_sources 300

# book.py OUT STYLE reads people/health.csv and writes it as the workbook OUT.
cat >book.py <<'P'
import csv, datetime, sys, zipfile
from xml.sax.saxutils import escape

out, style = sys.argv[1:3]
rows = list(csv.reader(open("people/health.csv", encoding="utf-8", newline="")))
head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
doc = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
pack = "http://schemas.openxmlformats.org/package/2006/relationships"
shared = {}

def letters(n):
    return (letters(n // 26 - 1) if n > 25 else "") + chr(65 + n % 26)

def text(value, where):
    if style == "inline":
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    i = shared.setdefault(value, len(shared))
    return f'<c r="{where}" s="0" t="s"><v>{i}</v></c>'

def cell(value, r, c):
    where = letters(c) + str(r)
    if value == "":
        return f'<c r="{where}" s="0"/>' if style == "libreoffice" else ""
    try:
        day = datetime.date.fromisoformat(value)
        if value[4] == "-" and day >= datetime.date(1900, 3, 1) and style != "inline":
            days = (day - datetime.date(1899, 12, 30)).days
            return f'<c r="{where}" s="1"><v>{days}</v></c>'
    except ValueError:
        pass
    if value.isdigit() and len(value) < 15 and not value.startswith("0") and style != "inline":
        kind = ' t="n"' if style == "libreoffice" else ""
        return f'<c r="{where}"{kind} s="0"><v>{value}</v></c>'
    return text(value, where)

def sheet():
    body = []
    for r, row in enumerate(rows, 1):
        cells = "".join(cell(v, r, c) for c, v in enumerate(row))
        if style == "inline":
            cells = "".join(text(v, "") for v in row)
        body.append(f'<row r="{r}">{cells}</row>' if style != "inline" else f"<row>{cells}</row>")
    end = '<row r="1048576" customFormat="1"/>' if style == "libreoffice" else ""
    return f'{head}<worksheet xmlns="{main}"><sheetData>{"".join(body)}{end}</sheetData></worksheet>'

parts = {
    "[Content_Types].xml": head + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": f'{head}<Relationships xmlns="{pack}"><Relationship Id="rId1" Type="{doc}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{head}<workbook xmlns="{main}" xmlns:r="{doc}"><workbookPr/><sheets>'
        '<sheet name="Notes" sheetId="1" state="hidden" r:id="rId5"/><sheet name="People" sheetId="2" r:id="rId1"/>'
        '<sheet name="Empty" sheetId="3" r:id="rId5"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{head}<Relationships xmlns="{pack}"><Relationship Id="rId1" Type="{doc}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId5" Type="{doc}/worksheet" Target="worksheets/sheet2.xml"/>'
        f'<Relationship Id="rId2" Type="{doc}/styles" Target="styles.xml"/><Relationship Id="rId3" Type="{doc}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>',
    "xl/styles.xml": f'{head}<styleSheet xmlns="{main}"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy;@"/></numFmts>'
        f'<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="{14 if style == "excel" else 164}" applyNumberFormat="1"/></cellXfs></styleSheet>',
    "xl/worksheets/sheet1.xml": sheet(),
    "xl/worksheets/sheet2.xml": f'{head}<worksheet xmlns="{main}"><sheetData/></worksheet>',
}
items = "".join(f'<si><t xml:space="preserve">{escape(s)}</t></si>' for s in shared)
parts["xl/sharedStrings.xml"] = f'{head}<sst xmlns="{main}">{items}</sst>'
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
    for name, body in parts.items():
        z.writestr(name, body)
P
for style in excel libreoffice inline; do
    python3 book.py $style.xlsx $style
done
# encode NAME FILE [OPTIONS]: the summary in NAME.json
encode() {
    name=$1
    file=$2
    shift 2
    expect 0 tally encode "$file" --schema schema.json --key key --source health --id id \
        --payload attendance_month,attendance_type --payload-out $name.pay -o $name.enc --json "$@"
    mv out $name.json
}
encode csv people/health.csv

if ! "$bin/tally" encode excel.xlsx --schema schema.json --key key -o probe.enc 2>err &&
    grep -q 'does not read' err; then
    says 'hint: .*CSV UTF-8'
    absent probe.enc
    echo "skipped: this build does not read .xlsx"
    exit 77
fi

python3 - <<'P'
import csv
rows = csv.reader(open("people/health.csv", encoding="utf-8", newline=""))
csv.writer(open("people/health.tsv", "w", encoding="utf-8", newline=""), delimiter="\t").writerows(rows)
P
encode tsv people/health.tsv
tally encode - --schema schema.json --key key --source health --id id --payload \
    attendance_month,attendance_type --payload-out stdin.pay -o stdin.enc --json \
    <people/health.csv >stdin.json 2>err || fail "standard input"
for style in excel libreoffice inline; do
    encode $style $style.xlsx
done
encode named excel.xlsx --sheet people
cp excel.xlsx wrong-name.csv
encode renamed wrong-name.csv
# The summaries are the same but for the names of the files written.
for name in csv tsv stdin excel libreoffice inline named renamed; do
    sed -i '/"file": /d' $name.json
    diff csv.json $name.json >&2 || fail "$name.json differs from csv.json: $(diff csv.json $name.json)"
    # The same person has the same encoding, whatever the file: every record links to its own.
    expect 0 tally link a=csv.enc b=$name.enc --threshold 1 -o $name.links
    [ "$(awk -F, 'NR > 1 && $2 == $4' $name.links | sort -u | wc -l)" = \
        "$(sed 1d people/health.csv | wc -l)" ] || fail "$name: records changed"
    expect 0 tally inspect $name.pay
done

expect 0 tally encode excel.xlsx --schema schema.json --key key --source health -o said.enc
says "Read sheet 'People', one of 3"

# A profile takes what encode takes, and has the same figures of values, however a sheet
# writes dates.
profile_of() {
    name=$1
    shift
    expect 0 tally profile "$@" --id id --json
    python3 -c 'import json, sys
for f in json.load(sys.stdin)["fields"]:
    print(f["field"], f["type"], f["outcomes"], f["frequency"]["distinct"])' <out >"$name.figures"
}
profile_of csv people/health.csv
profile_of excel excel.xlsx
says "Read sheet 'People', one of 3"
profile_of named excel.xlsx --sheet people
for name in excel named; do
    diff csv.figures $name.figures >&2 || fail "the profile of $name differs from that of the CSV"
done
expect 2 tally profile excel.xlsx --sheet Staff
says "no sheet 'Staff'"

# Wrong sheets, and --sheet where there is none.
bad() {
    code=$1
    pattern=$2
    file=$3
    shift 3
    expect "$code" tally encode "$file" --schema schema.json --key key --source x -o bad.enc "$@"
    says "tally: error: .*$pattern"
    says 'tally: hint: '
    absent bad.enc
    no_leftovers
}
bad 2 "no sheet 'Staff'" excel.xlsx --sheet Staff
says "hint: its sheets are 'Notes', 'People', 'Empty'"
# A sheet without any column of the schema may be the wrong one.
expect 0 tally schema new --fields upn -o upn.json
expect 3 tally encode excel.xlsx --schema upn.json --key key -o bad.enc
says "hint: this is sheet 'People'; name another with --sheet: 'Notes', 'People', 'Empty'"
expect 3 tally encode excel.xlsx --sheet Empty --schema schema.json --key key -o bad.enc
says "excel.xlsx: sheet 'Empty': the sheet is empty"
bad 2 'has no sheets' people/health.csv --sheet People
bad 2 'not windows-1252' excel.xlsx --input-encoding windows-1252
got=0
# shellcheck disable=SC2002
cat excel.xlsx | tally encode - --schema schema.json --key key --source x -o bad.enc 2>err || got=$?
[ $got = 2 ] || fail "a workbook from a pipe: exit $got"
says 'cannot be read from a pipe'
tally encode - --schema schema.json --key key --source x -o pipe.enc <excel.xlsx 2>err ||
    fail "a workbook on standard input"
python3 - <<'P'
import csv
rows = list(csv.reader(open("people/health.csv", encoding="utf-8", newline="")))
csv.writer(open("semicolons.csv", "w", encoding="utf-8", newline=""), delimiter=";").writerows(rows)
P
cp people/health.tsv tabs.csv
for name in semicolons tabs; do
    encode $name $name.csv
    sed -i '/"file": /d' $name.json
    diff csv.json $name.json >&2 || fail "$name.csv gives other counts than commas"
done
expect 0 tally encode semicolons.csv --schema schema.json --key key --source x -o said.enc --force
says 'cells of semicolons.csv are separated by semicolons'

# Workbooks that are damaged, protected or made to harm: refused, and quickly.
size=$(stat -c %s excel.xlsx)
head -c $((size / 2)) excel.xlsx >cut.xlsx
bad 3 'cut.xlsx: the workbook is damaged or cut short' cut.xlsx
printf '\320\317\021\340\241\261\032\341%0600d' 0 >old.xls
bad 3 'of the old kind' old.xls
python3 - <<'P'
import zipfile
def change(out, part, body):
    with zipfile.ZipFile("excel.xlsx") as a, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as b:
        for n in a.namelist():
            b.writestr(n, body(a.read(n)) if n == part else a.read(n))
sheet, strings = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
change("bomb.xlsx", sheet, lambda x: x.replace(b"</sheetData>", b" " * 64000000 + b"</sheetData>"))
change("laughs.xlsx", strings, lambda x: b'<!DOCTYPE s [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><sst/>')
change("formula.xlsx", sheet, lambda x: x.replace(b'<row r="3">', b'<row r="3"><c r="A3"><f>B3&amp;C3</f></c>', 1)
       .replace(b'<c r="A3" s', b'<c s'))
change("merged.xlsx", sheet, lambda x: x.replace(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="B2:B9"/></mergeCells>'))
P
bad 3 'bomb.xlsx: .*unpacks to more' bomb.xlsx
bad 3 'laughs.xlsx: .*document type' laughs.xlsx
bad 3 "formula.xlsx: sheet 'People': cell A3: a formula that has no value" formula.xlsx
bad 3 "merged.xlsx: sheet 'People': cells B2:B9 are merged" merged.xlsx
