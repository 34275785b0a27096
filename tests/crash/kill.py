"""kill -9 at random moments: half of them at a system call chosen at random (a write is cut in two first), half
at a time chosen at random. After each: what stood before still stands, every database opens and is sound, what is
new under its own name is whole, and the same command run again gives the bytes of a run that was not
disturbed. The kill loses no written page of the system's memory: this is not a power cut.
SPDX-License-Identifier: Apache-2.0

usage: kill.py [--kills N] [--verb NAME]... [--seed S] [--jobs N]"""
import argparse
import collections
import fnmatch
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import rig  # noqa: E402

PAYLOADS = ",".join("%s/out/%s-1-payload.pkg" % (p, p) for p in rig.OWNERS)
LINK = "link police.enc health.enc education.enc --threshold 0.8 --threads 1 "
# name: stage, command, what a killed run may leave beside what it makes: nobody reads it, and what is plain
# goes with the next run
VERBS = {
    "encode": ("data", "encode people/health.csv --schema schema.json --key key --payload attendance_type "
               "--payload-out h.pay -o h.enc --threads 1", [".tally-*"]),
    "governed encode": ("agreed", rig.encode_governed("police"),
                        ["*/.tally-*", "tmp/*", "police/out/police-1-.*"]),
    "ingest": ("sent", rig.ingest("health"), ["linker/run.db.deliveries/.tally-*", "tmp/*"]),
    "link": ("encoded", LINK + "--store run.db --linkmap l.map -o l.csv --clusters c.csv", [".tally-*"]),
    "link again": ("linked", LINK + "--store run.db --linkmap l.map -o l.csv --force", [".tally-*"]),
    "governed link": ("ingested", rig.link_governed(), ["linker/.tally-*", "tmp/*", "linker/links.pkg.plain"]),
    "cohort": ("linked", "cohort --linkmap links.map --payload police.pay,health.pay,education.pay -o cohort.db "
               "--csv csv", [".tally-*", "csv/.tally-*", "csv/"]),
    "release": ("cohort", "release --cohort cohort.db --tables tables.json -o tables", ["tables/", "tables/.tally-*"]),
    "governed cohort": ("mapped", "cohort --linkmap linker/links.pkg --payload %s --agreement a.json --identity "
                        "analyst/id --passphrase-fd {pass} -o analyst/cohort.db" % PAYLOADS,
                        ["analyst/.tally-*", "tmp/*"]),
}


