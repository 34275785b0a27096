/*
 * Fuzz: packages in parts: up to three, with the mark between them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "protocols/parts.h"

#include <unistd.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct fuzz_piece piece[3];
    const char *paths[3];
    size_t n = fuzz_cut(data, len, piece, 3);
    int fd = -1;

    for (size_t i = 0; i < n; i++) {
        paths[i] = fuzz_file((unsigned)i, piece[i].data, piece[i].len);
    }
    (void)fuzz_dir();
    if (tally_parts_join(paths, n, &fd, &err) == 0) {
        FUZZ_MUST(fd >= 0 && close(fd) == 0);
    } else {
        FUZZ_MUST(err.text[0] != '\0');
    }
    return 0;
}
