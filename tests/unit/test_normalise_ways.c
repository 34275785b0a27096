/*
 * Cells that are clean go a short way through normalisation. The same cell with something
 * in front that means nothing goes the long way: what comes out must be the same.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normalise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define VECTORS "tests/vectors/normalise.tsv"
#define CELL    200

static const struct tally_date_reading READINGS[] = {
    {TALLY_READ_DMY, 0, false}, {TALLY_READ_MDY, 1930, false}, {TALLY_READ_YMD, 0, true}};

static uint32_t
next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 12;
}

/* As a field of type ${type}, ${cell} is what it is with ${before} in front. */
static void
check(enum tally_field_type type, const char *cell, const char *before)
{
    const struct tally_field f = {.type = type, .minimum = -1000, .maximum = 1000000};

    for (size_t i = 0; i < sizeof READINGS / sizeof READINGS[0]; i++) {
        char longer[CELL + 8];
        struct tally_value a, b;
        int n = snprintf(longer, sizeof longer, "%s%s", before, cell);

        assert_true(n > 0 && (size_t)n < sizeof longer);
        tally_normalise(&f, &READINGS[i], (const uint8_t *)cell, strlen(cell), &a);
        tally_normalise(&f, &READINGS[i], (const uint8_t *)longer, (size_t)n, &b);
        if (a.reason != b.reason || a.rule != b.rule || a.len != b.len ||
            memcmp(a.text, b.text, a.len) != 0) {
            fail_msg("type %d '%s': %s '%s' (%s), but %s '%s' (%s)", (int)type, cell,
                     tally_reason_name(a.reason), a.text, tally_rule_name(a.rule),
                     tally_reason_name(b.reason), b.text, tally_rule_name(b.rule));
        }
    }
}

/* A tab in front of a cell is a blank that is not looked at, and no clean ASCII. */
static void
check_fold(const char *cell)
{
    for (int type = 0; type < TALLY_FIELD_TYPES; type++) {
        check((enum tally_field_type)type, cell, "\t");
    }
}

static void
vectors_fold_the_same_both_ways(void **state)
{
    FILE *f = fopen(VECTORS, "r");
    char line[1024];
    size_t checked = 0;

    (void)state;
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        char *at = line;
        const char *input;

        (void)strsep(&at, "\t");
        input = strsep(&at, "\t");
        if (line[0] != '#' && input != NULL && strlen(input) < CELL) {
            check_fold(input);
            checked++;
        }
    }
    fclose(f);
    assert_true(checked > 400);
}

/* Of every length, and in every place every sign. */
static void
random_cells_fold_the_same_both_ways(void **state)
{
    static const char often[] = "aeinorstABCZz0129  ,.-'";
    uint32_t seed = 1;

    (void)state;
    for (size_t round = 0; round < 8000; round++) {
        char cell[CELL] = "";
        size_t len = 1 + round % 60;

        for (size_t i = 0; i < len; i++) {
            uint32_t r = next(&seed);

            cell[i] = r % 8 == 0 ? (char)(1 + r / 8 % 127) : often[r / 8 % 23];
        }
        check_fold(cell);
    }
}

/* One word skips the rules that are about several; a comma in front takes it through
 * them, as a hyphen does for numbers. */
static void
single_words_come_out_the_same_both_ways(void **state)
{
    static const enum tally_field_type names[] = {
        TALLY_FIELD_FORENAME, TALLY_FIELD_SURNAME, TALLY_FIELD_FULL_NAME,
        TALLY_FIELD_ADDRESS};
    static const enum tally_field_type numbers[] = {
        TALLY_FIELD_NHS_NUMBER, TALLY_FIELD_CHI_NUMBER, TALLY_FIELD_ULN};
    static const char *const words[] = {
        "Unknown",    "none",       "Mr",          "jr",         "md",
        "mohd",       "Baby",       "male",        "test",       "dummy",
        "nfa",        "xxx",        "x",           "ab",         "1234",
        "007",        "Mc",         "o",           "surname",    "zz",
        "gir0aa",     "zz99aa",     "ne289se",     "NE28",       "n1",
        "m11aa",      "aa11aa",     "refused",     "homeless",   "road",
        "street",     "Twin",       "fnu",         "anon",       "abdul",
        "nee",        "9434765919", "9434765918",  "1234567890", "0000000000",
        "0101504233", "943476591",  "94347659190", "NE28OSE",    "neZ89se"};

    (void)state;
    for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            check(names[i], words[w], ",");
        }
        if (strpbrk(words[w], "0123456789") == NULL) {
            continue;
        }
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
            check(numbers[i], words[w], "-");
        }
        check(TALLY_FIELD_POSTCODE, words[w], ",");
    }
}

