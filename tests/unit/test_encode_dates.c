/*
 * The encoder and the order in which a column writes its dates: what the mapping says,
 * and what the figures of the whole column say against it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/encoderun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* An export of ${n} dates, of which ${other} are month first and ${own} day first beyond
 * doubt; the rest could be either. */
static void
write_dates(size_t n, size_t own, size_t other)
{
    char text[16384] = "id,dob\n";
    size_t len = strlen(text);

    for (size_t i = 0; i < n; i++) {
        const char *date = i < own           ? "25/03/1990"
                           : i < own + other ? "03/25/1990"
                                             : "03/04/1990";

        len += (size_t)snprintf(text + len, sizeof(text) - len, "%zu,%s\n", i, date);
    }
    encoderun_write(text, len);
}

static void
encode_refuses_dates_whose_figures_say_another_order(void **state)
{
    static const struct {
        size_t n, own, other;
        const char *text; /* of the error; NULL: none */
        const char *hint;
    } rows[] = {
        {100, 50, 4, NULL, NULL}, /* slips */
        {100, 0, 4, NULL, NULL},  /* too few to tell */
        {1000, 600, 49, NULL, NULL},
        {100, 0, 60,
         "'dob' (field 'date_of_birth'): 60 dates can only be read as month, "
         "day, year, and 0 only as day, month, year",
         "write 'date_of_birth = dob [mdy]' in a mapping file"},
        {10, 4, 5, "5 dates can only be read as month", "[mdy]"},
        {1000, 600, 50, "50 dates can only", "mixes both orders"},
    };
    struct encoderun a = {.fields = "date_of_birth", .no_payload = true};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        write_dates(rows[i].n, rows[i].own, rows[i].other);
        if (rows[i].text == NULL) {
            assert_int_equal(encoderun(&a, NULL), TALLY_OK);
            assert_int_equal(a.sum.rules[0][TALLY_RULE_OTHER_ORDER], rows[i].other);
            assert_int_equal(a.sum.rules[0][TALLY_RULE_THIS_ORDER], rows[i].own);
            continue;
        }
        encoderun_refused(&a, NULL, TALLY_E_DATA, rows[i].text);
        assert_non_null(strstr(a.err.hint, rows[i].hint));
    }
}

static void
encode_reads_dates_as_the_mapping_says(void **state)
{
    struct encoderun a = {.fields = "date_of_birth",
                          .map = "date_of_birth = dob [mdy]\n",
                          .no_payload = true};

    (void)state;
    write_dates(100, 0, 60);
    assert_int_equal(encoderun(&a, NULL), TALLY_OK);
    assert_int_equal(a.sum.reasons[0][TALLY_VALUE_OK], 100);
    write_dates(100, 60, 0);
    encoderun_refused(&a, NULL, TALLY_E_DATA, "'dob'");
    assert_non_null(strstr(a.err.hint, "'date_of_birth = dob'"));
}

/* The line that the hint gives keeps what else the mapping says. */
static void
encode_forgets_1_january_where_the_mapping_says_so(void **state)
{
    static const char *const year[] = {"1984-00-00"}, *const day[] = {"1984-02-01"};
    struct encoderun a = {.fields = "date_of_birth",
                          .id = "id",
                          .map = "date_of_birth = dob [01/01 unknown]\n",
                          .no_payload = true};
    struct tally_encfile *e = encoderun_open(&a, "id,dob\n1,01/01/1984\n2,01/02/1984\n");

    (void)state;
    encoderun_assert_row(e, &a, 0, encoderun_record(e, "1"), "1", year);
    encoderun_assert_row(e, &a, 0, encoderun_record(e, "2"), "2", day);
    assert_int_equal(a.sum.rules[0][TALLY_RULE_JANUARY], 1);
    tally_encfile_close(e);
    write_dates(100, 0, 60);
    encoderun_refused(&a, NULL, TALLY_E_DATA, "'dob'");
    assert_non_null(strstr(a.err.hint, "'date_of_birth = dob [mdy, 01/01 unknown]'"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode_refuses_dates_whose_figures_say_another_order),
        cmocka_unit_test(encode_reads_dates_as_the_mapping_says),
        cmocka_unit_test(encode_forgets_1_january_where_the_mapping_says_so),
    };

    return cmocka_run_group_tests(tests, encoderun_make, encoderun_remove);
}
