/*
 * The choice of a sketch by trial.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_choose.h"

#include "linker/join_clock.h"
#include "linker/join_draw.h"
#include "linker/join_side.h"

#include "bloom/base/interrupt.h"

#include <math.h>
#include <stdlib.h>

/* Rows drawn from either side. Four million pairs tell what costs a part in a thousand.
 */
#define TRIAL_A    1024
#define TRIAL_B    4096
#define TRIAL_SEED 0x706c616eu

/* Rows of A scanned between two looks at the clock, and how many seconds of looks a
 * sketch gets. */
#define STEP_ROWS     128
#define TRIAL_SECONDS .003

/* The part of the time of a join that another kind of sketch can be hoped to save. */
#define MOST_SAVED .5

/* Joins of fewer pairs are over before a trial is. */
#define SMALL_JOIN (1u << 25)

/* Where candidates cost less than this share of a pair, a wider sketch, which leaves
 * fewer of them, cannot pay. */
#define FEW_CANDIDATES .02

#define HITS_CAP (4 * TALLY_TILE_ROWS)

struct trial {
    const struct tally_join_options *options;
    const struct tally_kernel *kernel;
    uint32_t bits;
    size_t stride;
    struct tally_join_draw a; /* drawn when there is something to choose */
    struct tally_join_draw b;
    double pairs;     /* of the join */
    double rows;      /* of the join, both sides */
    double verify_ns; /* of a candidate */
    struct tally_hit *hits;
};

/* What scanning the sample showed. */
struct looks {
    double least_ns; /* a pair, in the step that was disturbed least */
    double seconds;
    double pairs;
    double candidates;
};

/* Two rows from far away, a count, and the branch that was not foreseen. */
static double
verify_ns(const struct tally_sketch_kind *kind, size_t stride)
{
    return (kind->decides ? 10 : 20) + (double)stride / 10;
}

/* One step: rows ${first} to ${last} of A against a tile of B. */
static void
look(const struct trial *t, const struct tally_join_sketch *sketch,
     const struct tally_scan *scan, const struct tally_join_side *a, size_t first,
     size_t last, const struct tally_join_side *b, size_t tb, struct looks *out)
{
    size_t nb = tally_join_tile_rows(b, tb);
    double pairs = (double)(last - first) * (double)nb;
    double start = tally_join_thread_seconds();
    double seconds;

    for (size_t row = first; row < last;) {
        out->candidates += (double)scan->scan(
            a->scan, a->need, last, row, b->scan + tb * b->tile_stride,
            b->need + tb * b->tile, nb, sketch->width, t->hits, HITS_CAP, &row);
    }
    seconds = tally_join_thread_seconds() - start;
    if (1e9 * seconds / pairs < out->least_ns) {
        out->least_ns = 1e9 * seconds / pairs;
    }
    out->seconds += seconds;
    out->pairs += pairs;
}

/* What a pair costs in ns. */
struct cost {
    double pair_ns;
    bool widest_worth; /* wider sketches of the kind cost more */
};

static struct cost
cost_of(const struct trial *t, const struct tally_join_sketch *sketch,
        const struct looks *looks, double make_ns)
{
    double scan_ns = looks->least_ns + make_ns * t->rows / t->pairs;
    double candidates_ns =
        looks->candidates / looks->pairs * verify_ns(sketch->kind, sketch->stride);

    return (struct cost){scan_ns + candidates_ns,
                         candidates_ns < FEW_CANDIDATES * scan_ns};
}

/* Scan the sample by ${sketch}, for as long as it may still cost less than ${limit_ns}.
 */
static struct cost
scan_sample(const struct trial *t, const struct tally_join_sketch *sketch,
            const struct tally_scan *scan, const struct tally_join_side *a,
            const struct tally_join_side *b, double make_ns, double limit_ns)
{
    struct looks looks = {.least_ns = INFINITY};
    double allowed = limit_ns / verify_ns(sketch->kind, sketch->stride);

    for (size_t first = 0; first < a->n; first += STEP_ROWS) {
        size_t last = first + STEP_ROWS < a->n ? first + STEP_ROWS : a->n;

        for (size_t tb = 0; tb < b->ntiles; tb++) {
            look(t, sketch, scan, a, first, last, b, tb, &looks);
        }
        if (looks.seconds > TRIAL_SECONDS ||
            looks.candidates > 2 * allowed * looks.pairs + 1000) {
            break;
        }
    }
    return looks.pairs > 0 ? cost_of(t, sketch, &looks, make_ns)
                           : (struct cost){limit_ns, true};
}

