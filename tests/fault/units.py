"""Unit tests with one call gone wrong in each run. What they assert then fails, as it should; but nothing may crash,
abort, hang or touch memory that is not its own: code that the commands reach only with large files - sorting on disk,
workbooks, packages - gets its failures here. SPDX-License-Identifier: Apache-2.0

usage: units.py [--unit NAME]... [--points N] [--jobs N]"""
import argparse
import errno
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import rig  # noqa: E402

UNITS = ("agreement", "auditlog", "ceremony", "clkhash_schema", "csv", "encfile", "html", "identity", "linkmap", "parts",
         "payload", "sorter", "xlsx")
FAULTS = (("alloc", errno.ENOMEM), ("open", errno.EMFILE), ("read", errno.EIO), ("write", errno.ENOSPC),
          ("mmap", errno.ENOMEM), ("sync", errno.EIO))
BROKEN = re.compile("Test failed with exception|ERROR: AddressSanitizer|runtime error:|an invariant failed")


def play(unit, folder, **shim):
    """The unit test in ${folder}: what is wrong with the run, or None."""
    try:
        p = subprocess.run([os.path.join(rig.BUILD, "test_" + unit)], cwd=os.getcwd(), stdin=subprocess.DEVNULL,
                           capture_output=True, timeout=300, check=False, env=rig.environment(folder, **shim))
    except subprocess.TimeoutExpired:
        return "no end"
    said = p.stdout.decode(errors="replace") + p.stderr.decode(errors="replace")
    if p.returncode < 0 or BROKEN.search(said):
        return "exit %d: %s" % (p.returncode, said[-1500:])
    return None


def sweep(task):
    unit, root, points = task
    folder = os.path.join(root, unit)
    for sub in ("tmp", "home"):
        os.makedirs(os.path.join(folder, sub))
    counts = os.path.join(folder, "counts")
    bad = [] if play(unit, folder, count=counts) is None else ["%s: with nothing gone wrong" % unit]
    with open(counts, encoding="utf-8") as f:
        calls = {name: int(n) for name, n in (line.split() for line in f)}
    n = 0
    for kind, what in FAULTS:
        total = calls.get(kind, 0)
        most = total if points is None else min(points, total)
        for i in range(most):
            at = 1 + (len(unit) * 7 + i * total // most) % total
            wrong = play(unit, folder, fault="%s:%d:%d" % (kind, at, what))
            n += 1
            if wrong:
                bad.append("%s: %s:%d: %s" % (unit, kind, at, wrong))
        shutil.rmtree(os.path.join(folder, "tmp"), ignore_errors=True)
        os.makedirs(os.path.join(folder, "tmp"), exist_ok=True)
    return unit, n, bad


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--unit", action="append")
    p.add_argument("--points", type=int, default=200 if rig.LONG else 1)
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    args = p.parse_args()
    rig.need_shim()
    root = tempfile.mkdtemp(prefix="tally-units-")
    chosen = [u for u in args.unit or UNITS if os.path.exists(os.path.join(rig.BUILD, "test_" + u))]
    if not chosen:
        print("skipped: no unit tests are built here")
        sys.exit(77)
    total = failed = 0
    try:
        with multiprocessing.Pool(args.jobs) as pool:
            for unit, n, bad in pool.imap_unordered(sweep, [(u, root, args.points) for u in chosen]):
                total += n
                failed += len(bad)
                print("%-16s %5d runs %s" % (unit, n, "FAILED %d" % len(bad) if bad else "ok"), flush=True)
                for line in bad[:10]:
                    print("  " + line, flush=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print("%d runs with a fault, %d failed" % (total, failed))
    sys.exit(1 if failed else 0)


main()
