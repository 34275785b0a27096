"""Big and small: nobody, one and two people through every verb; hundreds who are all alike; 64 sources, and one too
many; thousands of deliveries; clocks that go back. With TALLY_LONG=1 also five million rows, and ten thousand
deliveries instead of thirty. SPDX-License-Identifier: Apache-2.0

usage: sizes.py [--only NAME]..."""
import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import rig  # noqa: E402

DAY = 86400
HEAD = "id,forename,surname,date_of_birth,sex,postcode,note\n"


class Cut(rig.World):
    """A world whose sources hold the first ${rows} people alone. Commands may say no, in the ways agreed."""
    rows = 0
    said = ()

    def must(self, line, **shim):
        args = line if isinstance(line, list) else line.split()
        r = rig.run(self.now, args, **shim)
        if r.exit not in (0, 1, 3, 5, 6) or (r.exit and "tally: error: " not in r.err):
            raise RuntimeError("%d rows: exit %d: %s\n%s" % (self.rows, r.exit, " ".join(args), r.err))
        self.said += ((r.exit, " ".join(args)[:60]),)
        if args[0] == "synth":
            for s in rig.OWNERS:
                path = os.path.join(self.now, "people", s + ".csv")
                with open(path, encoding="utf-8") as f:
                    lines = f.readlines()
                with open(path, "w", encoding="utf-8") as f:
                    f.writelines(lines[:1 + self.rows])


def few(root):
    """0, 1 and 2 people."""
    for rows in (0, 1, 2):
        Cut.rows = rows
        world = Cut(os.path.join(root, "few-%d" % rows))
        refused = [s for s in world.said if s[0] != 0]
        runs = len(world.said)
        for s in rig.scenes():
            if s.slow:
                continue
            folder = os.path.join(root, "play")
            world.copy(s.stage, folder)
            r = rig.run(folder, s.args)
            runs += 1
            if r.exit not in (0, 1, 3, 5, 6) or (r.exit and "tally: error: " not in r.err):
                yield "%d people: exit %d: %s: %s" % (rows, r.exit, s.name, r.err[-300:])
            if r.exit:
                refused.append((r.exit, s.name))
        print("  %d people: %d commands, %d refused: %s" % (rows, runs, len(refused), refused))


def start(root, name):
    folder = os.path.join(root, name)
    for sub in ("tmp", "home"):
        os.makedirs(os.path.join(folder, sub))
    rig.must(folder, "schema new --fields %s -o schema.json" % rig.FIELDS)
    rig.must(folder, "keygen -o key")
    return folder


def write(folder, name, rows):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(HEAD)
        f.writelines(rows)


def encode(folder, name, *more, **shim):
    rig.must(folder, ["encode", name + ".csv", "--schema", "schema.json", "--key", "key", "--id", "id", "-o",
                      name + ".enc", *more], **shim)


def alike(root):
    """100 people of whom nothing differs, in two sources: links one to one at most, the same on every run."""
    folder = start(root, "alike")
    for i, s in enumerate("ab"):
        write(folder, s + ".csv", ["%s%d,Sam,Jones,1990-01-01,F,CF10 1AA,x\n" % (s, n) for n in range(100)])
        encode(folder, s, seed=10 + i)
    seen = []
    for threads in (1, 2):
        out = "links-%d.csv" % threads
        rig.must(folder, "link a.enc b.enc --threshold 0.8 -o %s --threads %d" % (out, threads))
        with open(os.path.join(folder, out), encoding="utf-8") as f:
            seen.append(f.read())
    pairs = [line.split(",") for line in seen[0].splitlines()[1:]]
    if seen[0] != seen[1]:
        yield "the links differ by the number of threads"
    if len({p[1] for p in pairs}) != len(pairs) or len({p[3] for p in pairs}) != len(pairs):
        yield "a person is linked twice"
    print("  100 alike in two sources: %d links" % len(pairs))
    rig.must(folder, "link a.enc -o dups.csv")
    rig.must(folder, "profile a.csv -o a.html")


