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
#include <string.h>

/* The known answers: the hits of fixed rows at fixed needs, as digests. The numbers of
 * rows fill neither a group nor a block, and the room makes scans stop. One tile has more
 * rows than a block of any kernel, one has longer rows than a panel. */
#define SELF_NA     11
#define SELF_NB     530
#define SELF_PACKED ((size_t)100 << 10)
static const struct {
    size_t nb;
    size_t row_bytes;
    uint64_t answer;
} self_counts[] = {{21, 8, 0x1502fe9e3eeba955u},
                   {SELF_NB, 56, 0xba384fea1791ca3cu},
                   {21, 192, 0x7fba8f5fcd90d8ccu}};

#define SELF_PRODUCTS_K 96

/* Of dot products there is one a width, 64 to TALLY_DOT_BYTES_MAX. */
#define SELF_DOT_NA 41
#define SELF_DOT_NB 83
static const uint64_t self_dot_answers[] = {0xea62f08e9653ffc0u, 0x3f472ba30c2cfeu,
                                            0x23e774ba745c6892u, 0xbd9e756cfe3a2a71u,
                                            0x7a02fd6edf7ec25cu, 0xbd654ddac8971f73u};

struct self_test {
    alignas(TALLY_ROW_ALIGN) uint8_t a[SELF_DOT_NA * TALLY_DOT_BYTES_MAX];
    alignas(TALLY_ROW_ALIGN) uint8_t b[SELF_DOT_NB * TALLY_DOT_BYTES_MAX];
    alignas(TALLY_ROW_ALIGN) uint8_t packed[SELF_PACKED];
    int32_t need_a[SELF_DOT_NA];
    int32_t need_b[SELF_NB];
    struct tally_hit hits[3 * SELF_NB];
    size_t na;
    size_t nb;
    size_t row_bytes;
};

static const struct tally_kernel *usable[TALLY_CPU_LEVELS];
#if defined(__x86_64__)
static struct tally_kernel kernel_amx;
#endif
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

/* Random rows, and needs of up to ${spread} more than the least. */
static void
self_fill(struct self_test *t, uint32_t spread, int32_t least_a, int32_t least_b)
{
    uint64_t state = 1;

    for (size_t at = 0; at < t->na * t->row_bytes; at++) {
        t->a[at] = (uint8_t)next_number(&state);
    }
    for (size_t at = 0; at < t->nb * t->row_bytes; at++) {
        t->b[at] = (uint8_t)next_number(&state);
    }
    for (size_t i = 0; i < t->na; i++) {
        t->need_a[i] = (int32_t)(next_number(&state) % spread) + least_a;
    }
    for (size_t j = 0; j < t->nb; j++) {
        t->need_b[j] = (int32_t)(next_number(&state) % spread) + least_b;
    }
}

/* What ${scan} makes of it with room for three rows of hits; 0 when it breaks its
 * contract. */
static uint64_t
self_answer(const struct tally_scan *scan, struct self_test *t)
{
    uint64_t digest = 0xcbf29ce484222325u;

    if (scan->pack_size(t->nb, t->row_bytes) > sizeof t->packed) {
        return 0;
    }
    scan->pack(t->b, t->need_b, t->nb, t->row_bytes, t->packed);
    for (size_t row = 0, next = 0; row < t->na; row = next) {
        size_t n = scan->scan(t->a, t->need_a, t->na, row, t->packed, t->need_b, t->nb,
                              t->row_bytes, t->hits, 3 * t->nb, &next);

        if (n > 3 * t->nb || next <= row) {
            return 0;
        }
        for (size_t h = 0; h < n; h++) {
            digest = digest_add(digest, t->hits[h].i);
            digest = digest_add(digest, t->hits[h].j);
            digest = digest_add(digest, t->hits[h].common);
        }
    }
    return digest;
}

/* Random rows share a quarter of their bits: of 1536, give or take 17. */
static bool
common_passes(const struct tally_kernel *k, struct self_test *t)
{
    t->na = SELF_NA;
    for (size_t w = 0; w < sizeof self_counts / sizeof self_counts[0]; w++) {
        uint64_t answer;

        t->nb = self_counts[w].nb;
        t->row_bytes = self_counts[w].row_bytes;
        self_fill(t, 40, -400, 356 + (int32_t)t->row_bytes * 2);
        answer = self_answer(&k->common, t);
        if (t->row_bytes % TALLY_ROW_ALIGN == 0) {
            answer = digest_add(answer, k->and_popcount(t->a, t->b, t->row_bytes));
        }
        if (answer != self_counts[w].answer) {
            return false;
        }
    }
    return true;
}

