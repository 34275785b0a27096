#!/bin/sh
# --help of every verb fits a screen and ends with a worked example; wrong options say so.
. tests/support/cli.sh
expect 0 tally --help
expect 0 tally --version
expect 2 tally
expect 2 tally nonsense
says "there is no verb 'nonsense'"
for verb in identity agreement key synth keygen schema profile encode audit ingest link review pairs cohort release approve report evaluate log destroy inspect doctor; do
    expect 0 tally $verb --help
    [ "$(wc -l <out)" -le 24 ] || fail "$verb --help has $(wc -l <out) lines"
    prints '^Example:'
    [ "$(awk 'length > 100' out | wc -l)" = 0 ] || fail "$verb --help has long lines"
    expect 2 tally $verb --no-such-option
    says 'unknown option --no-such-option'
    says 'hint: .*--help'
done
expect 0 tally doctor
prints 'in use:'
expect 0 tally doctor --json
python3 -c 'import json; json.load(open("out"))["kernels"]["portable"]' || fail "doctor --json"
