/*
 * The choice of a kernel: what was built in, what the processor can do, and what passes a
 * known-answer test on this very machine. The only file that chooses; it runs anywhere
 * itself.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernels.h"

#ifdef __AVX__
#error "kernel_dispatch.c must be built for any processor: take the -m flags off it"
#endif

#include "bloom/kernels/kernel_set.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>

/* The known answer: the hits of fixed rows at fixed needs, as a digest. The numbers of
 * rows fill neither a group nor a block, the rows are no power of two long, and the room
 * makes scans stop. */
#define SELF_NA     11
#define SELF_NB     21
#define SELF_BYTES  192
#define SELF_CAP    (3 * SELF_NB)
#define SELF_ANSWER 0x7fba8f5fcd90d8ccu

struct self_test {
    alignas(TALLY_ROW_ALIGN) uint8_t a[SELF_NA * SELF_BYTES];
    alignas(TALLY_ROW_ALIGN) uint8_t b[SELF_NB * SELF_BYTES];
    alignas(TALLY_ROW_ALIGN) uint8_t packed[3 * SELF_NB * SELF_BYTES];
    int32_t need_a[SELF_NA];
    int32_t need_b[SELF_NB];
    struct tally_hit hits[SELF_CAP];
};

static const struct tally_kernel *usable[TALLY_CPU_LEVELS];
static pthread_once_t usable_once = PTHREAD_ONCE_INIT;

/* FNV-1a over 32-bit steps: enough to tell a right answer from a wrong one. */
static uint64_t
digest_add(uint64_t digest, uint32_t value)
{
    return (digest ^ value) * 0x100000001b3u;
}

static uint32_t
next_number(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static void
self_fill(struct self_test *t)
{
    uint64_t state = 1;

    for (size_t at = 0; at < sizeof t->a; at++) {
        t->a[at] = (uint8_t)next_number(&state);
    }
    for (size_t at = 0; at < sizeof t->b; at++) {
        t->b[at] = (uint8_t)next_number(&state);
    }
    /* Random rows share a quarter of their 1536 bits, give or take 17. */
    for (size_t i = 0; i < SELF_NA; i++) {
        t->need_a[i] = (int32_t)(next_number(&state) % 40) - 400;
    }
    for (size_t j = 0; j < SELF_NB; j++) {
        t->need_b[j] = (int32_t)(next_number(&state) % 40) + 740;
    }
}

static uint64_t
self_answer(const struct tally_kernel *k, struct self_test *t)
{
    uint64_t digest = 0xcbf29ce484222325u;

    for (size_t row = 0, next = 0; row < SELF_NA; row = next) {
        size_t n = k->common.scan(t->a, t->need_a, SELF_NA, row, t->packed, t->need_b,
                                  SELF_NB, SELF_BYTES, t->hits, SELF_CAP, &next);

        if (n > SELF_CAP || next <= row) {
            return 0;
        }
        for (size_t h = 0; h < n; h++) {
            digest = digest_add(digest, t->hits[h].i);
            digest = digest_add(digest, t->hits[h].j);
            digest = digest_add(digest, t->hits[h].common);
        }
    }
    return digest_add(digest, k->and_popcount(t->a, t->b, SELF_BYTES));
}

static bool
self_test_passes(const struct tally_kernel *k)
{
    static struct self_test t;

    self_fill(&t);
    if (k->common.pack_size(SELF_NB, SELF_BYTES) > sizeof t.packed) {
        return false;
    }
    k->common.pack(t.b, SELF_NB, SELF_BYTES, t.packed);
    return self_answer(k, &t) == SELF_ANSWER;
}

static void
find_usable(void)
{
    static const struct tally_kernel *const built[] = {
        &tally_kernel_portable,
#if defined(__x86_64__)
        &tally_kernel_popcnt,
        &tally_kernel_avx2,
        &tally_kernel_avx512,
#endif
    };
    enum tally_cpu_level possible = tally_cpu_probe();

    for (size_t i = 0; i < sizeof built / sizeof built[0]; i++) {
        if (built[i]->level <= possible && self_test_passes(built[i])) {
            usable[built[i]->level] = built[i];
        }
    }
}

const struct tally_kernel *
tally_kernel_at(enum tally_cpu_level level)
{
    pthread_once(&usable_once, find_usable);
    return level < TALLY_CPU_LEVELS ? usable[level] : NULL;
}

const struct tally_kernel *
tally_kernel_best(void)
{
    for (int level = (int)tally_cpu_level(); level > TALLY_CPU_PORTABLE; level--) {
        const struct tally_kernel *k = tally_kernel_at((enum tally_cpu_level)level);

        if (k != NULL) {
            return k;
        }
    }
    return &tally_kernel_portable;
}
