/*
 * The primal simplex method with an explicit inverse of the basis. A row a known fact:
 * the sizes of its atoms and a slack make up its value. A slack of a known fact is held
 * at 0, one of a forgotten fact is free. The start is the true point with the slacks as
 * the basis; atoms out of the basis may stand between their bounds, and move either way.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/bounds.h"

#include "bloom/base/interrupt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TINY      1e-9 /* a reduced cost, or an entry of a column, that counts as none */
#define PIVOT     1e-7 /* the smallest entry to pivot on */
#define CLOSE     1e-6 /* by how much a fact may be missed, of its value or 1 */
#define STALLED   50   /* steps without progress before the first index is taken */
#define NOT_BASIC SIZE_MAX

struct tally_bounds {
    size_t natoms;
    size_t nrows;
    size_t nfacts;
    double *truth;  /* natoms */
    double *x;      /* natoms + nrows: sizes, then slacks */
    double *point;  /* natoms: the last point that was checked */
    bool *free_row; /* nrows: the slack is free */
    size_t *row_of; /* nfacts: NOT_BASIC for none */
    size_t *fact_of;
    double *value;      /* nrows: the exact sum */
    size_t *col_starts; /* natoms + 1: rows of each atom */
    uint32_t *col_rows;
    double *inverse; /* nrows by nrows, a column after the other */
    size_t *head;    /* the variable that is basic in each row */
    size_t *place;   /* of each variable: its row, or NOT_BASIC */
    double *prices;  /* nrows */
    double *column;  /* nrows */
    double *cost;    /* natoms */
    bool hurried;    /* the search may end early */
};

static void
restart(struct tally_bounds *b)
{
    size_t m = b->nrows;

    memcpy(b->x, b->truth, b->natoms * sizeof *b->x);
    memset(b->x + b->natoms, 0, m * sizeof *b->x);
    memset(b->inverse, 0, m * m * sizeof *b->inverse);
    for (size_t i = 0; i < b->natoms; i++) {
        b->place[i] = NOT_BASIC;
    }
    for (size_t r = 0; r < m; r++) {
        b->inverse[r * m + r] = 1;
        b->head[r] = b->natoms + r;
        b->place[b->natoms + r] = r;
    }
}

/* The rows of each atom, from the atoms of each row. */
static void
turn(struct tally_bounds *b, const size_t *starts, const uint32_t *atoms)
{
    size_t *next = b->place; /* natoms + nrows: free until restart */

    memset(b->col_starts, 0, (b->natoms + 1) * sizeof *b->col_starts);
    for (size_t r = 0; r < b->nrows; r++) {
        for (size_t k = starts[b->fact_of[r]]; k < starts[b->fact_of[r] + 1]; k++) {
            b->col_starts[atoms[k] + 1]++;
            b->value[r] += b->truth[atoms[k]];
        }
    }
    for (size_t i = 0; i < b->natoms; i++) {
        b->col_starts[i + 1] += b->col_starts[i];
        next[i] = b->col_starts[i];
    }
    for (size_t r = 0; r < b->nrows; r++) {
        for (size_t k = starts[b->fact_of[r]]; k < starts[b->fact_of[r] + 1]; k++) {
            b->col_rows[next[atoms[k]]++] = (uint32_t)r;
        }
    }
}

