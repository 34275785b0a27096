#!/bin/sh
# The manual page of a command, made of what it says itself: sh cli/man.sh BUILD/tally > tally.1
# SPDX-License-Identifier: Apache-2.0
set -eu
command=$1
name=$(basename "$command")
version=$("$command" --help | sed -n "1s/^$name \([^:]*\):.*/\1/p")
about=$("$command" --help | sed -n '1s/^[^:]*: //p')

# Text as it stands: backslashes and leading dots mean something to roff.
plain() { sed -e 's/\\/\\e/g' -e "s/^\([.']\)/\\\\\&\1/" -e 's/-/\\-/g'; }

cat <<END
.TH $(echo "$name" | tr a-z- A-Z- | plain) 1 "" "Tallystick $version" "Tallystick"
.SH NAME
$(echo "$name" | plain) \\- $(echo "$about" | plain)
.SH SYNOPSIS
.B $(echo "$name" | plain)
.I VERB
[options] [files]
.SH VERBS
.nf
$("$command" --help | sed -n 's/^  \([a-z]\)/\1/p' | plain)
.fi
END
for verb in $("$command" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p'); do
    echo ".SH $(echo "$name $verb" | tr a-z A-Z | plain)"
    echo ".nf"
    "$command" "$verb" --help | plain
    echo ".fi"
done
cat <<'END'
.SH EXIT STATUS
.TP
0
done
.TP
1
ran to the end, the answer is no
.TP
2
the command line makes no sense, or output exists already
.TP
3
bad input data or schema, or files of different schemas
.TP
4
key or signature failure, or a corrupt file
.TP
5
refused by policy
.TP
6
input, output or memory: safe to try again
.TP
70
a bug of ours
.TP
130
interrupted
.SH SEE ALSO
The guides in the folder docs of the source: agency\-guide.md, operator\-guide.md, analyst\-guide.md.
END
