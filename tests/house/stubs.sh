#!/bin/sh
# What makes fuzzing possible - signatures that hold, digests that are zero, passphrases
# that cost nothing - exists in the fuzz programs alone: no source of the product knows of
# it, and no command holds a trace of it.
# SPDX-License-Identifier: Apache-2.0
set -eu
build=${TALLY_BUILD:-build}
bad=0
if grep -rniE 'fuzz|__(wrap|real)_' bloom protocols linker benchmarks cli --include='*.[ch]'; then
    echo "the product's sources speak of fuzzing" >&2
    bad=1
fi
# Of the tests, those of fuzzing alone stand in for functions of the product; tests/support/nth.c makes calls to the system fail.
if grep -rlE '__(wrap|real)_' tests | grep -vE '^tests/(fuzz/fuzz_(stubs|memory)\.c|support/nth\.c|house/stubs\.sh|fault/|fuzz/fuzz\.cmake)'; then
    echo "stand-ins for production functions outside tests/fuzz and tests/fault" >&2
    bad=1
fi
# A program that is stubbed shows it, so that what follows would see it.
seen=no
for program in "$build"/replay_package "$build"/fuzz_package; do
    if [ -x "$program" ] && nm "$program" | grep -q ' __wrap_tally_sign_verify$'; then
        seen=yes
    fi
done
[ $seen = yes ] || { echo "no stubbed program to compare with" >&2; bad=1; }
for program in tally tally-agency tally-linker tally-analyst; do
    if nm "$build/$program" | grep -E ' __(wrap|real)_'; then
        echo "$program is linked with stand-ins" >&2
        bad=1
    fi
    nm "$build/$program" | grep -q ' [tT] tally_sign_verify$' || {
        echo "$program does not hold the real check of signatures" >&2
        bad=1
    }
done
exit $bad
