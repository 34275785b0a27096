/*
 * The exact join from plan to list: make both sides ready, run the tiles of a shard over
 * the pool, put in order what was kept.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join.h"
#include "linker/join_clock.h"
#include "linker/join_plan.h"
#include "linker/join_predict.h"
#include "linker/join_spill.h"
#include "linker/join_tile.h"

#include "bloom/base/interrupt.h"

#include <stdlib.h>
#include <string.h>

#define PAIRS_DEFAULT 500000000u
#define PAIRS_MOST    1000000000u

#define MEMORY_DEFAULT ((size_t)512 << 20)

/* Pairs that are spilt have 64-bit numbers; this is as much as a disk holds. */
#define SPILT_MOST ((uint64_t)1 << 40)

/* A shard of a join under way. */
struct run {
    const struct tally_join_plan *plan;
    const struct tally_join_options *options;
    uint64_t first; /* tiles of the shard */
    uint64_t end;
    size_t nworkers;
    double start;
    double ready;
    double start_cpu;
    double ready_cpu;
    struct tally_join_work work;
};

static int
join_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct run *r = ctx;
    size_t ta;
    size_t tb;

    if (tally_interrupt_check(err) != 0) {
        return -1;
    }
    tally_join_plan_tile(r->plan, r->first + chunk, &ta, &tb);
    return tally_join_tile(&r->work, ta, tb, worker, err);
}

static int
prepare(struct run *r, struct tally_err *err)
{
    const struct tally_join_options *o = r->options;
    struct tally_join_work *j = &r->work;
    const struct tally_matrix *a = j->collect.a;
    const struct tally_matrix *b = j->collect.b;
    /* Diffused filters all have half their bits set: length tells nothing. */
    bool by_bits = o->miss_e12 == 0;

    if (tally_join_predict_check(a, j->collect.self ? NULL : b, o, j->collect.max_pairs,
                                 err) != 0 ||
        tally_join_side_order(&j->a, a, r->plan->tile_a, by_bits, err) != 0 ||
        tally_join_side_order(&j->b, b, r->plan->tile_b, by_bits, err) != 0 ||
        tally_join_choose(&j->choice, a, b, o, j->kernel, err) != 0 ||
        tally_join_side_sketch(&j->a, &j->choice.sketch, NULL, o->pool, err) != 0 ||
        tally_join_side_sketch(&j->b, &j->choice.sketch, j->choice.scan, o->pool, err) !=
            0 ||
        tally_collect_begin(&j->collect, err) != 0) {
        return -1;
    }
    j->keeps = calloc(r->nworkers, sizeof *j->keeps);
    j->scratch = tally_join_scratch_make(r->nworkers);
    return j->keeps != NULL && j->scratch != NULL ? 0 : tally_err_nomem(err);
}

/* Pairs of ${na} rows with ${nb}, or within ${na}. */
static uint64_t
pairs_of(bool self, uint64_t na, uint64_t nb)
{
    return self ? na * (na - (na > 0)) / 2 : na * nb;
}

/* Pairs of the shard: all of them when it is the only one. */
static uint64_t
pairs_planned(const struct run *r)
{
    uint64_t pairs = pairs_of(r->plan->self, r->plan->rows_a, r->plan->rows_b);

    return r->plan->nshards == 1 || r->plan->tiles == 0
               ? pairs
               : (uint64_t)((double)pairs * (double)(r->end - r->first) /
                            (double)r->plan->tiles);
}

static int
run_tiles(struct run *r, struct tally_err *err)
{
    int rc;

    r->ready = tally_join_seconds();
    r->ready_cpu = tally_join_process_seconds();
    tally_progress_begin(r->work.progress, "comparing", "pairs", pairs_planned(r));
    rc =
        tally_pool_run(r->options->pool, (size_t)(r->end - r->first), join_chunk, r, err);
    tally_progress_end(r->work.progress);
    return rc;
}

