#!/bin/sh
# The same bytes in other languages, time zones and folders (same.py).
# SPDX-License-Identifier: Apache-2.0
exec python3 tests/hostile/same.py
