/*
 * Linking by equal match keys: before scores, in the order of the keys, and not by keys
 * that many share.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link.h"

#include "bloom/matchkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/encbuild.h"
#include "tests/support/linktwo.h"
#include "tests/support/scratch.h"

#define PEOPLE 400
#define BITS   512
#define BYTES  (BITS / 8)
#define NONE   0

/* Key ${k} of record ${i}: the number of a person, or NONE. */
typedef unsigned (*keys_of)(size_t i, size_t k);

static void
random_row(uint64_t seed, uint8_t *row)
{
    uint64_t x = seed * 0x9e3779b97f4a7c15u + 1;

    memset(row, 0, BYTES);
    for (int set = 0; set < BITS / 5;) {
        uint32_t bit;

        x = x * 6364136223846793005u + 1442695040888963407u;
        bit = (uint32_t)(x >> 40) % BITS;
        set += (row[bit / 8] >> (7 - bit % 8) & 1) == 0;
        row[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    }
}

static void
count_keys(struct tally_enc_info *info, keys_of keys)
{
    info->nviews = 1;
    info->views[0] = (struct tally_enc_view){"full", PEOPLE, PEOPLE};
    info->nmatch_keys = 2;
    for (size_t k = 0; k < 2; k++) {
        uint64_t n = 0;

        for (size_t i = 0; i < PEOPLE; i++) {
            n += keys(i, k) != NONE;
        }
        info->match_keys[k] = k == 0 ? (struct tally_enc_view){"strict", n, n}
                                     : (struct tally_enc_view){"loose", n, n};
    }
}

/* Rows of strangers, but for record 0 to ${same} - 1, which stand in every source. */
static struct tally_encfile *
source(const char *name, uint64_t salt, size_t same, keys_of keys)
{
    struct tally_enc_info info = tally_encbuild_info(name, PEOPLE, BITS);
    struct tally_encfile_writer *w = NULL;
    struct tally_encfile *e = NULL;
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    char path[64];

    count_keys(&info, keys);
    (void)snprintf(path, sizeof path, "%s.enc", name);
    assert_int_equal(tally_outfile_open(&f, path, 0600, true, &err), 0);
    assert_int_equal(tally_encfile_begin(&w, f, &info, 0, &err), 0);
    for (size_t i = 0; i < PEOPLE; i++) {
        uint8_t data[BYTES + 2 * TALLY_MATCHKEY_BYTES] = {0}, token[TALLY_TOKEN_BYTES];
        uint8_t counts[3] = {1, keys(i, 0) != NONE, keys(i, 1) != NONE};
        uint8_t *at = data + BYTES;

        random_row(i < same ? i : salt + i, data);
        for (size_t k = 0; k < 2; k++) {
            at[0] = (uint8_t)keys(i, k);
            at[1] = (uint8_t)(keys(i, k) >> 8);
            at += counts[1 + k] * TALLY_MATCHKEY_BYTES;
        }
        tally_encbuild_token(i, token);
        if (tally_encfile_add_rows(w, token, counts, data, NULL, 0, &err) != 0) {
            fail_msg("%s", err.text);
        }
    }
    assert_int_equal(tally_encfile_end(w, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_encfile_writer_free(w);
    tally_outfile_free(f);
    assert_int_equal(tally_encfile_open(&e, path, &err), 0);
    return e;
}

static struct tally_link_result
link_two(keys_of a, keys_of b, double min_probability)
{
    return tally_linktwo(source("one", 7000, 200, a), source("two", 31000, 200, b),
                         (struct tally_link_job){.min_probability = min_probability});
}

/* Links between records with another number, and those that score little. */
static size_t
count_odd(const struct tally_link_result *r, size_t *low)
{
    size_t odd = 0;

    *low = 0;
    for (size_t i = 0; i < r->nlinks; i++) {
        odd += r->links[i].row_a != r->links[i].row_b;
        *low += 2.0 * r->links[i].common / r->links[i].total < .5;
        assert_int_equal(r->cluster[0][r->links[i].row_a],
                         r->cluster[1][r->links[i].row_b]);
    }
    return odd;
}

static unsigned
no_key(size_t i, size_t k)
{
    (void)i;
    (void)k;
    return NONE;
}

/* Records 180 to 249 have a key, of which 50 resemble nobody. */
static unsigned
own_key(size_t i, size_t k)
{
    return k == 0 && i >= 180 && i < 250 ? (unsigned)i + 1 : NONE;
}

static void
equal_keys_link_records_that_do_not_resemble_each_other(void **state)
{
    struct tally_link_result r = link_two(no_key, no_key, 0);
    size_t low;

    (void)state;
    assert_int_equal(r.nlinks, 200);
    assert_int_equal(count_odd(&r, &low), 0);
    assert_int_equal(low, 0);
    tally_link_result_free(&r);
    r = link_two(own_key, own_key, 0);
    assert_int_equal(r.nlinks, 250);
    assert_int_equal(count_odd(&r, &low), 0);
    assert_int_equal(low, 50);
    assert_non_null(strstr(r.calibrations[0].note, "by equal match keys: 70"));
    tally_link_result_free(&r);
    r = link_two(own_key, own_key, .9); /* as probable as the best scores are */
    assert_int_equal(r.nlinks, 250);
    tally_link_result_free(&r);
}

/* In the first source, record i has strict key i + 1 and loose key i + 2; in the second,
 * both are i + 1. */
static unsigned
shifted(size_t i, size_t k)
{
    return i >= 300 && i < 350 ? (unsigned)(i + 1 + k) : NONE;
}

static unsigned
straight(size_t i, size_t k)
{
    (void)k;
    return i >= 300 && i < 350 ? (unsigned)i + 1 : NONE;
}

static void
an_earlier_key_goes_before_a_later_one(void **state)
{
    struct tally_link_result r = link_two(shifted, straight, 0);
    size_t low;

    (void)state;
    assert_int_equal(r.nlinks, 250);
    assert_int_equal(count_odd(&r, &low), 0);
    tally_link_result_free(&r);
}

/* Ten strangers each have one key. */
static unsigned
shared(size_t i, size_t k)
{
    return k == 1 && i >= 300 ? (unsigned)(i / 10) : NONE;
}

static void
keys_that_many_share_are_passed_over(void **state)
{
    struct tally_link_result r = link_two(shared, shared, 0);

    (void)state;
    assert_int_equal(r.nlinks, 200);
    assert_null(strstr(r.calibrations[0].note, "match keys"));
    tally_link_result_free(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_keys_link_records_that_do_not_resemble_each_other),
        cmocka_unit_test(an_earlier_key_goes_before_a_later_one),
        cmocka_unit_test(keys_that_many_share_are_passed_over),
    };

    return cmocka_run_group_tests(tests, tally_scratch_enter, tally_scratch_leave);
}