/* Random products of 192 come to 0, give or take 75,000. */
static bool
dot_passes(const struct tally_kernel *k, struct self_test *t)
{
    t->na = SELF_DOT_NA;
    t->nb = SELF_DOT_NB;
    for (size_t w = 0; w < sizeof self_dot_answers / sizeof self_dot_answers[0]; w++) {
        t->row_bytes = (w + 1) * 64;
        self_fill(t, 100000, -550000, 550000);
        if (self_answer(k->dot, t) != self_dot_answers[w]) {
            return false;
        }
    }
    return true;
}

/* Products against the same numbers one by one. */
static bool
self_products(const struct tally_kernel *k)
{
    enum { ROWS = TALLY_PRODUCTS_ROWS, NUMBERS = ROWS * SELF_PRODUCTS_K };
    static alignas(TALLY_ROW_ALIGN) int16_t a[NUMBERS], b[NUMBERS];
    static alignas(TALLY_ROW_ALIGN) int32_t got[ROWS * ROWS];
    uint64_t state = 2;
    bool same = true;

    for (size_t at = 0; at < NUMBERS; at++) {
        a[at] = (int16_t)(next_number(&state) % 4001 - 2000);
        b[at] = (int16_t)(next_number(&state) % 4001 - 2000);
    }
    k->products(a, b, SELF_PRODUCTS_K, got);
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < ROWS; j++) {
            int32_t want = 0;

            for (size_t c = 0; c < SELF_PRODUCTS_K; c++) {
                want += a[tally_products_at(SELF_PRODUCTS_K, i, c)] *
                        b[tally_products_at(SELF_PRODUCTS_K, j, c)];
            }
            same = same && got[i * ROWS + j] == want;
        }
    }
    return same;
}

/* Blocks turned and summed, and rows united, as the portable kernel does, which is the
 * reference. The rows are no whole number of vectors long. */
static bool
blocks_pass(const struct tally_kernel *k)
{
    enum { T = 3, NUMBERS = 64 * TALLY_BLOCK_BYTES / sizeof(uint64_t) };
    static alignas(TALLY_ROW_ALIGN) uint64_t blocks[2][NUMBERS], sums[2][NUMBERS];
    static uint16_t sets[64 * T];
    uint64_t state = 1;

    for (size_t i = 0; i < NUMBERS; i++) {
        blocks[0][i] = (uint64_t)next_number(&state) << 32 | next_number(&state);
    }
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        sets[i] = next_number(&state) % 64;
    }
    memcpy(blocks[1], blocks[0], sizeof blocks[0]);
    k->turn(blocks[0]);
    tally_kernel_portable.turn(blocks[1]);
    k->sum(blocks[0], sets, T, sums[0]);
    tally_kernel_portable.sum(blocks[1], sets, T, sums[1]);
    for (size_t side = 0; side < 2; side++) {
        const struct tally_kernel *by = side == 0 ? k : &tally_kernel_portable;
        const uint8_t *rows[] = {(const uint8_t *)&blocks[side][0],
                                 (const uint8_t *)&blocks[side][NUMBERS / 2]};

        by->unite(rows, 2, 5 * TALLY_BLOCK_BYTES + 8, (uint8_t *)sums[side]);
    }
    return memcmp(blocks[0], blocks[1], sizeof blocks[0]) == 0 &&
           memcmp(sums[0], sums[1], sizeof sums[0]) == 0;
}

static bool
self_test_passes(const struct tally_kernel *k)
{
    static struct self_test t;

    return common_passes(k, &t) && self_products(k) && blocks_pass(k) &&
           (k->dot == NULL || dot_passes(k, &t));
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
        &kernel_amx,
#elif defined(__aarch64__)
        &tally_kernel_neon,
#endif
    };
    enum tally_cpu_level possible = tally_cpu_probe();

#if defined(__x86_64__)
    /* AMX multiplies, and counts bits no better than what is there. */
    kernel_amx = tally_kernel_avx512;
    kernel_amx.name = "amx";
    kernel_amx.level = TALLY_CPU_AMX;
    kernel_amx.dot = &tally_dot_amx;
    kernel_amx.project = tally_vnni_project;
#endif

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
