/*
 * Unit tests of benchmarks/likeness and benchmarks/reference, the plaintext linker that
 * encodings are held against.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/reference_private.h"

#include "benchmarks/likeness.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
jaro_winkler_gives_the_published_figures(void **state)
{
    (void)state;
    /* Winkler (1990) and later tables. */
    assert_float_equal(tally_likeness_jaro_winkler("martha", "marhta"), .9611, 1e-4);
    assert_float_equal(tally_likeness_jaro_winkler("dwayne", "duane"), .84, 1e-4);
    assert_float_equal(tally_likeness_jaro_winkler("dixon", "dicksonx"), .8133, 1e-4);
    assert_float_equal(tally_likeness_jaro_winkler("abc", "xyz"), 0, 0);
    assert_float_equal(tally_likeness_jaro_winkler("a", "a"), 1, 0);
}

static void
edits_count_swaps_once_and_stop_at_the_limit(void **state)
{
    (void)state;
    assert_int_equal(tally_likeness_edits("kitten", "sitting", 5), 3);
    assert_int_equal(tally_likeness_edits("19700123", "19701023", 2), 1);
    assert_int_equal(tally_likeness_edits("ca", "abc", 5), 3);
    assert_int_equal(tally_likeness_edits("aaaa", "bbbb", 2), 3);
    assert_int_equal(tally_likeness_edits("a", "abcdef", 2), 3);
    assert_int_equal(tally_likeness_edits("same", "same", 0), 0);
}

static void
levels_depend_on_the_type(void **state)
{
    (void)state;
    assert_int_equal(tally_likeness_level(TALLY_FIELD_SURNAME, "smith", "smith"),
                     TALLY_LEVEL_EXACT);
    assert_int_equal(tally_likeness_level(TALLY_FIELD_SURNAME, "martha", "marhta"),
                     TALLY_LEVEL_CLOSE);
    assert_int_equal(tally_likeness_level(TALLY_FIELD_DATE, "19700203", "19700302"),
                     TALLY_LEVEL_CLOSE);
    assert_int_equal(tally_likeness_level(TALLY_FIELD_POSTCODE, "ab12cd", "ab12xy"),
                     TALLY_LEVEL_NEAR);
    assert_int_equal(tally_likeness_level(TALLY_FIELD_SEX, "m", "f"), TALLY_LEVEL_ELSE);
}

struct fixture {
    void *scratch;
    struct tally_schema *schema;
    struct tally_reference *r;
    struct tally_reference_links links;
    struct tally_err err;
};

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    *state = f;
    assert_int_equal(tally_scratch_enter(&f->scratch), 0);
    return tally_schema_new(&f->schema, "forename,surname,date_of_birth,sex", "plain",
                            NULL, &f->err) != 0
               ? -1
               : tally_reference_create(&f->r, f->schema, &f->err);
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;
    int rc = tally_scratch_leave(&f->scratch);

    tally_reference_links_free(&f->links);
    tally_reference_free(f->r);
    tally_schema_free(f->schema);
    free(f);
    return rc;
}

static void
add(struct fixture *f, const char *text)
{
    struct tally_mapping m;
    struct tally_csv *csv = NULL;

    tally_scratch_put("x.csv", text, 0600);
    assert_int_equal(tally_csv_open(&csv, "x.csv", NULL, &f->err), 0);
    assert_int_equal(tally_mapping_guess(&m, f->schema, csv, &f->err), 0);
    assert_int_equal(tally_reference_add(f->r, csv, &m, 0, &f->err), 0);
    tally_csv_free(csv);
}

#define HEADER "id,forename,surname,date_of_birth,sex\n"

/* ${n} people nobody of whom is like another, ids ${prefix}${first} and on, and ${more}
 * rows. */
static void
add_people(struct fixture *f, char prefix, int first, int n, const char *more)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    fputs(HEADER, out);
    for (int i = first; i < first + n; i++) {
        fprintf(out, "%c%d,%c%c%c%c,%c%c%c%c%c,%d-%02d-%02d,%c\n", prefix, i,
                'a' + i * 7 % 26, 'a' + i * 11 % 25, 'a' + i / 26, 'a' + i % 23,
                'a' + i * 5 % 26, 'a' + i % 21, 'a' + i * 3 % 26, 'a' + i / 21,
                'a' + i * 17 % 26, 1930 + i * 13 % 80, 1 + i * 5 % 12, 1 + i * 19 % 28,
                i % 2 ? 'M' : 'F');
    }
    fputs(more, out);
    fclose(out);
    add(f, text);
    free(text);
}

static void
the_same_people_are_linked_one_to_one(void **state)
{
    struct fixture *f = *state;

    add_people(f, 'A', 0, 60, "");
    add_people(f, 'B', 30, 60, "");
    assert_int_equal(tally_reference_link(f->r, &f->links, &f->err), 0);
    assert_int_equal(f->links.pairs, 3600);
    assert_true(f->links.n >= 30);
    for (size_t i = 0; i < 30; i++) {
        const struct tally_reference_link *l = &f->links.links[i];

        assert_true(l->probability >= TALLY_REFERENCE_PROBABILITY);
        assert_string_equal(tally_reference_id(f->r, l->x) + 1,
                            tally_reference_id(f->r, l->y) + 1);
    }
    for (size_t i = 30; i < f->links.n; i++) {
        assert_true(f->links.links[i].probability < TALLY_REFERENCE_PROBABILITY);
    }
}

static void
one_source_is_searched_for_duplicates(void **state)
{
    struct fixture *f = *state;

    add_people(f, 'A', 0, 60, "x,anna,smith,1970-01-02,F\ny,anna,smyth,1970-01-02,F\n");
    assert_int_equal(tally_reference_link(f->r, &f->links, &f->err), 0);
    assert_true(f->links.n >= 1);
    assert_int_equal(f->links.links[0].x, 60);
    assert_int_equal(f->links.links[0].y, 61);
    assert_true(f->links.links[0].probability >= TALLY_REFERENCE_PROBABILITY);
}

static void
nobody_and_nothing_are_no_trouble(void **state)
{
    struct fixture *f = *state;

    add(f, HEADER);
    add(f, HEADER "1,,,,\n");
    assert_int_equal(tally_reference_link(f->r, &f->links, &f->err), 0);
    assert_int_equal(f->links.n, 0);
}

static void
fields_that_follow_from_others_are_found(void **state)
{
    struct fixture *f = *state;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    /* Strangers of ten families: those of one surname share their date of birth, too. */
    assert_non_null(out);
    fputs(HEADER, out);
    for (int i = 0; i < 200; i++) {
        fprintf(out, "A%d,%c%c%c%c,name%c,1970-01-%02d,M\n", i, 'a' + i % 26,
                'a' + i * 7 % 26, 'a' + i / 26, 'a' + i * 11 % 26, 'a' + i % 10,
                1 + i % 10);
    }
    fclose(out);
    add(f, text);
    free(text);
    assert_int_equal(tally_reference_link(f->r, &f->links, &f->err), 0);
    /* Fields: forename, surname, date of birth, sex. */
    assert_true(f->r->given[2][1] > .95);
    assert_true(f->r->given[1][0] < .5);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(jaro_winkler_gives_the_published_figures),
        cmocka_unit_test(edits_count_swaps_once_and_stop_at_the_limit),
        cmocka_unit_test(levels_depend_on_the_type),
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(the_same_people_are_linked_one_to_one),
        T(one_source_is_searched_for_duplicates),
        T(fields_that_follow_from_others_are_found),
        T(nobody_and_nothing_are_no_trouble),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