/* What ${sketch} costs. */
static int
try_sketch(const struct trial *t, const struct tally_join_sketch *sketch,
           const struct tally_scan *scan, double limit_ns, struct cost *out,
           struct tally_err *err)
{
    struct tally_join_side a = {.matrix = NULL};
    struct tally_join_side b = {.matrix = NULL};
    double start;
    double make_ns;
    int rc = -1;

    if (tally_join_side_order(&a, &t->a.m, TRIAL_A, true, err) != 0 ||
        tally_join_side_order(&b, &t->b.m, TALLY_TILE_ROWS, true, err) != 0) {
        goto done;
    }
    start = tally_join_process_seconds();
    if (tally_join_side_sketch(&a, sketch, NULL, t->options->pool, err) != 0 ||
        tally_join_side_sketch(&b, sketch, scan, t->options->pool, err) != 0) {
        goto done;
    }
    make_ns = 1e9 * (tally_join_process_seconds() - start) / (TRIAL_A + TRIAL_B);
    *out = scan_sample(t, sketch, scan, &a, &b, make_ns, limit_ns);
    rc = 0;

done:
    tally_join_side_free(&a);
    tally_join_side_free(&b);
    return rc;
}

/* Whether ${o} leaves room for width ${width} of ${kind}. */
static bool
allowed(const struct tally_join_options *o, const struct tally_sketch_kind *kind,
        size_t width)
{
    return o->sketch == NULL ||
           (o->sketch == kind && (o->width == 0 || o->width == width));
}

/* Try the widths of kind ${at}, which has learnt. The best so far stands in ${best}. */
static int
try_kind(const struct trial *t, size_t at, struct tally_join_choice *best,
         struct tally_err *err)
{
    const struct tally_sketch_kind *kind = tally_sketch_kinds[at];
    const struct tally_scan *scan = kind->scan(t->kernel);
    struct tally_join_sketch s = {.kind = kind,
                                  .model = best->models[at],
                                  .bits = t->bits,
                                  .stride = t->stride,
                                  .threshold_ppm = t->options->threshold_ppm};
    size_t widths[TALLY_SKETCH_WIDTHS];
    size_t n = kind->widths(s.bits, s.threshold_ppm, widths);

    for (size_t i = 0; i < n; i++) {
        struct cost cost;

        s.width = widths[i];
        if (!allowed(t->options, kind, s.width)) {
            continue;
        }
        if (t->options->width != 0) { /* nothing to choose */
            best->sketch = s;
            best->scan = scan;
            return 0;
        }
        if (try_sketch(t, &s, scan, best->pair_ns, &cost, err) != 0) {
            return -1;
        }
        if (best->scan == NULL || cost.pair_ns < best->pair_ns) {
            best->sketch = s;
            best->scan = scan;
            best->pair_ns = cost.pair_ns;
        }
        if (cost.widest_worth) {
            break;
        }
    }
    return 0;
}

/* Whether a kind may save more than it costs to find out. */
static bool
worth_learning(const struct trial *t, const struct tally_sketch_kind *kind,
               const struct tally_join_choice *best)
{
    size_t widths[TALLY_SKETCH_WIDTHS];
    size_t n = kind->widths(t->bits, t->options->threshold_ppm, widths);
    double cost;

    if (n == 0 || kind->learn == NULL || t->options->sketch != NULL) {
        return n != 0;
    }
    cost = kind->learn_ns(t->bits, widths[n - 1]) + (double)n * TRIAL_SECONDS * 1e9;
    return cost < MOST_SAVED * best->pair_ns * t->pairs;
}

