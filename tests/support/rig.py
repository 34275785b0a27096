"""Runs of every verb on small inputs, in a world of its own, under the shim (tests/shim/shim.h), for the
tests that make things go wrong. A world is a folder; a scene is one command in a copy of a stage of it.
SPDX-License-Identifier: Apache-2.0"""
import csv
import hashlib
import html
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field

BUILD = os.environ.get("TALLY_BUILD", os.path.join(os.getcwd(), "build"))
TALLY = os.path.join(BUILD, "tally")
SHIM = os.path.join(BUILD, "tally_shim.so")
LONG = os.environ.get("TALLY_LONG") == "1"
PASSPHRASE = "correct horse battery"
NOW = 1_900_000_000  # a day in March 2030
TABLES = """{"tallystick": "tables", "version": 1, "name": "few", "title": "Attendances by kind",
"events": [{"name": "contact", "source": "health"}],
"dimensions": [{"name": "kind", "column": "attendance_type", "levels": "found"}],
"tables": [{"name": "by-kind", "title": "Contacts by kind", "count": "records", "event": "contact", "by": ["kind"]}]}
"""
FIELDS = "forename,surname,date_of_birth,sex,postcode"
PARTIES = ("police", "health", "education", "linker", "analyst")
OWNERS = PARTIES[:3]
PAYLOAD = {"police": "offence_category", "health": "attendance_type", "education": "attendance_band"}


def need_shim():
    """Skip, aloud, where the shim cannot be had or loaded."""
    if not os.path.exists(SHIM):
        print("skipped: the shim is for x86-64 Linux")
        sys.exit(77)
    tried = subprocess.run([TALLY, "--version"], env=environment(), capture_output=True, check=False)
    if tried.returncode == 99:
        print("skipped: system calls cannot be trapped here:", tried.stderr.decode().strip())
        sys.exit(77)


def environment(world=None, **shim):
    """The environment of a run: no more than it needs, the random bytes and the clock fixed."""
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "LD_PRELOAD": SHIM}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE"):
        if name in os.environ:
            env[name] = os.environ[name]
    env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0:exitcode=98:allocator_may_return_null=1"
    env["LSAN_OPTIONS"] = env.get("LSAN_OPTIONS", "") + ":exitcode=98"
    if world:
        env["TMPDIR"] = os.path.join(world, "tmp")
        env["HOME"] = os.path.join(world, "home")
    shim = {"seed": 5, "clock": NOW, "pwhash": 1} | shim
    env |= {"TALLY_SHIM_" + k.upper(): str(v) for k, v in shim.items() if v is not None}
    return env


@dataclass
class Result:
    """What came of a run: exit is negative for a signal."""
    exit: int
    out: bytes
    err: str


def run(world, args, program=None, passphrase=PASSPHRASE, timeout=120, env=None, **shim):
    """Run the command in the folder ${world}. '{pass}' in an argument is a descriptor with the passphrase."""
    fds = ()
    if any("{pass}" in a for a in args):
        fd, end = os.pipe()
        os.write(end, passphrase.encode() + b"\n")
        os.close(end)
        fds = (fd,)
        args = [a.replace("{pass}", str(fd)) for a in args]
    try:
        p = subprocess.run([program or TALLY, *args], cwd=world, stdin=subprocess.DEVNULL, capture_output=True,
                           pass_fds=fds, timeout=timeout, check=False,
                           env=(env or {}) | environment(world, **shim) | (env or {}))
        return Result(p.returncode, p.stdout, p.stderr.decode(errors="replace"))
    except subprocess.TimeoutExpired:
        return Result(-signal.SIGALRM, b"", "no end after %d s" % timeout)
    finally:
        for fd in fds:
            os.close(fd)