static void
tell_stats(const struct run *r, struct tally_join_stats *stats)
{
    const struct tally_join_work *j = &r->work;
    const struct tally_join_choice *c = &j->choice;

    *stats = (struct tally_join_stats){
        .compared = pairs_of(j->collect.self, j->collect.a->n, j->collect.b->n),
        .scanned = j->scanned,
        .verified = j->verified,
        .seconds = tally_join_seconds() - r->start,
        .set_up_seconds = r->ready - r->start,
        .set_up_cpu = r->ready_cpu - r->start_cpu,
        .sketch = c->sketch.kind->name,
        .width = c->sketch.width,
        .amx_of_full = c->amx_of_full,
        .prefix_bits = c->prefix.prefix_bits,
        .miss_probability = c->prefix.miss,
    };
    if (r->plan->nshards > 1) {
        stats->compared = pairs_planned(r);
    }
}

static void
run_free(struct run *r)
{
    struct tally_join_work *j = &r->work;

    for (size_t w = 0; j->keeps != NULL && w < r->nworkers; w++) {
        tally_keep_free(&j->keeps[w]);
    }
    free(j->keeps);
    free(j->scratch);
    tally_collect_end(&j->collect);
    tally_join_side_free(&j->a);
    tally_join_side_free(&j->b);
    tally_join_choice_free(&j->choice);
}

/* Broken promises of the caller are bugs. */
static void
check(const struct tally_matrix *a, const struct tally_matrix *b,
      const struct tally_join_options *o)
{
    TALLY_INVARIANT(o->pool != NULL);
    TALLY_INVARIANT(o->threshold_ppm >= 1 && o->threshold_ppm <= TALLY_PPM);
    TALLY_INVARIANT(b == NULL || (a->stride == b->stride && a->bits == b->bits));
    TALLY_INVARIANT(a->stride >= TALLY_ROW_ALIGN && a->stride <= TALLY_ROW_BYTES_MAX &&
                    a->stride % TALLY_ROW_ALIGN == 0);
    TALLY_INVARIANT(a->bits >= 1 && a->bits <= a->stride * 8);
}

static struct tally_collect
collect_for(const struct tally_matrix *a, const struct tally_matrix *b,
            const struct tally_join_options *o, bool spill)
{
    uint64_t limit = o->max_pairs != 0 ? o->max_pairs : PAIRS_DEFAULT;
    uint64_t most = spill ? SPILT_MOST : PAIRS_MOST;

    return (struct tally_collect){.a = a,
                                  .b = b != NULL ? b : a,
                                  .self = b == NULL,
                                  .k = o->k,
                                  .max_pairs = limit < most ? limit : most};
}

static void
run_begin(struct run *r, const struct tally_join_plan *p, uint32_t shard,
          const struct tally_join_options *o)
{
    TALLY_INVARIANT(shard < p->nshards);
    r->start = r->ready = tally_join_seconds();
    r->start_cpu = r->ready_cpu = tally_join_process_seconds();
    r->plan = p;
    r->options = o;
    r->nworkers = tally_pool_threads(o->pool);
    r->work.kernel = o->kernel != NULL ? o->kernel : tally_kernel_best();
    r->work.progress = o->progress;
    r->work.threshold_ppm = o->threshold_ppm;
    tally_join_plan_tiles(p, shard, &r->first, &r->end);
}

int
tally_join_shard(const struct tally_join_plan *p, uint32_t shard,
                 const struct tally_matrix *a, const struct tally_matrix *b,
                 const struct tally_join_options *options, struct tally_pairs *out,
                 struct tally_join_stats *stats, struct tally_err *err)
{
    struct tally_join_options o = *options;
    struct run r = {.nworkers = 0};
    int rc = -1;

