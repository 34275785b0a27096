/*
 * What fuzz targets share: inputs of several pieces.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

size_t
fuzz_cut(const uint8_t *data, size_t len, struct fuzz_piece *out, size_t max)
{
    size_t n = 0;

    while (n + 1 < max) {
        const uint8_t *at = len > 0 ? memmem(data, len, FUZZ_CUT, 3) : NULL;

        if (at == NULL) {
            break;
        }
        out[n++] = (struct fuzz_piece){data, (size_t)(at - data)};
        len -= (size_t)(at - data) + 3;
        data = at + 3;
    }
    out[n++] = (struct fuzz_piece){data, len};
    return n;
}