/* Dates in figures of the usual shapes, good and bad. */
static void
dates_in_figures_come_out_the_same_both_ways(void **state)
{
    static const char *const shapes[] = {"nnnn-nn-nn", "nn/nn/nnnn", "nn-nn-nnnn",
                                         "nnnn/nn/nn", "nn/nn-nnnn", "n/nn/nnnn",
                                         "nn/n/nnnn",  "nn/nn/nn",   "nnn/nn/nnn"};
    uint32_t seed = 7;

    (void)state;
    for (size_t round = 0; round < 20000; round++) {
        char cell[CELL];

        snprintf(cell, sizeof cell, "%s",
                 shapes[round % (sizeof shapes / sizeof shapes[0])]);
        for (char *c = cell; *c != '\0'; c++) {
            *c = *c == 'n' ? "0001122345678999"[next(&seed) % 16] : *c;
        }
        check(TALLY_FIELD_DATE, cell, ",");
    }
    check(TALLY_FIELD_DATE, "1900-01-01", ",");
    check(TALLY_FIELD_DATE, "31/12/2099", ",");
    check(TALLY_FIELD_DATE, "00/00/0000", ",");
    check(TALLY_FIELD_DATE, "1901-01-01", ",");
    check(TALLY_FIELD_DATE, "1902-01-01", ",");
}

/* Whole postcodes of every arrangement of letters and digits; what does not exist, and
 * what is repaired, among them. */
static void
postcodes_come_out_the_same_both_ways(void **state)
{
    static const char *const kept[] = {"ZZ99 3VZ", "XX11 1XX", "AA11 1AA", "AA1 1AA",
                                       "A1 1AA",   "AA99 9AA", "A0 1BB",   "GIR 0AA",
                                       "ASCN 1ZZ", "M1 1",     "N1 1 AA",  "1AA 1AA"};
    uint32_t seed = 3;

    (void)state;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        check(TALLY_FIELD_POSTCODE, kept[i], ",");
    }
    for (size_t round = 0; round < 40000; round++) {
        char cell[CELL] = "";
        size_t outward = 1 + round % 5;

        for (size_t i = 0; i < outward + 4; i++) {
            uint32_t r = next(&seed);

            cell[i] = i == outward ? ' '
                      : r % 2 == 0 ? "abnoisz"[r / 2 % 7]
                                   : "0159"[r / 2 % 4];
        }
        check(TALLY_FIELD_POSTCODE, cell, ",");
    }
}

/* Words and the signs between them; an apostrophe in front takes them one by one. */
static void
words_come_out_the_same_both_ways(void **state)
{
    static const char often[] = "abcdeRS0129     ,,.-/&()_:;+\"";
    uint32_t seed = 5;

    (void)state;
    for (size_t round = 0; round < 20000; round++) {
        char cell[CELL] = "b";
        size_t len = 1 + round % 80;

        for (size_t i = 1; i < len; i++) {
            cell[i] = often[next(&seed) % (sizeof often - 1)];
        }
        check(TALLY_FIELD_ADDRESS, cell, "'");
        check(TALLY_FIELD_TEXT, cell, "'");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_fold_the_same_both_ways),
        cmocka_unit_test(random_cells_fold_the_same_both_ways),
        cmocka_unit_test(single_words_come_out_the_same_both_ways),
        cmocka_unit_test(dates_in_figures_come_out_the_same_both_ways),
        cmocka_unit_test(postcodes_come_out_the_same_both_ways),
        cmocka_unit_test(words_come_out_the_same_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
