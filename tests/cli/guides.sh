#!/bin/sh
# The guides, word for word: every command of the agency guide and of the operator guide is run as it stands there, at a
# terminal, and prints what the guide shows. What other parties do meanwhile is done in tests/support/guides.py.
. tests/support/cli.sh
python3 -c 'import pty' 2>/dev/null || { echo "SKIPPED: python3 cannot open a terminal" >&2; exit 77; }
export PATH="$bin:$PATH"
python3 "$root/tests/support/guides.py" "$root/docs" "$work"
