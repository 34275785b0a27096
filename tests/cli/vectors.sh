#!/bin/sh
# The vectors of the governed formats (docs/protocols/vectors.md), read by the tool and by the second reader.
# SPDX-License-Identifier: Apache-2.0
PYTHONDONTWRITEBYTECODE=1 exec python3 tests/support/governed_vectors.py check
