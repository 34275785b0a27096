#!/bin/sh
# The tables and the curve of docs/performance.md are what benchmarks/pairs.jsonl says.
# SPDX-License-Identifier: Apache-2.0
set -eu
python3 benchmarks/pairs_page.py --check
sh -n benchmarks/pairs.sh