/* Let kind ${at} learn, and try it. */
static int
consider(const struct trial *t, size_t at, struct tally_join_choice *best,
         const struct tally_matrix *a, const struct tally_matrix *b,
         struct tally_err *err)
{
    const struct tally_sketch_kind *kind = tally_sketch_kinds[at];
    const struct tally_join_options *o = t->options;

    if (kind->scan(t->kernel) == NULL || !allowed(o, kind, o->width) ||
        !worth_learning(t, kind, best)) {
        return 0;
    }
    if (kind->learn != NULL &&
        kind->learn(a, b, o->threshold_ppm, o->pool, &best->models[at], err) != 0) {
        return -1;
    }
    return try_kind(t, at, best, err);
}

static int
trial_begin(struct trial *t, const struct tally_matrix *a, const struct tally_matrix *b,
            struct tally_err *err)
{
    t->pairs = (double)a->n * (double)b->n;
    t->rows = (double)a->n + (double)b->n;
    t->bits = a->bits;
    t->stride = a->stride;
    if (t->options->width != 0) {
        return 0;
    }
    t->hits = malloc(HITS_CAP * sizeof *t->hits);
    if (t->hits == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_join_draw_rows(&t->a, a, TRIAL_A, TRIAL_SEED, err) != 0 ||
        tally_join_draw_rows(&t->b, b, TRIAL_B, TRIAL_SEED + 1, err) != 0) {
        return -1;
    }
    return 0;
}

static void
trial_end(struct trial *t)
{
    tally_join_draw_free(&t->a);
    tally_join_draw_free(&t->b);
    free(t->hits);
}

/* What AMX has left of its rate, when ${scan} is by AMX. The trial timed it as it is;
 * this is to be told. */
static double
amx_of_full(const struct tally_kernel *kernel, const struct tally_scan *scan)
{
    struct tally_dot_rate rate;

    return kernel->level == TALLY_CPU_AMX && scan == kernel->dot && tally_dot_rate(&rate)
               ? rate.of_full
               : 0;
}

int
tally_join_choose(struct tally_join_choice *out, const struct tally_matrix *a,
                  const struct tally_matrix *b, const struct tally_join_options *o,
                  const struct tally_kernel *kernel, struct tally_err *err)
{
    struct trial t = {.options = o, .kernel = kernel};
    struct tally_join_choice best = {.pair_ns = INFINITY};
    int rc = -1;

    *out = (struct tally_join_choice){0};
    if (o->sketch == NULL &&
        tally_prefix_plan_make(&out->prefix, a->bits, o->threshold_ppm, o->miss_e12,
                               err) != 0) {
        return -1;
    }
    if (out->prefix.prefix_bits != 0) {
        out->sketch = tally_prefix_sketch(&out->prefix, a, o->threshold_ppm);
        out->scan = out->sketch.kind->scan(kernel);
        return 0;
    }
    /* Unless something is cheaper. */
    out->sketch = tally_sketch_whole_of(a, o->threshold_ppm);
    out->scan = out->sketch.kind->scan(kernel);
    if (a->n == 0 || b->n == 0 ||
        (o->sketch == NULL && (double)a->n * (double)b->n < SMALL_JOIN)) {
        return 0;
    }
    if (trial_begin(&t, a, b, err) != 0) {
        goto done;
    }
    for (size_t at = 0; tally_sketch_kinds[at] != NULL; at++) {
        if (tally_interrupt_check(err) != 0 || consider(&t, at, &best, a, b, err) != 0) {
            goto done;
        }
    }
    rc = 0;

done:
    trial_end(&t);
    if (rc != 0) {
        tally_join_choice_free(&best);
        *out = (struct tally_join_choice){0};
    } else if (best.scan != NULL) {
        *out = best;
        out->amx_of_full = amx_of_full(kernel, best.scan);
    }
    return rc;
}

void
tally_join_choice_free(struct tally_join_choice *c)
{
    for (size_t at = 0; tally_sketch_kinds[at] != NULL; at++) {
        if (c->models[at] != NULL) {
            tally_sketch_kinds[at]->forget(c->models[at]);
        }
    }
    *c = (struct tally_join_choice){0};
}
