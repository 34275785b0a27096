"""Every verb with one thing gone wrong in each run: the Nth allocation, write, sync, read, open, rename or
mapping fails or is cut short, for every N; and the disk is full from the Nth step on. After each run: the
exit code and message of docs, no leak (in a build with the sanitisers), and the files as they were, or as
after a run with nothing gone wrong. SPDX-License-Identifier: Apache-2.0

usage: sweep.py [--scene PART]... [--class alloc] [--points N] [--sites] [--jobs N] [--table FILE] [--list]

--points N takes N of the points of a kind, spread over the run; --sites takes the first call from each place
besides, a place being all who called. --table adds to FILE, for each command and kind, points walked and calls."""
import argparse
import collections
import errno
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import rig  # noqa: E402

# class, [+: stays], what
FAULTS = (
    [("alloc", "", "fail")]
    + [("write", "", w) for w in (errno.EIO, errno.ENOSPC, errno.EINTR, "short")]
    + [("sync", "", w) for w in (errno.EIO, errno.ENOSPC)]
    + [("rename", "", errno.EIO), ("open", "", errno.EMFILE), ("open", "", errno.EIO)]
    + [("read", "", w) for w in (errno.EIO, errno.EINTR, "short")]
    + [("mmap", "", errno.ENOMEM), ("space", "", errno.EIO), ("space", "+", errno.ENOSPC)]
)
EXIT_IO = 6
EXIT_DAMAGED = 4


def grown(name, scene):
    return any(name == g or name.startswith(g + "/") or name == g + "/" for g in scene.grows)


def differs(before, after, scene):
    """Names that are not as they were, but for what this scene may add to."""
    names = [n for n in before.keys() | after.keys() if before.get(n) != after.get(n)]
    return sorted(n for n in names if not grown(n, scene))


def unseeing(r):
    """The call that failed was the leak checker's own: when the command had ended, or began a thread."""
    return r.exit == 98 and re.search("LeakSanitizer has encountered a fatal error|CHECK failed: sanitizer_", r.err)


class Player:
    """Plays a scene again and again in one folder, which is made anew only when something changed in it."""

    def __init__(self, world, scene):
        self.world = world
        self.scene = scene
        self.folder = os.path.join(world.root, "play-%d" % os.getpid())
        self.counts = self.folder + ".counts"
        self.places = self.folder + ".sites"
        self.fresh()
        self.before = rig.snapshot(self.folder)
        first = self.play(count=self.counts)
        with open(self.counts, encoding="utf-8") as f:
            self.calls = {name: int(n) for name, n in (line.split() for line in f)}
        self.sites = collections.defaultdict(list)
        self.want = first
        self.done = rig.snapshot(self.folder)
        if first.exit != scene.exit:
            raise RuntimeError("%s: exit %d with nothing gone wrong\n%s" % (scene.name, first.exit, first.err))
        self.fresh()
        again = self.play()
        if again.out != first.out or rig.snapshot(self.folder) != self.done:
            raise RuntimeError("%s: two runs differ with nothing gone wrong: %s" % (
                scene.name, differs(self.done, rig.snapshot(self.folder), scene)))
        self.fresh()
        self.server = None

    def look(self):
        """Note the first call from each place."""
        self.play(sites=self.places)
        self.fresh()
        with open(self.places, encoding="utf-8") as f:
            for name, n in (line.split() for line in f):
                self.sites[name].append(int(n))

    def fresh(self):
        self.world.copy(self.scene.stage, self.folder)

    def play(self, **shim):
        return rig.run(self.folder, self.scene.args, **shim)

    def served(self, fault):
        """As play, with less to begin. One that hung is begun anew."""
        if self.server is None:
            self.server = rig.Server(self.folder, self.scene.args)
        r = self.server.run(fault)
        if r.exit == -signal.SIGALRM:
            self.server = None
        return r

    def end(self):
        if self.server is not None:
            self.server.close()

    def one(self, kind, at, stays, what):
        """What is wrong with this run, or None, and its exit code."""
        number = what if what not in ("fail",) else errno.ENOMEM
        r = self.served("%s:%d%s:%s" % (kind, at, stays, number))
        after = rig.snapshot(self.folder)
        wrong = self.judge(r, after, kind, what)
        failed = r.exit != self.scene.exit and not unseeing(r) and not self.all_done(r, after)
        if wrong is None and failed and after != self.before:
            wrong = self.again()
        self.restore()
        return wrong, r.exit

    def restore(self):
        """Make the folder what it was, of which nothing that is as before is touched."""
        now = rig.snapshot(self.folder)
        self.world.restore(self.scene.stage, self.folder,
                           [n for n in now.keys() | self.before.keys() if now.get(n) != self.before.get(n)])

    def judge(self, r, after, kind, what):
        if r.exit == self.scene.exit:
            if not self.scene.varies and r.out != self.want.out:
                return "exit %d, but standard output differs" % r.exit
            changed = differs(self.done, after, self.scene)
            if kind in ("open", "space"):  # a temporary file with a name takes random bytes that others then lack
                changed = [n for n in changed if n not in self.done or n not in after]
            return "exit %d, but differs: %s" % (r.exit, changed) if changed else None
        if unseeing(r):
            return None
        changed = differs(self.before, after, self.scene)
        if self.all_done(r, after):
            changed = []
        last = r.err.strip().splitlines()[-2:]
        if r.exit == EXIT_DAMAGED and (kind, what) == ("read", errno.EIO) and "the database is damaged" in r.err:
            return "left behind: %s" % changed if changed else None  # so SQLite takes it
        if r.exit != EXIT_IO:
            return "exit %d: %s" % (r.exit, r.err[-3000:] if r.exit in (98, -6, -11) else last)
        if changed:
            return "left behind: %s (%s)" % (changed, last)
        if "tally: error: " not in r.err:
            return "no message"
        if what == "fail" and not re.search("out of memory|Cannot allocate memory|cannot start . threads", r.err):
            return "does not say that memory ran out: %s" % last
        return None

    def all_done(self, r, after):
        """All was done, but for telling of it, or for knowing that the names are on the disk too."""
        late = "cannot write to standard output" in r.err or "cannot write folder" in r.err
        return late and not differs(self.done, after, self.scene)

    def again(self):
        """After a failure that added to a file, the same command goes well."""
        if self.scene.once:
            return None
        r = self.play()
        if r.exit != self.scene.exit:
            return "afterwards exit %d: %s" % (r.exit, r.err.strip().splitlines()[-2:])
        return None