class Server:
    """One command run again and again in one folder, with the process begun once."""

    def __init__(self, world, args):
        self.world = world
        self.files = [tempfile.TemporaryFile(buffering=0) for _ in range(2)]
        self.secret = tempfile.TemporaryFile(buffering=0)
        self.secret.write(PASSPHRASE.encode() + b"\n")
        end, self.ask = os.pipe()
        self.hear, tell = os.pipe()
        fds = (end, tell, self.secret.fileno())
        env = environment(world, serve="%d,%d" % (end, tell))
        self.process = subprocess.Popen([TALLY, *(a.replace("{pass}", str(fds[2])) for a in args)], env=env,
                                        stdin=subprocess.DEVNULL, stdout=self.files[0], stderr=self.files[1],
                                        pass_fds=fds, start_new_session=True)
        os.close(end)
        os.close(tell)

    def run(self, fault="-", timeout=120):
        self.secret.seek(0)
        for f in self.files:
            f.seek(0)
            f.truncate()
        os.write(self.ask, ("%s %s\n" % (fault, self.world)).encode())
        if not select.select([self.hear], [], [], timeout)[0]:
            self.close()
            return Result(-signal.SIGALRM, b"", "no end after %d s" % timeout)
        status = os.waitstatus_to_exitcode(int.from_bytes(os.read(self.hear, 4), sys.byteorder))
        out, err = (self.read(f) for f in self.files)
        return Result(status, out, err.decode(errors="replace"))

    @staticmethod
    def read(f):
        f.seek(0)
        return f.read()

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for fd in (self.ask, self.hear):
            os.close(fd)
        for f in (*self.files, self.secret):
            f.close()


def must(world, line, **shim):
    """Run a command of the stage, which has to go well."""
    args = line if isinstance(line, list) else line.split()
    r = run(world, args, **shim)
    if r.exit != 0:
        raise RuntimeError("cannot set the stage: exit %d: tally %s\n%s" % (r.exit, " ".join(args), r.err))
    return r