    o.threshold_ppm = p->threshold_ppm;
    o.k = p->k;
    o.miss_e12 = p->miss_e12;
    check(a, b, &o);
    if (tally_join_plan_check(p, a, b, err) != 0) {
        return -1;
    }
    run_begin(&r, p, shard, &o);
    r.work.collect = collect_for(a, b, &o, false);
    if (prepare(&r, err) == 0 && run_tiles(&r, err) == 0) {
        rc = tally_collect_finish(&r.work.collect, r.work.keeps, r.nworkers, out, err);
    }
    if (rc == 0 && stats != NULL) {
        tell_stats(&r, stats);
    }
    run_free(&r);
    return rc;
}

int
tally_join(const struct tally_matrix *a, const struct tally_matrix *b,
           const struct tally_join_options *options, struct tally_pairs *out,
           struct tally_join_stats *stats, struct tally_err *err)
{
    struct tally_join_plan plan;

    check(a, b, options);
    if (tally_join_plan_make(&plan, a, b, options, 1, err) != 0) {
        return -1;
    }
    return tally_join_shard(&plan, 0, a, b, options, out, stats, err);
}

/* All pairs at once when none were spilt. */
static int
give_list(struct run *r, tally_pairs_fn *take, void *ctx, struct tally_err *err)
{
    struct tally_pairs all = {NULL, 0};
    int rc =
        tally_collect_finish(&r->work.collect, r->work.keeps, r->nworkers, &all, err);

    if (rc == 0 && all.n > 0) {
        rc = take(ctx, all.list, all.n, err);
    }
    free(all.list);
    return rc;
}

static int
give(struct run *r, tally_pairs_fn *take, void *ctx, struct tally_err *err)
{
    for (size_t w = 0; w < r->nworkers; w++) {
        if (r->work.keeps[w].spilt != NULL) {
            return tally_spill_stream(&r->work.collect, r->work.keeps, r->nworkers,
                                      r->options->pool, take, ctx, err);
        }
    }
    return give_list(r, take, ctx, err);
}

int
tally_join_each(const struct tally_matrix *a, const struct tally_matrix *b,
                const struct tally_join_options *options, tally_pairs_fn *take, void *ctx,
                struct tally_join_stats *stats, struct tally_err *err)
{
    struct tally_join_plan plan;
    struct run r = {.nworkers = 0};
    size_t memory = options->memory != 0 ? options->memory : MEMORY_DEFAULT;
    int rc = -1;

    check(a, b, options);
    if (tally_join_plan_make(&plan, a, b, options, 1, err) != 0) {
        return -1;
    }
    run_begin(&r, &plan, 0, options);
    r.work.collect = collect_for(a, b, options, options->k == 0);
    if (options->k == 0) {
        /* A list, its growth, and the sorter. */
        r.work.collect.spill_memory = memory / 3 / r.nworkers + 1;
        r.work.collect.beside = options->beside;
    }
    if (prepare(&r, err) == 0 && run_tiles(&r, err) == 0) {
        rc = give(&r, take, ctx, err);
    }
    if (rc == 0 && stats != NULL) {
        tell_stats(&r, stats);
    }
    run_free(&r);
    return rc;
}

int
tally_join_merge(const struct tally_join_plan *p, const struct tally_matrix *a,
                 const struct tally_matrix *b, const struct tally_join_options *options,
                 struct tally_pairs *parts, size_t nparts, struct tally_pairs *out,
                 struct tally_err *err)
{
    struct tally_join_options o = *options;
    struct tally_keep *keeps = calloc(nparts + 1, sizeof *keeps);
    struct tally_collect collect;
    int rc = -1;

    o.k = p->k;
    collect = collect_for(a, b, &o, false);
    if (keeps == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < nparts; i++) {
        keeps[i] = (struct tally_keep){
            .list = parts[i].list, .n = parts[i].n, .cap = parts[i].n};
        parts[i] = (struct tally_pairs){NULL, 0};
    }
    if (tally_collect_begin(&collect, err) == 0) {
        rc = tally_collect_finish(&collect, keeps, nparts + 1, out, err);
    }
    for (size_t i = 0; i < nparts; i++) {
        tally_keep_free(&keeps[i]);
    }
    free(keeps);
    tally_collect_end(&collect);
    return rc;
}
