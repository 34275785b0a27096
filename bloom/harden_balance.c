/*
 * A filter beside its complement.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/harden_balance.h"

#include <stddef.h>
#include <string.h>

void
tally_harden_complement(const uint8_t *in, uint32_t bits, uint8_t *out)
{
    size_t len = bits / 8, i;

    memcpy(out, in, len);
    for (i = 0; i < len; i++) {
        out[len + i] = (uint8_t)~in[i];
    }
}