static bool
allocate(struct tally_bounds *b, size_t nentries)
{
    size_t m = b->nrows, n = b->natoms;

    b->truth = calloc(n + 1, sizeof *b->truth);
    b->x = calloc(n + m + 1, sizeof *b->x);
    b->point = calloc(n + 1, sizeof *b->point);
    b->free_row = calloc(m + 1, sizeof *b->free_row);
    b->value = calloc(m + 1, sizeof *b->value);
    b->col_starts = calloc(n + 2, sizeof *b->col_starts);
    b->col_rows = calloc(nentries + 1, sizeof *b->col_rows);
    b->inverse = calloc(m * m + 1, sizeof *b->inverse);
    b->head = calloc(m + 1, sizeof *b->head);
    b->place = calloc(n + m + 1, sizeof *b->place);
    b->prices = calloc(m + 1, sizeof *b->prices);
    b->column = calloc(m + 1, sizeof *b->column);
    b->cost = calloc(n + 1, sizeof *b->cost);
    return b->truth != NULL && b->x != NULL && b->point != NULL && b->free_row != NULL &&
           b->value != NULL && b->col_starts != NULL && b->col_rows != NULL &&
           b->inverse != NULL && b->head != NULL && b->place != NULL &&
           b->prices != NULL && b->column != NULL && b->cost != NULL;
}

int
tally_bounds_create(struct tally_bounds **out, const double *x, size_t natoms,
                    const size_t *starts, const uint32_t *atoms, size_t nfacts,
                    const bool *known, struct tally_err *err)
{
    struct tally_bounds *b = calloc(1, sizeof *b);
    size_t nentries = 0;

    if (b != NULL) {
        b->natoms = natoms;
        b->nfacts = nfacts;
        b->row_of = calloc(nfacts + 1, sizeof *b->row_of);
        b->fact_of = calloc(nfacts + 1, sizeof *b->fact_of);
    }
    if (b == NULL || b->row_of == NULL || b->fact_of == NULL) {
        tally_bounds_free(b);
        return tally_err_nomem(err);
    }
    for (size_t f = 0; f < nfacts; f++) {
        b->row_of[f] = known[f] ? b->nrows : NOT_BASIC;
        if (known[f]) {
            b->fact_of[b->nrows++] = f;
            nentries += starts[f + 1] - starts[f];
        }
    }
    if (b->nrows > TALLY_BOUNDS_FACTS_MAX) {
        tally_bounds_free(b);
        tally_err_set(err, TALLY_E_LIMIT,
                      "the tables have more than %d different figures between them",
                      TALLY_BOUNDS_FACTS_MAX);
        return tally_err_hint(err, "release fewer dimensions, or fewer levels");
    }
    if (!allocate(b, nentries)) {
        tally_bounds_free(b);
        return tally_err_nomem(err);
    }
    memcpy(b->truth, x, natoms * sizeof *x);
    memcpy(b->point, x, natoms * sizeof *x);
    turn(b, starts, atoms);
    restart(b);
    *out = b;
    return 0;
}

void
tally_bounds_forget(struct tally_bounds *b, size_t f)
{
    if (b->row_of[f] != NOT_BASIC) {
        b->free_row[b->row_of[f]] = true;
    }
}

/* How far variable ${j} may go up or down from where it is. */
static double
room(const struct tally_bounds *b, size_t j, bool up)
{
    if (j < b->natoms) {
        return up ? INFINITY : fmax(b->x[j], 0);
    }
    return b->free_row[j - b->natoms] ? INFINITY : 0;
}

static double
cost_of(const struct tally_bounds *b, size_t j)
{
    return j < b->natoms ? b->cost[j] : 0;
}

/* prices = costs of the basis times its inverse. */
static void
set_prices(struct tally_bounds *b)
{
    size_t m = b->nrows;

    memset(b->prices, 0, m * sizeof *b->prices);
    for (size_t r = 0; r < m; r++) {
        double c = cost_of(b, b->head[r]);

        for (size_t k = 0; c != 0 && k < m; k++) {
            b->prices[k] += c * b->inverse[k * m + r];
        }
    }
}

static double
reduced_cost(const struct tally_bounds *b, size_t j)
{
    double d = cost_of(b, j);

    if (j >= b->natoms) {
        return d - b->prices[j - b->natoms];
    }
    for (size_t k = b->col_starts[j]; k < b->col_starts[j + 1]; k++) {
        d -= b->prices[b->col_rows[k]];
    }
    return d;
}

