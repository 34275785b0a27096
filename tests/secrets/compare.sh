#!/bin/sh
# Secrets and tags are compared in constant time: memcmp and strcmp meet none of them. What the names below
# hold is public (keys to verify with, check values, digests) or no secret (keys to sort by).
# SPDX-License-Identifier: Apache-2.0
set -eu
bad=0
secret='secret|passphrase|seed|joined|private|password|_mac|hmac|share->|token_key|linkage_key'
if grep -rnE "\b(memcmp|strcmp|strncmp|bcmp)\([^;]*\b($secret)" bloom protocols linker cli --include='*.c' |
    grep -vE '"[^"]*('"$secret"')[^"]*"'; then
    echo "a secret is compared in a time that tells where it differs" >&2
    bad=1
fi
# Only libsodium's comparison, in one module, and its own checks of tags.
if grep -rnE 'crypto_verify_|sodium_memcmp|CRYPTO_memcmp' bloom protocols linker cli --include='*.c' |
    grep -vE '^bloom/base/secret\.c:'; then
    echo "a comparison in constant time outside bloom/base/secret.c" >&2
    bad=1
fi
# The search finds what it is to find.
echo 'if (memcmp(a, id->secret, 32) == 0) {' | grep -qE "\b(memcmp|strcmp)\([^;]*\b($secret)" || bad=1
exit $bad
