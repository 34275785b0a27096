#!/bin/sh
# Unit tests with one call after the other gone wrong: nothing crashes (units.py). With TALLY_LONG=1 up to 200 calls of
# each kind, else one.
# SPDX-License-Identifier: Apache-2.0
exec python3 tests/fault/units.py
