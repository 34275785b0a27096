/*
 * Suppression, held against a solver of its own: a dense simplex in exact fractions on
 * the cells of the table, where the module's own works on the groups behind all tables in
 * floating point.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "linker/protect.h"

/* Fractions. */

struct fraction {
    __int128 n;
    __int128 d; /* > 0 */
};

static struct fraction
fraction(__int128 n, __int128 d)
{
    __int128 a = n < 0 ? -n : n, b = d;

    while (b != 0) {
        __int128 t = a % b;

        a = b;
        b = t;
    }
    return a == 0 ? (struct fraction){0, 1} : (struct fraction){n / a, d / a};
}

static struct fraction
less(struct fraction a, struct fraction b, struct fraction c) /* a - b c */
{
    struct fraction p = fraction(b.n * c.n, b.d * c.d);

    return fraction(a.n * p.d - p.n * a.d, a.d * p.d);
}

static struct fraction
over(struct fraction a, struct fraction b)
{
    return b.n > 0 ? fraction(a.n * b.d, a.d * b.n) : fraction(-a.n * b.d, -a.d * b.n);
}

static int
compare(struct fraction a, struct fraction b)
{
    __int128 l = a.n * b.d, r = b.n * a.d;

    return (l > r) - (l < r);
}

/* The simplex: rows sum to their values over the columns marked in them. */

#define ROWS 64
#define COLS 128

struct lp {
    size_t m;
    size_t n; /* columns; then m artificial ones, then the right-hand side */
    struct fraction t[ROWS + 1][COLS + ROWS + 1];
    size_t basis[ROWS];
};

static void
eliminate(struct lp *l, size_t row, size_t col)
{
    size_t w = l->n + l->m + 1;
    struct fraction by = l->t[row][col];

    for (size_t j = 0; j < w; j++) {
        l->t[row][j] = over(l->t[row][j], by);
    }
    for (size_t i = 0; i <= l->m; i++) {
        struct fraction f = l->t[i][col];

        for (size_t j = 0; i != row && f.n != 0 && j < w; j++) {
            l->t[i][j] = less(l->t[i][j], f, l->t[row][j]);
        }
    }
    l->basis[row] = col;
}

/* Bland's rule; row m holds what the columns cost less. False: without end. */
static bool
optimise(struct lp *l, size_t cols)
{
    size_t w = l->n + l->m;

    for (;;) {
        size_t col = 0, row = SIZE_MAX;

        while (col < cols && l->t[l->m][col].n <= 0) {
            col++;
        }
        if (col == cols) {
            return true;
        }
        for (size_t i = 0; i < l->m; i++) {
            if (l->t[i][col].n <= 0) {
                continue;
            }
            if (row == SIZE_MAX) {
                row = i;
            } else {
                int c = compare(over(l->t[i][w], l->t[i][col]),
                                over(l->t[row][w], l->t[row][col]));

                row = c < 0 || (c == 0 && l->basis[i] < l->basis[row]) ? i : row;
            }
        }
        if (row == SIZE_MAX) {
            return false;
        }
        eliminate(l, row, col);
    }
}

