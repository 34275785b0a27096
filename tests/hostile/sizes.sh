#!/bin/sh
# Nobody, one, two, hundreds alike, 64 sources, many deliveries, clocks that go back (sizes.py). With TALLY_LONG=1 more of it, and millions of rows.
# SPDX-License-Identifier: Apache-2.0
exec python3 tests/hostile/sizes.py
