/*
 * Fuzz: packages: manifest, stream and what they hold against an agreement's party.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/base/file.h"
#include "protocols/package.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct tally_secret *own;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_package *p = NULL;
    uint64_t content = 0;
    int in = open(fuzz_file(0, data, len), O_RDONLY), out = -1;
    struct stat st;

    if (own == NULL) {
        FUZZ_MUST(tally_secret_create(&own, 32, &err) == 0);
    }
    if (tally_package_open(&p, in, "package", &err) != 0) {
        FUZZ_MUST(err.text[0] != '\0' && close(in) == 0);
        return 0;
    }
    FUZZ_MUST((unsigned)tally_package_manifest(p)->kind < TALLY_PACKAGE_KINDS);
    FUZZ_MUST(tally_tmpfile(NULL, &out, &err) == 0);
    if (tally_package_unseal(p, own, out, &content, &err) == 0) {
        FUZZ_MUST(fstat(out, &st) == 0 && (uint64_t)st.st_size == content);
    }
    tally_package_close(p);
    FUZZ_MUST(close(in) == 0 && close(out) == 0);
    return 0;
}