def database(path):
    """The content of a database, and whether all of it hangs together. In a copy: looking changes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "db")
        for end in ("", "-wal", "-journal"):
            if os.path.exists(path + end):
                shutil.copy(path + end, copy + end)
        with sqlite3.connect(copy) as db:
            sound = [row[0] for row in db.execute("PRAGMA integrity_check")]
            dump = "\n".join(db.iterdump())
        db.close()
    return "\n".join(sound), dump


def is_database(path):
    """By its first bytes. An empty file is none."""
    with open(path, "rb") as f:
        return f.read(16) == b"SQLite format 3\0"


SEEN = {}  # what a file holds, while it is the same file and untouched
SAME = {}  # what a database holds, by the bytes of its files


def stamp(path):
    """Tells whether a file was touched."""
    try:
        st = os.stat(path)
        return st.st_ino, st.st_mtime_ns, st.st_ctime_ns, st.st_size
    except FileNotFoundError:
        return None


def content(path):
    """The digest of a file; of a database: of what it holds."""
    key = (path,) + tuple(stamp(path + end) for end in ("", "-wal", "-journal"))
    if key not in SEEN:
        if is_database(path) or is_database_name(path):
            files = tuple(digest(path + end) for end in ("", "-wal", "-journal"))
            if files not in SAME:
                sound, dump = database(path)
                SAME[files] = sound + hashlib.sha256(dump.encode()).hexdigest()
            SEEN[key] = SAME[files]
        else:
            SEEN[key] = digest(path)
    return SEEN[key]


def digest(path):
    """The digest of the bytes of a file, None when it is not there."""
    try:
        with open(path, "rb") as f:
            return hashlib.sha256(f.read()).hexdigest()
    except FileNotFoundError:
        return None


def is_database_name(name):
    return name.endswith(".db")


def snapshot(world):
    """Every file and folder below ${world}: name -> digest of what is in it (a database: of its content)."""
    found = {}
    for folder, folders, names in os.walk(world):
        here = os.path.relpath(folder, world)
        for name in folders:
            found[os.path.normpath(os.path.join(here, name)) + "/"] = "folder"
        for name in names:
            path = os.path.join(folder, name)
            short = os.path.normpath(os.path.join(here, name))
            base = path.rpartition("-")
            if base[2] in ("wal", "shm", "journal") and os.path.exists(base[0]):
                continue  # part of the database beside it, which is looked at with it
            found[short] = content(path) if os.path.isfile(path) else "special"
    return found


@dataclass
class Scene:
    """One command. ${grows}: files that it adds to, and that may have an addition after a failure."""
    name: str
    stage: str
    args: list
    grows: tuple = ()
    exit: int = 0
    once: bool = False  # what it destroys is gone after a failure half-way
    slow: bool = False  # takes seconds: a sample, in the long tier
    varies: bool = False  # tells of the machine, which a failed look at it may change


@dataclass
class World:
    """The stages: a folder each, made by the commands themselves."""
    root: str
    stages: dict = field(default_factory=dict)
    people: int = 24
    deliveries: int = 12  # that the agreement allows an owner

    def __post_init__(self):
        self.now = os.path.join(self.root, "now")
        for name in ("tmp", "home", "people"):
            os.makedirs(os.path.join(self.now, name))
        self.set()

    def keep(self, stage):
        to = os.path.join(self.root, stage)
        shutil.copytree(self.now, to, symlinks=True)
        self.stages[stage] = to

    def copy(self, stage, to):
        if os.path.exists(to):
            shutil.rmtree(to)
        shutil.copytree(self.stages[stage], to, symlinks=True)

    def restore(self, stage, to, names):
        """Make files and folders of these ${names} what they are in the stage."""
        for name in sorted(names, key=len, reverse=True):  # what is in a folder before the folder
            path = os.path.join(to, name)
            if name.endswith("/") and os.path.isdir(path) and not os.path.islink(path):
                os.rmdir(path)
            else:
                for end in ("", "-wal", "-shm", "-journal"):
                    if os.path.lexists(path + end):
                        os.remove(path + end)
        for name in sorted(names, key=len):
            was = os.path.join(self.stages[stage], name)
            if name.endswith("/") and os.path.isdir(was):
                shutil.copytree(was, os.path.join(to, name), symlinks=True, dirs_exist_ok=True)
            else:
                for end in ("", "-wal", "-shm", "-journal"):
                    if os.path.lexists(was + end):
                        shutil.copy2(was + end, os.path.join(to, name) + end, follow_symlinks=False)

    def must(self, line, **shim):
        must(self.now, line, **shim)

    def set(self):
        self.workbench()
        self.reviews()
        self.governed()
        self.reviews_governed()

    def workbench(self):
        self.must("synth --people %d --sources police,health,education --seed 7 --force -o people" % self.people)
        self.must("schema new --fields %s --profile standard -o schema.json" % FIELDS)
        self.must("keygen -o key")
        with open(os.path.join(self.now, "people/police.csv"), encoding="utf-8") as f:
            rows = list(csv.reader(f))
        with open(os.path.join(self.now, "optout.csv"), "w", encoding="utf-8") as f:
            f.write("id\n%s\n" % (rows[1][0] if len(rows) > 1 else "none"))
        workbook(os.path.join(self.now, "police.xlsx"), rows)
        reference = os.path.join(os.path.dirname(__file__), "clkhash_reference.py")
        subprocess.run([sys.executable, reference, "own"], cwd=self.now, check=True)
        os.chmod(os.path.join(self.now, "own.secret"), 0o600)
        self.keep("data")
        for s in OWNERS:
            self.must("encode people/%s.csv --schema schema.json --key key --payload %s --payload-out %s.pay "
                      "-o %s.enc --id id --threads 1" % (s, PAYLOAD[s], s, s), seed=sum(s.encode()))
        self.must("encode own.csv --schema own.v3.json --secret-file own.secret -o own.json --threads 1")
        with open(os.path.join(self.now, "same.csv"), "w", encoding="utf-8") as f:
            f.write("id_1,id_2\n" + "".join("%s,%s\n" % (row[0], row[0]) for row in rows[1:]))
        self.keep("encoded")
        self.must("link police.enc health.enc education.enc --threshold 0.8 --store run.db --linkmap links.map "
                  "-o links.csv --clusters clusters.csv --threads 1")
        _, dump = database(os.path.join(self.now, "run.db"))
        with open(os.path.join(self.now, "withdrawn.txt"), "w", encoding="utf-8") as f:
            f.write((dump.split('INSERT INTO "record" VALUES(1,0,0,X\'') + ["0" * 32])[1][:32] + "\n")
        self.keep("linked")
        self.must("link police.enc health.enc education.enc --store run.db --add -o links2.csv --threads 1")
        self.keep("added")
        self.copy("linked", self.now)
        self.must("cohort --linkmap links.map --payload police.pay,health.pay,education.pay -o cohort.db")
        with open(os.path.join(self.now, "tables.json"), "w", encoding="utf-8") as f:
            f.write(TABLES)
        self.keep("cohort")

    def reviews(self):
        """A second round needs sources that are larger."""
        self.must("synth --people 120 --sources police,health,education --seed 7 --force -o more")
        for s in ("health", "education"):
            self.must("encode more/%s.csv --schema schema.json --key key -o more/%s.enc --id id --threads 1" % (s, s),
                      seed=sum(s.encode()))
        self.must("link more/health.enc more/education.enc --store more/run.db --threads 1")
        self.keep("uncertain")
        self.must("review export --store more/run.db --sample 20 -o asked")
        self.keep("asked")
        for s in ("health", "education"):
            self.must(answer(s))
        self.keep("answered")
        self.must("review import health.answer education.answer --store more/run.db")
        self.keep("reviewed")
        self.copy("cohort", self.now)

    def governed(self):
        for i, p in enumerate(PARTIES):
            os.mkdir(os.path.join(self.now, p))
            self.must(["identity", "new", "Northshire " + p, "--kind", p, "-o", p + "/id",
                       "--passphrase-fd", "{pass}"], seed=100 + i)
        self.must(["identity", "new", "Northshire police", "--kind", "police", "-o", "next",
                   "--passphrase-fd", "{pass}"], seed=150)
        self.keep("identities")
        roles = [p + "/id=data-owner" for p in OWNERS[:2]] + [
            "education/id=data-owner+output-checker", "linker/id=linker", "analyst/id=analyst+convenor"]
        payload = ";".join(s + ":" + PAYLOAD[s] for s in OWNERS)
        self.must(["agreement", "draft", *roles, "--schema", "schema.json", "--reference", "northshire-2030",
                   "--payload", payload, "-o", "a.json"])
        path = os.path.join(self.now, "a.json")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for part in text.split('"'):
            if part.startswith("STATE "):
                text = text.replace(part, "as decided by the board")
        text = text.replace('"assign": "one-to-one"', '"assign": "one-to-one", '
                            '"second_round": {"requests_max": 4, "records_max": 4000}')
        text = text.replace('"deliveries_max": 12', '"deliveries_max": %d' % self.deliveries)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        self.keep("drafted")
        for i, p in enumerate(PARTIES):
            self.must("agreement sign a.json --identity %s/id --passphrase-fd {pass}" % p, seed=200 + i)
        for step in ("commit", "contribute", "combine"):
            self.keep(step)
            for i, p in enumerate(OWNERS):
                to = " -o %s/project.key" % p if step == "combine" else ""
                self.must("key %s --agreement a.json --identity %s/id --passphrase-fd {pass}%s" % (step, p, to),
                          seed=300 + len(step) * 10 + i)
        self.must("key split police/project.key health/id/identity.card education/id/identity.card -o shares "
                  "--agreement a.json --identity police/id --passphrase-fd {pass}", seed=350)
        self.keep("agreed")
        for i, p in enumerate(OWNERS):
            self.must(encode_governed(p), seed=400 + i)
        self.keep("sent")
        for i, p in enumerate(OWNERS):
            self.must(ingest(p), seed=500 + i)
        self.keep("ingested")
        self.must(link_governed())
        self.keep("mapped")
        self.must(cohort_governed())
        self.keep("opened")
        self.must(release_governed("--request analyst/request -o draft"))
        self.keep("requested")
        self.must(approve())
        self.keep("approved")

    def reviews_governed(self):
        self.copy("agreed", self.now)
        shutil.copytree(os.path.join(self.stages["uncertain"], "more"), os.path.join(self.now, "more"))
        for i, p in enumerate(OWNERS):
            self.must(encode_governed(p).replace("people/", "more/"), seed=600 + i)
            self.must(ingest(p), seed=610 + i)
        self.must(link_governed())
        self.keep("uncertain agreed")
        self.must(review_governed("export --sample 20 -o linker/asked"))
        self.keep("asked agreed")
        for p in OWNERS:
            self.must(answer_governed(p), seed=620)
        self.keep("answered agreed")


def workbook(path, rows):
    """The rows as text in the one sheet of a workbook."""
    sheet = "".join("<row r='%d'>%s</row>" % (y + 1, "".join(
        "<c r='%s%d' t='inlineStr'><is><t>%s</t></is></c>" % (chr(65 + x), y + 1, html.escape(v))
        for x, v in enumerate(row))) for y, row in enumerate(rows))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/"
    parts = {
        "[Content_Types].xml": "<Types xmlns='%scontent-types'><Default Extension='xml' ContentType='application/xml'/>"
        "</Types>" % package,
        "_rels/.rels": "<Relationships xmlns='%srelationships'><Relationship Id='a' Type='%s/officeDocument' "
        "Target='xl/workbook.xml'/></Relationships>" % (package, office),
        "xl/workbook.xml": "<workbook xmlns='%s' xmlns:r='%s'><sheets><sheet name='S' sheetId='1' r:id='b'/></sheets>"
        "</workbook>" % (main, office),
        "xl/_rels/workbook.xml.rels": "<Relationships xmlns='%srelationships'><Relationship Id='b' "
        "Type='%s/worksheet' Target='worksheets/sheet1.xml'/></Relationships>" % (package, office),
        "xl/worksheets/sheet1.xml": "<worksheet xmlns='%s'><sheetData>%s</sheetData></worksheet>" % (main, sheet),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in parts.items():
            z.writestr(zipfile.ZipInfo(name), text)


def encode_governed(p):
    return ("encode people/%s.csv --agreement a.json --identity %s/id --key %s/project.key --record-id id "
            "--passphrase-fd {pass} --threads 1 -o %s/out" % (p, p, p, p))


def ingest(p):
    return ("ingest %s/out/%s-1-linkage.pkg --agreement a.json --identity linker/id --store linker/run.db "
            "--passphrase-fd {pass}" % (p, p))


def link_governed():
    return ("link --agreement a.json --identity linker/id --store linker/run.db -o linker/links.pkg "
            "--passphrase-fd {pass} --threads 1")


def cohort_governed():
    payloads = ",".join("%s/out/%s-1-payload.pkg" % (p, p) for p in OWNERS)
    return ("cohort --linkmap linker/links.pkg --payload %s --agreement a.json --identity analyst/id "
            "--passphrase-fd {pass} -o analyst/cohort.db" % payloads)


def release_governed(how):
    return ("release --cohort analyst/cohort.db --tables tables.json --agreement a.json --identity analyst/id "
            "--ledger analyst/ledger --passphrase-fd {pass} " + how)


def approve():
    return ("approve analyst/request --draft draft/draft.json --agreement a.json --identity education/id "
            "--passphrase-fd {pass} -o education/approval")


def review_governed(how):
    return ("review %s --agreement a.json --identity linker/id --passphrase-fd {pass} --store linker/run.db" % how)


def answer_governed(p):
    return encode_governed(p).replace("people/", "more/").replace("/out", "/answers") + (
        " --review linker/asked/%s-request-1.pkg --tokens %s/out/%s-1-tokens.csv" % (p, p, p))


def answer(s):
    return ("encode more/%s.csv --schema schema.json --key key --record-id id --review asked/%s.ask "
            "--tokens more/%s.enc --threads 1 -o %s.answer" % (s, s, s, s))


def scenes():
    """Every verb, most of its ways."""
    enc = "encode people/police.csv --schema schema.json --key key --threads 1"
    me = " --agreement a.json --identity police/id --passphrase-fd {pass}"
    lines = [
        ("synth", "data", "synth --people 20 --sources police,health -o more"),
        ("schema new", "data", "schema new --fields %s -o s2.json" % FIELDS),
        ("schema check", "data", "schema check schema.json"),
        ("schema show", "data", "schema show schema.json --json"),
        ("schema convert", "data", "schema convert own.v1.json -o s2.json"),
        ("schema tune", "data", "schema tune --fields surname,sex --people 200 --threads 1 -o s2.json", (), 0, False,
         True),
        ("keygen", "data", "keygen -o key2"),
        ("profile", "data", "profile people/health.csv --schema schema.json --id id -o profile.html --threads 1"),
        ("profile alone", "data", "profile people/health.csv --id id -o profile.html --threads 1"),
        ("encode", "data", enc + " --payload offence_category --payload-out p.pay --opt-out optout.csv "
         "--record-id id -o p.enc"),
        ("encode in place", "encoded", enc + " --force -o police.enc"),
        ("encode clkhash-json", "data", enc + " --format clkhash-json -o p.json"),
        ("encode workbook", "data", enc.replace("people/police.csv", "police.xlsx") + " -o p.enc"),
        ("encode clkhash", "data", "encode own.csv --schema own.v3.json --secret-file own.secret -o own.json --threads 1"),
        ("encode dry run", "data", enc + " --dry-run -o p.enc"),
        ("audit", "encoded", "audit police.enc --schema schema.json --population people/health.csv --key key "
         "--threads 1 -o audit.html"),
        ("audit truth", "encoded", "audit police.enc health.enc --schema schema.json --population people/police.csv "
         "--truth same.csv --threads 1 -o audit.html", (), 1),
        ("audit clkhash", "encoded", "audit own.json --schema own.v3.json --population own.csv --threads 1"),
        ("link", "encoded", "link police.enc health.enc education.enc --store run.db --linkmap links.map "
         "-o links.csv --clusters clusters.csv --threads 1", ("run.db", "run.db.release-key")),
        ("link again", "linked", "link police.enc health.enc education.enc --store run.db --linkmap links2.map "
         "-o links2.csv --threads 1", ("run.db",)),
        ("link add", "linked", "link police.enc health.enc education.enc --store run.db --add -o links2.csv --threads 1", ("run.db",)),
        ("link undo", "added", "link --store run.db --undo"),
        ("pairs", "encoded", "pairs police.enc health.enc --threshold 0.8 -o pairs.bin --groups g.json --threads 1"),
        ("withdraw", "linked", "withdraw --store run.db withdrawn.txt"),
        ("cohort", "linked", "cohort --linkmap links.map --payload police.pay,health.pay,education.pay "
         "-o cohort.db --csv csv"),
        ("review export", "uncertain", "review export --store more/run.db --sample 20 -o asked", ("more/run.db",)),
        ("review answer", "asked", answer("health")),
        ("review import", "answered", "review import health.answer education.answer --store more/run.db",
         ("more/run.db",)),
        ("review undo", "reviewed", "review undo --store more/run.db"),
        ("governed review export", "uncertain agreed", review_governed("export --sample 20 -o linker/asked"),
         ("linker/id/identity.log", "linker/run.db")),
        ("governed review answer", "asked agreed", answer_governed("health"), ("health/id/identity.log",)),
        ("governed review import", "answered agreed", review_governed("import " + " ".join(
            "%s/answers/%s-review-1.pkg" % (p, p) for p in OWNERS)), ("linker/id/identity.log", "linker/run.db")),
        ("release", "cohort", "release --cohort cohort.db --tables tables.json -o tables"),
        ("report", "cohort", "report --store run.db --cohort cohort.db -o report.html"),
        ("evaluate", "linked", "evaluate --links links.csv --truth people/truth.csv --by people/truth_groups.csv "
         "-o quality.html"),
        ("inspect enc", "encoded", "inspect police.enc --json"),
        ("inspect store", "linked", "inspect run.db"),
        ("doctor", "data", "doctor", (), 0, False, False, True),
        ("identity new", "data", "identity new Westshire --kind police -o west --passphrase-fd {pass}"),
        ("identity rotate", "identities", "identity rotate police/id next/identity.card -o rotation --passphrase-fd {pass}",
         ("police/id/identity.log",)),
        ("identity revoke", "identities", "identity revoke police/id -o revoked --passphrase-fd {pass}",
         ("police/id/identity.log",)),
        ("agreement draft", "identities", "agreement draft police/id=data-owner health/id=data-owner "
         "linker/id=linker analyst/id=analyst+convenor --schema schema.json --reference n-2030 -o b.json"),
        ("agreement check", "drafted", "agreement check a.json"),
        ("agreement show", "drafted", "agreement show a.json --export dpia -o dpia.md"),
        ("agreement sign", "drafted", "agreement sign a.json --identity police/id --passphrase-fd {pass}",
         ("police/id/identity.log",)),
        ("key commit", "commit", "key commit" + me, ("police/id/identity.log",)),
        ("key contribute", "contribute", "key contribute" + me, ("police/id/identity.log",)),
        ("key combine", "combine", "key combine -o police/project.key" + me,
         ("police/project.key", "a.json.01.ceremony", "a.json.01.secret"), 0, True),
        ("key check", "agreed", "key check police/project.key --agreement a.json"),
        ("key split", "agreed", "key split police/project.key health/id/identity.card education/id/identity.card "
         "-o shares2" + me, ("police/id/identity.log",)),
        ("key restore", "agreed", "key restore shares/share-01 shares/share-02 --dealer police/id -o back.key"),
        ("key destroy", "agreed", "key destroy police/project.key -o gone.cert" + me,
         ("police/project.key", "gone.cert"), 0, True),
        ("governed encode", "agreed", encode_governed("police"), ("police/id/identity.log",)),
        ("encode in parts", "agreed", encode_governed("police") + " --part-size 65536",
         ("police/id/identity.log", "police/out"), 0, True),
        ("ingest", "sent", ingest("health"), ("linker/id/identity.log", "linker/run.db.deliveries")),
        ("governed link", "ingested", link_governed(),
         ("linker/id/identity.log", "linker/run.db", "linker/run.db.release-key")),
        ("governed cohort", "mapped", cohort_governed(), ("analyst/id/identity.log",)),
        ("release request", "opened", release_governed("--request analyst/request -o draft")),
        ("approve", "requested", approve(), ("education/id/identity.log",)),
        ("governed release", "approved", release_governed("--approval education/approval -o tables"),
         ("analyst/id/identity.log", "analyst/ledger")),
        ("inspect package", "sent", "inspect police/out/police-1-linkage.pkg"),
        ("log verify", "mapped", "log verify police/id linker/run.db.deliveries/police-1.receipt"),
        ("log show", "mapped", "log show linker/id"),
        ("destroy", "mapped", "destroy police.enc links.map --identity police/id -o d.cert --passphrase-fd {pass}",
         ("d.cert", "police.enc", "links.map"), 0, True),
    ]
    return [Scene(n, stage, line.split(), *more) for n, stage, line, *more in lines]
