#!/bin/sh
# Stores and cohorts of another hand (databases.py): nothing crashes, hangs, shows what it should not or touches what it refuses.
# A sample, unless TALLY_LONG=1.
# SPDX-License-Identifier: Apache-2.0
python3 -c 'import sqlite3' 2>/dev/null || { echo 'SKIPPED: python3 with sqlite3 is needed' >&2; exit 77; }
PYTHONDONTWRITEBYTECODE=1 exec python3 tests/hostile/databases.py
