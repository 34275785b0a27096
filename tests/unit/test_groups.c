/*
 * Greedy groups: the rules one by one, and a slow solver that keeps every pair as the
 * measure on random lists.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/groups.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RECORDS 12 /* a source, in random trials */
#define SOURCES 3
#define ALL     (RECORDS * SOURCES)

struct pair {
    uint32_t source_a;
    uint32_t a;
    uint32_t source_b;
    uint32_t b;
};

/* The groups as text: "0.1 1.2|0.3 2.0". */
static char *
solve(uint32_t merge_ppm, bool once, const struct pair *pairs, size_t n)
{
    static char text[2][4096];
    static unsigned turn;
    const size_t records[SOURCES] = {RECORDS, RECORDS, RECORDS};
    const struct tally_groups_rule rule = {merge_ppm, once};
    struct tally_group_list l;
    struct tally_groups *g;
    struct tally_err err = TALLY_ERR_INIT;
    char *out = text[turn++ % 2];
    size_t at = 0;

    out[0] = '\0';
    assert_int_equal(tally_groups_create(&g, &rule, records, SOURCES, &err), 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(tally_groups_add(g, pairs[i].source_a, pairs[i].a,
                                          pairs[i].source_b, pairs[i].b, &err),
                         0);
    }
    assert_int_equal(tally_groups_list(g, &l, &err), 0);
    for (size_t i = 0; i < l.n; i++) {
        for (size_t m = l.start[i]; m < l.start[i + 1]; m++) {
            at += (size_t)snprintf(out + at, sizeof text[0] - at, "%s%u.%u",
                                   m == 0            ? ""
                                   : m == l.start[i] ? "|"
                                                     : " ",
                                   l.members[m].source, l.members[m].record);
        }
    }
    tally_group_list_free(&l);
    tally_groups_free(g);
    return out;
}

static void
nothing_makes_no_groups(void **state)
{
    const size_t none[1] = {0};
    const struct tally_groups_rule rule = {1000000, false};
    struct tally_group_list l;
    struct tally_groups *g;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_groups_create(&g, &rule, none, 1, &err), 0);
    assert_int_equal(tally_groups_list(g, &l, &err), 0);
    assert_int_equal(l.n, 0);
    tally_group_list_free(&l);
    tally_groups_free(g);
    tally_groups_free(NULL);
}

static void
between_two_sources_the_best_free_pair_is_taken(void **state)
{
    static const struct pair pairs[] = {
        {0, 0, 1, 0}, {0, 0, 1, 1}, {0, 1, 1, 0}, {0, 1, 1, 1}};

    (void)state;
    assert_string_equal(solve(1000000, false, pairs, 4), "0.0 1.0|0.1 1.1");
}

static void
groups_become_one_when_all_pairs_between_them_came_by(void **state)
{
    static const struct pair pairs[] = {{0, 0, 1, 0}, {0, 0, 2, 0}, {1, 0, 2, 0}};

    (void)state;
    assert_string_equal(solve(1000000, false, pairs, 1), "0.0 1.0");
    assert_string_equal(solve(1000000, false, pairs, 2), "0.0 1.0");
    assert_string_equal(solve(1000000, false, pairs, 3), "0.0 1.0 2.0");
    assert_string_equal(solve(500000, false, pairs, 2), "0.0 1.0 2.0");
    assert_string_equal(solve(500001, false, pairs, 2), "0.0 1.0");
    assert_string_equal(solve(0, false, pairs, 2), "0.0 1.0 2.0");
}

static void
pairs_with_third_groups_are_added_up(void **state)
{
    /* {0.0 1.0} and {2.0} share one pair, {0.1 1.1} and {2.0} one; once the two are one
     * group of four, two more make all. */
    static const struct pair pairs[] = {
        {0, 0, 1, 0}, {0, 1, 1, 1}, {0, 0, 2, 0}, {0, 1, 2, 0}, {0, 0, 1, 1},
        {0, 1, 1, 0}, {0, 0, 0, 1}, {1, 0, 1, 1}, {1, 0, 2, 0}, {1, 1, 2, 0}};

    (void)state;
    assert_string_equal(solve(1000000, false, pairs, 8), "0.0 0.1 1.0 1.1");
    assert_string_equal(solve(1000000, false, pairs, 9), "0.0 0.1 1.0 1.1");
    assert_string_equal(solve(1000000, false, pairs, 10), "0.0 0.1 1.0 1.1 2.0");
}

static void
a_group_holds_one_record_of_a_source_when_asked(void **state)
{
    static const struct pair pairs[] = {
        {0, 0, 0, 1}, {0, 0, 1, 0}, {0, 1, 1, 0}, {0, 1, 2, 0}, {0, 0, 2, 0}};

    (void)state;
    assert_string_equal(solve(0, true, pairs, 1), "");
    assert_string_equal(solve(0, true, pairs, 3), "0.0 1.0");
    assert_string_equal(solve(0, true, pairs, 5), "0.0 1.0|0.1 2.0");
    assert_string_equal(solve(0, false, pairs, 1), "0.0 0.1");
}

