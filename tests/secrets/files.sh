#!/bin/sh
# A secret in a file that others can read is not used (files.py).
# SPDX-License-Identifier: Apache-2.0
exec python3 tests/secrets/files.py
