/*
 * Links against truth: mark each true or false, and count along descending scores. True
 * pairs are counted from the truth, never listed, so large clusters cost nothing.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/evaluate_links.h"

#include "bloom/base/interrupt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CURVE_MAX 200u
#define LINKS_MAX (UINT32_MAX - 1)

void
tally_judged_free(struct tally_judged *j)
{
    free(j->items);
    free(j->stranger_at);
    tally_buf_free(&j->strangers);
    memset(j, 0, sizeof *j);
}

static int
grow_links(struct tally_judged *l, struct tally_err *err)
{
    size_t cap = l->cap == 0 ? 4096 : l->cap * 2;
    struct tally_judged_link *p;

    if (l->n < l->cap) {
        return 0;
    }
    if (l->n >= LINKS_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "more than 4 thousand million links");
    }
    p = realloc(l->items, cap * sizeof *p);
    if (p == NULL) {
        return tally_err_nomem(err);
    }
    l->items = p;
    l->cap = cap;
    return 0;
}

/* A record that the truth does not know: numbered by mention until links are settled. */
static int
add_stranger(struct tally_judged *j, const struct tally_truth *t, int source,
             const struct tally_cell *id, uint32_t *out, struct tally_err *err)
{
    char key[2] = {(char)(source + 1), '\0'};

    if (j->nstrangers == j->strangers_cap) {
        size_t cap = j->strangers_cap == 0 ? 1024 : 2 * j->strangers_cap;
        size_t *p = realloc(j->stranger_at, cap * sizeof *p);

        if (p == NULL) {
            return tally_err_nomem(err);
        }
        j->stranger_at = p;
        j->strangers_cap = cap;
    }
    j->stranger_at[j->nstrangers] = j->strangers.len;
    *out = (uint32_t)(tally_truth_records(t) + j->nstrangers++);
    return tally_buf_append(&j->strangers, key, 1, err) != 0 ||
                   tally_buf_append(&j->strangers, id->data, id->len, err) != 0 ||
                   tally_buf_append(&j->strangers, "", 1, err) != 0
               ? -1
               : 0;
}

static int
find_record(struct tally_judged *j, const struct tally_truth *t, int source,
            const struct tally_cell *id, uint32_t *out, struct tally_err *err)
{
    *out = tally_truth_find(t, source, id);
    return *out == TALLY_TRUTH_NONE ? add_stranger(j, t, source, id, out, err) : 0;
}

int
tally_judged_add(struct tally_judged *j, const struct tally_truth *t, int a,
                 const struct tally_cell *id_a, int b, const struct tally_cell *id_b,
                 uint32_t score_ppm, struct tally_err *err)
{
    struct tally_judged_link k = {.score_ppm = score_ppm};

    if (a < 0 || b < 0) {
        j->ignored++;
        return 0;
    }
    if (find_record(j, t, a, id_a, &k.a, err) != 0 ||
        find_record(j, t, b, id_b, &k.b, err) != 0 || grow_links(j, err) != 0) {
        return -1;
    }
    if (k.a == k.b) {
        tally_err_set(err, TALLY_E_DATA, "a record is linked with itself");
        return tally_err_hint(err, "when ids are only unique within a source, the truth "
                                   "needs the columns source,id,ent_id");
    }
    k.match = tally_truth_match(t, k.a, k.b);
    j->seen.used[a] = true;
    j->seen.used[b] = true;
    if (a == b) {
        j->seen.inside[a] = true;
    }
    j->items[j->n++] = k;
    return 0;
}

static int
compare_strangers(const void *p, const void *q, void *base)
{
    const struct tally_judged *j = base;
    const char *keys = (const char *)j->strangers.data;

    return strcmp(keys + j->stranger_at[*(const uint32_t *)p],
                  keys + j->stranger_at[*(const uint32_t *)q]);
}

static void
renumber(uint32_t *record, uint32_t first, const uint32_t *number)
{
    if (*record >= first) {
        *record = first + number[*record - first];
    }
}

/* Mentions of one stranger become one record. */
static int
settle_strangers(struct tally_judged *j, const struct tally_truth *t,
                 struct tally_err *err)
{
    uint32_t first = (uint32_t)tally_truth_records(t);
    uint32_t *order = calloc(j->nstrangers + 1, sizeof *order);
    uint32_t *number = calloc(j->nstrangers + 1, sizeof *number);
    uint32_t n = 0;

