"""A store and a cohort that somebody else made: every column holds what it should not, tables are gone, doubled, emptied or
views, pages are damaged. Every command that reads them must end with a code of its own, soon, touch nothing when it
refuses, and bring no control character and no markup to a terminal or a page. A sample; with TALLY_LONG=1 every harm, each by one of the
commands in turn. SPDX-License-Identifier: Apache-2.0"""
import os
import random
import re
import shutil
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import rig  # noqa: E402

MARK = "\x1b[2J\x07=cmd()<script>alert(1)</script>"
BLOB = bytes(range(256)) * 20
VALUES = (None, -1, 0, 2**63 - 1, 1.5, float("inf"), "", MARK, b"", BLOB, "7" * 100000)
SECONDS = 60  # at most, for any of these small files
CODES = (0, 1, 2, 3, 4, 5, 6)  # 2: what the store now says does not go with the command; 6: a path it names cannot be opened
PAGES = 400 if rig.LONG else 6
EVERY = 1 if rig.LONG else 23  # which harms of the content are tried

ADD = "link police.enc health.enc education.enc --store run.db --add -o links2.csv --threads 1"
READERS = {
    "run.db": [
        "inspect run.db",
        "report --store run.db -o report.html",
        "link --store run.db --explain why.csv",
        "link --store run.db --undo",
        ADD,
        "withdraw --store run.db withdrawn.txt",
        "review export --store run.db -o again",
        "review undo --store run.db",
        "review import second/police.answer second/health.answer second/education.answer --store run.db",
    ],
    "cohort.db": [
        "inspect cohort.db",
        "release --cohort cohort.db --tables tables.json -o tables",
        "report --store run.db --cohort cohort.db -o report.html",
    ],
}


class Bench(rig.World):
    """The stage: a series of two runs with a list of known pairs, a second round that was
    answered and one that waits, a cohort."""

    def set(self):
        self.must("synth --people 500 --sources police,health,education --seed 7 --scenario dirty --force -o people")
        self.must("schema new --fields %s --profile standard -o schema.json" % rig.FIELDS)
        self.must("keygen -o key")
        for i, s in enumerate(rig.OWNERS):
            self.must("encode people/%s.csv --schema schema.json --key key --payload %s --payload-out %s.pay -o %s.enc --id id "
                      "--threads 1" % (s, rig.PAYLOAD[s], s, s), seed=11 + i)
        self.must("link police.enc health.enc education.enc --store run.db --linkmap links.map -o links.csv --threads 1")
        self.must("cohort --linkmap links.map --payload police.pay,health.pay,education.pay -o cohort.db")
        for name, text in (("known.csv", self.known()), ("withdrawn.txt", self.token() + "\n"), ("tables.json", rig.TABLES)):
            with open(os.path.join(self.now, name), "w", encoding="utf-8") as f:
                f.write(text)
        self.must(ADD + " --must-link known.csv", seed=7)
        os.remove(os.path.join(self.now, "links2.csv"))
        for seed, n in ((30, "first"), (40, "second")):
            self.must("review export --store run.db -o %s" % n, seed=seed)
            for i, s in enumerate(rig.OWNERS):
                self.must("encode people/%s.csv --schema schema.json --key key --record-id id --threads 1 --review %s/%s.ask "
                          "--tokens %s.enc -o %s/%s.answer" % (s, n, s, s, n, s), seed=seed + 1 + i)
            if n == "first":
                self.must("review import first/police.answer first/health.answer first/education.answer --store run.db")
        self.keep("ready")

    def rows(self, sql):
        with sqlite3.connect(os.path.join(self.now, "run.db")) as db:
            found = db.execute(sql).fetchall()
        db.close()
        return found

    def token(self):
        return self.rows("SELECT lower(hex(token)) FROM record ORDER BY token LIMIT 1")[0][0]

    def known(self):
        """A link of the first run, as a list for --must-link."""
        a, x, b, y = self.rows(
            "SELECT l.source_a, lower(hex(r.token)), l.source_b, lower(hex(s.token)) FROM link l JOIN record r ON r.run = l.run "
            "AND r.source = l.source_a AND r.row = l.row_a JOIN record s ON s.run = l.run AND s.source = l.source_b AND "
            "s.row = l.row_b WHERE l.accepted LIMIT 1")[0]
        return "source_a,id_a,source_b,id_b\n%s,%s,%s,%s\n" % (rig.OWNERS[a], x, rig.OWNERS[b], y)


