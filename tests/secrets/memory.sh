#!/bin/sh
# No key, passphrase or person's value outlives a verb, in memory or in files (memory.py).
# SPDX-License-Identifier: Apache-2.0
exec python3 tests/secrets/memory.py
