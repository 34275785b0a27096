#!/bin/sh
# A folder includes only from itself and from folders below it, and a third-party header
# appears in one module only.
# SPDX-License-Identifier: Apache-2.0
set -eu
bad=0

# refuse FOLDERS-TO-SEARCH PATTERN WHY
refuse() {
    # shellcheck disable=SC2086
    if grep -nE "$2" -r $1 --include='*.c' --include='*.h'; then
        echo "not allowed: $3" >&2
        bad=1
    fi
}
refuse bloom/base '#include "(bloom/[a-z_]+\.h|bloom/(kernels|audit)|protocols|linker|benchmarks|cli)' \
    "bloom/base knows no domain"
refuse bloom '#include "(protocols|linker|benchmarks|cli)/' "bloom is below protocols"
refuse protocols '#include "(linker|benchmarks|cli)/' "protocols is below linker"
refuse linker '#include "(benchmarks|cli)/' "linker is below benchmarks"
refuse benchmarks '#include "cli/' "benchmarks is below cli"

# one HEADER-PATTERN MODULE-FILES
one() {
    found=$(grep -rlE "#include <$1" bloom protocols linker benchmarks cli || true)
    for file in $found; do
        case " $2 " in
        *" $file "*) ;;
        *)
            echo "$file includes <$1>; only $2 may" >&2
            bad=1
            ;;
        esac
    done
}
one 'jansson' "bloom/base/json.c bloom/base/json_build.c bloom/base/json_private.h"
one 'utf8proc' "bloom/base/text.c"
one 'sqlite3' "linker/db.c"
one 'zip' "bloom/base/xlsx_zip.c"
one 'expat' "bloom/base/xlsx_xml.c"

# Crypto primitives: base for memory and digests, one file a primitive above it.
one 'pcre2' "bloom/clkhash_regex.c"
one 'openssl' "bloom/hmac_openssl.c"
one 'sodium' "bloom/base/secret.c bloom/base/pii.c bloom/kdf.c bloom/positions.c bloom/clkhash_hash.c bloom/harden_salt.c bloom/keystream.c bloom/matchkey.c protocols/ceremony.c protocols/linkmap.c protocols/passbox.c protocols/seal.c protocols/sign.c"

# xxHash never stands near identifiers or keys.
refuse "bloom protocols benchmarks cli" '#include <xxhash' "xxHash belongs to the linker alone"
exit $bad
