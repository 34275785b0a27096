/*
 * An evaluation for machines (JSON) and for people (HTML): measures, the curve over
 * thresholds, subgroups, and how far apart the subgroups stand.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/evaluate.h"

#include "bloom/base/html.h"
#include "bloom/base/json.h"
#include "linker/disclose.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t
true_pairs(const struct tally_measures *m)
{
    return m->tp + m->fn;
}

size_t
tally_evaluation_gap(const struct tally_evaluation *e, size_t first,
                     const struct tally_group_measures **low,
                     const struct tally_group_measures **high)
{
    size_t i;

    *low = NULL;
    *high = NULL;
    for (i = first; i < e->ngroups; i++) {
        const struct tally_group_measures *g = &e->groups[i];

        if (strcmp(g->column, e->groups[first].column) != 0) {
            break;
        }
        if (true_pairs(&g->at) < TALLY_GAP_PAIRS_MIN) {
            continue;
        }
        if (*low == NULL || g->at.recall < (*low)->at.recall) {
            *low = g;
        }
        if (*high == NULL || g->at.recall >= (*high)->at.recall) {
            *high = g;
        }
    }
    if (*low == *high) { /* none, or a single one */
        *low = NULL;
        *high = NULL;
    }
    return i;
}

struct tally_interval
tally_measures_precision(const struct tally_measures *m)
{
    return tally_interval_share(m->tp, m->tp + m->fp);
}

struct tally_interval
tally_measures_recall(const struct tally_measures *m)
{
    return tally_interval_share(m->tp, true_pairs(m));
}

struct tally_interval
tally_evaluation_gap_of(const struct tally_group_measures *low,
                        const struct tally_group_measures *high)
{
    struct tally_interval a = tally_measures_recall(&high->at);
    struct tally_interval b = tally_measures_recall(&low->at);

    return tally_interval_difference(&a, &b);
}

/* "${name}_low" and "${name}_high". */
static void
set_bounds(struct tally_jnode *j, const char *name, const struct tally_interval *i)
{
    char key[40];

    (void)snprintf(key, sizeof key, "%s_low", name);
    tally_jset_real(j, key, i->low);
    (void)snprintf(key, sizeof key, "%s_high", name);
    tally_jset_real(j, key, i->high);
}

/* With the intervals of precision and recall. */
static void
set_intervals(struct tally_jnode *j, const struct tally_measures *m)
{
    struct tally_interval precision = tally_measures_precision(m);
    struct tally_interval recall = tally_measures_recall(m);

    set_bounds(j, "precision", &precision);
    set_bounds(j, "recall", &recall);
}

static struct tally_jnode *
clusters_json(const struct tally_cluster_measures *c)
{
    struct tally_jnode *j = tally_jobject();

    tally_jset_int(j, "records", (int64_t)c->records);
    tally_jset_real(j, "b3_precision", c->b3_precision);
    tally_jset_real(j, "b3_recall", c->b3_recall);
    tally_jset_real(j, "b3_f1", c->b3_f1);
    tally_jset_int(j, "found", (int64_t)c->found);
    tally_jset_int(j, "people", (int64_t)c->people);
    tally_jset_int(j, "exact", (int64_t)c->exact);
    return j;
}

static struct tally_jnode *
blocking_json(const struct tally_blocking *b)
{
    struct tally_jnode *j = tally_jobject();

    tally_jset_int(j, "candidates", (int64_t)b->candidates);
    tally_jset_real(j, "pairs_completeness", b->completeness);
    tally_jset_real(j, "reduction_ratio", b->reduction);
    return j;
}

static void
set_measures(struct tally_jnode *j, const struct tally_measures *m)
{
    tally_jset_real(j, "threshold", (double)m->threshold_ppm / 1e6);
    tally_jset_int(j, "tp", (int64_t)m->tp);
    tally_jset_int(j, "fp", (int64_t)m->fp);
    tally_jset_int(j, "fn", (int64_t)m->fn);
    tally_jset_real(j, "precision", m->precision);
    tally_jset_real(j, "recall", m->recall);
    tally_jset_real(j, "f1", m->f1);
    tally_jset_real(j, "f_star", m->f_star);
}

static void
set_groups(struct tally_jnode *root, const struct tally_evaluation *e)
{
    struct tally_jnode *groups = tally_jarray();
    struct tally_jnode *gaps = tally_jarray();
    const struct tally_group_measures *low;
    const struct tally_group_measures *high;

    for (size_t i = 0; i < e->ngroups; i++) {
        struct tally_jnode *j = tally_jobject();

        tally_jset_str(j, "column", e->groups[i].column);
        tally_jset_str(j, "group", e->groups[i].group);
        set_measures(j, &e->groups[i].at);
        set_intervals(j, &e->groups[i].at);
        tally_jpush(groups, j);
    }
    for (size_t i = 0; i < e->ngroups;) {
        size_t next = tally_evaluation_gap(e, i, &low, &high);

        if (low != NULL) {
            struct tally_interval gap = tally_evaluation_gap_of(low, high);
            struct tally_jnode *j = tally_jobject();

            tally_jset_str(j, "column", low->column);
            tally_jset_str(j, "lowest", low->group);
            tally_jset_str(j, "highest", high->group);
            tally_jset_real(j, "recall_gap", gap.share);
            set_bounds(j, "recall_gap", &gap);
            tally_jpush(gaps, j);
        }
        i = next;
    }
    tally_jset(root, "groups", groups);
    tally_jset(root, "gaps", gaps);
}

