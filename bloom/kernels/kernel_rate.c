/*
 * How much of its rate AMX gives at the moment. A neighbour on the same core, or the
 * power it draws, can halve it for seconds at a time while everything else runs on as
 * before; so it is measured against the same products by AVX-512.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernel_set.h"

#if defined(__x86_64__)

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WIDTH  192
#define ROWS_A 512
#define ROWS_B 2048
#define ROOM   (8 * ROWS_B)

/* AMX comes up to speed only while it runs, so that its looks come in a row. */
#define LOOKS_AMX  20
#define LOOKS_VNNI 6

/* How many times as fast as AVX-512 it is at full rate, as measured on a Xeon of the
 * fourth generation. */
#define TIMES_FASTER 9.6

typedef size_t scan_fn(const uint8_t *a, const int32_t *need_a, size_t na,
                       size_t first_row, const uint8_t *packed, const int32_t *need_b,
                       size_t nb, size_t row_bytes, struct tally_hit *out, size_t cap,
                       size_t *next_row);

struct rows {
    uint8_t a[ROWS_A * WIDTH];
    uint8_t b[ROWS_B * WIDTH];
    int32_t need_a[ROWS_A];
    int32_t need_b[ROWS_B];
    struct tally_hit hits[ROOM];
};

static double
now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static void
fill(uint8_t *bytes, size_t n)
{
    uint64_t state = 1;

    for (size_t i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (uint8_t)(state >> 56);
    }
}

/* ns a pair in the look that was disturbed least. */
static double
least_ns(scan_fn *scan, struct rows *r, int looks)
{
    double least = 1e9;

    for (int i = 0; i < looks; i++) {
        double start = now_ns();
        double ns;
        size_t next;

        (void)scan(r->a, r->need_a, ROWS_A, 0, r->b, r->need_b, ROWS_B, WIDTH, r->hits,
                   ROOM, &next);
        ns = (now_ns() - start) / ((double)ROWS_A * ROWS_B);
        least = ns < least ? ns : least;
    }
    return least;
}

bool
tally_dot_rate(struct tally_dot_rate *out)
{
    const struct tally_kernel *k = tally_kernel_at(TALLY_CPU_AMX);
    struct rows *r;
    double ns;

    if (k == NULL || (r = aligned_alloc(64, (sizeof *r + 63) / 64 * 64)) == NULL) {
        return false;
    }
    /* Numbers of no order are packed as well as any, and need what they do not score. */
    fill(r->a, sizeof r->a);
    fill(r->b, sizeof r->b);
    memset(r->need_b, 0, sizeof r->need_b);
    for (size_t i = 0; i < ROWS_A; i++) {
        r->need_a[i] = TALLY_NEED_MAX;
    }
    ns = least_ns(k->dot->scan, r, LOOKS_AMX);
    out->pairs_per_second = 1e9 / ns;
    out->of_full = least_ns(tally_vnni_scan, r, LOOKS_VNNI) / ns / TIMES_FASTER;
    out->of_full = out->of_full < 1 ? out->of_full : 1;
    free(r);
    return true;
}

#else

bool
tally_dot_rate(struct tally_dot_rate *out)
{
    (void)out;
    return false;
}

#endif
