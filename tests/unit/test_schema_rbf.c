/*
 * Record-level filters in a schema: what is read and refused, and the bits that a record
 * takes from the filters of its fields.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/schema.h"

#include "bloom/base/domains.h"
#include "bloom/clk.h"
#include "bloom/harden.h"
#include "bloom/kdf.h"
#include "bloom/rbf.h"
#include "tests/support/testkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SCHEMA(rbf, fields)                                                              \
    "{\"tallystick_schema\": 1, \"name\": \"t\", \"bits\": 256, \"rbf\": " rbf           \
    ", \"fields\": [" fields "]}"
#define NAME                                                                             \
    "{\"name\": \"surname\", \"type\": \"surname\", \"weight\": 3, "                     \
    "\"bits_per_token\": 4}"
#define SEX                                                                              \
    "{\"name\": \"sex\", \"type\": \"sex\", \"weight\": 1, \"bits_per_token\": 20}"

static struct tally_schema *
parsed(const char *text)
{
    struct tally_schema *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_schema_parse(&s, "test.json", text, strlen(text), &err) != 0) {
        fail_msg("%s", err.text);
    }
    return s;
}

static void
check_refused(const char *text, const char *part)
{
    struct tally_schema *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_schema_parse(&s, "test.json", text, strlen(text), &err), -1);
    if (strstr(err.text, part) == NULL) {
        fail_msg("got '%s', wanted '%s'", err.text, part);
    }
}

static void
filters_of_fields_are_read_and_written_back(void **state)
{
    struct tally_schema *s = parsed(SCHEMA("{\"field_bits\": 128}", NAME ", " SEX));
    struct tally_schema *again;
    char *text = tally_schema_text(s, 0);

    (void)state;
    assert_int_equal(s->rbf_bits, 128);
    assert_int_equal(tally_schema_filter_bits(s), 256);
    assert_int_equal(tally_schema_output_bits(s), 256);
    again = parsed(text);
    assert_memory_equal(again->digest, s->digest, sizeof(s->digest));
    tally_schema_free(again);
    free(text);
    tally_schema_free(s);
}

static void
lengths_that_no_filter_has_are_refused(void **state)
{
    (void)state;
    check_refused(SCHEMA("{\"field_bits\": 100}", NAME), "power of two");
    check_refused(SCHEMA("{\"field_bits\": 4096}", NAME), "rbf");
    check_refused(SCHEMA("{}", NAME), "field_bits");
    check_refused(SCHEMA("{\"field_bits\": 128, \"t\": 1}", NAME), "rbf");
    check_refused(SCHEMA("128", NAME), "rbf");
}

static void
a_field_that_would_fill_its_filter_is_refused(void **state)
{
    (void)state;
    check_refused(SCHEMA("{\"field_bits\": 64}",
                         NAME ", {\"name\": \"sex\", \"type\": \"sex\", "
                              "\"bits_per_token\": 250}"),
                  "field 'sex' would set nearly all 64 bits");
}

static void
fill_is_the_mean_of_the_fields_by_weight(void **state)
{
    struct tally_schema *s = parsed(SCHEMA("{\"field_bits\": 128}", NAME ", " SEX));

    (void)state;
    /* 1 - exp(-30/128) = .2089 thrice, 1 - exp(-20/128) = .1447 once */
    assert_float_equal(tally_schema_expected_fill(s), .19285, .0001);
    assert_float_equal(tally_schema_view_fill(s, 0), .19285, .0001);
    tally_schema_free(s);
}

static void
look_for(void *ctx, const char *text)
{
    if (strstr(text, "share a domain, but each has a filter of its own") != NULL ||
        strstr(text, "field 'b' gives 1365 bits from a filter of 64") != NULL ||
        strstr(text, "field 'b' fills 61 %") != NULL) {
        ++*(int *)ctx;
    }
}