int
tally_evaluation_json(struct tally_outfile *f, const struct tally_evaluation *e,
                      struct tally_err *err)
{
    struct tally_jnode *root = tally_jobject();
    struct tally_jnode *best = tally_jobject();
    struct tally_jnode *curve = tally_jarray();
    char *text;
    int rc;

    set_measures(root, &e->at);
    set_intervals(root, &e->at);
    set_measures(best, &e->best);
    tally_jset(root, "best", best);
    tally_jset_int(root, "ignored_links", (int64_t)e->ignored);
    tally_jset(root, "clusters", clusters_json(&e->clusters));
    if (e->blocking.measured) {
        tally_jset(root, "blocking", blocking_json(&e->blocking));
    }
    set_groups(root, e);
    for (size_t i = 0; i < e->ncurve; i++) {
        struct tally_jnode *j = tally_jobject();

        set_measures(j, &e->curve[i]);
        tally_jpush(curve, j);
    }
    tally_jset(root, "curve", curve);
    text = tally_json_text(root, 2);
    tally_jfree(root);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_outfile_printf(f, err, "%s\n", text);
    free(text);
    return rc;
}

#define CELL 32

/* One row of a measures table: the name, counts and measures as text. */
struct row_text {
    char count[3][CELL];
    char share[4][CELL];
    char interval[CELL];
};

static void
share_text(char out[CELL], double share)
{
    if (isnan(share)) {
        snprintf(out, CELL, "none");
    } else {
        snprintf(out, CELL, "%.4f", share);
    }
}

static void
interval_text(char out[CELL], const struct tally_interval *i)
{
    if (isnan(i->low)) {
        snprintf(out, CELL, "none");
    } else {
        snprintf(out, CELL, "%.4f to %.4f", i->low, i->high);
    }
}

static void
measures_row(struct tally_html *h, const char *const *names, size_t nnames,
             const struct tally_measures *m)
{
    struct tally_interval recall = tally_measures_recall(m);
    const char *cells[10];
    struct row_text t;
    size_t n = 0;

    tally_disclose_thousands(m->tp, t.count[0]);
    tally_disclose_thousands(m->fp, t.count[1]);
    tally_disclose_thousands(m->fn, t.count[2]);
    share_text(t.share[0], m->precision);
    share_text(t.share[1], m->recall);
    share_text(t.share[2], m->f1);
    share_text(t.share[3], m->f_star);
    for (size_t i = 0; i < nnames; i++) {
        cells[n++] = names[i];
    }
    for (size_t i = 0; i < 3; i++) {
        cells[n++] = t.count[i];
    }
    for (size_t i = 0; i < 4; i++) {
        cells[n++] = t.share[i];
    }
    interval_text(t.interval, &recall);
    cells[n++] = t.interval;
    tally_html_row(h, cells);
}

static void
html_measures(struct tally_html *h, const struct tally_evaluation *e)
{
    static const char *const headers[] = {
        "links counted", "threshold", "right", "wrong", "missed",
        "precision",     "recall",    "F1",    "F*"};
    char threshold[CELL];
    const char *names[2] = {"all in the file", threshold};

    tally_html_heading(h, 2, "How good the links are");
    tally_html_para(h,
                    "Precision is the share of links that are right; recall is the share "
                    "of true pairs that were found; F1 is their harmonic mean; F* is the "
                    "share of right links among all pairs that were linked or should "
                    "have been.");
    tally_html_table_begin(h, "Measures at two thresholds", 9, headers, 0x1fe);
    snprintf(threshold, CELL, "%.4f", (double)e->at.threshold_ppm / 1e6);
    measures_row(h, names, 2, &e->at);
    names[0] = "best F1";
    snprintf(threshold, CELL, "%.4f", (double)e->best.threshold_ppm / 1e6);
    measures_row(h, names, 2, &e->best);
    tally_html_table_end(h);
    tally_html_para(
        h, "The best threshold is chosen with the truth in hand, so it shows what "
           "could have been reached and not what a run without truth reaches.");
    if (e->ignored > 0) {
        tally_html_para(h,
                        "%" PRIu64
                        " links are between sources that the truth says nothing "
                        "about and are not counted.",
                        e->ignored);
    }
}

static void
share_fact(struct tally_html *h, const char *name, const struct tally_interval *i)
{
    if (!isnan(i->share)) {
        tally_html_fact(h, name, "%.4f (95 %% interval %.4f to %.4f)", i->share, i->low,
                        i->high);
    }
}

