/*
 * Diffusion, the default hardening: each output bit is the XOR of t input bits chosen by
 * a keyed generator (Armknecht, Heng and Schnell, PoPETs 2023(2), "Strengthening Privacy-
 * Preserving Record Linkage using Diffusion").
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_DIFFUSION_H
#define TALLY_DIFFUSION_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/secret.h"

struct tally_diffusion;

/** Index sets for ${in_bits} -> ${out_bits} (multiples of 64), ${t} distinct inputs an
 * output bit, each input used floor or ceil of out_bits * t / in_bits times, drawn from
 * tally_kdf(key, "diffusion", view). Read-only afterwards: shared by threads. */
TALLY_NODISCARD int tally_diffusion_create(struct tally_diffusion **out, uint32_t in_bits,
                                           uint32_t out_bits, uint32_t t,
                                           const char *view, struct tally_secret *key,
                                           struct tally_err *err);

/** The same with sets that the caller drew: ${sets} has the ${t} inputs of output 0, of
 * output 1, ... and is copied; an output may have an input twice, which then counts for
 * nothing. Any hardening that XORs bits of a filter is this. TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_diffusion_of_sets(struct tally_diffusion **out,
                                            uint32_t in_bits, uint32_t out_bits,
                                            uint32_t t, const uint32_t *sets,
                                            struct tally_err *err);

/** The ${t} input bits of output bit ${j}, as drawn: for vectors and tests. */
const uint32_t *tally_diffusion_set(const struct tally_diffusion *d, uint32_t j);

#define TALLY_DIFFUSION_BATCH 512
/** Diffuse ${n} <= TALLY_DIFFUSION_BATCH filters: ${in} rows of ${in_stride} bytes,
 * ${out} rows of ${out_stride}. Bit order as in clk.h. ${scratch} holds
 * tally_diffusion_scratch() bytes, 64-byte aligned, one a thread, wiped by the caller. */
void tally_diffusion_apply(const struct tally_diffusion *d, const uint8_t *in,
                           size_t in_stride, size_t n, uint8_t *out, size_t out_stride,
                           void *scratch);
size_t tally_diffusion_scratch(const struct tally_diffusion *d);

void tally_diffusion_free(struct tally_diffusion *d);

#endif
