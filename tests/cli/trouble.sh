#!/bin/sh
# A full disk, a folder without rights, Ctrl-C half-way: exit code, message, nothing left.
. tests/support/cli.sh
small_sources 2000

# No rights to write: as an ordinary user, also when the tests run as root.
chmod 755 "$work"
mkdir locked open
chmod 777 open
as_user=
if [ "$(id -u)" = 0 ]; then
    as_user="setpriv --reuid=65534 --regid=65534 --clear-groups"
    cp key userkey
    chown 65534 userkey
else
    cp -p key userkey
    chmod 555 locked
fi
expect 6 $as_user "$bin/tally" encode people/police.csv --schema schema.json --key userkey -o locked/p.enc
says 'locked'
absent locked/p.enc
expect 0 $as_user "$bin/tally" encode people/police.csv --schema schema.json --key userkey -o open/p.enc

# A full disk: a small file system of our own, where this user may mount one.
mkdir small
if mount -t tmpfs -o size=200k tmpfs small 2>/dev/null; then
    expect 6 tally encode people/health.csv --schema schema.json --key key -o small/h.enc \
        --payload attendance_type --payload-out h.pay
    says 'space'
    absent small/h.enc h.pay
    [ -z "$(ls -A small)" ] || { ls -A small; umount small; fail "left on the full disk"; }
    expect 0 tally encode people/police.csv --schema schema.json --key key -o p.enc
    expect 0 tally encode people/health.csv --schema schema.json --key key -o h.enc
    cat /dev/zero >small/fill 2>/dev/null || true
    expect 6 tally link p.enc h.enc -o small/links.csv --clusters clusters.csv
    absent small/links.csv clusters.csv
    expect 6 tally link p.enc h.enc --store run.db --linkmap small/links.map
    absent small/links.map run.db run.db.release-key
    expect 6 tally synth --people 500 --sources police -o small/people
    rm small/fill
    umount small
else
    echo "skipped: the full disk, as no file system can be mounted here"
fi
expect 6 sh -c '"$1" schema show schema.json >/dev/full' sh "$bin/tally"

# Ctrl-C half-way.
tally synth --people 60000 --sources health -o many 2>/dev/null
"$bin/tally" encode many/health.csv --schema schema.json --key key -o many.enc --threads 1 2>err &
ctrl_c $! 10
case $got in
130) absent many.enc ;;
0) echo "skipped: the encoder was faster than Ctrl-C" ;;
*) fail "Ctrl-C gave exit $got" ;;
esac
no_leftovers

# Ctrl-C while waiting for a named pipe that nobody writes to; data files may not be one.
mkfifo pipe
expect 6 timeout 60 "$bin/tally" link pipe
says 'not an ordinary file'
for verb in "schema check" inspect profile; do
    # shellcheck disable=SC2086
    "$bin/tally" $verb pipe >out 2>err &
    ctrl_c $!
    [ $got = 130 ] || fail "Ctrl-C gave exit $got: tally $verb pipe"
done

# A reader that goes away is no error.
tally schema show schema.json | head -1 >/dev/null || fail "broken pipe"
