#!/bin/sh
# Manual pages: every command has one with all its verbs, and roff finds nothing wrong where it is there to look.
. tests/support/cli.sh
for name in tally tally-agency tally-linker tally-analyst; do
    sh "$root/cli/man.sh" "$bin/$name" >$name.1
    for verb in $("$bin/$name" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p'); do
        grep -Fqx -- ".SH $(echo "$name $verb" | tr a-z A-Z | sed 's/-/\\-/g')" $name.1 || fail "$name.1 lacks $verb"
    done
    grep -q '^Example:' $name.1 || fail "$name.1 has no example"
    if command -v groff >/dev/null; then
        groff -man -Tutf8 -ww $name.1 >page 2>warnings
        [ ! -s warnings ] || fail "$name.1: $(head -3 warnings)"
    fi
done
grep -Fq '\-\-store FILE' tally.1 || fail "the options"