class Victim:
    def __init__(self, world, name, seed):
        self.world = world
        self.name = name
        self.stage, line, self.litter = VERBS[name]
        self.args = line.split()
        self.folder = os.path.join(world.root, "victim-%d" % os.getpid())
        self.random = random.Random("%s %d" % (name, seed))
        self.fresh()
        self.before = rig.snapshot(self.folder)
        counts = self.folder + ".counts"
        began = time.monotonic()
        rig.must(self.folder, self.args, count=counts)
        self.seconds = time.monotonic() - began
        self.done = rig.snapshot(self.folder)
        with open(counts, encoding="utf-8") as f:
            self.calls = int(dict(line.split() for line in f)["any"])

    def fresh(self):
        self.world.copy(self.stage, self.folder)

    def kill_at_call(self):
        r = rig.run(self.folder, self.args, fault="any:%d:kill" % self.random.randint(1, self.calls))
        return r.exit

    def kill_at_time(self):
        end = os.pipe()
        os.write(end[1], rig.PASSPHRASE.encode() + b"\n")
        os.close(end[1])
        args = [a.replace("{pass}", str(end[0])) for a in self.args]
        p = subprocess.Popen([rig.TALLY, *args], cwd=self.folder, env=rig.environment(self.folder), pass_fds=[end[0]],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(end[0])
        time.sleep(self.random.uniform(0, self.seconds))
        p.send_signal(signal.SIGKILL)
        return p.wait()

    def one(self, i):
        """None, or what is wrong."""
        self.fresh()
        code = self.kill_at_time() if i % 2 else self.kill_at_call()
        after = rig.snapshot(self.folder)
        if code == 0:  # it was faster
            return None if after == self.done else "exit 0, but not what it makes"
        wrong = self.look(after)
        return wrong or self.again(after)

    def is_litter(self, name):
        return any(fnmatch.fnmatch(name, pattern) for pattern in self.litter)

    def look(self, after):
        """What stood before, and what is new."""
        for name, content in after.items():
            if not content.startswith("ok") and rig.is_database_name(name):
                return "%s is not sound: %s" % (name, content[:200])
            if name not in self.before and name not in self.done and not self.is_litter(name):
                return "left behind: %s" % name
        for name, content in self.before.items():
            if after.get(name) not in (content, self.done.get(name)) and not name.endswith("identity.log"):
                return "was there before, and is not as it was: %s" % name
        for name in after.keys() & (self.done.keys() - self.before.keys()):
            if after[name] != self.done[name] and not rig.is_database_name(name) and not name.endswith(".log"):
                return "half-written: %s" % name
        return None

    def again(self, after):
        """Run again: all of it, or the refusal of what was done and acknowledged already."""
        made = [n for n in self.done if n not in self.before and n not in after]
        noted = self.noted(after) != self.noted(self.before) or set(after) != set(self.before)
        for name in after.keys() - self.before.keys():  # with fixed random bytes the next run would call its own so
            if "/.tally-" in "/" + name and os.path.isfile(os.path.join(self.folder, name)):
                os.unlink(os.path.join(self.folder, name))
        r = rig.run(self.folder, self.args)
        if r.exit in (2, 5) and ("exists" in r.err or "was taken before" in r.err) and not made:
            return None
        if r.exit == 2 and "exists" in r.err and "--force" not in self.args:
            r = rig.run(self.folder, self.args + ["--force"])
            noted = True  # files under a name of their own until they replace: other random bytes
        if r.exit != 0:
            return "run again: exit %d: %s; missing %s" % (r.exit, r.err.strip().splitlines()[-2:], made)
        final = rig.snapshot(self.folder)
        for name, content in self.done.items():
            if name in self.noted(self.done):
                continue
            if final.get(name) != content and not (noted and name in final and name.endswith((".map", ".pkg", "tokens.csv", "sheet.json"))):
                return "run again: %s differs" % name
        plain = [n for n in final if n.endswith((".payload", ".linkage", ".plain"))]
        return "run again: still there: %s" % plain if plain else None

    def noted(self, files):
        """What keeps account, and so may tell of the run that was killed: then the next run is another one, with
        other numbers and pseudonyms in what it seals."""
        return {n: c for n, c in files.items() if n.endswith(("run.db", "identity.log", ".release-key"))}


def work(task):
    world, name, kills, seed = task
    victim = Victim(world, name, seed)
    codes = collections.Counter()
    bad = []
    for i in range(kills):
        wrong = victim.one(i)
        codes["bad" if wrong else "ok"] += 1
        if wrong:
            bad.append("%s: kill %d: %s" % (name, i, wrong))
    shutil.rmtree(victim.folder)
    return name, codes, bad


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--kills", type=int, default=1000 if rig.LONG else 20)
    p.add_argument("--verb", action="append")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    args = p.parse_args()
    rig.need_shim()
    root = tempfile.mkdtemp(prefix="tally-crash-")
    failed = 0
    try:
        world = rig.World(root)
        names = [n for n in VERBS if not args.verb or n in args.verb]
        with multiprocessing.Pool(args.jobs) as pool:
            for name, codes, bad in pool.imap_unordered(work, [(world, n, args.kills, args.seed) for n in names]):
                print("%-16s %d kills, %d wrong" % (name, sum(codes.values()), len(bad)), flush=True)
                failed += len(bad)
                for line in bad[:20]:
                    print("  " + line, flush=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    sys.exit(1 if failed else 0)


main()