    if (order == NULL || number == NULL) {
        free(order);
        free(number);
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < j->nstrangers; i++) {
        order[i] = (uint32_t)i;
    }
    qsort_r(order, j->nstrangers, sizeof *order, compare_strangers, j);
    for (size_t i = 0; i < j->nstrangers; i++) {
        n += i > 0 && compare_strangers(&order[i - 1], &order[i], j) != 0;
        number[order[i]] = n;
    }
    for (size_t i = 0; i < j->n; i++) {
        renumber(&j->items[i].a, first, number);
        renumber(&j->items[i].b, first, number);
    }
    j->nstrangers = j->nstrangers == 0 ? 0 : n + 1;
    free(order);
    free(number);
    return 0;
}

static int
compare_pairs(const void *p, const void *q)
{
    const struct tally_judged_link *x = p;
    const struct tally_judged_link *y = q;

    if (x->a != y->a) {
        return x->a < y->a ? -1 : 1;
    }
    if (x->b != y->b) {
        return x->b < y->b ? -1 : 1;
    }
    return (x->score_ppm < y->score_ppm) - (x->score_ppm > y->score_ppm);
}

static int
compare_scores(const void *p, const void *q)
{
    const struct tally_judged_link *x = p;
    const struct tally_judged_link *y = q;

    return (x->score_ppm < y->score_ppm) - (x->score_ppm > y->score_ppm);
}

/* A pair listed twice counts once, at its higher score; then order by descending score.
 */
static void
settle_links(struct tally_judged *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++) {
        struct tally_judged_link *k = &l->items[i];

        if (k->a > k->b) {
            uint32_t a = k->a;

            k->a = k->b;
            k->b = a;
        }
    }
    if (l->n > 0) {
        qsort(l->items, l->n, sizeof *l->items, compare_pairs);
    }
    for (size_t i = 0; i < l->n; i++) {
        const struct tally_judged_link *k = &l->items[i];

        if (n == 0 || k->a != l->items[n - 1].a || k->b != l->items[n - 1].b) {
            l->items[n++] = *k;
        }
    }
    l->n = n;
    if (n > 0) {
        qsort(l->items, n, sizeof *l->items, compare_scores);
    }
}

void
tally_judged_scope(const struct tally_judged *l, const struct tally_truth *t,
                   struct tally_truth_scope *scope)
{
    *scope = l->seen;
    if (!tally_truth_has_sources(t)) {
        scope->used[0] = true;
        scope->inside[0] = true;
    } else if (l->n == 0) {
        for (size_t i = 0; i < tally_truth_sources(t); i++) {
            scope->used[i] = true;
        }
    }
}

static double
ratio(uint64_t part, uint64_t whole)
{
    return whole == 0 ? (double)NAN : (double)part / (double)whole;
}

static struct tally_measures
measure(uint32_t threshold_ppm, uint64_t tp, uint64_t fp, uint64_t pairs)
{
    struct tally_measures m = {.threshold_ppm = threshold_ppm, .tp = tp, .fp = fp};

    m.fn = pairs - tp;
    m.precision = ratio(tp, tp + fp);
    m.recall = ratio(tp, pairs);
    m.f1 = ratio(2 * tp, tp + fp + pairs);
    m.f_star = ratio(tp, fp + pairs);
    return m;
}

static bool
last_of_score(const struct tally_judged *l, size_t i)
{
    return i + 1 == l->n || l->items[i + 1].score_ppm != l->items[i].score_ppm;
}

static size_t
distinct_scores(const struct tally_judged *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++) {
        n += last_of_score(l, i);
    }
    return n;
}

/* Whether the ${i}th of ${n} thresholds is one of at most CURVE_MAX evenly chosen ones,
 * first and last among them. */
static bool
on_curve(size_t i, size_t n)
{
    if (n <= CURVE_MAX) {
        return true;
    }
    return i == 0 || i * (CURVE_MAX - 1) / (n - 1) != (i - 1) * (CURVE_MAX - 1) / (n - 1);
}

static int
trace_curve(const struct tally_judged *l, uint64_t pairs, struct tally_evaluation *e,
            struct tally_err *err)
{
    size_t n = distinct_scores(l);
    size_t step = 0;
    uint64_t tp = 0;

    e->at = measure(l->n == 0 ? 0 : l->items[l->n - 1].score_ppm, 0, 0, pairs);
    e->best = e->at;
    e->curve = calloc(CURVE_MAX, sizeof *e->curve);
    if (e->curve == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < l->n; i++) {
        tp += l->items[i].match;
        if (!last_of_score(l, i)) {
            continue;
        }
        e->at = measure(l->items[i].score_ppm, tp, i + 1 - tp, pairs);
        if (step == 0 || e->at.f1 > e->best.f1) {
            e->best = e->at;
        }
        if (on_curve(step, n)) {
            e->curve[e->ncurve++] = e->at;
        }
        step++;
    }
    for (size_t i = 0; i < e->ncurve / 2; i++) {
        struct tally_measures m = e->curve[i];

        e->curve[i] = e->curve[e->ncurve - 1 - i];
        e->curve[e->ncurve - 1 - i] = m;
    }
    return 0;
}