def loosen(db, table):
    """Take the types and rules off a table: its columns then hold anything. Their names."""
    names = [row[1] for row in db.execute("PRAGMA table_info(%s)" % table)]
    indexes = [row[0] for row in db.execute("SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL AND type = 'index'", (table,))]
    db.execute("PRAGMA legacy_alter_table = ON")
    db.execute("ALTER TABLE %s RENAME TO before_" % table)
    db.execute("CREATE TABLE %s (%s)" % (table, ", ".join('"%s"' % n for n in names)))
    db.execute("INSERT INTO %s SELECT * FROM before_" % table)
    db.execute("DROP TABLE before_")
    for sql in indexes:
        db.execute(sql.replace("UNIQUE ", ""))
    return names


def cell(table, column, value, all_rows):
    def harm(db):
        where = "" if all_rows else ' WHERE "%s" = (SELECT max("%s") FROM %s)' % (column, column, table)
        update = 'UPDATE %s SET "%s" = ?%s' % (table, column, where)
        try:
            db.execute(update, (value,))
        except sqlite3.Error:  # the table's type or rule forbids it
            loosen(db, table)
            db.execute(update, (value,))
    text = repr(value)
    return "%s.%s = %s%s" % (table, column, text[:20], " everywhere" if all_rows else ""), harm


def said(*lines):
    return lambda db: [db.execute(line) for line in lines]


def shapes(db, table):
    """Ways in which a table is not what it was."""
    columns = [row[1] for row in db.execute("PRAGMA table_info(%s)" % table)]
    yield "%s gone" % table, said("DROP TABLE %s" % table)
    yield "%s emptied" % table, said("DELETE FROM %s" % table)

    def doubled(db):
        loosen(db, table)
        db.execute("INSERT INTO %s SELECT * FROM %s" % (table, table))
    yield "%s doubled" % table, doubled

    def narrowed(db):
        db.execute("CREATE TABLE other_ AS SELECT \"%s\" FROM %s" % (columns[0], table))
        db.execute("DROP TABLE %s" % table)
        db.execute("ALTER TABLE other_ RENAME TO %s" % table)
    yield "%s of one column" % table, narrowed

    def view(db):
        db.execute("CREATE TABLE other_ AS SELECT * FROM %s" % table)
        db.execute("DROP TABLE %s" % table)
        db.execute("CREATE VIEW %s AS SELECT * FROM other_" % table)
    yield "%s a view" % table, view
    yield "a trigger on %s" % table, said(
        "CREATE TRIGGER t_ AFTER INSERT ON %s BEGIN DELETE FROM %s; END" % (table, table))


