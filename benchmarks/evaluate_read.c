/*
 * Reading what is to be evaluated: links with scores, and pairs that blocking left.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/evaluate_links.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/csv.h"
#include "bloom/base/interrupt.h"

#define SCORE_ONE   1000000u
#define SCORE_BYTES 40u

struct link_columns {
    ptrdiff_t source_a;
    ptrdiff_t id_a;
    ptrdiff_t source_b;
    ptrdiff_t id_b;
    ptrdiff_t score; /* -1: pairs need none */
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
        return tally_err_set(err, TALLY_E_DATA, "'%s': no column '%s'",
                             tally_csv_path(csv), name);
    }
    return 0;
}

static int
find_columns(const struct tally_csv *csv, bool scored, struct link_columns *c,
             struct tally_err *err)
{
    if (need_column(csv, "source_a", &c->source_a, err) != 0 ||
        need_column(csv, "id_a", &c->id_a, err) != 0 ||
        need_column(csv, "source_b", &c->source_b, err) != 0 ||
        need_column(csv, "id_b", &c->id_b, err) != 0 ||
        (scored && need_column(csv, "score", &c->score, err) != 0)) {
        return tally_err_hint(err, "a links file is what 'tally link -o' writes");
    }
    return 0;
}

static int
add_row(struct tally_judged *j, const struct tally_truth *t, const struct link_columns *c,
        const struct tally_cell *cells, struct tally_err *err)
{
    uint32_t score_ppm = 0;

    if (c->score >= 0 && !parse_score(&cells[c->score], &score_ppm)) {
        return tally_err_set(err, TALLY_E_DATA,
                             "column 'score': not a decimal number from 0 to 1");
    }
    return tally_judged_add(j, t, tally_truth_source(t, &cells[c->source_a]),
                            &cells[c->id_a], tally_truth_source(t, &cells[c->source_b]),
                            &cells[c->id_b], score_ppm, err);
}

static int
read_rows(struct tally_judged *j, const struct tally_truth *t, struct tally_csv *csv,
          bool scored, struct tally_err *err)
{
    struct tally_cell *cells = NULL;
    struct link_columns columns = {-1, -1, -1, -1, -1};
    int more;

    if (find_columns(csv, scored, &columns, err) != 0) {
        return -1;
    }
    cells = calloc(tally_csv_columns(csv), sizeof *cells);
    if (cells == NULL) {
        return tally_err_nomem(err);
    }
    while ((more = tally_csv_next(csv, cells, err)) > 0) {
        if ((j->n & 0xffff) == 0 && tally_interrupt_check(err) != 0) {
            more = -1;
            break;
        }
        if (add_row(j, t, &columns, cells, err) != 0) {
            tally_err_wrap(err, "'%s' row %" PRIu64, tally_csv_path(csv),
                           tally_csv_row(csv));
            more = -1;
            break;
        }
    }
    free(cells);
    return more;
}

static int
read_pairs(struct tally_judged *j, const struct tally_truth *t, const char *path,
           bool scored, struct tally_err *err)
{
    struct tally_csv *csv = NULL;
    int rc = -1;

    if (tally_csv_open(&csv, path, NULL, err) == 0) {
        rc = read_rows(j, t, csv, scored, err);
    }
    tally_csv_free(csv);
    return rc;
}

/* The pairs that blocking left, within the scope of the links. How many pairs there are
 * without it is known only where the truth names every record. */
static int
measure_blocking(const char *path, const struct tally_truth *t,
                 const struct tally_judged *links, struct tally_blocking *out,
                 struct tally_err *err)
{
    struct tally_judged pairs = {0};
    struct tally_evaluation e = {0};
    struct tally_truth_scope scope;
    uint64_t all;
    int rc = -1;

    tally_judged_scope(links, t, &scope);
    all = tally_truth_all_pairs(t, &scope);
    if (read_pairs(&pairs, t, path, false, err) == 0 &&
        tally_evaluate_judged(&pairs, t, &e, err) == 0) {
        uint64_t wanted = tally_truth_pairs(t, &scope);

        out->measured = true;
        out->candidates = pairs.n;
        out->completeness = wanted == 0 ? (double)NAN : (double)e.at.tp / (double)wanted;
        out->reduction =
            all == 0 || pairs.n > all ? (double)NAN : 1 - (double)pairs.n / (double)all;
        rc = 0;
    }
    tally_evaluation_free(&e);
    tally_judged_free(&pairs);
    return rc;
}

int
tally_evaluate(const char *links, const char *truth, const char *groups,
               const char *candidates, struct tally_evaluation *out,
               struct tally_err *err)
{
    struct tally_evaluation e = {0};
    struct tally_truth *t = NULL;
    struct tally_judged j = {0};
    int rc = -1;

    if (tally_truth_load(&t, truth, groups, err) == 0 &&
        read_pairs(&j, t, links, true, err) == 0 &&
        tally_evaluate_judged(&j, t, &e, err) == 0 &&
        (candidates == NULL ||
         measure_blocking(candidates, t, &j, &e.blocking, err) == 0)) {
        *out = e;
        e = (struct tally_evaluation){0};
        rc = 0;
    }
    tally_evaluation_free(&e);
    tally_truth_free(t);
    tally_judged_free(&j);
    return rc;
}