static void
a_record_paired_with_itself_is_passed_over(void **state)
{
    static const struct pair pairs[] = {{0, 3, 0, 3}};

    (void)state;
    assert_string_equal(solve(0, false, pairs, 1), "");
}

/* The slow solver: groups are labels, and every pair that came by is remembered. */
struct slow {
    int label[ALL]; /* 0: none */
    int labels;
    bool came[ALL][ALL];
    bool once;
    uint64_t ppm;
};

static int
members(const struct slow *s, int label)
{
    int n = 0;

    for (int x = 0; x < ALL; x++) {
        n += s->label[x] == label;
    }
    return n;
}

static bool
share_source(const struct slow *s, int p, int q)
{
    for (int x = 0; x < ALL; x++) {
        for (int y = 0; y < ALL; y++) {
            if (s->label[x] == p && s->label[y] == q && x / RECORDS == y / RECORDS) {
                return true;
            }
        }
    }
    return false;
}

static uint64_t
pairs_between(const struct slow *s, int p, int q)
{
    uint64_t n = 0;

    for (int x = 0; x < ALL; x++) {
        for (int y = 0; y < ALL; y++) {
            n += s->label[x] == p && s->label[y] == q && (s->came[x][y] || s->came[y][x]);
        }
    }
    return n;
}

static void
slow_take(struct slow *s, int x, int y)
{
    bool new_x = s->label[x] == 0;
    bool new_y = s->label[y] == 0;

    if (s->once && x / RECORDS == y / RECORDS && new_x && new_y) {
        return;
    }
    if (new_x != new_y) {
        int group = s->label[new_x ? y : x];
        bool meets = s->ppm * (uint64_t)members(s, group) <= 1000000;

        s->label[new_x ? x : y] = ++s->labels;
        if (meets && s->once && share_source(s, s->labels, group)) {
            s->label[new_x ? x : y] = 0; /* as if it had not come by */
            return;
        }
    } else if (new_x) {
        s->label[x] = s->label[y] = ++s->labels;
        return;
    }
    s->came[x][y] = true;
    int p = s->label[x];
    int q = s->label[y];

    if (p != q &&
        pairs_between(s, p, q) * 1000000 >=
            s->ppm * (uint64_t)members(s, p) * (uint64_t)members(s, q) &&
        !(s->once && share_source(s, p, q))) {
        for (int i = 0; i < ALL; i++) {
            s->label[i] = s->label[i] == q ? p : s->label[i];
        }
    }
}

static char *
slow_text(const struct slow *s)
{
    static char text[4096];
    bool first = true;
    size_t at = 0;

    text[0] = '\0';
    for (int x = 0; x < ALL; x++) {
        int label = s->label[x];
        bool head = label != 0 && members(s, label) > 1;

        for (int y = 0; y < x; y++) {
            head = head && s->label[y] != label;
        }
        for (int y = x; head && y < ALL; y++) {
            if (s->label[y] == label) {
                at += (size_t)snprintf(text + at, sizeof text - at, "%s%d.%d",
                                       first    ? ""
                                       : y == x ? "|"
                                                : " ",
                                       y / RECORDS, y % RECORDS);
                first = false;
            }
        }
    }
    return text;
}

static void
random_lists_give_what_the_slow_solver_gives(void **state)
{
    static const uint32_t shares[] = {0, 250000, 333333, 500000, 750000, 1000000};
    uint64_t random = 1;

    (void)state;
    for (int trial = 0; trial < 400; trial++) {
        struct slow s = {.once = trial % 2, .ppm = shares[trial % 6]};
        bool seen[ALL][ALL] = {{false}};
        struct pair pairs[200];
        size_t n = 0;

        for (int i = 0; i < 200; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            int x = (int)((random >> 33) % ALL);
            int y = (int)((random >> 45) % (trial % 3 == 0 ? 8 : ALL));

            if (x == y || seen[x][y] || seen[y][x]) {
                continue;
            }
            seen[x][y] = true;
            pairs[n++] = (struct pair){(uint32_t)(x / RECORDS), (uint32_t)(x % RECORDS),
                                       (uint32_t)(y / RECORDS), (uint32_t)(y % RECORDS)};
            slow_take(&s, x, y);
        }
        assert_string_equal(solve((uint32_t)s.ppm, s.once, pairs, n), slow_text(&s));
    }
}

static void
too_many_records_are_over_the_limit(void **state)
{
    const size_t records[2] = {UINT32_MAX - 1, 1};
    const struct tally_groups_rule rule = {1000000, false};
    struct tally_groups *g = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_groups_create(&g, &rule, records, 2, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
    assert_null(g);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_makes_no_groups),
        cmocka_unit_test(between_two_sources_the_best_free_pair_is_taken),
        cmocka_unit_test(groups_become_one_when_all_pairs_between_them_came_by),
        cmocka_unit_test(pairs_with_third_groups_are_added_up),
        cmocka_unit_test(a_group_holds_one_record_of_a_source_when_asked),
        cmocka_unit_test(a_record_paired_with_itself_is_passed_over),
        cmocka_unit_test(random_lists_give_what_the_slow_solver_gives),
        cmocka_unit_test(too_many_records_are_over_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
