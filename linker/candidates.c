/*
 * All pairs of sources through the join, and their candidates into one sorter.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/base/bytes.h"
#include "bloom/base/interrupt.h"
#include "bloom/base/sorter.h"
#include "linker/assign.h"
#include "linker/candidates_impl.h"
#include "linker/join_clock.h"

/* Memory to sort in: as much as candidates commonly need, five for each record. */
#define SORT_MEMORY_RECORD 256
#define SORT_MEMORY_MIN    ((size_t)1 << 20)
#define SORT_MEMORY_MAX    ((size_t)256 << 20)

#define RECORD_BYTES 8 /* common and total, little-endian */

struct tally_candidates {
    struct tally_sorter *sorter;
};

/* A search under way. */
struct find {
    const struct tally_candidates_job *job;
    struct tally_candidates_stats *stats;
    struct tally_sorter *sorter;
    struct tally_matrix matrices[TALLY_CANDIDATE_SOURCES_MAX];
    bool made; /* matrices are ours */
};

/* Two sources of it, or one with itself. */
struct pair {
    uint32_t a;
    uint32_t b;
};

static int
check(const struct tally_candidates_job *job, struct tally_err *err)
{
    if (job->nsources == 0 || job->nsources > TALLY_CANDIDATE_SOURCES_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "pairs are of 1 to %d sources, not %zu",
                             TALLY_CANDIDATE_SOURCES_MAX, job->nsources);
    }
    for (size_t i = 1; i < job->nsources; i++) {
        if (candidates_compatible(job->sources[0], job->sources[i], err) != 0) {
            return -1;
        }
    }
    if (job->similarity == TALLY_SIMILARITY_SMC &&
        job->sources[0]->matrix.bits > TALLY_SMC_BITS_MAX) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "simple matching takes filters of at most %d bits",
                             TALLY_SMC_BITS_MAX);
    }
    return 0;
}

static int
take_matrices(struct find *f, struct tally_err *err)
{
    f->made = f->job->similarity == TALLY_SIMILARITY_SMC;
    for (size_t i = 0; i < f->job->nsources; i++) {
        const struct tally_matrix *m = &f->job->sources[i]->matrix;

        f->matrices[i] = *m;
        if (f->made && candidates_with_complement(&f->matrices[i], m, err) != 0) {
            f->matrices[i] = (struct tally_matrix){0};
            return -1;
        }
    }
    return 0;
}

static size_t
sort_memory(const struct tally_candidates_job *job)
{
    size_t records = 0;

    for (size_t i = 0; i < job->nsources; i++) {
        records += job->sources[i]->nrecords;
    }
    if (records > (SORT_MEMORY_MAX - SORT_MEMORY_MIN) / SORT_MEMORY_RECORD) {
        return SORT_MEMORY_MAX;
    }
    return SORT_MEMORY_MIN + records * SORT_MEMORY_RECORD;
}

static void
free_matrices(struct find *f)
{
    for (size_t i = 0; f->made && i < f->job->nsources; i++) {
        free((void *)(uintptr_t)f->matrices[i].rows);
        free((void *)(uintptr_t)f->matrices[i].popcounts);
    }
}

static struct tally_candidate
scored(const struct find *f, const struct pair *p, const struct tally_pair *row)
{
    return (struct tally_candidate){.source_a = p->a,
                                    .source_b = p->b,
                                    .a = row->a,
                                    .b = row->b,
                                    .common = row->common,
                                    .total = f->matrices[p->a].popcounts[row->a] +
                                             f->matrices[p->b].popcounts[row->b]};
}

/* Scores descend, so their key is turned round; the rest ascends. */
static int
add(struct find *f, const struct tally_candidate *c, struct tally_err *err)
{
    uint8_t key[TALLY_SORT_KEY] = {0};
    uint8_t data[RECORD_BYTES];
    uint32_t turned = ~tally_edge_key(c->common, c->total);

    tally_be64_store(key, (uint64_t)turned << 32 | c->source_a << 16 | c->source_b);
    tally_be64_store(key + 8, (uint64_t)c->a << 32 | c->b);
    tally_le32_store(data, c->common);
    tally_le32_store(data + 4, c->total);
    return tally_sorter_add(f->sorter, key, data, sizeof data, err);
}

