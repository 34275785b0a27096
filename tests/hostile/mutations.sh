#!/bin/sh
# Two hundred changes of every artefact of the governed flow (mutations.py): none is accepted. A sample, unless TALLY_LONG=1.
# SPDX-License-Identifier: Apache-2.0
python3 -c 'import ctypes.util, sys; sys.exit(ctypes.util.find_library("sodium") is None)' 2>/dev/null ||
    { echo 'SKIPPED: python3 and libsodium are needed' >&2; exit 77; }
PYTHONDONTWRITEBYTECODE=1 exec python3 tests/hostile/mutations.py