/* The variable that gains most by moving, or the first that gains; NOT_BASIC: none. */
static size_t
choose(const struct tally_bounds *b, bool first, bool *up)
{
    size_t best = NOT_BASIC;
    double gain = TINY;

    for (size_t j = 0; j < b->natoms + b->nrows; j++) {
        double d;

        if (b->place[j] != NOT_BASIC) {
            continue;
        }
        d = reduced_cost(b, j);
        if (fabs(d) > gain && room(b, j, d > 0) > 0) {
            best = j;
            gain = fabs(d);
            *up = d > 0;
            if (first) {
                break;
            }
        }
    }
    return best;
}

static void
add_column(struct tally_bounds *b, size_t k)
{
    const double *from = b->inverse + k * b->nrows;

    for (size_t r = 0; r < b->nrows; r++) {
        b->column[r] += from[r];
    }
}

/* column = inverse times the column of ${j}. */
static void
set_column(struct tally_bounds *b, size_t j)
{
    memset(b->column, 0, b->nrows * sizeof *b->column);
    if (j >= b->natoms) {
        add_column(b, j - b->natoms);
        return;
    }
    for (size_t k = b->col_starts[j]; k < b->col_starts[j + 1]; k++) {
        add_column(b, b->col_rows[k]);
    }
}

/* How far ${j} can move before a basic variable is at a bound, and which one: of those
 * that are reached at once the one with the largest entry. */
static double
ratio(const struct tally_bounds *b, double sign, size_t *leaving)
{
    double step = INFINITY;

    *leaving = NOT_BASIC;
    for (size_t r = 0; r < b->nrows; r++) {
        double w = sign * b->column[r], t;

        if (fabs(w) < PIVOT) {
            continue;
        }
        t = room(b, b->head[r], w < 0) / fabs(w);
        if (t < step - TINY || (t < step + TINY && *leaving != NOT_BASIC &&
                                fabs(b->column[r]) > fabs(b->column[*leaving]))) {
            step = fmin(t, step);
            *leaving = r;
        }
    }
    return step;
}

static void
move(struct tally_bounds *b, size_t j, double by)
{
    b->x[j] += by;
    for (size_t r = 0; r < b->nrows && by != 0; r++) {
        b->x[b->head[r]] -= by * b->column[r];
    }
}

/* ${j}, which gains ${d}, becomes basic in row ${r}. Most of the inverse is 0, so columns
 * that the row has nothing in are left alone. */
static void
pivot(struct tally_bounds *b, size_t j, size_t r, double d)
{
    size_t m = b->nrows;
    double by = 1 / b->column[r];

    b->column[r] = 0;
    for (size_t k = 0; k < m; k++) {
        double *col = b->inverse + k * m, v = col[r] * by;

        if (fabs(v) < 1e-14) {
            col[r] = 0;
            continue;
        }
        for (size_t i = 0; i < m; i++) {
            col[i] -= b->column[i] * v;
        }
        col[r] = v;
        b->prices[k] += d * v;
    }
    b->place[b->head[r]] = NOT_BASIC;
    b->head[r] = j;
    b->place[j] = r;
}

/* Whether the present point is one: sizes of at least 0 that agree with what is known.
 * Slacks are not used, so an inverse that drifted does not count. */
static bool
check_point(struct tally_bounds *b)
{
    for (size_t r = 0; r < b->nrows; r++) {
        b->column[r] = 0;
    }
    for (size_t j = 0; j < b->natoms; j++) {
        if (b->x[j] < 0) {
            if (b->x[j] < -CLOSE) {
                return false;
            }
            b->x[j] = 0;
        }
        for (size_t k = b->col_starts[j]; k < b->col_starts[j + 1]; k++) {
            b->column[b->col_rows[k]] += b->x[j];
        }
    }
    for (size_t r = 0; r < b->nrows; r++) {
        if (!b->free_row[r] &&
            fabs(b->column[r] - b->value[r]) > CLOSE * fmax(1, b->value[r])) {
            return false;
        }
    }
    return true;
}

