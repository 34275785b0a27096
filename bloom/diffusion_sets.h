/*
 * The keyed choice of inputs for diffusion: who is XORed into what.
 * docs/protocols/encodings.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_DIFFUSION_SETS_H
#define TALLY_DIFFUSION_SETS_H

#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/secret.h"

/**
 * Fill ${sets} (${m} * ${t} entries) with the inputs of outputs 0, 1, ... of ${m}, ${t}
 * each, ascending and distinct, all below ${l}; every input is used floor or ceil of m *
 * t / l times. Needs 4 * t <= l. ${seed} is the 32-byte key tally_kdf(key, "diffusion",
 * view). TALLY_E_NOMEM.
 */
TALLY_NODISCARD int tally_diffusion_draw(uint32_t *sets, uint32_t l, uint32_t m,
                                         uint32_t t, struct tally_secret *seed,
                                         struct tally_err *err);

#endif
