#!/bin/sh
# People with several names and addresses: columns, cells and rows of aliases are linked under any of them.
. tests/support/cli.sh
tally schema new --fields forename,surname,postcode --profile standard \
    -o schema.json 2>/dev/null
fixed_key key
python3 - <<'P'
import random
random.seed(5)
syllables = "ba co di fu ge ha ki lo mu ne pa ro si tu ve wa ya zo".split()
name = lambda k: "".join(random.choice(syllables) for _ in range(k)).capitalize()
people = [dict(f=name(2), s=name(3), s2=name(4), p=f"LS{random.randrange(1, 29)} {random.randrange(10)}{random.choice('AB')}{random.choice('DEF')}") for _ in range(800)]
with open("health.csv", "w") as h, open("police.csv", "w") as c, open("rows.csv", "w") as r:
    h.write("id,forename,surname,postcode,ward\n")
    c.write("id,forename,surname,maiden,postcodes,offence\n")
    r.write("id,alias_of,forename,surname,postcode,offence\n")
    lines = []
    for i, x in enumerate(people):
        h.write(f"H{i},{x['f']},{x['s']},{x['p']},w{i % 3}\n")
        c.write(f"P{i},{x['f']},{x['s2']},{x['s']},SW1A 1AA; {x['p']},o{i % 4}\n")
        lines.append(f"P{i},,{x['f']},{x['s2']},{x['p']},o{i % 4}\n")
        lines.append(f"A{i},P{i},{x['f']},{x['s']},,\n")
    random.shuffle(lines)
    r.writelines(lines)
with open("truth.csv", "w") as t:
    t.write("source,id,ent_id\n")
    for i in range(800):
        t.write(f"police,P{i},{i}\nhealth,H{i},{i}\nrows,P{i},{i}\n")
P
cat >police.map <<'M'
forename = forename
surname = surname | maiden
postcode = postcodes [split ;]
M
expect 0 tally encode health.csv --schema schema.json --key key --id id -o health.enc

# f1 NAME LEAST: linking NAME.enc with health.enc finds at least that share.
f1() {
    expect 0 tally link $1.enc health.enc --force -o links.csv
    expect 0 tally evaluate --links links.csv --truth truth.csv --json
    python3 - "$2" <<'P' || fail "quality of $1"
import json, sys
f1 = json.load(open("out"))["f1"]
assert f1 > float(sys.argv[1]) if float(sys.argv[1]) > 0 else f1 < -float(sys.argv[1]), f1
P
}

# Columns and cells.
expect 0 tally encode police.csv --schema schema.json --key key --id id --map police.map \
    --payload offence --payload-out police.pay -o police.enc
says 'further values of surname: 800'
says 'view +encodings +records'
says 'full +3,200 +800'
f1 police 0.98
expect 0 tally inspect police.enc
prints 'view +full: 3,200 encodings of 800 records'

# Rows, shuffled; with the first surname alone hardly anybody is found.
expect 0 tally encode rows.csv --source rows --schema schema.json --key key --id id --alias-of alias_of \
    --payload offence --payload-out rows.pay -o rows.enc
says 'alias rows under their main rows: 800'
says 'Encoded 800 records'
f1 rows 0.98
sed 's/|maiden//; s/surname = .*/surname = surname/; s/ \[split ;\]//' police.map >first.map
expect 0 tally encode police.csv --schema schema.json --key key --id id --map first.map --force -o police.enc
f1 police -0.5

# The whole chain: records, not rows, reach the analyst.
expect 0 tally encode rows.csv --source rows --schema schema.json --key key --record-id id \
    --alias-of alias_of --payload offence --payload-out rows.pay --force -o rows.enc
expect 0 tally inspect rows.enc --json
python3 -c 'import json; assert json.load(open("out"))["holds_record_ids"] is False' || fail "ids"
expect 0 tally encode health.csv --schema schema.json --key key --payload ward --payload-out health.pay \
    --force -o health.enc
expect 0 tally link rows.enc health.enc --linkmap links.map --force -o links.csv
expect 0 tally cohort --linkmap links.map --payload rows.pay,health.pay -o cohort.db
[ "$(sqlite3 cohort.db 'SELECT count(*) FROM source_rows')" = 800 ] || fail "rows of the cohort"
[ "$(sqlite3 cohort.db 'SELECT count(*) FROM person WHERE sources = 2')" -gt 760 ] || fail "linked people"
if strings cohort.db | grep -qE '^[PA][0-9]+$'; then fail "ids in the cohort"; fi

# Mistakes are named.
bad() {
    want=$1
    text=$2
    shift 2
    expect "$want" tally encode "$@" --schema schema.json --key key -o bad.enc
    says "$text"
    absent bad.enc
}
bad 2 'needs the column of ids' rows.csv --alias-of alias_of
bad 2 'give one of them' rows.csv --id id --record-id id --alias-of alias_of
bad 2 'are one column' rows.csv --record-id id --alias-of id
bad 3 "no column 'nix'" rows.csv --record-id id --alias-of nix
bad 5 "alias_of.*identifies" rows.csv --record-id id --alias-of alias_of --payload alias_of --payload-out bad.pay
absent bad.pay
{ head -1 rows.csv; printf 'P1,,Ann,Lee,,\nA1,P9,Nan,Lee,,\n'; } >orphan.csv
bad 3 '1 alias rows have no main row, the first of them row 3' orphan.csv --record-id id --alias-of alias_of
no_leftovers
