#!/bin/sh
# Every verb with one call after the other gone wrong (sweep.py). With TALLY_LONG=1 every call, else a sample.
# SPDX-License-Identifier: Apache-2.0
exec python3 tests/fault/sweep.py
