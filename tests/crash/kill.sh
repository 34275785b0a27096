#!/bin/sh
# Runs that are killed half-way (kill.py). With TALLY_LONG=1 a thousand times each verb, else a sample.
# SPDX-License-Identifier: Apache-2.0
exec python3 tests/crash/kill.py
