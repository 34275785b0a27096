/*
 * Rule 90 a byte at a time: a byte shifted by one either way, with a bit of its
 * neighbour.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/harden_rule90.h"

#include <stddef.h>

void
tally_harden_rule90(const uint8_t *in, uint32_t bits, uint8_t *out)
{
    size_t len = bits / 8, i;

    for (i = 0; i < len; i++) {
        unsigned before = in[i > 0 ? i - 1 : len - 1],
                 after = in[i + 1 < len ? i + 1 : 0];
        unsigned at = in[i];

        out[i] = (uint8_t)((at >> 1 | before << 7) ^ (at << 1 | after >> 7));
    }
}