def points(calls, most, name, sites):
    """1 to ${calls}, or ${most} of them spread over the run, others for another ${name}, and ${sites}."""
    if most is None or calls <= most:
        return range(1, calls + 1)
    first = zlib.crc32(name.encode()) % calls
    return sorted({1 + (first + i * calls // most) % calls for i in range(most)} | set(sites))


def note(table, *what):
    if table:
        with open(table, "a", encoding="utf-8") as f:
            f.write("\t".join(str(w) for w in what) + "\n")


def sweep(task):
    world, scene, args = task
    player = Player(world, scene)
    if args.sites:
        player.look()
    tally = collections.Counter()
    bad = []
    began = time.monotonic()
    for kind, stays, what in FAULTS:
        if args.kind and kind != args.kind:
            continue
        most = args.points or 1 if scene.slow else args.points
        chosen = points(player.calls[kind], most, "%s %s %s" % (scene.name, kind, what), player.sites[kind])
        note(args.table, scene.name, kind + stays, what, len(chosen), player.calls[kind])
        for at in chosen:
            wrong, code = player.one(kind, at, stays, what)
            tally[kind + stays, code] += 1
            if wrong:
                bad.append("%s: %s:%d%s:%s: %s" % (scene.name, kind, at, stays, what, wrong))
    player.end()
    return scene.name, tally, bad, time.monotonic() - began


def guarded(task):
    try:
        if task[2].list:
            print("%-20s %s" % (task[1].name, Player(*task[:2]).calls))
            return task[1].name, collections.Counter(), [], 0
        return sweep(task)
    except RuntimeError as e:
        return task[1].name, collections.Counter(), [str(e)], 0


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--scene", action="append")
    p.add_argument("--class", dest="kind")
    p.add_argument("--points", type=int, default=None if rig.LONG else 1)
    p.add_argument("--sites", action="store_true")
    p.add_argument("--table")
    p.add_argument("--list", action="store_true")
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    args = p.parse_args()
    rig.need_shim()
    root = tempfile.mkdtemp(prefix="tally-fault-")
    total = collections.Counter()
    failures = 0
    try:
        world = rig.World(root)
        chosen = [s for s in rig.scenes() if not args.scene or any(part in s.name for part in args.scene)]
        chosen = [s for s in chosen if rig.LONG or not s.slow]
        with multiprocessing.Pool(args.jobs) as pool:
            for name, tally, bad, took in pool.imap_unordered(guarded, [(world, s, args) for s in chosen]):
                total.update(tally)
                failures += len(bad)
                print("%-20s %6d runs %7.1f s %s" % (name, sum(tally.values()), took,
                                                   "FAILED %d" % len(bad) if bad else "ok"), flush=True)
                for line in bad[:args.points or 40]:
                    print("  " + line, flush=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    for kind in sorted({k for k, _ in total}):
        print("%-7s %s" % (kind, ", ".join("exit %d: %d" % (c, n) for (k, c), n in sorted(total.items()) if k == kind)))
    print("%d runs with a fault, %d failed" % (sum(total.values()), failures))
    sys.exit(1 if failures else 0)


main()
