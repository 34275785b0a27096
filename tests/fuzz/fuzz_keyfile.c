/*
 * Fuzz: key files, and secrets under a passphrase (an odd first byte).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/keyfile.h"
#include "protocols/boxfile.h"

#include <string.h>

static const struct tally_boxfile kind = {
    "tallystick identity 1", "# Keep this file secret", "the keys of an identity", 64};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *key = NULL, *pass = NULL;
    const char *path;

    if (len == 0) {
        return 0;
    }
    path = fuzz_file(0, data + 1, len - 1);
    if (data[0] % 2 == 0) {
        FUZZ_TRY(tally_keyfile_read(
            path, data[0] % 4 == 0 ? TALLY_KEY_LINKAGE : TALLY_KEY_RELEASE, &key, &err));
    } else if (tally_secret_create(&pass, 16, &err) == 0) {
        FUZZ_TRY(tally_boxfile_read(path, &kind, pass, "context", &key, &err));
    }
    FUZZ_MUST(key != NULL || err.text[0] != '\0');
    tally_secret_free(pass);
    tally_secret_free(key);
    return 0;
}
