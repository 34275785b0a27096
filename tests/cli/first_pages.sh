#!/bin/sh
# README.md and docs/governed.md word for word: every command of the main job, and of a linkage under an agreement.
. tests/support/cli.sh
python3 -c 'import pty' 2>/dev/null || { echo "SKIPPED: python3 cannot open a terminal" >&2; exit 77; }
export PATH="$bin:$PATH" PYTHONDONTWRITEBYTECODE=1
python3 "$root/tests/support/first_pages.py" "$root" "$work"