static double
sum_at(const double *x, const uint32_t *atoms, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += x[atoms[i]];
    }
    return sum;
}

/* Climb towards ${want} of the cost. True when it is reached. */
static int
climb(struct tally_bounds *b, const uint32_t *atoms, size_t n, double sign, double want,
      struct tally_err *err)
{
    size_t limit = (b->hurried ? 1 : 50) * (b->nrows + 20), stalled = 0;

    for (size_t i = 0; i < limit; i++) {
        double at = sign * sum_at(b->x, atoms, n), step, gain, d;
        size_t j, leaving;
        bool up = true;

        if (at >= want - TINY) {
            return 0;
        }
        if ((i & 63) == 0) {
            if (tally_interrupt_check(err) != 0) {
                return -1;
            }
            set_prices(b); /* what was added up drifts */
        }
        j = choose(b, stalled > STALLED, &up);
        if (j == NOT_BASIC) {
            return 0;
        }
        d = reduced_cost(b, j);
        gain = fabs(d);
        set_column(b, j);
        step = ratio(b, up ? 1 : -1, &leaving);
        if (room(b, j, up) <= step) {
            step = room(b, j, up);
            leaving = NOT_BASIC;
        }
        if (gain * step > want - at) {
            step = (want - at) / gain;
            leaving = NOT_BASIC;
        }
        move(b, j, up ? step : -step);
        if (leaving != NOT_BASIC) {
            size_t out = b->head[leaving];

            pivot(b, j, leaving, d);
            if (out >= b->natoms && !b->free_row[out - b->natoms]) {
                b->x[out] = 0;
            } else if (out < b->natoms && fabs(b->x[out]) < TINY) {
                b->x[out] = 0;
            }
        }
        stalled = gain * step > TINY ? 0 : stalled + 1;
    }
    return 0;
}

int
tally_bounds_reach(struct tally_bounds *b, const uint32_t *atoms, size_t n, bool up,
                   double target, double *reached, bool *binding, struct tally_err *err)
{
    double sign = up ? 1 : -1, truth = sum_at(b->truth, atoms, n);
    int rc;

    b->hurried = binding == NULL;
    for (size_t i = 0; i < n; i++) {
        b->cost[atoms[i]] = sign;
    }
    rc = climb(b, atoms, n, sign, sign * target, err);
    if (rc == 0 && !check_point(b)) { /* drifted: once more, from the start */
        restart(b);
        rc = climb(b, atoms, n, sign, sign * target, err);
        if (rc == 0 && !check_point(b)) {
            restart(b);
        }
    }
    if (rc == 0) {
        memcpy(b->point, b->x, b->natoms * sizeof *b->point);
        *reached = sum_at(b->point, atoms, n);
        *reached = up ? fmax(*reached, truth) : fmin(*reached, truth);
        if (binding != NULL && sign * *reached < sign * target - CLOSE) {
            set_prices(b);
            for (size_t f = 0; f < b->nfacts; f++) {
                size_t r = b->row_of[f];

                binding[f] =
                    r != NOT_BASIC && !b->free_row[r] && fabs(b->prices[r]) > PIVOT;
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        b->cost[atoms[i]] = 0;
    }
    return rc;
}

const double *
tally_bounds_point(const struct tally_bounds *b)
{
    return b->point;
}

void
tally_bounds_free(struct tally_bounds *b)
{
    if (b == NULL) {
        return;
    }
    free(b->truth);
    free(b->x);
    free(b->point);
    free(b->free_row);
    free(b->row_of);
    free(b->fact_of);
    free(b->value);
    free(b->col_starts);
    free(b->col_rows);
    free(b->inverse);
    free(b->head);
    free(b->place);
    free(b->prices);
    free(b->column);
    free(b->cost);
    free(b);
}
