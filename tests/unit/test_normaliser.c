/*
 * Normalisation that remembers gives what normalisation gives, the first time and every
 * other.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normaliser.h"

#include "tests/support/testkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define VECTORS "tests/vectors/normalise.tsv"

static struct tally_schema *
schema_of_all_types(void)
{
    struct tally_schema *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    for (size_t f = 0; f < TALLY_FIELD_TYPES; f++) {
        s->fields[f].type = (enum tally_field_type)f;
        s->fields[f].minimum = -1000;
        s->fields[f].maximum = 1000000;
    }
    s->nfields = TALLY_FIELD_TYPES;
    return s;
}

/* Whatever the field's type, ${text} is taken twice with other cells between. */
static void
check(struct tally_normaliser *n, const char *text, size_t len)
{
    for (size_t f = 0; f < n->schema->nfields; f++) {
        struct tally_value want, have;

        tally_normalise(&n->schema->fields[f], &n->readings[f], (const uint8_t *)text,
                        len, &want);
        tally_normaliser_expect(n, f, (const uint8_t *)text, len);
        tally_normaliser_take(n, f, (const uint8_t *)text, len, &have);
        assert_int_equal(have.reason, want.reason);
        assert_int_equal(have.rule, want.rule);
        assert_int_equal(have.len, want.len);
        assert_memory_equal(have.text, want.text, want.len + 1u);
    }
}

/* The inputs of the vectors, twice each. */
static void
vectors_come_out_the_same_when_remembered(void **state)
{
    struct tally_date_reading readings[TALLY_SCHEMA_FIELDS_MAX] = {{0}};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_normaliser n = {0};
    struct tally_schema *s = schema_of_all_types();
    FILE *f = fopen(VECTORS, "r");
    char line[1024];
    size_t checked = 0;

    (void)state;
    assert_non_null(f);
    readings[TALLY_FIELD_DATE].order = TALLY_READ_MDY;
    readings[TALLY_FIELD_DATE].century = 1930;
    assert_int_equal(tally_normaliser_create(&n, s, readings, &err), 0);
    while (fgets(line, sizeof(line), f) != NULL) {
        char *at = line;
        const char *input;

        (void)strsep(&at, "\t");
        input = strsep(&at, "\t");
        if (line[0] != '#' && input != NULL) {
            check(&n, input, strlen(input));
            check(&n, input, strlen(input));
            checked++;
        }
    }
    assert_true(checked > 500);
    fclose(f);
    tally_normaliser_free(&n);
    free(s);
}

/* Cells of any length from a small alphabet, many of which come again. */
static void
made_up_cells_come_out_the_same_when_remembered(void **state)
{
    static const char *const letters[] = {"a", "b", "1", "0", " ", "-", "/", "\xc3\x9f"};
    const struct tally_date_reading readings[TALLY_SCHEMA_FIELDS_MAX] = {{0}};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_normaliser n = {0};
    struct tally_schema *s = schema_of_all_types();
    uint32_t seed = 5;

    (void)state;
    assert_int_equal(tally_normaliser_create(&n, s, readings, &err), 0);
    for (size_t i = 0; i < 1500; i++) {
        char text[64] = "";

        for (size_t k = 0; k < i % 30; k++) {
            seed = seed * 1664525u + 1013904223u;
            strcat(text, letters[(seed >> 16) % (i % 2 == 0 ? 3 : 8)]);
        }
        check(&n, text, strlen(text));
    }
    tally_normaliser_free(&n);
    free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_come_out_the_same_when_remembered),
        cmocka_unit_test(made_up_cells_come_out_the_same_when_remembered),
    };

    return cmocka_run_group_tests(tests, tally_testkey_init, NULL);
}
