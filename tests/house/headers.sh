#!/bin/sh
# Every header compiles by itself, and file names are unique.
# SPDX-License-Identifier: Apache-2.0
set -eu
bad=0
for header in $(find bloom protocols linker benchmarks cli tests -name '*.h'); do
    case $header in
    cli/*) role=-DTALLY_ROLE_ALL ;;
    *) role= ;;
    esac
    if ! gcc -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -I. $role -fsyntax-only -x c "$header"; then
        echo "$header does not compile alone" >&2
        bad=1
    fi
done
twice=$(find bloom protocols linker benchmarks cli -name '*.[ch]' -printf '%f\n' | sort | uniq -d)
if [ -n "$twice" ]; then
    echo "file names used twice: $twice" >&2
    bad=1
fi
exit $bad