/* The most (or least) that the sum of ${want} columns can be; -1 for no end. */
static double
extreme(const bool *rows, const int64_t *values, size_t m, size_t n, const bool *want,
        bool up)
{
    struct lp *l = calloc(1, sizeof *l);
    size_t w = n + m;
    double result = -1;

    assert_non_null(l);
    assert_true(m <= ROWS && n <= COLS);
    l->m = m;
    l->n = n;
    for (size_t i = 0; i <= m; i++) {
        for (size_t j = 0; j <= w; j++) {
            l->t[i][j] = fraction(0, 1);
        }
    }
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            l->t[i][j] = fraction(rows[i * n + j], 1);
            l->t[m][j] = fraction(l->t[m][j].n + rows[i * n + j], 1);
        }
        l->t[i][n + i] = fraction(1, 1);
        l->t[i][w] = fraction(values[i], 1);
        l->t[m][w] = fraction(l->t[m][w].n + values[i], 1);
        l->basis[i] = n + i;
    }
    assert_true(optimise(l, n)); /* away with the artificial columns */
    assert_true(l->t[m][w].n == 0);
    for (size_t i = 0; i < m; i++) { /* those that are left stand at 0: rows to spare */
        for (size_t j = 0; l->basis[i] >= n && j < n; j++) {
            if (l->t[i][j].n != 0) {
                eliminate(l, i, j);
            }
        }
    }
    for (size_t j = 0; j <= w; j++) {
        l->t[m][j] = fraction(j < n && want[j] ? (up ? 1 : -1) : 0, 1);
    }
    for (size_t i = 0; i < m; i++) {
        struct fraction f = l->t[m][l->basis[i]];

        for (size_t j = 0; f.n != 0 && j <= w; j++) {
            l->t[m][j] = less(l->t[m][j], f, l->t[i][j]);
        }
    }
    if (optimise(l, n)) {
        struct fraction z = l->t[m][w];

        result = (up ? -1.0 : 1.0) * (double)z.n / (double)z.d;
    }
    free(l);
    return result;
}

/* Tables: atoms are the inner cells; facts are those and all totals. */

struct table {
    size_t ndims;
    size_t sizes[3];
    struct tally_fact_list facts;
};

static void
add_fact(struct table *t, const size_t *at)
{
    struct tally_fact *f = &t->facts.list[t->facts.nfacts++];

    f->atoms = calloc(t->facts.natoms, sizeof *f->atoms);
    for (size_t a = 0; a < t->facts.natoms; a++) {
        size_t rest = a;
        bool in = true;

        for (size_t d = t->ndims; d-- > 0;) {
            in = in && (at[d] == t->sizes[d] || at[d] == rest % t->sizes[d]);
            rest /= t->sizes[d];
        }
        if (in) {
            f->atoms[f->natoms++] = (uint32_t)a;
            f->value += (uint64_t)t->facts.x[a];
            f->people += t->facts.people[a];
        }
    }
    f->first = f->second = f->people > 0;
}

/* With ${linked}, two tables that share a dimension, the first: by it and the second, and
 * by it and the third. */
static void
make_tables(struct table *t, size_t ndims, const size_t *sizes, const uint64_t *values,
            bool linked)
{
    size_t ncells = 1, natoms = 1;

    memset(t, 0, sizeof *t);
    t->ndims = ndims;
    for (size_t d = 0; d < ndims; d++) {
        t->sizes[d] = sizes[d];
        natoms *= sizes[d];
        ncells *= sizes[d] + 1;
    }
    t->facts.natoms = natoms;
    t->facts.x = calloc(natoms, sizeof *t->facts.x);
    t->facts.people = calloc(natoms, sizeof *t->facts.people);
    t->facts.list = calloc(ncells + 8, sizeof *t->facts.list);
    for (size_t a = 0; a < natoms; a++) {
        t->facts.x[a] = (double)values[a];
        t->facts.people[a] = values[a];
    }
    for (size_t i = 0; i < ncells; i++) {
        size_t at[3], rest = i;

        for (size_t d = ndims; d-- > 0;) {
            at[d] = rest % (sizes[d] + 1);
            rest /= sizes[d] + 1;
        }
        if (!linked || at[1] == sizes[1] || at[2] == sizes[2]) {
            add_fact(t, at);
        }
    }
}

static void
make_table(struct table *t, size_t ndims, const size_t *sizes, const uint64_t *values)
{
    make_tables(t, ndims, sizes, values, false);
}

