#!/bin/sh
# Giving up early on pairs of diffused filters: only where it is worth while, always said,
# the same links, and off with --exact.
. tests/support/cli.sh
small_sources 1500 standard
for source in police health; do
    expect 0 tally encode people/$source.csv --schema schema.json --key key --id id -o $source.enc --force
done

expect 0 tally link police.enc health.enc --threshold .64 --json -o early.csv
prints '"miss_probability": [1-9][0-9.]*e-1[0-9]'
says 'is missed once in 1,[0-9]{3} million times \(--exact: never\)'
expect 0 tally link police.enc health.enc --threshold .64 --json -o exact.csv --exact
prints '"miss_probability": 0\.0'
! grep -q 'missed' err || fail "an exact run speaks of misses"
cmp early.csv exact.csv || fail "links differ"
[ "$(wc -l <exact.csv)" -gt 100 ] || fail "too few links to compare"

# Plain filters are always compared exactly.
expect 0 tally schema new --fields forename,surname,date_of_birth,postcode --profile plain -o plain.json
for source in police health; do
    expect 0 tally encode people/$source.csv --schema plain.json --key key --id id -o $source.enc --force
done
expect 0 tally link police.enc health.enc --threshold .9 --json -o plain.csv
prints '"miss_probability": 0\.0'
