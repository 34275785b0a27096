"""What is left behind of secrets and of people: after every verb, in the memory of the process as it ends, in
every file it wrote, in free pages of databases and in temporary folders. Key bytes are looked for as they are, in
hexadecimal and in base64. SPDX-License-Identifier: Apache-2.0

usage: memory.py [--scene PART]..."""
import argparse
import base64
import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import rig  # noqa: E402

CANARY = ["Zzyzxcanary", "Qvortexmark", "1987-06-05", "ZQ9 7QZ"]
# Files that hold a secret as they must, and people's values as their owner keeps them.
HOLDS_KEY = re.compile(r"(^|/)(key2?|back\.key|project\.key|own\.secret|.*release-key)$")
HOLDS_PEOPLE = re.compile(r"^(people/|police\.xlsx$|more/|.*-tokens\.csv$)")


def forms(secret):
    """A secret as it may stand in memory or in a file."""
    return [secret, secret.hex().encode(), secret.hex().upper().encode(), base64.b64encode(secret).rstrip(b"=")]


def key_in(path):
    with open(path, encoding="utf-8") as f:
        return bytes.fromhex(re.search(r"^key ([0-9a-f]{64})$", f.read(), re.M)[1])


class Canaries(rig.World):
    """A world in which one person has names that nobody has."""

    def workbench(self):
        made = self.must

        def with_canary(line, **shim):
            made(line, **shim)
            if line[:5] == "synth":
                for s in rig.OWNERS:
                    self.put_canary(os.path.join(self.now, "people", s + ".csv"))
        self.must = with_canary
        super().workbench()

    @staticmethod
    def put_canary(path):
        with open(path, encoding="utf-8") as f:
            lines = f.read().splitlines()
        cells = lines[1].split(",")
        for name, value in zip(("forename", "surname", "date_of_birth", "postcode"), CANARY):
            cells[lines[0].split(",").index(name)] = value
        lines[1] = ",".join(cells)
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")


def secrets_of(folder):
    """name -> forms, of every secret that stands in the files of a stage."""
    found = {"the passphrase": [rig.PASSPHRASE.encode()]}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if name in ("key", "key2", "back.key", "project.key") or name.endswith("release-key"):
                found[os.path.relpath(path, folder)] = forms(key_in(path))
            elif name == "own.secret":
                with open(path, "rb") as f:
                    found[name] = [f.read().strip()]
    return found


def look(world, scene, folder, dump):
    """What was found where it may not be."""
    world.copy(scene.stage, folder)
    r = rig.run(folder, scene.args, dump=dump, seed=99, canary="a needle to find")
    if r.exit != scene.exit:
        return ["exit %d: %s" % (r.exit, r.err[-300:])]
    with open(dump, "rb") as f:
        memory = f.read()
    if b"a needle to find" not in memory:
        return ["the search finds nothing in %d bytes of memory" % len(memory)]
    secrets = secrets_of(folder)
    bad = ["%s in memory, as %d" % (name, i) for name, all_forms in secrets.items()
           for i, form in enumerate(all_forms) if form in memory]
    bad += ["'%s' in memory" % c for c in CANARY if c.encode() in memory or c.lower().encode() in memory]
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            short = os.path.relpath(path, folder)
            with open(path, "rb") as f:
                data = f.read()
            if short.startswith("tmp/"):
                bad.append("left in the temporary folder: " + short)
            if not HOLDS_KEY.search(short):
                bad += ["%s in %s" % (s, short) for s, all_forms in secrets.items() if any(x in data for x in all_forms)]
            if not HOLDS_PEOPLE.search(short):
                bad += ["'%s' in %s" % (c, short) for c in CANARY if c.encode() in data]
    said = r.out + r.err.encode()
    bad += ["%s was said" % s for s, all_forms in secrets.items() if any(x in said for x in all_forms)]
    return bad + ["'%s' was said" % c for c in CANARY if c.encode() in said]


def withdrawn_is_gone(world, folder):
    """The token of a withdrawn record, also from free pages and logs of the store."""
    world.copy("linked", folder)
    with open(os.path.join(folder, "withdrawn.txt"), encoding="utf-8") as f:
        token = bytes.fromhex(f.read().strip())
    stores = [os.path.join(folder, n) for n in os.listdir(folder) if n.startswith("run.db") and "key" not in n]
    before = sum(open(p, "rb").read().count(token) for p in stores)  # noqa: SIM115
    rig.must(folder, "withdraw --store run.db withdrawn.txt")
    stores = [os.path.join(folder, n) for n in os.listdir(folder) if n.startswith("run.db") and "key" not in n]
    after = sum(open(p, "rb").read().count(token) for p in stores)  # noqa: SIM115
    # The list of withdrawn tokens itself keeps it, in its table: once.
    return [] if before > 1 and after <= 1 else ["a withdrawn token stands %d times in the store, %d before" % (after, before)]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--scene", action="append")
    args = p.parse_args()
    rig.need_shim()
    with open(rig.TALLY, "rb") as f:
        if b"__asan_init" in f.read():
            print("skipped: memory under AddressSanitizer is too large to look at")
            sys.exit(77)
    root = tempfile.mkdtemp(prefix="tally-secrets-")
    failed = looked = 0
    try:
        world = Canaries(root)
        folder = os.path.join(root, "play")
        dump = os.path.join(root, "dump")
        for scene in rig.scenes():
            if scene.slow or (args.scene and not any(part in scene.name for part in args.scene)):
                continue
            looked += 1
            for line in look(world, scene, folder, dump):
                failed += 1
                print("%s: %s" % (scene.name, line), flush=True)
        for line in withdrawn_is_gone(world, folder):
            failed += 1
            print(line)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print("%d verbs looked through, %d found" % (looked, failed))
    sys.exit(1 if failed else 0)


main()