static void
measure_group(const struct tally_judged *l, const struct tally_truth *t,
              const struct tally_truth_scope *scope, size_t column, size_t group,
              struct tally_measures *out)
{
    uint64_t tp = 0;
    uint64_t fp = 0;

    for (size_t i = 0; i < l->n; i++) {
        const struct tally_judged_link *k = &l->items[i];

        if (tally_truth_group_of(t, column, k->a) == (int)group ||
            tally_truth_group_of(t, column, k->b) == (int)group) {
            tp += k->match;
            fp += !k->match;
        }
    }
    *out = measure(l->n == 0 ? 0 : l->items[l->n - 1].score_ppm, tp, fp,
                   tally_truth_group_pairs(t, scope, column, group));
}

static struct tally_group_measures *
find_group(const struct tally_evaluation *e, const struct tally_group_measures *like)
{
    for (size_t i = 0; i < e->ngroups; i++) {
        struct tally_group_measures *g = &e->groups[i];

        if (strcmp(g->column, like->column) == 0 && strcmp(g->group, like->group) == 0) {
            return g;
        }
    }
    return NULL;
}

void
tally_evaluation_pool(struct tally_evaluation *into, const struct tally_evaluation *more)
{
    for (size_t i = 0; i < more->ngroups; i++) {
        const struct tally_measures *m = &more->groups[i].at;
        struct tally_group_measures *g = find_group(into, &more->groups[i]);

        if (g != NULL) {
            g->at = measure(g->at.threshold_ppm, g->at.tp + m->tp, g->at.fp + m->fp,
                            g->at.tp + g->at.fn + m->tp + m->fn);
        }
    }
}

struct group_order {
    const struct tally_truth *t;
    size_t column;
};

static int
compare_group_names(const void *p, const void *q, void *order)
{
    const struct group_order *o = order;

    return strcmp(tally_truth_group(o->t, o->column, *(const size_t *)p),
                  tally_truth_group(o->t, o->column, *(const size_t *)q));
}

/* Groups of a column in the order of their names, whatever order the file had. */
static int
measure_column(const struct tally_judged *l, const struct tally_truth *t,
               const struct tally_truth_scope *scope, size_t column,
               struct tally_evaluation *e, struct tally_err *err)
{
    size_t order[TALLY_TRUTH_GROUPS_MAX];
    size_t n = tally_truth_groups(t, column);
    struct group_order by = {.t = t, .column = column};

    for (size_t i = 0; i < n; i++) {
        order[i] = i;
    }
    qsort_r(order, n, sizeof order[0], compare_group_names, &by);
    for (size_t i = 0; i < n; i++) {
        struct tally_group_measures *g = &e->groups[e->ngroups++];

        if (tally_interrupt_check(err) != 0) {
            return -1;
        }
        strcpy(g->column, tally_truth_column(t, column));
        strcpy(g->group, tally_truth_group(t, column, order[i]));
        measure_group(l, t, scope, column, order[i], &g->at);
    }
    return 0;
}

static int
measure_groups(const struct tally_judged *l, const struct tally_truth *t,
               const struct tally_truth_scope *scope, struct tally_evaluation *e,
               struct tally_err *err)
{
    size_t n = 0;

    for (size_t c = 0; c < tally_truth_columns(t); c++) {
        n += tally_truth_groups(t, c);
    }
    if (n == 0) {
        return 0;
    }
    e->groups = calloc(n, sizeof *e->groups);
    if (e->groups == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t c = 0; c < tally_truth_columns(t); c++) {
        if (measure_column(l, t, scope, c, e, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_evaluate_judged(struct tally_judged *j, const struct tally_truth *t,
                      struct tally_evaluation *out, struct tally_err *err)
{
    struct tally_evaluation e = {.ignored = j->ignored};
    struct tally_truth_scope scope;

    if (settle_strangers(j, t, err) != 0) {
        return -1;
    }
    settle_links(j);
    tally_judged_scope(j, t, &scope);
    if (trace_curve(j, tally_truth_pairs(t, &scope), &e, err) != 0 ||
        measure_groups(j, t, &scope, &e, err) != 0 ||
        tally_evaluate_clusters(j, t, &scope, &e.clusters, err) != 0) {
        tally_evaluation_free(&e);
        return -1;
    }
    *out = e;
    return 0;
}

void
tally_evaluation_free(struct tally_evaluation *e)
{
    if (e == NULL) {
        return;
    }
    free(e->curve);
    free(e->groups);
    *e = (struct tally_evaluation){0};
}
