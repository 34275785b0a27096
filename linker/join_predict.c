/*
 * Foretelling the size of the output.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_predict.h"

#include "linker/join_draw.h"
#include "linker/join_side.h"

#include <stdbool.h>
#include <stdlib.h>

#define SAMPLE_A    1024
#define SAMPLE_B    4096
#define SAMPLE_SEED 0x666f7265u

/* Joins of fewer pairs find out sooner by running. */
#define SMALL_JOIN (1u << 24)

/* A forecast counts when so many pairs were found, and when it is over the limit by so
 * much: a third of a standard error or so of rows that resemble each other. */
#define FOUND_MIN 100
#define CLEARLY   1.25

#define HITS_CAP (4 * TALLY_TILE_ROWS)

struct sample {
    bool self;
    struct tally_join_draw a;
    struct tally_join_draw b;
    struct tally_join_sketch sketch;
    struct tally_join_side sa;
    struct tally_join_side sb;
    struct tally_hit *hits;
};

/* Hits of tile ${tb} that are pairs at the threshold and not a row with itself. */
static uint64_t
count_found(const struct sample *s, size_t tb, size_t nhits)
{
    uint64_t found = 0;

    for (size_t h = 0; h < nhits; h++) {
        uint32_t a = s->sa.order[s->hits[h].i];
        uint32_t b = s->sb.order[tb * s->sb.tile + s->hits[h].j];
        uint64_t total = (uint64_t)s->a.m.popcounts[a] + s->b.m.popcounts[b];

        found +=
            2ull * TALLY_PPM * s->hits[h].common >= s->sketch.threshold_ppm * total &&
            !(s->self && s->a.row[a] == s->b.row[b]);
    }
    return found;
}

static uint64_t
scan_sample(const struct sample *s, const struct tally_scan *scan)
{
    uint64_t found = 0;

    for (size_t tb = 0; tb < s->sb.ntiles; tb++) {
        for (size_t row = 0; row < s->sa.n;) {
            size_t nhits = scan->scan(
                s->sa.scan, s->sa.need, s->sa.n, row, s->sb.scan + tb * s->sb.tile_stride,
                s->sb.need + tb * s->sb.tile, tally_join_tile_rows(&s->sb, tb),
                s->sketch.width, s->hits, HITS_CAP, &row);

            found += count_found(s, tb, nhits);
        }
    }
    return found;
}

static int
sample_begin(struct sample *s, const struct tally_matrix *a, const struct tally_matrix *b,
             const struct tally_join_options *o, const struct tally_scan *scan,
             struct tally_err *err)
{
    s->hits = malloc(HITS_CAP * sizeof *s->hits);
    if (s->hits == NULL) {
        return tally_err_nomem(err);
    }
    s->sketch = tally_sketch_whole_of(a, o->threshold_ppm);
    if (tally_join_draw_rows(&s->a, a, SAMPLE_A, SAMPLE_SEED, err) != 0 ||
        tally_join_draw_rows(&s->b, b, SAMPLE_B, SAMPLE_SEED + 1, err) != 0 ||
        tally_join_side_order(&s->sa, &s->a.m, SAMPLE_A, true, err) != 0 ||
        tally_join_side_order(&s->sb, &s->b.m, TALLY_TILE_ROWS, true, err) != 0 ||
        tally_join_side_sketch(&s->sa, &s->sketch, NULL, o->pool, err) != 0 ||
        tally_join_side_sketch(&s->sb, &s->sketch, scan, o->pool, err) != 0) {
        return -1;
    }
    return 0;
}

static void
sample_end(struct sample *s)
{
    tally_join_side_free(&s->sa);
    tally_join_side_free(&s->sb);
    tally_join_draw_free(&s->a);
    tally_join_draw_free(&s->b);
    free(s->hits);
}

static double
pairs_of(const struct tally_matrix *a, const struct tally_matrix *b)
{
    double n = (double)a->n;

    return b == NULL ? n * (n - 1) / 2 : n * (double)b->n;
}

int
tally_join_predict(const struct tally_matrix *a, const struct tally_matrix *b,
                   const struct tally_join_options *o, struct tally_join_forecast *out,
                   struct tally_err *err)
{
    const struct tally_kernel *kernel =
        o->kernel != NULL ? o->kernel : tally_kernel_best();
    const struct tally_scan *scan = tally_sketch_whole.scan(kernel);
    struct sample s = {.self = b == NULL};
    int rc;

    *out = (struct tally_join_forecast){.sampled = SAMPLE_A * SAMPLE_B};
    if (a->n == 0 || (b != NULL && b->n == 0)) {
        return 0;
    }
    rc = sample_begin(&s, a, b != NULL ? b : a, o, scan, err);
    if (rc == 0) {
        out->found = scan_sample(&s, scan);
        out->pairs = pairs_of(a, b) * (double)out->found / (double)out->sampled;
    }
    sample_end(&s);
    return rc;
}

/* "about 9e8 pairs". */
static int
limit_error(double pairs, uint64_t max_pairs, bool best_alone, struct tally_err *err)
{
    int zeros = 0;

    while (pairs >= 9.5) {
        pairs /= 10;
        zeros++;
    }
    (void)tally_err_set(err, TALLY_E_LIMIT,
                        "about %.0fe%d pairs would be kept, and the limit is %llu", pairs,
                        zeros, (unsigned long long)max_pairs);
    return tally_err_hint(err, best_alone ? "raise the threshold"
                                          : "raise the threshold or give -k");
}

int
tally_join_predict_check(const struct tally_matrix *a, const struct tally_matrix *b,
                         const struct tally_join_options *o, uint64_t max_pairs,
                         struct tally_err *err)
{
    double all = pairs_of(a, b);
    double rows = (double)a->n + (b != NULL ? (double)b->n : 0);
    double most = o->k != 0 && o->k * rows < all ? o->k * rows : all;
    struct tally_join_forecast f;

    if (all < SMALL_JOIN || most <= (double)max_pairs) {
        return 0;
    }
    if (tally_join_predict(a, b, o, &f, err) != 0) {
        return -1;
    }
    most = f.pairs < most ? f.pairs : most;
    if (f.found < FOUND_MIN || most < CLEARLY * (double)max_pairs) {
        return 0;
    }
    return limit_error(most, max_pairs, o->k != 0, err);
}
