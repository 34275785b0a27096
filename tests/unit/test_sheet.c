/*
 * Provider sheets: nothing small is on them, nothing hidden can be worked out, and what
 * was written is read back, signed or not.
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

#include "linker/disclose.h"
#include "protocols/sheet.h"
#include "tests/support/scratch.h"

static struct tally_schema schema = {.name = "uk", .nfields = 2};

/** A delivery of 2,319 records: of forename 4 are missing, of postcode 165 missing and 12
 * unusable; 30 opted out, 3 are marked. */
static void
make(struct tally_sheet *s, unsigned dummies)
{
    static struct tally_encode_summary sum;
    struct tally_encode_job job = {.schema = &schema, .source = "police"};

    memset(&sum, 0, sizeof sum);
    (void)strcpy(schema.fields[0].name, "forename");
    (void)strcpy(schema.fields[1].name, "postcode");
    memset(schema.digest, 7, sizeof schema.digest);
    memset(sum.delivery, 9, sizeof sum.delivery);
    sum.records = 2319;
    sum.dummies = dummies;
    sum.stayed[TALLY_STAYS_OPT_OUT] = 30;
    sum.stayed[TALLY_STAYS_MARKED] = 3;
    sum.empty_records = 11;
    sum.reasons[0][TALLY_VALUE_OK] = 2315;
    sum.reasons[0][TALLY_VALUE_MISSING] = 4;
    sum.reasons[1][TALLY_VALUE_OK] = 2141;
    sum.reasons[1][TALLY_VALUE_REPAIRED] = 1;
    sum.reasons[1][TALLY_VALUE_PLACEHOLDER] = 165;
    sum.reasons[1][TALLY_VALUE_INVALID] = 12;
    tally_sheet_make(s, &job, &sum);
}

static void
small_counts_are_hidden_and_others_rounded(void **state)
{
    struct tally_sheet s;

    (void)state;
    assert_int_equal(TALLY_SHEET_MIN, TALLY_DISCLOSE_MIN);
    assert_int_equal(TALLY_SHEET_ROUND, TALLY_DISCLOSE_ROUND);
    make(&s, 0);
    assert_int_equal(s.records, 2320);
    assert_int_equal(s.stayed[TALLY_STAYS_OPT_OUT], 30);
    assert_int_equal(s.stayed[TALLY_STAYS_LISTED], TALLY_SHEET_HIDDEN);
    assert_int_equal(s.stayed[TALLY_STAYS_MARKED], TALLY_SHEET_HIDDEN);
    assert_int_equal(s.rows, 2350); /* two of its parts are hidden */
    assert_int_equal(s.nothing_usable, 10);
    assert_int_equal(s.fields[0].usable, 998);
    assert_int_equal(s.fields[0].missing, TALLY_SHEET_HIDDEN);
    assert_int_equal(s.fields[0].unusable, TALLY_SHEET_HIDDEN);
    assert_int_equal(s.fields[1].usable, 922);
    assert_int_equal(s.fields[1].missing, 71);
    assert_int_equal(s.fields[1].unusable, 4);
}

static void
one_hidden_alone_takes_another_with_it(void **state)
{
    struct tally_encode_summary sum = {.records = 1000};
    struct tally_encode_job job = {.schema = &schema, .source = "police"};
    struct tally_sheet s;

    (void)state;
    sum.stayed[TALLY_STAYS_OPT_OUT] = 30;
    sum.stayed[TALLY_STAYS_LISTED] = 20;
    sum.stayed[TALLY_STAYS_MARKED] = 3;
    sum.reasons[0][TALLY_VALUE_OK] = 900;
    sum.reasons[0][TALLY_VALUE_MISSING] = 92;
    sum.reasons[0][TALLY_VALUE_IMPOSSIBLE] = 8;
    tally_sheet_make(&s, &job, &sum);
    sum.reasons[1][TALLY_VALUE_OK] = 1000;
    tally_sheet_make(&s, &job, &sum);
    assert_int_equal(s.fields[1].usable, 999); /* not that all have it */
    assert_int_equal(s.rows, TALLY_SHEET_HIDDEN);
    assert_int_equal(s.fields[0].usable, 900);
    assert_int_equal(s.fields[0].missing, TALLY_SHEET_HIDDEN);
    assert_int_equal(s.fields[0].unusable, TALLY_SHEET_HIDDEN);
}

