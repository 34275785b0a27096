/*
 * A secret under a passphrase: Argon2id (RFC 9106) for the key, XChaCha20-Poly1305 for
 * the box. docs/protocols/identity.md has the bytes.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_PASSBOX_H
#define TALLY_PROTOCOLS_PASSBOX_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/bytes.h"
#include "bloom/base/err.h"
#include "bloom/base/secret.h"

/** What a passphrase costs to try: passes over so many KiB of memory. */
struct tally_passbox_cost {
    uint32_t passes;     /* 1 to TALLY_PASSBOX_PASSES_MAX */
    uint32_t memory_kib; /* 8 to TALLY_PASSBOX_MEMORY_MAX */
};
#define TALLY_PASSBOX_PASSES_MAX 16u
#define TALLY_PASSBOX_MEMORY_MAX (1u << 20) /* 1 GiB: what a reader will spend */

/** The second choice RFC 9106 recommends: 3 passes over 64 MiB. */
extern const struct tally_passbox_cost tally_passbox_cost_usual;

/** Shortest passphrase taken, in bytes, and longest. */
#define TALLY_PASSPHRASE_MIN 12
#define TALLY_PASSPHRASE_MAX 1024

/** Bytes around the secret in a box. */
#define TALLY_PASSBOX_OVERHEAD 64

/** Append to ${out} a box of ${secret} under ${passphrase}, good for ${context} alone.
 * Errors: TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_passbox_seal(struct tally_buf *out, struct tally_secret *secret,
                                       struct tally_secret *passphrase,
                                       const char *context,
                                       const struct tally_passbox_cost *cost,
                                       struct tally_err *err);

/** Open the box of ${len} bytes at ${box}, which must hold ${secret_len} bytes. Caller
 * frees ${out}. Errors: TALLY_E_KEY (passphrase wrong or box changed: one cannot tell),
 * TALLY_E_CORRUPT (not a box, or a cost out of range), TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_passbox_open(const uint8_t *box, size_t len, size_t secret_len,
                                       struct tally_secret *passphrase,
                                       const char *context, struct tally_secret **out,
                                       struct tally_err *err);

#endif
