/*
 * Fuzz: packages: manifest, stream and what they hold against an agreement's party.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "protocols/package.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static int in = -1, out = -1;
    static struct tally_secret *own;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_package *p = NULL;
    uint64_t content = 0;
    struct stat st;

    if (in < 0) {
        in = memfd_create("package", MFD_CLOEXEC);
        out = memfd_create("content", MFD_CLOEXEC);
        FUZZ_MUST(in >= 0 && out >= 0 && tally_secret_create(&own, 32, &err) == 0);
    }
    FUZZ_MUST(ftruncate(in, (off_t)len) == 0 && pwrite(in, data, len, 0) == (ssize_t)len);
    if (tally_package_open(&p, in, "package", &err) != 0) {
        FUZZ_MUST(err.text[0] != '\0');
        return 0;
    }
    FUZZ_MUST((unsigned)tally_package_manifest(p)->kind < TALLY_PACKAGE_KINDS);
    FUZZ_MUST(ftruncate(out, 0) == 0);
    if (tally_package_unseal(p, own, out, &content, &err) == 0) {
        FUZZ_MUST(fstat(out, &st) == 0 && (uint64_t)st.st_size == content);
    }
    tally_package_close(p);
    return 0;
}
