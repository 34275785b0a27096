/*
 * Window-XOR as pairs of bits.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/harden_wxor.h"

void
tally_wxor_sets(uint32_t *sets, uint32_t bits, uint32_t window)
{
    for (uint32_t j = 0; j < bits; j++) {
        sets[2 * j] = j;
        sets[2 * j + 1] = (j + window) % bits;
    }
}