static void
dummies_cannot_be_counted(void **state)
{
    struct tally_sheet s;

    (void)state;
    make(&s, 100);
    assert_true(s.dummies);
    assert_int_equal(s.records, TALLY_SHEET_HIDDEN);
    assert_int_equal(s.rows, TALLY_SHEET_HIDDEN);
}

static void
write_to(const char *path, const struct tally_sheet *s, struct tally_secret *seed)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;

    if (tally_outfile_open(&f, path, 0600, true, &err) != 0 ||
        tally_sheet_write(f, s, seed, &err) != 0 ||
        tally_outfile_commit(&f, 1, &err) != 0) {
        fail_msg("%s", err.text);
    }
    tally_outfile_free(f);
}

static void
what_was_written_is_read_back(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *seed = NULL;
    struct tally_sheet s, back;

    (void)state;
    assert_int_equal(tally_secret_init(&err), 0);
    assert_int_equal(tally_secret_create(&seed, TALLY_SIGN_SEED_BYTES, &err), 0);
    for (int is_signed = 0; is_signed < 2; is_signed++) {
        make(&s, 0);
        (void)strcpy(s.texts[TALLY_SHEET_PERIOD], "2018 to 2021");
        s.opt_out_list = true;
        write_to("sheet.json", &s, is_signed ? seed : NULL);
        assert_int_equal(tally_sheet_read(&back, "sheet.json", &err), 0);
        assert_int_equal(back.is_signed, is_signed);
        s.is_signed = is_signed != 0;
        memcpy(s.key, back.key, sizeof s.key);
        assert_memory_equal(&s, &back, sizeof s);
    }
    tally_secret_free(seed);
}

/** Every byte changed, and every length: refused, signed or not a sheet any more. */
static void
a_changed_sheet_is_refused(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *seed = NULL;
    struct tally_sheet s, back;
    uint8_t *text = NULL;
    size_t len = 0;

    (void)state;
    assert_int_equal(tally_secret_init(&err), 0);
    assert_int_equal(tally_secret_create(&seed, TALLY_SIGN_SEED_BYTES, &err), 0);
    make(&s, 0);
    write_to("sheet.json", &s, seed);
    assert_int_equal(tally_file_read("sheet.json", 1 << 20, &text, &len, &err), 0);
    for (size_t i = 0; i < len; i += 11) {
        FILE *f = fopen("changed.json", "wb");

        assert_non_null(f);
        text[i] ^= 4;
        assert_int_equal(fwrite(text, 1, len, f), len);
        text[i] ^= 4;
        assert_int_equal(fclose(f), 0);
        err = (struct tally_err)TALLY_ERR_INIT;
        assert_int_equal(tally_sheet_read(&back, "changed.json", &err), -1);
        assert_int_equal(err.code, TALLY_E_CORRUPT);
    }
    free(text);
    tally_secret_free(seed);
}

static void
texts_are_lines_with_known_names(void **state)
{
    static const struct {
        const char *text;
        const char *says; /* NULL: taken */
    } cases[] = {
        {"# of ours\n\npopulation = people arrested\r\n period=2018 to 2021", NULL},
        {"period = a\nperiod = b\n", "line 2: the text is there already"},
        {"years = 2018\n", "line 1: no text is called so"},
        {"population\n", "line 1: there is no = in it"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tally_err err = TALLY_ERR_INIT;
        struct tally_sheet s = {.delivery = 0};

        tally_scratch_put("about", cases[i].text, 0600);
        if (cases[i].says == NULL) {
            assert_int_equal(tally_sheet_read_texts(&s, "about", &err), 0);
            assert_string_equal(s.texts[TALLY_SHEET_POPULATION], "people arrested");
            assert_string_equal(s.texts[TALLY_SHEET_PERIOD], "2018 to 2021");
        } else {
            assert_int_equal(tally_sheet_read_texts(&s, "about", &err), -1);
            assert_non_null(strstr(err.text, cases[i].says));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_counts_are_hidden_and_others_rounded),
        cmocka_unit_test(one_hidden_alone_takes_another_with_it),
        cmocka_unit_test(dummies_cannot_be_counted),
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(a_changed_sheet_is_refused),
        cmocka_unit_test(texts_are_lines_with_known_names),
    };

    return cmocka_run_group_tests(tests, tally_scratch_enter, tally_scratch_leave);
}
