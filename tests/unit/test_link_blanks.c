/*
 * Linking records with blank fields: where a source is rich in them, scores allow for
 * that and find partners that Dice does not; elsewhere they are Dice.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/encbuild.h"
#include "tests/support/linktwo.h"
#include "tests/support/scratch.h"

#define PEOPLE 1200
#define BITS   1024
#define BYTES  (BITS / 8)
#define FIELDS 5
#define SET    36 /* bits of a field */

static void
add_field(uint8_t *row, uint64_t value)
{
    uint64_t x = value * 0x9e3779b97f4a7c15u + 1;

    for (int i = 0; i < SET; i++) {
        uint32_t bit;

        x = x * 6364136223846793005u + 1442695040888963407u;
        bit = (uint32_t)(x >> 40) % BITS;
        row[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    }
}

/* Person ${i}: three fields of a family of two, two of one's own. ${blank}: one of either
 * is there. */
static void
make_row(uint64_t i, bool blank, uint8_t *row)
{
    memset(row, 0, BYTES);
    for (uint64_t f = blank ? 2 : 0; f < (blank ? 4u : FIELDS); f++) {
        add_field(row, 1000000 * (f + 1) + (f < 3 ? i / 2 : i));
    }
}

/* People ${from} to ${from} + PEOPLE, every fourth of them short of fields. */
static struct tally_encfile *
source(const char *name, uint64_t from, bool blanks)
{
    struct tally_enc_info info = tally_encbuild_info(name, PEOPLE, BITS);
    uint8_t *rows = malloc((size_t)PEOPLE * BYTES);
    struct tally_encfile *e = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    char path[64];

    assert_non_null(rows);
    (void)snprintf(path, sizeof path, "%s.enc", name);
    for (uint64_t i = 0; i < PEOPLE; i++) {
        make_row(from + i, blanks && (from + i) % 4 == 1, rows + i * BYTES);
    }
    tally_encbuild(path, &info, rows, NULL, NULL);
    free(rows);
    assert_int_equal(tally_encfile_open(&e, path, &err), 0);
    return e;
}

#define SHIFT 400 /* people of the first source who are not in the second */

static struct tally_link_result
link_two(bool blanks, uint32_t threshold_ppm)
{
    return tally_linktwo(source("one", 0, false), source("two", SHIFT, blanks),
                         (struct tally_link_job){.threshold_ppm = threshold_ppm});
}

static size_t
right(const struct tally_link_result *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->nlinks; i++) {
        n += r->links[i].row_a == r->links[i].row_b + SHIFT;
    }
    return n;
}

static bool
allowed(const struct tally_link_result *r)
{
    return strstr(r->calibrations[0].note, "scores allow for blank fields") != NULL;
}

/* Links of people whose record has blanks. */
static size_t
short_links(const struct tally_link_result *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->nlinks; i++) {
        n += (SHIFT + r->links[i].row_b) % 4 == 1;
    }
    return n;
}

static void
partners_with_blank_fields_are_found(void **state)
{
    struct tally_link_result r = link_two(true, 0);

    (void)state;
    assert_true(allowed(&r));
    assert_int_equal(r.nlinks, PEOPLE - SHIFT);
    assert_int_equal(right(&r), PEOPLE - SHIFT);
    assert_int_equal(short_links(&r), (PEOPLE - SHIFT) / 4);
    for (size_t i = 0; i < r.nlinks; i++) {
        const struct tally_link *l = &r.links[i];
        bool is_short = (SHIFT + l->row_b) % 4 == 1;
        double score = 2.0 * l->common / l->total;

        /* The reasons tell the Dice score as it is. */
        assert_int_equal(r.views[i].dice_ppm < 690000, is_short);
        assert_true(is_short ? score > .7 : score > .999);
    }
    tally_link_result_free(&r);
}

static void
scores_are_dice_without_blanks_and_under_a_given_threshold(void **state)
{
    struct tally_link_result r = link_two(false, 0);

    (void)state;
    assert_false(allowed(&r));
    assert_int_equal(right(&r), PEOPLE - SHIFT);
    tally_link_result_free(&r);
    r = link_two(true, 600000);
    assert_false(allowed(&r));
    assert_true(short_links(&r) < (PEOPLE - SHIFT) / 8);
    tally_link_result_free(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partners_with_blank_fields_are_found),
        cmocka_unit_test(scores_are_dice_without_blanks_and_under_a_given_threshold),
    };

    return cmocka_run_group_tests_name("link blanks", tests, tally_scratch_enter,
                                       tally_scratch_leave);
}
