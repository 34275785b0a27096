/*
 * BLIP: each bit is, with probability f, replaced by a fair coin (Alaggan, Gambs and
 * Kermarrec 2012, "BLIP: Non-interactive Differentially-Private Similarity Computation on
 * Bloom Filters"; in this form of randomised response Schnell and Borgs 2016, "Randomized
 * Response and Balanced Bloom Filters for Privacy Preserving Record Linkage"). Fresh
 * noise for every record: noise that is the same for all would be a constant.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_HARDEN_BLIP_H
#define TALLY_HARDEN_BLIP_H

#include <stdint.h>

#include "bloom/base/bytes.h"

/** Random bytes: the operating system's, or in tests a stream that is known. */
struct tally_noise {
    void (*fill)(void *ctx, void *p, size_t len); /* NULL: tally_random */
    void *ctx;
};

/** ${out} becomes ${in}, of ${bits} bits, a multiple of 64, in which each bit flips with
 * probability f / 2, taken as a multiple of 2^-32: that is replacement by a fair coin
 * with probability f. Bits are worked 64 at a time. Binary digits of f / 2 are compared
 * with random ones from the most significant on, a LE64 of ${noise} a digit, until every
 * bit is decided. */
void tally_harden_blip(const uint8_t *in, uint32_t bits, double f,
                       const struct tally_noise *noise, uint8_t *out);

#endif
