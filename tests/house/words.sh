#!/bin/sh
# Words we do not use: encodings are never called anonymous, and nothing is left for later. The
# licence stands on a line of its own in every source file.
# SPDX-License-Identifier: Apache-2.0
set -eu
bad=0
code="bloom protocols linker benchmarks cli"
if grep -rnE '\b(TODO|FIXME|XXX|HACK)\b' $code docs README.md --include='*.[ch]' --include='*.md' \
    --include='*.sh'; then
    echo "unfinished by its own words" >&2
    bad=1
fi
# (the normaliser's list of words that stand for "not known" holds one, quoted)
if grep -rniE '\banonym(ous|ised|ized)\b' $code docs README.md --include='*.[ch]' --include='*.md' |
    grep -vE '["`|]anonymous["`|]' | grep -viE "not anonym|never (be )?(called )?anonym|n.t anonym|not make .* anonym|never .*anonymous"; then
    echo "nothing is called anonymous here" >&2
    bad=1
fi
if grep -rLE '^ \* SPDX-License-Identifier: Apache-2\.0$' $code tests --include='*.[ch]' | grep .; then
    echo "no licence line of its own" >&2
    bad=1
fi
exit $bad
