"""Files that hold a secret are refused when others may read them, when they are a link, or a pipe's end: with
exit 4 and the command that mends it, and before anything is written. SPDX-License-Identifier: Apache-2.0"""
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import rig  # noqa: E402

# the file, the stage, a command that reads it
ME = " --agreement a.json --identity police/id --passphrase-fd {pass}"
READS = [
    ("key", "data", "encode people/police.csv --schema schema.json --key key -o p.enc"),
    ("key", "encoded", "audit police.enc --schema schema.json --population people/health.csv --key key -o a.html"),
    ("own.secret", "data", "encode own.csv --schema own.v3.json --secret-file own.secret -o own.json"),
    ("run.db.release-key", "linked", "link police.enc health.enc --store run.db --linkmap l.map -o l.csv"),
    ("police/id/identity.key", "drafted", "agreement sign a.json --identity police/id --passphrase-fd {pass}"),
    ("a.json.01.secret", "contribute", "key contribute" + ME),
    ("a.json.01.secret", "combine", "key combine -o police/project.key" + ME),
    ("police/project.key", "agreed", rig.encode_governed("police")),
    ("police/project.key", "agreed", "key check police/project.key --agreement a.json"),
    ("police/project.key", "agreed", "key split police/project.key health/id/identity.card "
     "education/id/identity.card -o s2" + ME),
    ("a.json.04.unseal", "sent", rig.ingest("police")),
]


def tries(world, folder):
    for name, stage, line in READS:
        for mode in (0o640, 0o604, 0o660, 0o666):
            world.copy(stage, folder)
            os.chmod(os.path.join(folder, name), mode)
            yield name, "mode %o" % mode, line, "chmod 600"
        world.copy(stage, folder)
        path = os.path.join(folder, name)
        os.rename(path, path + ".real")
        os.symlink(os.path.basename(path) + ".real", path)
        yield name, "a link", line, ""


def main():
    rig.need_shim()
    root = tempfile.mkdtemp(prefix="tally-secrets-")
    failed = n = 0
    try:
        world = rig.World(root)
        folder = os.path.join(root, "play")
        for name, how, line, hint in tries(world, folder):
            n += 1
            before = rig.snapshot(folder)
            r = rig.run(folder, line.split())
            wrong = []
            if r.exit != 4:
                wrong.append("exit %d" % r.exit)
            if hint not in r.err or os.path.basename(name) not in r.err:
                wrong.append("says: " + r.err.strip()[-200:])
            if rig.snapshot(folder) != before:
                wrong.append("something was written")
            if wrong:
                failed += 1
                print("%s (%s): %s: %s" % (name, how, line[:40], "; ".join(wrong)))
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print("%d tries, %d wrong" % (n, failed))
    sys.exit(1 if failed else 0)


main()