/* Where the pairs of a join go. */
struct take {
    struct find *find;
    const struct pair *pair;
};

static int
add_all(void *ctx, const struct tally_pair *rows, size_t n, struct tally_err *err)
{
    const struct take *t = ctx;

    for (size_t i = 0; i < n; i++) {
        struct tally_candidate c = scored(t->find, t->pair, &rows[i]);

        if (add(t->find, &c, err) != 0) {
            return -1;
        }
    }
    return tally_interrupt_check(err);
}

/* Whether some rows are of one record. */
static bool
has_aliases(const struct find *f, const struct pair *p)
{
    return !f->job->sources[p->a]->rows_are_records ||
           !f->job->sources[p->b]->rows_are_records;
}

static struct candidates_sides
sides_of(const struct find *f, const struct pair *p)
{
    return (struct candidates_sides){&f->matrices[p->a], &f->matrices[p->b],
                                     f->job->threshold_ppm};
}

/* The pairs of two sources to ${take}, by comparing all, by hashing or by keys. */
static int
each(struct find *f, const struct pair *p, const struct tally_join_options *o,
     tally_pairs_fn *take, void *ctx, struct tally_join_stats *stats,
     struct tally_err *err)
{
    const struct tally_matrix *a = &f->matrices[p->a];
    const struct tally_matrix *b = p->a == p->b ? NULL : &f->matrices[p->b];

    if (f->job->by_keys) {
        const struct candidates_sides sides = sides_of(f, p);

        stats->sketch = "keys";
        return candidates_by_keys(f->job->sources[p->a], f->job->sources[p->b], &sides,
                                  take, ctx, &stats->compared, err);
    }
    if (f->job->recall_ppm == 0) {
        return tally_join_each(a, b, o, take, ctx, stats, err);
    }
    if (tally_lsh_choose(&f->stats->lsh, a, b, o->threshold_ppm,
                         (double)f->job->recall_ppm / TALLY_PPM, err) != 0) {
        return -1;
    }
    return tally_lsh_each(&f->stats->lsh, a, b, o, take, ctx, stats, err);
}

/* Candidates on their way to be thinned. */
struct thinning {
    struct take rows;
    struct candidates_thin *thin;
};

static int
add_rows(void *ctx, const struct tally_pair *rows, size_t n, struct tally_err *err)
{
    const struct thinning *t = ctx;

    for (size_t i = 0; i < n; i++) {
        struct tally_candidate c = scored(t->rows.find, t->rows.pair, &rows[i]);

        if (candidates_thin_add(t->thin, &c, err) != 0) {
            return -1;
        }
    }
    return tally_interrupt_check(err);
}

static int
add_one(void *ctx, const struct tally_candidate *c, struct tally_err *err)
{
    return add(ctx, c, err);
}

/* The pairs of two sources, thinned. A join that compares all needs to keep the best of
 * either row only, of which the rule leaves some. */
static int
join_thinned(struct find *f, const struct pair *p, struct tally_join_options *o,
             struct tally_join_stats *stats, struct tally_err *err)
{
    const struct tally_candidates_job *job = f->job;
    const struct tally_candidate_source *a = job->sources[p->a];
    const struct tally_candidate_source *b = job->sources[p->b];
    const struct candidates_sides sides = sides_of(f, p);
    bool by_record = has_aliases(f, p) || job->by_keys;
    struct candidates_sample sample = {.list = NULL};
    struct thinning t = {.rows = {f, p}};
    int status = -1;

