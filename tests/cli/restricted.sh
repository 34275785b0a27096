#!/bin/sh
# The three restricted builds carry their role's verbs, and cannot take another role's inputs.
. tests/support/cli.sh

verbs() {
    "$bin/$1" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | tr '\n' ' '
}
[ "$(verbs tally-agency)" = "identity agreement key keygen schema profile encode audit log destroy inspect doctor " ] || fail "agency: $(verbs tally-agency)"
[ "$(verbs tally-linker)" = "identity agreement ingest link review withdraw pairs report log destroy inspect doctor " ] || fail "linker: $(verbs tally-linker)"
[ "$(verbs tally-analyst)" = "identity agreement cohort release approve report log destroy inspect doctor " ] || fail "analyst: $(verbs tally-analyst)"

expect 2 "$bin/tally-linker" encode x.csv
says "there is no verb 'encode'"
expect 2 "$bin/tally-agency" link a.enc
expect 2 "$bin/tally-analyst" link a.enc

# The linker cannot even name a linkage key, and a linkage key is no release key.
small_sources 50
expect 0 tally encode people/health.csv --schema schema.json --key key -o health.enc
expect 2 "$bin/tally-linker" link health.enc --key key -o links.csv
expect 4 "$bin/tally-linker" link health.enc --linkmap links.map --release-key key
absent links.csv links.map

# Code of another role is not in the binaries.
if nm "$bin/tally-linker" | grep -qE ' tally_(encode|clk_create|diffusion_create)$'; then
    fail "the linker holds the encoder"
fi
if nm "$bin/tally-agency" | grep -qE 'tally_(link_run|cohort_build)|sqlite3_'; then
    fail "the agency build holds linker code"
fi
if nm "$bin/tally-analyst" | grep -qE ' tally_(encode|clk_create|link_run)$'; then
    fail "the analyst build holds encoder or linker"
fi
