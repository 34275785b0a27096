/*
 * Weighted sampling of bits from fields. Bits are shuffled once they are drawn, so that
 * where one stands says nothing of its field.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/rbf.h"

#include "bloom/keystream.h"

#include <math.h>

void
tally_rbf_shares(const double *weights, size_t n, uint32_t bits, uint32_t *shares)
{
    double sum = 0;
    uint32_t given = 0;

    for (size_t f = 0; f < n; f++) {
        sum += weights[f];
    }
    for (size_t f = 0; f < n; f++) {
        shares[f] = (uint32_t)floor(bits * weights[f] / sum);
        given += shares[f];
    }
    for (; given < bits; given++) {
        size_t most = 0;

        for (size_t f = 1; f < n; f++) {
            if (bits * weights[f] / sum - shares[f] >
                bits * weights[most] / sum - shares[most]) {
                most = f;
            }
        }
        shares[most]++;
    }
}

void
tally_rbf_draw(uint32_t *from, uint32_t bits, const uint32_t *shares, size_t n,
               uint32_t field_bits, struct tally_secret *seed)
{
    struct tally_keystream s;
    uint32_t at = 0;

    tally_keystream_start(&s, seed);
    for (size_t f = 0; f < n; f++) {
        for (uint32_t i = 0; i < shares[f]; i++) {
            from[at++] = (uint32_t)f * field_bits + tally_keystream_below(&s, field_bits);
        }
    }
    TALLY_INVARIANT(at == bits);
    tally_keystream_shuffle(&s, from, bits);
    tally_keystream_end(&s);
}
