/*
 * Folding in halves, again and again, is the XOR of all parts at once.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/harden_fold.h"

#include <stddef.h>
#include <string.h>

void
tally_harden_fold(const uint8_t *in, uint32_t bits, uint32_t times, uint8_t *out)
{
    size_t len = (bits >> times) / 8, part, i;

    memcpy(out, in, len);
    for (part = 1; part < (size_t)1 << times; part++) {
        for (i = 0; i < len; i++) {
            out[i] ^= in[part * len + i];
        }
    }
}