    /* Records of several rows need all their pairs. */
    o->k = by_record ? 0 : job->k;
    if (candidates_thin_begin(&t.thin, a, b, by_record, job->k, sort_memory(job) / 2,
                              job->beside, err) != 0) {
        return -1;
    }
    if (each(f, p, o, add_rows, &t, stats, err) == 0 &&
        (!job->by_keys || candidates_sample_draw(&sample, a, b, &sides, o, err) == 0)) {
        status = candidates_thin_give(t.thin, p->a, p->b, job->by_keys ? &sample : NULL,
                                      add_one, f, err);
    }
    f->stats->sampled += sample.n;
    f->stats->sampled_found += sample.found;
    candidates_thin_end(t.thin);
    free(sample.list);
    return status;
}

static int
join_pair(struct find *f, const struct pair *p, struct tally_err *err)
{
    struct tally_join_options o = {.threshold_ppm = f->job->threshold_ppm,
                                   .pool = f->job->pool,
                                   .progress = f->job->progress,
                                   .beside = f->job->beside};
    struct tally_join_stats s = {0};
    struct take take = {f, p};
    int status = has_aliases(f, p) || f->job->by_keys || f->job->k != 0
                     ? join_thinned(f, p, &o, &s, err)
                     : each(f, p, &o, add_all, &take, &s, err);

    f->stats->compared += s.compared;
    f->stats->setup_seconds += s.set_up_seconds;
    f->stats->sketch = s.sketch;
    f->stats->sketch_bytes = (uint32_t)s.width;
    f->stats->amx_of_full = s.amx_of_full;
    return status;
}

static int
join_all(struct find *f, struct tally_err *err)
{
    uint32_t n = (uint32_t)f->job->nsources;

    for (uint32_t a = 0; a < n; a++) {
        for (uint32_t b = n == 1 ? 0 : a + 1; b < n; b++) {
            if (join_pair(f, &(struct pair){a, b}, err) != 0) {
                return -1;
            }
        }
    }
    f->stats->found = tally_sorter_count(f->sorter);
    return tally_sorter_finish(f->sorter, err);
}

int
tally_candidates_find(struct tally_candidates **out,
                      const struct tally_candidates_job *job,
                      struct tally_candidates_stats *stats, struct tally_err *err)
{
    struct find f = {.job = job, .stats = stats};
    struct tally_candidates *c = calloc(1, sizeof *c);
    double start = tally_join_seconds();
    int status = -1;

    *stats = (struct tally_candidates_stats){.kernel = tally_kernel_best()->name};
    if (c == NULL) {
        return tally_err_nomem(err);
    }
    if (check(job, err) == 0 && take_matrices(&f, err) == 0 &&
        tally_sorter_create(&c->sorter, sort_memory(job), job->beside, err) == 0) {
        f.sorter = c->sorter;
        stats->setup_seconds =
            tally_join_seconds() - start; /* of complements; joins add */
        status = join_all(&f, err);
        stats->join_seconds = tally_join_seconds() - start - stats->setup_seconds;
    }
    free_matrices(&f);
    if (status != 0) {
        tally_candidates_free(c);
        return -1;
    }
    *out = c;
    return 0;
}

int
tally_candidates_next(struct tally_candidates *c, struct tally_candidate *out,
                      struct tally_err *err)
{
    const uint8_t *key;
    const void *data;
    size_t len;
    int more = tally_sorter_next(c->sorter, &key, &data, &len, err);

    if (more == 1) {
        uint64_t first = tally_be64_load(key);
        uint64_t second = tally_be64_load(key + 8);

        *out =
            (struct tally_candidate){.source_a = (uint32_t)(first >> 16 & 0xffff),
                                     .source_b = (uint32_t)(first & 0xffff),
                                     .a = (uint32_t)(second >> 32),
                                     .b = (uint32_t)second,
                                     .common = tally_le32_load(data),
                                     .total = tally_le32_load((const uint8_t *)data + 4)};
    }
    return more;
}

void
tally_candidates_free(struct tally_candidates *c)
{
    if (c != NULL) {
        tally_sorter_free(c->sorter);
        free(c);
    }
}
