#!/bin/sh
# Install, by name, the Debian packages that are missing: sh cli/packages.sh [test]
# With "test" also what only the tests need.
# SPDX-License-Identifier: Apache-2.0
set -eu

wanted="gcc libc6-dev cmake ninja-build pkg-config libsodium-dev libjansson-dev libutf8proc-dev
libsqlite3-dev libssl-dev libpcre2-dev libzip-dev libexpat1-dev"
if [ "${1:-}" = test ]; then
    wanted="$wanted libcmocka-dev clang clang-tidy cppcheck libclang-rt-14-dev sqlite3 python3 valgrind"
fi

missing=
for package in $wanted; do
    if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
        missing="$missing $package"
    fi
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
    sudo=sudo
fi
echo "Installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
