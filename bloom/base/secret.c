/*
 * Secrets, wiping, random bytes and the digest: this is where libsodium is met. Keys lie
 * in sodium_malloc memory (guard pages, locked, left out of core dumps) that is
 * unreadable until it is opened.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/secret.h"

#include <sodium.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <string.h>

struct tally_secret {
    uint8_t *bytes;
    size_t len;
    unsigned opened; /* nested opens */
};

_Static_assert(sizeof(crypto_generichash_state) <= sizeof(struct tally_digest_state),
               "the digest state must fit");
_Static_assert(_Alignof(crypto_generichash_state) <= _Alignof(struct tally_digest_state),
               "the digest state must be aligned");
_Static_assert(TALLY_DIGEST_BYTES == crypto_generichash_BYTES, "BLAKE2b-256");

int
tally_secret_init(struct tally_err *err)
{
    const struct rlimit none = {0, 0};

    if (sodium_init() < 0) {
        return tally_err_set(err, TALLY_E_BUG, "cannot start the cryptographic library");
    }
    if (setrlimit(RLIMIT_CORE, &none) != 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot switch core dumps off");
    }
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return tally_err_errno(err, TALLY_E_IO,
                               "cannot protect memory from other processes");
    }
    return 0;
}

bool
tally_secret_can_lock(void)
{
    long page = sysconf(_SC_PAGESIZE);
    size_t len = page > 0 ? (size_t)page : 4096;
    void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool locked;

    if (p == MAP_FAILED) {
        return false;
    }
    locked = mlock(p, len) == 0;
    munmap(p, len);
    return locked;
}

int
tally_secret_create(struct tally_secret **out, size_t len, struct tally_err *err)
{
    struct tally_secret *s = calloc(1, sizeof *s);

    if (s == NULL) {
        return tally_err_nomem(err);
    }
    /* sodium_malloc tries to lock and goes on when it may not: tally doctor tells of it.
     */
    s->bytes = sodium_malloc(len);
    if (s->bytes == NULL) {
        free(s);
        return tally_err_nomem(err);
    }
    s->len = len;
    sodium_memzero(s->bytes, len);
    TALLY_INVARIANT(sodium_mprotect_noaccess(s->bytes) == 0);
    *out = s;
    return 0;
}

uint8_t *
tally_secret_open(struct tally_secret *s)
{
    if (s->opened == 0) {
        TALLY_INVARIANT(sodium_mprotect_readwrite(s->bytes) == 0);
    }
    s->opened++;
    return s->bytes;
}

void
tally_secret_close(struct tally_secret *s)
{
    TALLY_INVARIANT(s->opened > 0);
    s->opened--;
    if (s->opened == 0) {
        TALLY_INVARIANT(sodium_mprotect_noaccess(s->bytes) == 0);
    }
}

size_t
tally_secret_len(const struct tally_secret *s)
{
    return s->len;
}

bool
tally_secret_equal(struct tally_secret *a, struct tally_secret *b)
{
    bool equal;

    if (a->len != b->len) {
        return false;
    }
    equal = sodium_memcmp(tally_secret_open(a), tally_secret_open(b), a->len) == 0;
    tally_secret_close(a);
    tally_secret_close(b);
    return equal;
}

void
tally_secret_free(struct tally_secret *s)
{
    if (s == NULL) {
        return;
    }
    sodium_free(s->bytes);
    free(s);
}

void
tally_wipe(void *p, size_t len)
{
    if (len > 0) {
        memset(p, 0, len);
        /* The compiler must think that this is looked at, or it would leave it out. */
        __asm__ volatile("" : : "r"(p) : "memory");
    }
}

void
tally_random(void *p, size_t len)
{
    randombytes_buf(p, len);
}

void
tally_digest(const void *p, size_t len, uint8_t out[TALLY_DIGEST_BYTES])
{
    TALLY_INVARIANT(crypto_generichash(out, TALLY_DIGEST_BYTES, p, len, NULL, 0) == 0);
}

/* The caller sees bytes, so that no other header needs libsodium's. The array is aligned
 * and wide enough (asserted above). */
static crypto_generichash_state *
digest_state(struct tally_digest_state *st)
{
    return (crypto_generichash_state *)(void *)st->opaque;
}

void
tally_digest_init(struct tally_digest_state *st)
{
    TALLY_INVARIANT(
        crypto_generichash_init(digest_state(st), NULL, 0, TALLY_DIGEST_BYTES) == 0);
}

void
tally_digest_update(struct tally_digest_state *st, const void *p, size_t len)
{
    TALLY_INVARIANT(crypto_generichash_update(digest_state(st), p, len) == 0);
}

void
tally_digest_final(struct tally_digest_state *st, uint8_t out[TALLY_DIGEST_BYTES])
{
    TALLY_INVARIANT(crypto_generichash_final(digest_state(st), out, TALLY_DIGEST_BYTES) ==
                    0);
}
