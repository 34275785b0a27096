/*
 * Links against truth: read the links, mark each true or false, and count along
 * descending scores. True pairs are counted from the truth, never listed, so large
 * clusters cost nothing.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/evaluate.h"

#include "benchmarks/evaluate_truth.h"
#include "bloom/base/csv.h"
#include "bloom/base/interrupt.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CURVE_MAX   200u
#define SCORE_ONE   1000000u
#define LINKS_MAX   (UINT32_MAX - 1)
#define SCORE_BYTES 40u

struct link {
    uint32_t a; /* records, TALLY_TRUTH_NONE when the truth does not know the id */
    uint32_t b;
    uint32_t score_ppm;
    bool match;
};

/* The links file while it is read. */
struct links {
    struct link *items;
    size_t n;
    size_t cap;
    uint64_t ignored;
    struct tally_truth_scope seen; /* sources that occur, and those linked inside */
};

struct link_columns {
    ptrdiff_t source_a;
    ptrdiff_t id_a;
    ptrdiff_t source_b;
    ptrdiff_t id_b;
    ptrdiff_t score;
};

/* A decimal from 0 to 1 in millionths; digits after the sixth are cut off. */
static bool
parse_score(const struct tally_cell *cell, uint32_t *ppm)
{
    uint32_t value;
    uint32_t unit = SCORE_ONE / 10;

    if (cell->len == 0 || cell->len > SCORE_BYTES ||
        (cell->data[0] != '0' && cell->data[0] != '1')) {
        return false;
    }
    value = cell->data[0] == '1' ? SCORE_ONE : 0;
    if (cell->len == 1) {
        *ppm = value;
        return true;
    }
    if (cell->data[1] != '.' || cell->len == 2) {
        return false;
    }
    for (size_t i = 2; i < cell->len; i++) {
        if (cell->data[i] < '0' || cell->data[i] > '9') {
            return false;
        }
        value += (uint32_t)(cell->data[i] - '0') * unit;
        unit /= 10;
    }
    *ppm = value;
    return value <= SCORE_ONE;
}

static int
need_column(const struct tally_csv *csv, const char *name, ptrdiff_t *out,
            struct tally_err *err)
{
    *out = tally_csv_find(csv, name);
    if (*out < 0) {
        return tally_err_set(err, TALLY_E_DATA, "links '%s': no column '%s'",
                             tally_csv_path(csv), name);
    }
    return 0;
}

static int
find_columns(const struct tally_csv *csv, struct link_columns *c, struct tally_err *err)
{
    if (need_column(csv, "source_a", &c->source_a, err) != 0 ||
        need_column(csv, "id_a", &c->id_a, err) != 0 ||
        need_column(csv, "source_b", &c->source_b, err) != 0 ||
        need_column(csv, "id_b", &c->id_b, err) != 0 ||
        need_column(csv, "score", &c->score, err) != 0) {
        return tally_err_hint(err, "a links file is what 'tally link -o' writes");
    }
    return 0;
}

