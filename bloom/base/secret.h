/*
 * Secrets: keys in guarded, locked memory that cannot be read unless opened.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_SECRET_H
#define TALLY_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

/** Once at program start, before any other call here: initialises libsodium, switches core
 * dumps off and makes the process not dumpable. Safe to call again. */
TALLY_NODISCARD int tally_secret_init(struct tally_err *err);

/** True when memory can be locked against swapping here (tried, not guessed). */
bool tally_secret_can_lock(void);

struct tally_secret;

/** ${len} bytes of guarded memory, zeroed, closed. Free with tally_secret_free. */
TALLY_NODISCARD int tally_secret_create(struct tally_secret **out, size_t len,
                                        struct tally_err *err);

/** The bytes, readable and writable until the matching close. Calls nest. Not thread-safe:
 * open before threads start, close after they end. */
uint8_t *tally_secret_open(struct tally_secret *s);
void tally_secret_close(struct tally_secret *s);

size_t tally_secret_len(const struct tally_secret *s);

/** Constant-time equality of two secrets. */
bool tally_secret_equal(struct tally_secret *a, struct tally_secret *b);

/** Wipe and release; NULL is no-op. */
void tally_secret_free(struct tally_secret *s);

/** Overwrite ${len} bytes at ${p} in a way the compiler keeps. */
void tally_wipe(void *p, size_t len);

/** Clear the vector registers that any function may use, so that text which went through
 * them is not spilled by whoever saves registers next. Does nothing on processors whose
 * registers it does not know. */
static inline void
tally_wipe_registers(void)
{
#if defined(__x86_64__)
    __asm__ volatile("pxor %%xmm0, %%xmm0\n\tpxor %%xmm1, %%xmm1\n\t"
                     "pxor %%xmm2, %%xmm2\n\tpxor %%xmm3, %%xmm3\n\t"
                     "pxor %%xmm4, %%xmm4\n\tpxor %%xmm5, %%xmm5\n\t"
                     "pxor %%xmm6, %%xmm6\n\tpxor %%xmm7, %%xmm7\n\t"
                     "pxor %%xmm8, %%xmm8\n\tpxor %%xmm9, %%xmm9\n\t"
                     "pxor %%xmm10, %%xmm10\n\tpxor %%xmm11, %%xmm11\n\t"
                     "pxor %%xmm12, %%xmm12\n\tpxor %%xmm13, %%xmm13\n\t"
                     "pxor %%xmm14, %%xmm14\n\tpxor %%xmm15, %%xmm15"
                     :
                     :
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                       "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
                       "xmm15");
#endif
}

/** ${len} random bytes from the operating system's generator. Never seeded. */
void tally_random(void *p, size_t len);

/** BLAKE2b of ${len} bytes at ${p}, 32 bytes out (RFC 7693, unkeyed): integrity, not authenticity. */
#define TALLY_DIGEST_BYTES 32
void tally_digest(const void *p, size_t len, uint8_t out[TALLY_DIGEST_BYTES]);

/** The same in pieces. A plain value; the state is 64-byte aligned by its type. */
struct tally_digest_state {
    _Alignas(64) uint8_t opaque[384];
};
void tally_digest_init(struct tally_digest_state *st);
void tally_digest_update(struct tally_digest_state *st, const void *p, size_t len);
void tally_digest_final(struct tally_digest_state *st, uint8_t out[TALLY_DIGEST_BYTES]);

#endif
