/*
 * Record-level filters by weighted bit sampling: each field has a filter of its own, and
 * the filter of the record takes bits from them, more of fields that weigh more, in a
 * keyed order (Durham, Kantarcioglu, Xue, Toth, Kuzu and Malin, "Composite Bloom Filters
 * for Secure Record Linkage", IEEE TKDE 26(12), 2014). The choice of bits only: a map for
 * tally_diffusion_of_sets with t = 1.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_RBF_H
#define TALLY_RBF_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/secret.h"

/** How many of ${bits} bits each of ${n} fields gives: in proportion to ${weights}, all
 * above 0, rounded down; what is left goes one by one to the fields that lost most by it,
 * the first of equals. */
void tally_rbf_shares(const double *weights, size_t n, uint32_t bits, uint32_t *shares);

/**
 * ${from}[j] becomes the bit that output bit j of ${bits} takes, counted through the
 * fields' filters laid end to end, each of ${field_bits}. From the key stream of the
 * 32-byte ${seed}: for field 0, 1, ... and each bit that it gives (${shares}, which sum
 * to
 * ${bits}), a number below field_bits; then all are shuffled. A bit may be taken more
 * than once.
 */
void tally_rbf_draw(uint32_t *from, uint32_t bits, const uint32_t *shares, size_t n,
                    uint32_t field_bits, struct tally_secret *seed);

#endif