static struct tally_conflict
protect(struct table *t, const struct tally_profile_rules *rules)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_conflict conflict;

    if (tally_protect(&t->facts, rules, &conflict, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return conflict;
}

/* What an outsider can work out of fact ${f} from those that are shown. */
static void
outsider(const struct table *t, const struct tally_fact *f, double *low, double *high)
{
    bool *rows = calloc(ROWS * t->facts.natoms, sizeof *rows);
    bool *want = calloc(t->facts.natoms, sizeof *want);
    int64_t values[ROWS];
    size_t m = 0, n = t->facts.natoms;

    for (size_t i = 0; i < t->facts.nfacts; i++) {
        const struct tally_fact *g = &t->facts.list[i];

        if (g->state != TALLY_FACT_SHOWN && g->state != TALLY_FACT_EARLIER) {
            continue;
        }
        assert_true(m < ROWS);
        for (size_t k = 0; k < g->natoms; k++) {
            rows[m * n + g->atoms[k]] = true;
        }
        values[m++] = (int64_t)g->value;
    }
    for (size_t k = 0; k < f->natoms; k++) {
        want[f->atoms[k]] = true;
    }
    *low = extreme(rows, values, m, n, want, false);
    *high = extreme(rows, values, m, n, want, true);
    free(rows);
    free(want);
}

/* Nothing that is hidden can be worked out; counts how much is shown. */
static size_t
check_hidden(const struct table *t, const struct tally_profile_rules *rules)
{
    size_t shown = 0;

    for (size_t i = 0; i < t->facts.nfacts; i++) {
        const struct tally_fact *f = &t->facts.list[i];
        double low, high, least = rules->threshold - 1;

        if (f->state == TALLY_FACT_SHOWN) {
            assert_false(tally_protect_small(f, rules));
            shown++;
            continue;
        }
        outsider(t, f, &low, &high);
        if (f->state == TALLY_FACT_SMALL) {
            assert_true(low <= 1e-9);
            assert_true(high < 0 || high >= least - 1e-9);
        } else {
            assert_true(high < 0 || high > low + 1e-9);
        }
    }
    return shown;
}

static uint64_t
next_random(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

/* Sizes as they are in life: many small, some empty, a few large. */
static uint64_t
random_size(uint64_t *s)
{
    uint64_t r = next_random(s) % 100, v = next_random(s);

    return r < 15 ? 0 : r < 50 ? v % 12 : r < 90 ? 10 + v % 40 : v % 5000;
}

static void
no_hidden_figure_of_a_random_table_can_be_worked_out(void **state)
{
    static const size_t shapes[][4] = {{1, 5}, {2, 3, 3}, {2, 2, 4}, {3, 2, 3, 2}};
    uint64_t seed = 88172645463325252ull;
    size_t shown = 0;

    (void)state;
    for (size_t round = 0; round < 200; round++) {
        const size_t *shape = shapes[round % 4];
        const struct tally_profile_rules *rules = tally_profile_at(round % 5);
        uint64_t values[12];
        struct table t;

        for (size_t a = 0; a < 12; a++) {
            values[a] = random_size(&seed);
        }
        make_table(&t, shape[0], shape + 1, values);
        assert_false(protect(&t, rules).found);
        shown += check_hidden(&t, rules);
        tally_fact_list_free(&t.facts);
    }
    assert_true(shown > 800); /* it would be easy to hide everything */
}

static void
tables_that_share_totals_are_protected_together(void **state)
{
    static const size_t sizes[] = {3, 3, 2};
    uint64_t seed = 1181783497276652981ull;
    size_t shown = 0;

    (void)state;
    for (size_t round = 0; round < 60; round++) {
        const struct tally_profile_rules *rules = tally_profile_at(round % 5);
        uint64_t values[18];
        struct table t;

        for (size_t a = 0; a < 18; a++) {
            values[a] = random_size(&seed);
        }
        make_tables(&t, 3, sizes, values, true);
        assert_false(protect(&t, rules).found);
        shown += check_hidden(&t, rules);
        tally_fact_list_free(&t.facts);
    }
    assert_true(shown > 900);
}

static void
a_figure_that_could_be_solved_for_is_not_released(void **state)
{
    static const size_t sizes[] = {2, 2};
    static const uint64_t values[] = {3, 50, 60, 70};
    const struct tally_profile_rules *rules = tally_profile_find("ons");
    struct table t;
    double low, high;

    (void)state;
    make_table(&t, 2, sizes, values);
    t.facts.list[0].state = TALLY_FACT_SMALL; /* of itself, it is 53 - 50 */
    outsider(&t, &t.facts.list[0], &low, &high);
    assert_true(low == 3 && high == 3);
    assert_false(protect(&t, rules).found);
    assert_int_equal(t.facts.list[0].state, TALLY_FACT_SMALL);
    (void)check_hidden(&t, rules);
    tally_fact_list_free(&t.facts);
}

static void
what_earlier_releases_tell_is_reckoned_with(void **state)
{
    static const size_t sizes[] = {3};
    static const uint64_t values[] = {400, 300, 4};
    struct table t;
    struct tally_conflict c;
    double low, high;

    (void)state;
    make_table(&t, 1, sizes, values);
    /* Everybody was released first, then the first group; now the second alone. */
    for (size_t i = 0; i < 4; i++) {
        t.facts.list[i].label = (unsigned)i;
    }
    t.facts.list[3].state = TALLY_FACT_EARLIER;
    t.facts.list[0].state = TALLY_FACT_EARLIER;
    free(t.facts.list[2].atoms); /* the few are in no table */
    t.facts.list[2] = t.facts.list[3];
    t.facts.nfacts = 3;
    outsider(&t, &(struct tally_fact){.atoms = (uint32_t[]){2}, .natoms = 1}, &low,
             &high);
    assert_true(low == 4 && high == 4); /* with the second shown: 704 - 400 - 300 */
    c = protect(&t, tally_profile_find("ons"));
    assert_true(c.found);
    assert_int_equal(c.nlabels, 3);
    tally_fact_list_free(&t.facts);
}

static void
edges_hold(void **state)
{
    static const size_t one[] = {1}, row[] = {4};
    static const uint64_t nobody[4] = {0}, few[] = {1, 2, 3, 0}, all[] = {0, 90, 0, 0},
                          huge[] = {1ull << 40, 3, 1ull << 41, 5};

    (void)state;
    for (size_t p = 0; tally_profile_at(p) != NULL; p++) {
        const struct tally_profile_rules *rules = tally_profile_at(p);
        const uint64_t *const values[] = {nobody, few, all, huge};

        for (size_t k = 0; k < 4; k++) {
            for (size_t dims = 0; dims < 3; dims++) {
                struct table t;

                make_table(&t, dims == 0 ? 0 : 1, dims == 1 ? one : row, values[k]);
                assert_false(protect(&t, rules).found);
                (void)check_hidden(&t, rules);
                tally_fact_list_free(&t.facts);
            }
        }
    }
}

static void
rounding_and_dominance_follow_the_rules(void **state)
{
    const struct tally_profile_rules *p = tally_profile_find("acro");

    (void)state;
    assert_int_equal(tally_profile_round(12, 5), 10);
    assert_int_equal(tally_profile_round(13, 5), 15);
    assert_int_equal(tally_profile_round(7, 1), 7);
    assert_int_equal(tally_profile_round(UINT64_MAX, 5), UINT64_MAX);
    assert_true(tally_profile_dominated(p, 100, 85, 6));
    assert_true(tally_profile_dominated(p, 1000, 500, 460)); /* 40 is under 10 % of 500 */
    assert_false(tally_profile_dominated(p, 1000, 100, 90));
    assert_null(tally_profile_find("none"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_hidden_figure_of_a_random_table_can_be_worked_out),
        cmocka_unit_test(tables_that_share_totals_are_protected_together),
        cmocka_unit_test(a_figure_that_could_be_solved_for_is_not_released),
        cmocka_unit_test(what_earlier_releases_tell_is_reckoned_with),
        cmocka_unit_test(edges_hold),
        cmocka_unit_test(rounding_and_dominance_follow_the_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
