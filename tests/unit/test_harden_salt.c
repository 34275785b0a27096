/*
 * Salts: which fields may, what of a value salts, and the bytes that come of it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/harden_salt.h"

#include "bloom/base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct tally_value
value(const char *text)
{
    struct tally_value v = {.len = (uint8_t)strlen(text)};

    memcpy(v.text, text, strlen(text));
    return v;
}

static void
the_year_of_a_date_salts_and_all_of_other_values(void **state)
{
    struct tally_field f = {.type = TALLY_FIELD_DATE};
    struct tally_value v = value("19840731");

    (void)state;
    assert_int_equal(tally_salt_len(&f, &v), 4);
    v = value("1984----");
    assert_int_equal(tally_salt_len(&f, &v), 4);
    v = value("----0731");
    assert_int_equal(tally_salt_len(&f, &v), 0);
    v = value("");
    assert_int_equal(tally_salt_len(&f, &v), 0);
    f.type = TALLY_FIELD_SEX;
    assert_int_equal(tally_salt_len(&f, &v), 0);
    v = value("f");
    assert_int_equal(tally_salt_len(&f, &v), 1);
}

static void
fields_without_a_check_do_not_salt(void **state)
{
    struct tally_field f = {.type = TALLY_FIELD_ENUMERATION};

    (void)state;
    assert_false(tally_salt_fits(&f));
    f.nvalues = 2;
    assert_true(tally_salt_fits(&f));
    f.type = TALLY_FIELD_NHS_NUMBER;
    assert_true(tally_salt_fits(&f));
    f.type = TALLY_FIELD_POSTCODE;
    assert_false(tally_salt_fits(&f));
    f.type = TALLY_FIELD_TEXT;
    assert_false(tally_salt_fits(&f));
    f.type = TALLY_FIELD_INTEGER;
    assert_false(tally_salt_fits(&f));
}

/* The key is KDF("salt", "full") of 00 01 ... 1f; the salt is from an implementation in
 * Python. */
static void
the_salt_is_that_of_an_independent_implementation(void **state)
{
    static const uint8_t zeros[TALLY_SALT_BYTES];
    uint8_t key[32], want[TALLY_SALT_BYTES], have[TALLY_SALT_BYTES];

    (void)state;
    assert_true(tally_hex_decode(
        "2b5e37927b4ec9afb773b0a65f672fa8be3856f791da27761fedd082c94df4cc", 64, key, 32));
    assert_true(tally_hex_decode("02ef1282385c3a99ddeb6d672a8767f0", 32, want, 16));
    tally_salt(key, "1984", 4, have);
    assert_memory_equal(have, want, sizeof(want));
    tally_salt(key, "1984", 0, have);
    assert_memory_equal(have, zeros, sizeof(zeros));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_year_of_a_date_salts_and_all_of_other_values),
        cmocka_unit_test(fields_without_a_check_do_not_salt),
        cmocka_unit_test(the_salt_is_that_of_an_independent_implementation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
