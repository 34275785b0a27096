"""The same bytes whatever surrounds the command: every verb in another language and time zone, without a home it
may write to, and in a folder whose name has blanks, a line end, quotes and letters outside ASCII.
SPDX-License-Identifier: Apache-2.0"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import rig  # noqa: E402

AWKWARD = "a b\nc 'd\" \u0130\u0131\u00df \u8b66\u5bdf"


def turkish(root):
    """Where I and i are other letters: made here when the machine lacks it. None when it cannot be made."""
    if b"tr_TR.utf8" in subprocess.run(["locale", "-a"], capture_output=True, check=False).stdout:
        return {}
    path = os.path.join(root, "locales")
    os.mkdir(path)
    made = subprocess.run(["localedef", "-i", "tr_TR", "-f", "UTF-8", os.path.join(path, "tr_TR.UTF-8")],
                          capture_output=True, check=False)
    return {"LOCPATH": path} if os.path.exists(os.path.join(path, "tr_TR.UTF-8")) or made.returncode == 0 else None


def locale_is_never_set():
    """A C program that never asks for a locale runs in none, and its dates are UTC."""
    found = subprocess.run(["grep", "-rnE", r"\b(setlocale|newlocale|uselocale|localtime|localtime_r|mktime)\(",
                            "--include=*.c", "bloom", "protocols", "linker", "benchmarks", "cli"],
                           capture_output=True, check=False, text=True).stdout
    return found.splitlines()


def surroundings(root):
    turk = turkish(root)
    if turk is None:
        print("skipped: the Turkish locale, which cannot be made here")
        turk = {}
    yield "Turkish, UTC+14", "play", turk | {"LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"}
    yield "C, UTC-11, no home", "play", {"LC_ALL": "C", "TZ": "Pacific/Pago_Pago", "HOME": "/proc/none",
                                          "XDG_CONFIG_HOME": "/proc/none", "XDG_CACHE_HOME": "/proc/none"}
    yield "an awkward folder", AWKWARD, {}


def play(world, folder, scene, env):
    world.copy(scene.stage, folder)
    r = rig.run(folder, scene.args, env=env)
    return r, rig.snapshot(folder)


def awkward_names(world, folder):
    """Files with such names as operands. Nothing that is said of them is obeyed by a terminal; an error holds no line
    end of theirs either."""
    world.copy("data", folder)
    csv = "pol\u0131ce\n'\x1b[31m\".csv"
    os.rename(os.path.join(folder, "people/police.csv"), os.path.join(folder, csv))
    enc = csv + ".enc"
    for args, code in (
            (["profile", csv, "-o", csv + ".html"], 0),
            (["encode", csv, "--schema", "schema.json", "--key", "key", "--source", "police", "-o", enc], 0),
            (["encode", csv, "--schema", "schema.json", "--key", "key", "-o", enc], 2),
            (["inspect", enc], 0),
            (["link", enc, "-o", csv + ".links"], 0),
            (["inspect", csv + ".none"], 6),
            (["schema", "check", csv], 3)):
        r = rig.run(folder, args)
        if r.exit != code or "\x1b" in r.err or b"\x1b" in r.out or (code and "\n'" in r.err):
            yield "exit %d where %d was expected: %r: %r" % (r.exit, code, args, r.err[-300:])


def main():
    rig.need_shim()
    root = tempfile.mkdtemp(prefix="tally-same-")
    failed = n = 0
    try:
        world = rig.World(root)
        chosen = [s for s in rig.scenes() if not s.slow]
        want = {s.name: play(world, os.path.join(root, "play"), s, {}) for s in chosen}
        for what, name, env in surroundings(root):
            for s in chosen:
                n += 1
                r, files = play(world, os.path.join(root, name), s, env)
                first, files_then = want[s.name]
                wrong = [f for f in files.keys() | files_then.keys() if files.get(f) != files_then.get(f)]
                if name != "play":  # a store notes where its files lay
                    wrong = [f for f in wrong if not f.endswith("run.db")]
                if r.exit != first.exit or r.out != first.out or wrong:
                    failed += 1
                    print("%s: %s: exit %d, %s %s" % (what, s.name, r.exit, wrong, re.sub(r"\s+", " ", r.err[-200:])))
        for line in locale_is_never_set():
            failed += 1
            print("a locale or a time zone is asked for: " + line)
        for line in awkward_names(world, os.path.join(root, "play")):
            failed += 1
            print("awkward names: " + line)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print("%d runs, %d differ" % (n, failed))
    sys.exit(1 if failed else 0)


main()
