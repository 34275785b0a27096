#!/bin/sh
# Every page that a page of the documentation links to is there.
# SPDX-License-Identifier: Apache-2.0
set -eu
bad=0
for page in README.md docs/*.md docs/protocols/*.md; do
    for link in $(grep -oE '\]\([A-Za-z0-9_/.-]+\.(md|svg|csv)' "$page" | sed 's/](//'); do
        if [ ! -e "$(dirname "$page")/$link" ]; then
            echo "$page links to $link, which is not there" >&2
            bad=1
        fi
    done
done
exit $bad
