"""The databases that fuzz_store.c and fuzz_cohort.c harm, made by a built command (TALLY_BUILD): a store with a series of
two runs, a known pair, a second round that was answered and one that waits, and a withdrawal; and a cohort. In small
pages, without a log beside them. SPDX-License-Identifier: Apache-2.0

usage: base.py FOLDER"""
import os
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import rig  # noqa: E402

LINK = ("SELECT lower(hex(r.token)), lower(hex(s.token)) FROM link l JOIN record r ON r.run = l.run AND r.source = l.source_a"
        " AND r.row = l.row_a JOIN record s ON s.run = l.run AND s.source = l.source_b AND s.row = l.row_b WHERE l.accepted")


def small(path, to):
    if os.path.exists(to):
        os.remove(to)
    db = sqlite3.connect(path, isolation_level=None)
    for line in ("PRAGMA journal_mode = DELETE", "PRAGMA page_size = 512", "VACUUM"):
        db.execute(line)
    db.close()
    os.replace(path, to)


with tempfile.TemporaryDirectory() as root:
    world = rig.World(root)
    store = os.path.join(world.now, "more/run.db")
    world.copy("reviewed", world.now)
    with sqlite3.connect(store) as base:
        pairs = base.execute(LINK).fetchall()
    base.close()
    with open(os.path.join(world.now, "known.csv"), "w", encoding="utf-8") as f:
        f.write("source_a,id_a,source_b,id_b\nhealth,%s,education,%s\n" % pairs[0])
    world.must("link more/health.enc more/education.enc --store more/run.db --add --must-link known.csv --threads 1 -o l.csv")
    world.must("review export --store more/run.db --sample 20 -o again", seed=8)
    world.must("withdraw --store more/run.db " + pairs[1][0])
    small(store, os.path.join(sys.argv[1], "store.db"))
    small(os.path.join(world.stages["cohort"], "cohort.db"), os.path.join(sys.argv[1], "cohort.db"))