static void
unwise_choices_are_warned_of(void **state)
{
    struct tally_schema *s = parsed(
        "{\"tallystick_schema\": 1, \"name\": \"t\", \"bits\": 2048, \"rbf\": "
        "{\"field_bits\": 64}, \"fields\": [{\"name\": \"a\", \"type\": \"surname\", "
        "\"domain\": \"d\", \"bits_per_token\": 8}, {\"name\": \"b\", \"type\": "
        "\"surname\", \"domain\": \"d\", \"weight\": 2, \"bits_per_token\": 8}]}");
    int found = 0;

    (void)state;
    (void)tally_schema_warnings(s, look_for, &found);
    assert_int_equal(found, 3);
    tally_schema_free(s);
}

static void
the_starter_fills_each_field_to_the_same_share(void **state)
{
    struct tally_schema *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_schema_new(&s, "surname,date_of_birth,sex", "rbf", NULL, &err),
                     0);
    assert_int_equal(s->rbf_bits, 512);
    assert_int_equal(s->bits, 2048);
    assert_int_equal(s->fields[0].bits_per_token, 15);  /* 114.2 / 7.5 */
    assert_int_equal(s->fields[1].bits_per_token, 10);  /* 114.2 / 12 */
    assert_int_equal(s->fields[2].bits_per_token, 114); /* 114.2 / 1 */
    assert_float_equal(tally_schema_expected_fill(s), .2, .01);
    tally_schema_free(s);
}

/* The bits of the record, taken one by one as rbf.h says. */
static void
check_choice(const struct tally_schema *s, struct tally_secret *key, const uint8_t *plain,
             const uint8_t *out)
{
    static const char *const purpose[] = {TALLY_DOMAIN_RBF, "full"};
    static const uint32_t shares[] = {192, 64};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *seed = NULL;
    uint32_t from[256];
    size_t ones = 0;

    assert_int_equal(tally_kdf(key, purpose, 2, &seed, &err), 0);
    tally_rbf_draw(from, 256, shares, s->nfields, 128, seed);
    for (size_t j = 0; j < 256; j++) {
        bool want = (plain[from[j] / 8] >> (7 - from[j] % 8) & 1) != 0;

        assert_int_equal(out[j / 8] >> (7 - j % 8) & 1, want);
        ones += want;
    }
    assert_true(ones > 0 && ones < 256);
    tally_secret_free(seed);
}

static void
a_record_takes_its_bits_from_each_field(void **state)
{
    struct tally_schema *s = parsed(SCHEMA("{\"field_bits\": 128}", NAME ", " SEX));
    const struct tally_value values[] = {{.len = 3, .text = "lee"},
                                         {.len = 1, .text = "f"}};
    struct tally_secret *key = tally_testkey();
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clk *clk = NULL;
    struct tally_harden *h = NULL;
    uint8_t plain[64] = {0}, out[64] = {0};
    uint32_t positions[20];
    void *scratch;

    (void)state;
    assert_int_equal(tally_clk_create(&clk, s, "full", key, &err), 0);
    tally_clk_add(clk, values, plain);
    tally_clk_positions(clk, 1, (const uint8_t *)"wf", 2, 0, positions);
    for (size_t i = 0; i < 20; i++) {
        assert_true(positions[i] < 128); /* in the second filter, from byte 16 on */
        assert_true((plain[16 + positions[i] / 8] >> (7 - positions[i] % 8) & 1) != 0);
    }
    assert_int_equal(tally_harden_of_view(&h, s, "full", key, &err), 0);
    scratch = aligned_alloc(64, tally_harden_scratch(h));
    assert_non_null(scratch);
    tally_harden_apply(h, plain, 64, 1, out, 64, scratch);
    check_choice(s, key, plain, out);
    free(scratch);
    tally_harden_free(h);
    tally_clk_free(clk);
    tally_secret_free(key);
    tally_schema_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_of_fields_are_read_and_written_back),
        cmocka_unit_test(lengths_that_no_filter_has_are_refused),
        cmocka_unit_test(a_field_that_would_fill_its_filter_is_refused),
        cmocka_unit_test(fill_is_the_mean_of_the_fields_by_weight),
        cmocka_unit_test(unwise_choices_are_warned_of),
        cmocka_unit_test(the_starter_fills_each_field_to_the_same_share),
        cmocka_unit_test(a_record_takes_its_bits_from_each_field),
    };

    return cmocka_run_group_tests(tests, tally_testkey_init, NULL);
}