def sources(root):
    """64 sources are linked; 65 are refused."""
    folder = start(root, "sources")
    for i in range(65):
        write(folder, "s%d.csv" % i, ["%d,Ann%d,Hughes,19%02d-03-04,F,CF10 %dAB,x\n" % (n, n, 10 + n, n % 9)
                                      for n in range(20)])
        encode(folder, "s%d" % i, "--payload", "note", "--payload-out", "s%d.pay" % i, seed=20 + i)
    names = ["s%d.enc" % i for i in range(65)]
    rig.must(folder, ["link", *names[:64], "--threshold", "0.9", "--store", "run.db", "--linkmap", "l.map", "-o",
                      "links.csv"])
    rig.must(folder, ["cohort", "--linkmap", "l.map", "--payload", ",".join("s%d.pay" % i for i in range(64)), "-o",
                      "cohort.db"])
    rig.must(folder, "report --store run.db --cohort cohort.db -o report.html")
    _, dump = rig.database(os.path.join(folder, "cohort.db"))
    print("  64 sources: %d people in the cohort" % dump.count('INSERT INTO "person"'))
    r = rig.run(folder, ["link", *names, "--threshold", "0.9", "-o", "more.csv"])
    if r.exit not in (2, 3) or "64" not in r.err:
        yield "65 sources: exit %d: %s" % (r.exit, r.err[-200:])


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Pace:
    """The time that ${n} rounds take, and the CPU time of commands in the first and the last tenth."""

    def __init__(self, n):
        self.n = n
        self.tenth = max(1, n // 10)
        self.began = time.monotonic()
        self.first = self.last = 0

    def rounds(self):
        before = cpu()
        for i in range(1, self.n + 1):
            if i == self.n - self.tenth + 1:
                self.last = cpu()
            yield i
            if i == self.tenth:
                self.first = cpu() - before

    def __str__(self):
        return "%.0f s, %.0f ms of CPU each at first and %.0f ms in the end" % (
            time.monotonic() - self.began, 1e3 * self.first / self.tenth, 1e3 * (cpu() - self.last) / self.tenth)


def deliveries(root):
    """One owner delivers again and again, as often as was agreed; its log and the linker's grow. Runs into one store."""
    n = int(os.environ.get("TALLY_DELIVERIES", "10000" if rig.LONG else "30"))
    yield from governed_deliveries(root, n)
    yield from bare_deliveries(root, n)


def governed_deliveries(root, n):
    world = rig.World(os.path.join(root, "many"), deliveries=n)
    folder = os.path.join(root, "play")
    world.copy("agreed", folder)
    pace = Pace(n)
    for i in pace.rounds():
        rig.must(folder, rig.encode_governed("police"), seed=1000 + i)
        rig.must(folder, rig.ingest("police").replace("police-1", "police-%d" % i))
    print("  %d deliveries and no more, %s" % (n, pace), flush=True)
    r = rig.run(folder, rig.encode_governed("police").split())
    if r.exit != 5 or "allows %d deliveries" % n not in r.err:
        yield "delivery %d: exit %d: %s" % (n + 1, r.exit, r.err[-200:])
    r = rig.run(folder, rig.ingest("police").replace("police-1", "police-%d" % (n // 2)).split())
    if r.exit != 5 or "was taken before" not in r.err:
        yield "delivery %d again: exit %d: %s" % (n // 2, r.exit, r.err[-200:])
    for who, entries in (("police", 2 * n), ("linker", n)):
        said = rig.must(folder, "log verify %s/id" % who).out.decode()
        if "%d entries " % entries not in said:
            yield "the log of %s: %s" % (who, said)
    for i, p in enumerate(rig.OWNERS[1:]):
        rig.must(folder, rig.encode_governed(p), seed=10 + i)
        rig.must(folder, rig.ingest(p), seed=20 + i)
    before = cpu()
    rig.must(folder, rig.link_governed())
    print("  the last of them is linked, %.0f ms of CPU" % (1e3 * (cpu() - before)), flush=True)


def bare_deliveries(root, n):
    bare = start(root, "bare")
    write(bare, "p.csv", ["1,Ann,Hughes,1990-03-04,F,CF10 1AB,x\n"])
    pace = Pace(n)
    for i in pace.rounds():
        rig.must(bare, "encode p.csv --schema schema.json --key key --id id --source p -o d%d.enc" % i, seed=5000 + i)
        last = "link p=d%d.enc --store run.db --linkmap l.map -o l.csv --force --threads 1" % i
        r = rig.run(bare, last.split())
        if r.exit != 0:
            yield "run %d: exit %d: %s" % (i, r.exit, r.err[-200:])
            return
    sound, dump = rig.database(os.path.join(bare, "run.db"))
    print("  %d runs into one store, %s, %d bytes" % (n, pace, os.stat(os.path.join(bare, "run.db")).st_size))
    if sound != "ok" or dump.count('INSERT INTO "run"') != n:
        yield "the store holds %d runs, not %d: %s" % (dump.count('INSERT INTO "run"'), n, sound)


def clocks(root):
    """A clock that goes back changes no number and no order; an agreement holds between its days alone."""
    world = rig.World(os.path.join(root, "clocks"))
    folder = os.path.join(root, "play")
    world.copy("agreed", folder)
    rig.must(folder, rig.encode_governed("police"))
    rig.must(folder, rig.ingest("police"))
    rig.must(folder, rig.encode_governed("police"), clock=rig.NOW - 3600, seed=6)
    rig.must(folder, rig.ingest("police").replace("police-1", "police-2"), clock=rig.NOW - 7200)
    r = rig.run(folder, rig.ingest("police").split(), clock=rig.NOW - DAY // 2)
    if r.exit != 5:
        yield "an old delivery by an old clock: exit %d: %s" % (r.exit, r.err[-200:])
    for who in ("police", "linker"):
        rig.must(folder, "log verify %s/id" % who, clock=rig.NOW - 3600)
    for days, says in ((-400, "in force from"), (800, "ended on")):
        before = rig.snapshot(folder)
        for line in (rig.encode_governed("police"), rig.ingest("police"), rig.link_governed()):
            r = rig.run(folder, line.split(), clock=rig.NOW + days * DAY)
            if r.exit != 5 or says not in r.err:
                yield "%d days: exit %d: %s" % (days, r.exit, r.err[-200:])
        if rig.snapshot(folder) != before:
            yield "%d days: something was written" % days
    print("  clocks: back by hours, by 400 days, on by 800 days")


def millions(root):
    """Five million rows: checked and encoded in bounded memory."""
    if not rig.LONG:
        return
    folder = start(root, "millions")
    n = int(os.environ.get("TALLY_ROWS", "5000000"))
    names = ("Ann", "Bob", "Cerys", "Dai", "Efa", "Ffion", "Gwen", "Huw", "Iola", "Jac")
    with open(os.path.join(folder, "m.csv"), "w", encoding="utf-8") as f:
        f.write(HEAD)
        for i in range(n):
            f.write("%d,%s%s,Mar%d,19%02d-%02d-%02d,F,CF%d %dAB,x\n" % (
                i, names[i % 10], names[i // 10 % 10].lower(), i // 100 % 5000, i % 90, 1 + i % 12, 1 + i % 28,
                1 + i % 80, i % 9))
    for line in ("profile m.csv -o m.html", "encode m.csv --schema schema.json --key key --payload note --payload-out "
                 "m.pay -o m.enc", "inspect m.enc"):
        began = time.monotonic()
        env = rig.environment(folder)
        del env["LD_PRELOAD"]
        r = subprocess.run([rig.TALLY, *line.split()], cwd=folder, env=env, capture_output=True, check=False)
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        print("  %d rows: %s: %.0f s, at most %d MiB" % (n, line.split()[0], time.monotonic() - began, most))
        if r.returncode != 0:
            yield "exit %d: %s" % (r.returncode, r.stderr.decode()[-300:])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--only", action="append")
    args = p.parse_args()
    rig.need_shim()
    root = tempfile.mkdtemp(prefix="tally-sizes-")
    failed = 0
    try:
        for part in (few, alike, sources, deliveries, clocks, millions):
            if args.only and part.__name__ not in args.only:
                continue
            print(part.__doc__.splitlines()[0], flush=True)
            for line in part(root):
                failed += 1
                print("  WRONG: " + line, flush=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    sys.exit(1 if failed else 0)


main()
