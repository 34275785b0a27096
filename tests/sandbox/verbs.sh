#!/bin/sh
# Every verb runs confined: seen from outside while it waits, and by what it cannot read.
# SPDX-License-Identifier: Apache-2.0
. tests/support/cli.sh

# The agency half calls nothing of the network, nor any other program.
if nm -D "$bin/tally-agency" | grep -E ' U (socket|connect|bind|listen|accept4?|getaddrinfo|gethostby.*|exec[a-z]*|posix_spawn.*|popen|system|fork|vfork)(@|$)'; then
    fail 'tally-agency can reach the network or run programs'
fi

printf 'id,forename,surname,date_of_birth\n1,Ann,Lee,2001-02-03\n2,Bob,Ray,1999-12-31\n' >people.csv

# As a verb waits for standard input, the kernel says how it is held.
mkfifo pipe
"$bin/tally" profile - <pipe >out 2>err &
pid=$!
exec 4>pipe
await '^Seccomp:.*2' /proc/$pid/status
cp /proc/$pid/status status
cat people.csv >&4
exec 4>&-
wait $pid || fail 'profile from a pipe'
grep -q '^NoNewPrivs:.*1' status || fail 'new privileges can be had'

# What doctor says is what holds.
expect 0 tally doctor
prints '^sandbox: network, other programs: closed'
expect 0 tally doctor --json
prints '"network_and_programs_closed": true'
TALLY_SANDBOX=off expect 0 tally doctor
prints '^sandbox: switched off by TALLY_SANDBOX'
expect 0 tally doctor
if ! grep -q 'closed (Landlock' out; then
    echo 'skipped: this system has no Landlock'
    exit 0
fi

# A folder that was not named is closed, even through a link that lies where a verb looks.
mkdir data elsewhere tmp
export TMPDIR="$work/tmp"
printf 'correct horse battery\n' >pass
as() { tally "$@" --passphrase-fd 3 3<pass; }
for p in police health linker analyst; do
    expect 0 as identity new "Northshire $p" --kind $p -o data/$p
done
expect 0 tally schema new --fields forename,surname,date_of_birth -o data/schema.json
expect 0 as agreement draft data/police=data-owner data/health=data-owner data/linker=linker \
    data/analyst=analyst+convenor --schema data/schema.json --reference north -o data/a.json
sed -i 's/"STATE [^"]*"/"as decided by the board"/' data/a.json
for p in police health linker analyst; do
    expect 0 as agreement sign data/a.json --identity data/$p
done
mv data/a.json.01.sig elsewhere/sig
ln -s ../elsewhere/sig data/a.json.01.sig
expect 6 as key commit --agreement data/a.json --identity data/police
says 'Permission denied'
TALLY_SANDBOX=off expect 0 as key commit --agreement data/a.json --identity data/police