static void
html_more(struct tally_html *h, const struct tally_evaluation *e)
{
    struct tally_interval precision = tally_measures_precision(&e->at);
    struct tally_interval recall = tally_measures_recall(&e->at);
    const struct tally_cluster_measures *c = &e->clusters;

    tally_html_facts_begin(h);
    share_fact(h, "precision", &precision);
    share_fact(h, "recall", &recall);
    if (c->records > 0) {
        char found[CELL], people[CELL], exact[CELL];

        tally_disclose_thousands(c->found, found);
        tally_disclose_thousands(c->people, people);
        tally_disclose_thousands(c->exact, exact);
        tally_html_fact(h, "B-cubed", "precision %.4f, recall %.4f, F1 %.4f",
                        c->b3_precision, c->b3_recall, c->b3_f1);
        tally_html_fact(h, "clusters of two or more",
                        "%s found, %s in the truth, %s of them exactly the same", found,
                        people, exact);
    }
    if (e->blocking.measured) {
        tally_html_fact(h, "blocking",
                        "%" PRIu64 " pairs left, with %.4f of the true pairs among them",
                        e->blocking.candidates, e->blocking.completeness);
    }
    if (e->blocking.measured && !isnan(e->blocking.reduction)) {
        tally_html_fact(h, "reduction ratio", "%.6f", e->blocking.reduction);
    }
    tally_html_facts_end(h);
    tally_html_para(h,
                    "B-cubed is a mean over records: how much of a record's cluster is "
                    "its person, and how much of its person is in its cluster. "
                    "Clusters are the records that hang together by links.");
}

static int
html_curve(struct tally_html *h, const struct tally_evaluation *e, struct tally_err *err)
{
    static const char *const names[] = {"precision", "recall", "F1"};
    struct tally_html_chart chart = {.title = "Measures by threshold",
                                     .x_label = "threshold (links scoring this or more)",
                                     .y_label = "measure",
                                     .n = e->ncurve,
                                     .nseries = 3,
                                     .names = names,
                                     .mark = (double)e->best.threshold_ppm / 1e6,
                                     .mark_label = "best F1"};
    double *x;

    if (e->ncurve < 2) {
        return 0;
    }
    x = calloc(e->ncurve * 4, sizeof *x);
    if (x == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < e->ncurve; i++) {
        x[i] = (double)e->curve[i].threshold_ppm / 1e6;
        x[e->ncurve + i] = e->curve[i].precision;
        x[2 * e->ncurve + i] = e->curve[i].recall;
        x[3 * e->ncurve + i] = e->curve[i].f1;
    }
    chart.x = x;
    chart.series = x + e->ncurve;
    tally_html_heading(h, 2, "Over thresholds");
    tally_html_line(h, &chart);
    free(x);
    return 0;
}

static void
html_gaps(struct tally_html *h, const struct tally_evaluation *e)
{
    static const char *const headers[] = {"column",         "lowest recall", "recall",
                                          "highest recall", "recall",        "gap",
                                          "95 % interval"};
    const struct tally_group_measures *low;
    const struct tally_group_measures *high;

    tally_html_table_begin(h,
                           "Largest difference in recall between two groups of a column",
                           7, headers, 0x74);
    for (size_t i = 0; i < e->ngroups;) {
        size_t next = tally_evaluation_gap(e, i, &low, &high);

        if (low != NULL) {
            struct tally_interval gap = tally_evaluation_gap_of(low, high);
            char text[4][CELL];
            const char *cells[] = {low->column, low->group, text[0], high->group,
                                   text[1],     text[2],    text[3]};

            share_text(text[0], low->at.recall);
            share_text(text[1], high->at.recall);
            share_text(text[2], gap.share);
            interval_text(text[3], &gap);
            tally_html_row(h, cells);
        }
        i = next;
    }
    tally_html_table_end(h);
}

static void
html_groups(struct tally_html *h, const struct tally_evaluation *e)
{
    static const char *const headers[] = {
        "column",    "group",  "right", "wrong", "missed",
        "precision", "recall", "F1",    "F*",    "recall, 95 % interval"};

    if (e->ngroups == 0) {
        return;
    }
    tally_html_heading(h, 2, "By group");
    tally_html_para(
        h,
        "A pair belongs to a group when either of its records does. Groups of "
        "fewer than %u true pairs are shown and not compared: chance moves "
        "them too far.",
        TALLY_GAP_PAIRS_MIN);
    html_gaps(h, e);
    tally_html_table_begin(h, "Measures by group, all links of the file", 10, headers,
                           0x3fc);
    for (size_t i = 0; i < e->ngroups; i++) {
        const char *names[2] = {e->groups[i].column, e->groups[i].group};

        measures_row(h, names, 2, &e->groups[i].at);
    }
    tally_html_table_end(h);
}

int
tally_evaluation_html(struct tally_outfile *f, const struct tally_evaluation *e,
                      struct tally_err *err)
{
    struct tally_html *h = NULL;
    struct tally_err ended = TALLY_ERR_INIT;
    int rc;

    if (tally_html_begin(&h, f, "Links against truth", "evaluation",
                         "people who test a linkage", err) != 0) {
        return -1;
    }
    html_measures(h, e);
    html_more(h, e);
    rc = html_curve(h, e, err);
    html_groups(h, e);
    if (tally_html_end(h, &ended) != 0 && rc == 0) {
        *err = ended;
        rc = -1;
    }
    return rc;
}
