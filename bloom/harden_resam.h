/*
 * Resampling (RESAM): each output bit is the XOR of two bits drawn from the filter. The
 * construction is stated here as it is commonly described (Ranbaduge and Schnell 2020,
 * "Securing Bloom Filters for Privacy-preserving Record Linkage", CIKM); bits agree with
 * no other implementation. Against attacks it behaves like diffusion with t = 2.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_HARDEN_RESAM_H
#define TALLY_HARDEN_RESAM_H

#include <stdint.h>

#include "bloom/base/secret.h"

/** ${sets}[2j] and [2j + 1] become the inputs of output bit j of ${bits} (2 or more): a
 * number x below bits and y below bits - 1 from the key stream of the 32-byte ${seed},
 * then y + 1 if y >= x, so that the two differ. A bit may serve many outputs, or none. */
void tally_resam_draw(uint32_t *sets, uint32_t bits, struct tally_secret *seed);

#endif
