/*
 * Candidates among records that hold an equal match key: keyed blocks. What blocks miss
 * cannot be computed, so it is measured, on records drawn from the first source.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/candidates_impl.h"

#include <stdlib.h>

#include "bloom/base/interrupt.h"
#include "linker/join_draw.h"
#include "linker/keyed.h"

#define SAMPLE_ROWS 1000
#define SAMPLE_SEED 0x6b657973u

/* Two sources whose records meet in blocks. */
struct meeting {
    const struct tally_candidate_source *a;
    const struct tally_candidate_source *b;
    const struct candidates_sides *sides;
    const struct tally_kernel *kernel;
    tally_pairs_fn *take;
    void *ctx;
    uint64_t compared;
};

/* The first row of record ${record} or of one after it. */
static size_t
first_row(const struct tally_candidate_source *s, uint32_t record)
{
    size_t low = 0;
    size_t high = s->matrix.n;

    while (low < high && !s->rows_are_records) {
        size_t middle = low + (high - low) / 2;

        if (candidates_record(s, (uint32_t)middle) < record) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return s->rows_are_records ? record : low;
}

static int
compare_rows(struct meeting *m, size_t i, size_t j, struct tally_err *err)
{
    const struct tally_matrix *a = m->sides->a;
    const struct tally_matrix *b = m->sides->b;
    uint64_t set = (uint64_t)a->popcounts[i] + b->popcounts[j];
    struct tally_pair p = {(uint32_t)i, (uint32_t)j, 0};

    m->compared++;
    if (a->popcounts[i] == 0 || b->popcounts[j] == 0) {
        return 0;
    }
    p.common = m->kernel->and_popcount(a->rows + i * a->stride, b->rows + j * b->stride,
                                       a->stride);
    return 2ull * TALLY_PPM * p.common < m->sides->threshold_ppm * set
               ? 0
               : m->take(m->ctx, &p, 1, err);
}

static int
compare_records(struct meeting *m, uint32_t x, uint32_t y, struct tally_err *err)
{
    size_t end_x = first_row(m->a, x + 1);
    size_t end_y = first_row(m->b, y + 1);

    for (size_t i = first_row(m->a, x); i < end_x; i++) {
        for (size_t j = first_row(m->b, y); j < end_y; j++) {
            if (compare_rows(m, i, j, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int
compare_block(void *ctx, const struct tally_keyed *a, size_t na,
              const struct tally_keyed *b, size_t nb, struct tally_err *err)
{
    struct meeting *m = ctx;

    for (size_t i = 0; i < na; i++) {
        if (tally_interrupt_check(err) != 0) {
            return -1;
        }
        for (size_t j = 0; j < nb; j++) {
            if ((m->a != m->b || a[i].record < b[j].record) &&
                compare_records(m, a[i].record, b[j].record, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int
meet_in_kind(struct meeting *m, size_t k, struct tally_err *err)
{
    struct tally_keyed_side sides[2] = {{NULL, 0}, {NULL, 0}};
    int status = -1;

    if (tally_keyed_take(&sides[0], m->a->enc, k, err) == 0 &&
        tally_keyed_take(&sides[1], m->b->enc, k, err) == 0) {
        status = tally_keyed_meet(&sides[0], &sides[1], compare_block, m, err);
    }
    tally_keyed_free(&sides[0]);
    tally_keyed_free(&sides[1]);
    return status;
}

int
candidates_by_keys(const struct tally_candidate_source *a,
                   const struct tally_candidate_source *b,
                   const struct candidates_sides *sides, tally_pairs_fn *take, void *ctx,
                   uint64_t *compared, struct tally_err *err)
{
    struct meeting m = {.a = a,
                        .b = b,
                        .sides = sides,
                        .kernel = tally_kernel_best(),
                        .take = take,
                        .ctx = ctx};
    size_t nkeys = a->enc != NULL ? tally_encfile_info(a->enc)->nmatch_keys : 0;

    if (nkeys == 0) {
        (void)tally_err_set(err, TALLY_E_USAGE, "'%s' holds no match keys", a->path);
        return tally_err_hint(err,
                              "a schema says which ones 'encode' makes; without them "
                              "leave --blocks out");
    }
    for (size_t k = 0; k < nkeys; k++) {
        if (meet_in_kind(&m, k, err) != 0) {
            return -1;
        }
    }
    *compared += m.compared;
    return 0;
}

static int
by_numbers(const void *left, const void *right)
{
    const struct tally_pair *x = left;
    const struct tally_pair *y = right;

    if (x->a != y->a) {
        return x->a < y->a ? -1 : 1;
    }
    return x->b < y->b ? -1 : x->b > y->b;
}

/* All pairs of some rows of A, by rows of A; of all its rows when they are few. */
static int
join_some(const struct candidates_sides *sides, bool self,
          const struct tally_join_options *o, struct tally_pairs *out,
          struct tally_err *err)
{
    struct tally_join_draw draw;
    int status;

    if (sides->a->n <= SAMPLE_ROWS) {
        return tally_join(sides->a, self ? NULL : sides->b, o, out, NULL, err);
    }
    if (tally_join_draw_rows(&draw, sides->a, SAMPLE_ROWS, SAMPLE_SEED, err) != 0) {
        return -1;
    }
    status = tally_join(&draw.m, sides->b, o, out, NULL, err);
    for (size_t i = 0; status == 0 && i < out->n; i++) {
        out->list[i].a = draw.row[out->list[i].a];
    }
    tally_join_draw_free(&draw);
    return status;
}

int
candidates_sample_draw(struct candidates_sample *out,
                       const struct tally_candidate_source *a,
                       const struct tally_candidate_source *b,
                       const struct candidates_sides *sides,
                       const struct tally_join_options *o, struct tally_err *err)
{
    struct tally_pairs exact = {NULL, 0};
    size_t n = 0;

    if (join_some(sides, a == b, o, &exact, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < exact.n; i++) {
        uint32_t x = candidates_record(a, exact.list[i].a);
        uint32_t y = candidates_record(b, exact.list[i].b);
        bool turned = a == b && x > y;

        if (a != b || x != y) { /* a row drawn meets itself within one source */
            exact.list[n++] = (struct tally_pair){turned ? y : x, turned ? x : y, 0};
        }
    }
    if (n > 1) {
        qsort(exact.list, n, sizeof *exact.list, by_numbers);
    }
    *out = (struct candidates_sample){.list = exact.list, .n = n};
    return 0;
}

void
candidates_sample_found(struct candidates_sample *s, const struct tally_candidate *c)
{
    const struct tally_pair pair = {c->a, c->b, 0};

    while (s->at < s->n && by_numbers(&s->list[s->at], &pair) < 0) {
        s->at++;
    }
    for (; s->at < s->n && by_numbers(&s->list[s->at], &pair) == 0; s->at++) {
        s->found++;
    }
}
