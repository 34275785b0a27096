/*
 * The CSV writer.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/csvfile.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What ${write} makes of ${in} as a middle cell and as the last. */
static void
assert_writes(int (*write)(struct tally_outfile *, const void *, size_t, bool,
                           struct tally_err *),
              const char *in, const char *want)
{
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    char expected[256];
    char got[256];
    FILE *back;
    size_t len;

    assert_int_equal(tally_outfile_open(&f, CSVFILE_PATH, 0600, true, &err), 0);
    assert_int_equal(write(f, in, strlen(in), false, &err), 0);
    assert_int_equal(write(f, in, strlen(in), true, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
    snprintf(expected, sizeof expected, "%s,%s\n", want, want);
    back = fopen(CSVFILE_PATH, "rb");
    assert_non_null(back);
    len = fread(got, 1, sizeof got - 1, back);
    fclose(back);
    got[len] = '\0';
    assert_string_equal(got, expected);
}

static void
csv_writer_quotes_only_where_it_must(void **state)
{
    (void)state;
    assert_writes(tally_csv_write, "", "");
    assert_writes(tally_csv_write, "plain Siân =1", "plain Siân =1");
    assert_writes(tally_csv_write, "a,b", "\"a,b\"");
    assert_writes(tally_csv_write, "a\nb", "\"a\nb\"");
    assert_writes(tally_csv_write, "a\rb", "\"a\rb\"");
    assert_writes(tally_csv_write, "\"", "\"\"\"\"");
    assert_writes(tally_csv_write, "say \"hi\" \"", "\"say \"\"hi\"\" \"\"\"");
    assert_writes(tally_csv_write, "=1+1", "=1+1");
}

static void
csv_writer_keeps_a_spreadsheet_from_seeing_formulas(void **state)
{
    static const char *const numbers[] = {"-1", "+44", "-1.5", "+1e5", "-2.5E-3", "7"};
    static const char *const formulas[][2] = {
        {"=1+1", "'=1+1"}, {"@sum", "'@sum"},   {"-", "'-"},
        {"+", "'+"},       {"-1-1", "'-1-1"},   {"+44 7700", "'+44 7700"},
        {"-1.", "'-1."},   {"-1e", "'-1e"},     {"-.5", "'-.5"},
        {"\tx", "'\tx"},   {"\rx", "\"'\rx\""}, {"=a,\"b\"", "\"'=a,\"\"b\"\"\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_writes(tally_csv_write_safe, numbers[i], numbers[i]);
    }
    for (size_t i = 0; i < sizeof formulas / sizeof formulas[0]; i++) {
        assert_writes(tally_csv_write_safe, formulas[i][0], formulas[i][1]);
    }
    assert_writes(tally_csv_write_safe, "", "");
    assert_writes(tally_csv_write_safe, "x=1", "x=1");
}

static void
csv_writer_is_read_back_as_it_was(void **state)
{
    static const char *const cells[] = {"a\"b", "c,d", "e\r\nf", "", "'", " x "};
    struct tally_outfile *f = NULL;
    struct tally_csv *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_cell back[6];

    (void)state;
    assert_int_equal(tally_outfile_open(&f, CSVFILE_PATH, 0600, true, &err), 0);
    for (int row = 0; row < 2; row++) {
        for (int i = 0; i < 6; i++) {
            const char *text =
                row == 0 ? (const char *[]){"1", "2", "3", "4", "5", "6"}[i] : cells[i];

            assert_int_equal(tally_csv_write(f, text, strlen(text), i == 5, &err), 0);
        }
    }
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
    assert_int_equal(tally_csv_open(&c, CSVFILE_PATH, NULL, &err), 0);
    assert_int_equal(tally_csv_next(c, back, &err), 1);
    for (int i = 0; i < 6; i++) {
        csvfile_assert_cell(&back[i], cells[i]);
    }
    csvfile_assert_end(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_writer_quotes_only_where_it_must),
        cmocka_unit_test(csv_writer_keeps_a_spreadsheet_from_seeing_formulas),
        cmocka_unit_test(csv_writer_is_read_back_as_it_was),
    };

    return cmocka_run_group_tests(tests, tally_scratch_enter, tally_scratch_leave);
}