def whole(path):
    """Harm to the file, not to what it says."""
    size = os.path.getsize(path)
    draw = random.Random(path[-6:])
    for _ in range(PAGES):
        at, way = draw.randrange(size), draw.choice(("flip", "zero", "cut", "page"))

        def harm(data, at=at, way=way, other=draw.randrange(size // 4096)):
            if way == "flip":
                data[at] ^= 1 << (at % 8)
            elif way == "zero":
                data[at:at + 64] = bytes(len(data[at:at + 64]))
            elif way == "cut":
                del data[at:]
            else:
                page = at // 4096 * 4096
                data[page:page + 4096] = data[other * 4096:other * 4096 + 4096]
        yield "%s at %d" % (way, at), harm


def tables(db):
    return [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]


def harms(path):
    """(what, harm through SQL or None, harm of the bytes or None) of a database."""
    with sqlite3.connect(path) as db:
        for table in tables(db):
            for what, harm in shapes(db, table):
                yield what, harm, None
            for row in db.execute("PRAGMA table_info(%s)" % table).fetchall():
                for value in VALUES:
                    for everywhere in (False, True):
                        yield *cell(table, row[1], value, everywhere), None
        for pragma in ("user_version", "application_id"):
            for value in (0, 1, 99, -1):
                yield "%s %d" % (pragma, value), said("PRAGMA %s = %d" % (pragma, value)), None
    db.close()
    for what, harm in whole(path):
        yield what, None, harm


def do_harm(path, by_sql, by_bytes):
    if by_sql is not None:
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA ignore_check_constraints = ON")
        by_sql(db)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        return
    with open(path, "rb") as f:
        data = bytearray(f.read())
    by_bytes(data)
    with open(path, "wb") as f:
        f.write(data)


def shown(folder, r):
    """What a person gets to see of a run."""
    yield "standard output", r.out.decode(errors="replace")
    yield "standard error", r.err
    for name in ("report.html", "why.csv", "links2.csv"):
        if os.path.exists(os.path.join(folder, name)):
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as f:
                yield name, f.read()


def wrong(folder, line, r, before):
    """What is wrong with how a command took it, or None."""
    if r.exit not in CODES:
        return "exit %d: %s" % (r.exit, r.err[-2000:])
    if r.exit > 1 and not re.search("tally: error: .", r.err):
        return "no message"
    for where, text in shown(folder, r):
        if re.search("[\x00-\x08\x0b-\x1f\x7f]", text):
            return "a control character in " + where
        if "<script>alert" in text and where.endswith(".html"):
            return "markup in " + where
        if re.search("(?m)(^|,)\"?=cmd", text) and where.endswith(".csv"):
            return "a formula in " + where
    after = rig.snapshot(folder)
    if r.exit > 1 and before != after:
        return "exit %d, but touched %s" % (r.exit, sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n)))
    return None


def check(world, name, only):
    """Every harm to one database, by its readers: (runs, refused, faults)."""
    base = os.path.join(world.root, "base")
    world.copy("ready", base)
    path, here = os.path.join(base, name), os.path.join(world.root, "here")
    runs, refused, faults = 0, 0, []
    for i, (what, by_sql, by_bytes) in enumerate(harms(path)):
        if by_bytes is None and i % EVERY:
            continue
        readers = READERS[name] if only else [READERS[name][i // EVERY % len(READERS[name])]]
        for line in readers:
            if only and only not in what + " " + line:
                continue
            world.copy("ready", here)
            do_harm(os.path.join(here, name), by_sql, by_bytes)
            before = rig.snapshot(here) if by_bytes is None else None
            r = rig.run(here, line.split(), timeout=SECONDS)
            runs += 1
            refused += r.exit > 1
            fault = wrong(here, line, r, before) if by_bytes is None else (
                None if r.exit in CODES else "exit %d: %s" % (r.exit, r.err[-2000:]))
            if fault is not None:
                faults.append("%s, %s: %s: %s" % (name, what, line, fault))
                print(faults[-1], flush=True)
            elif only or "-v" in sys.argv:
                print("%s: %s: exit %d %s" % (what, line, r.exit, r.err.strip().splitlines()[-1:]))
    return runs, refused, faults


def main():
    rig.need_shim()
    only = " ".join(a for a in sys.argv[1:] if a != "-v")
    with tempfile.TemporaryDirectory() as root:
        world, bad, total = Bench(root), 0, 0
        for name, lines in READERS.items():
            for line in lines:
                world.copy("ready", os.path.join(root, "here"))
                r = rig.run(os.path.join(root, "here"), line.split())
                if r.exit != 0:
                    raise RuntimeError("%s: exit %d with nothing wrong: %s" % (line, r.exit, r.err))
            runs, refused, faults = check(world, name, only)
            print("%s: %d runs, %d refused, %d wrong" % (name, runs, refused, len(faults)))
            bad += len(faults)
            total += runs
    return 1 if bad or total == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