static int
grow_links(struct links *l, struct tally_err *err)
{
    size_t cap = l->cap == 0 ? 4096 : l->cap * 2;
    struct link *p;

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

static int
add_link(struct links *l, const struct tally_truth *t, const struct link_columns *c,
         const struct tally_cell *cells, struct tally_err *err)
{
    int a = tally_truth_source(t, &cells[c->source_a]);
    int b = tally_truth_source(t, &cells[c->source_b]);
    struct link k = {0};

    if (!parse_score(&cells[c->score], &k.score_ppm)) {
        return tally_err_set(err, TALLY_E_DATA,
                             "column 'score': not a decimal number from 0 to 1");
    }
    if (a < 0 || b < 0) {
        l->ignored++;
        return 0;
    }
    k.a = tally_truth_find(t, a, &cells[c->id_a]);
    k.b = tally_truth_find(t, b, &cells[c->id_b]);
    if (k.a == k.b && k.a != TALLY_TRUTH_NONE) {
        tally_err_set(err, TALLY_E_DATA, "a record is linked with itself");
        return tally_err_hint(err, "when ids are only unique within a source, the truth "
                                   "needs the columns source,id,ent_id");
    }
    k.match = tally_truth_match(t, k.a, k.b);
    l->seen.used[a] = true;
    l->seen.used[b] = true;
    if (a == b) {
        l->seen.inside[a] = true;
    }
    if (grow_links(l, err) != 0) {
        return -1;
    }
    l->items[l->n++] = k;
    return 0;
}

static int
read_link_rows(struct links *l, const struct tally_truth *t, struct tally_csv *csv,
               struct tally_err *err)
{
    struct tally_cell *cells = NULL;
    struct link_columns columns = {-1, -1, -1, -1, -1};
    int more;

    if (find_columns(csv, &columns, err) != 0) {
        return -1;
    }
    cells = calloc(tally_csv_columns(csv), sizeof *cells);
    if (cells == NULL) {
        return tally_err_nomem(err);
    }
    while ((more = tally_csv_next(csv, cells, err)) > 0) {
        if ((l->n & 0xffff) == 0 && tally_interrupt_check(err) != 0) {
            more = -1;
            break;
        }
        if (add_link(l, t, &columns, cells, err) != 0) {
            tally_err_wrap(err, "links '%s' row %" PRIu64, tally_csv_path(csv),
                           tally_csv_row(csv));
            more = -1;
            break;
        }
    }
    free(cells);
    return more;
}

static int
read_links(struct links *l, const struct tally_truth *t, const char *path,
           struct tally_err *err)
{
    struct tally_csv *csv = NULL;
    int rc = -1;

    if (tally_csv_open(&csv, path, NULL, err) == 0) {
        rc = read_link_rows(l, t, csv, err);
    }
    tally_csv_free(csv);
    return rc;
}

static int
compare_pairs(const void *p, const void *q)
{
    const struct link *x = p;
    const struct link *y = q;

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
    const struct link *x = p;
    const struct link *y = q;

    return (x->score_ppm < y->score_ppm) - (x->score_ppm > y->score_ppm);
}

/* A pair listed twice counts once, at its higher score; then order by descending score.
 */
static void
settle_links(struct links *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++) {
        struct link *k = &l->items[i];

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
        const struct link *k = &l->items[i];
        bool known = k->a != TALLY_TRUTH_NONE && k->b != TALLY_TRUTH_NONE;

        if (n == 0 || !known || k->a != l->items[n - 1].a || k->b != l->items[n - 1].b) {
            l->items[n++] = *k;
        }
    }
    l->n = n;
    if (n > 0) {
        qsort(l->items, n, sizeof *l->items, compare_scores);
    }
}

/* What counts, by the rules of the header: see tally_evaluate. */
static void
settle_scope(const struct links *l, const struct tally_truth *t,
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
last_of_score(const struct links *l, size_t i)
{
    return i + 1 == l->n || l->items[i + 1].score_ppm != l->items[i].score_ppm;
}

static size_t
distinct_scores(const struct links *l)
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
trace_curve(const struct links *l, uint64_t pairs, struct tally_evaluation *e,
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
measure_group(const struct links *l, const struct tally_truth *t,
              const struct tally_truth_scope *scope, size_t column, size_t group,
              struct tally_measures *out)
{
    uint64_t tp = 0;
    uint64_t fp = 0;

    for (size_t i = 0; i < l->n; i++) {
        const struct link *k = &l->items[i];

        if (tally_truth_group_of(t, column, k->a) == (int)group ||
            tally_truth_group_of(t, column, k->b) == (int)group) {
            tp += k->match;
            fp += !k->match;
        }
    }
    *out = measure(l->n == 0 ? 0 : l->items[l->n - 1].score_ppm, tp, fp,
                   tally_truth_group_pairs(t, scope, column, group));
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
measure_column(const struct links *l, const struct tally_truth *t,
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
measure_groups(const struct links *l, const struct tally_truth *t,
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
tally_evaluate(const char *links, const char *truth, const char *groups,
               struct tally_evaluation *out, struct tally_err *err)
{
    struct tally_evaluation e = {0};
    struct tally_truth_scope scope;
    struct tally_truth *t = NULL;
    struct links l = {0};
    int rc = -1;

    if (tally_truth_load(&t, truth, groups, err) != 0 ||
        read_links(&l, t, links, err) != 0) {
        goto done;
    }
    settle_links(&l);
    settle_scope(&l, t, &scope);
    if (trace_curve(&l, tally_truth_pairs(t, &scope), &e, err) != 0 ||
        measure_groups(&l, t, &scope, &e, err) != 0) {
        goto done;
    }
    e.ignored = l.ignored;
    *out = e;
    e = (struct tally_evaluation){0};
    rc = 0;

done:
    tally_evaluation_free(&e);
    tally_truth_free(t);
    free(l.items);
    return rc;
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
