/*
 * Linking records that have several rows: the best row counts, a record never links to
 * itself, and rows are not counted for records.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/encbuild.h"
#include "tests/support/scratch.h"

#define PEOPLE 600
#define BITS   1024
#define BYTES  (BITS / 8)
#define SET    200

/* A row of its own for each ${seed}. */
static void
random_row(uint64_t seed, uint8_t *row)
{
    uint64_t x = seed * 0x9e3779b97f4a7c15u + 1;

    memset(row, 0, BYTES);
    for (int set = 0; set < SET;) {
        uint32_t bit;

        x = x * 6364136223846793005u + 1442695040888963407u;
        bit = (uint32_t)(x >> 40) % BITS;
        set += (row[bit / 8] >> (7 - bit % 8) & 1) == 0;
        row[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    }
}

/* ${row} with some bits of another. */
static void
blur(uint8_t *row, uint64_t seed)
{
    uint8_t other[BYTES];

    random_row(seed, other);
    memcpy(row, other, BYTES / 8);
}

/* Which rows record ${i} has: with aliases two more that nobody else has, every seventh
 * record none at all. */
static uint8_t
rows_of(uint64_t i, bool aliases, uint64_t salt, uint8_t *rows)
{
    if (!aliases) {
        random_row(i, rows);
        return 1;
    }
    if (i % 7 == 3) {
        return 0;
    }
    random_row(salt + i, rows);
    random_row(i, rows + BYTES);
    blur(rows + BYTES, salt + i);
    random_row(2 * salt + i, rows + 2 * BYTES);
    return 3;
}

static struct tally_encfile *
source(const char *name, bool aliases, uint64_t salt, size_t nviews)
{
    struct tally_enc_info info = tally_encbuild_info(name, PEOPLE, BITS);
    struct tally_encfile_writer *w = NULL;
    struct tally_encfile *e = NULL;
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t rows[3 * BYTES], token[TALLY_TOKEN_BYTES];
    uint64_t without = aliases ? (PEOPLE + 3) / 7 : 0;
    char path[64];

    info.nviews = nviews;
    info.views[0] = (struct tally_enc_view){
        "full", (PEOPLE - without) * (aliases ? 3 : 1), PEOPLE - without};
    info.views[1] = (struct tally_enc_view){"few", 0, 0};
    (void)snprintf(path, sizeof path, "%s.enc", name);
    assert_int_equal(tally_outfile_open(&f, path, 0600, true, &err), 0);
    assert_int_equal(tally_encfile_begin(&w, f, &info, 0, &err), 0);
    for (uint64_t i = 0; i < PEOPLE; i++) {
        uint8_t counts[TALLY_VIEWS_MAX] = {rows_of(i, aliases, salt, rows)};

        tally_encbuild_token(i, token);
        if (tally_encfile_add_rows(w, token, counts, rows, NULL, 0, &err) != 0) {
            fail_msg("%s", err.text);
        }
    }
    if (tally_encfile_end(w, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_encfile_writer_free(w);
    tally_outfile_free(f);
    assert_int_equal(tally_encfile_open(&e, path, &err), 0);
    return e;
}

static struct tally_link_result
link_all(struct tally_encfile *const *enc, size_t n)
{
    static const char *const names[] = {"one", "two"};
    struct tally_link_source sources[2];
    struct tally_link_job job = {.sources = sources, .nsources = n};
    struct tally_link_result r;
    struct tally_err err = TALLY_ERR_INIT;

    for (size_t i = 0; i < n; i++) {
        sources[i] = (struct tally_link_source){names[i], enc[i]};
    }
    assert_int_equal(tally_pool_create(&job.pool, 2, &err), 0);
    if (tally_link_run(&job, &r, &err) != 0) {
        fail_msg("%s", err.text);
    }
    tally_pool_free(job.pool);
    return r;
}

static void
assert_links(const struct tally_link_result *r, size_t n)
{
    assert_int_equal(r->nlinks, n);
    for (size_t i = 0; i < r->nlinks; i++) {
        const struct tally_link *l = &r->links[i];

        assert_int_equal(l->row_a, l->row_b);
        /* the row that is nearly the same, not an alias */
        assert_true(2.0 * l->common / l->total > 0.8);
        assert_int_equal(r->cluster[0][l->row_a], r->cluster[1][l->row_b]);
    }
    assert_int_equal(r->nrecords[0], PEOPLE);
    assert_int_equal(r->nrecords[1], PEOPLE);
}

static void
the_best_row_of_a_record_finds_its_partner(void **state)
{
    struct tally_encfile *enc[] = {source("one", false, 0, 1),
                                   source("two", true, 1u << 20, 1)};
    struct tally_link_result r = link_all(enc, 2);

    (void)state;
    assert_int_equal(r.calibrations[0].how, TALLY_THRESHOLD_DECOYS);
    assert_links(&r, PEOPLE - (PEOPLE + 3) / 7);
    assert_null(strstr(r.calibrations[0].note, "view"));
    tally_link_result_free(&r);
    tally_encfile_close(enc[0]);
    tally_encfile_close(enc[1]);
}

static void
both_sides_may_have_aliases_and_a_view_without_rows_does_not_count(void **state)
{
    struct tally_encfile *enc[] = {source("one", true, 1u << 21, 2),
                                   source("two", true, 1u << 20, 2)};
    struct tally_link_result r = link_all(enc, 2);

    (void)state;
    assert_links(&r, PEOPLE - (PEOPLE + 3) / 7);
    assert_null(strstr(r.calibrations[0].note, "view"));
    tally_link_result_free(&r);
    tally_encfile_close(enc[0]);
    tally_encfile_close(enc[1]);
}

/* All three rows of a record the same: inside the source they would be perfect pairs. */
static void
rows_of_one_record_are_neither_decoys_nor_duplicates(void **state)
{
    struct tally_enc_info info = tally_encbuild_info("one", PEOPLE, BITS);
    struct tally_encfile_writer *w = NULL;
    struct tally_encfile *enc[2] = {NULL, source("two", false, 0, 1)};
    struct tally_outfile *f = NULL;
    struct tally_link_result r;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t rows[2 * BYTES], token[TALLY_TOKEN_BYTES];
    static const uint8_t counts[TALLY_VIEWS_MAX] = {2};

    (void)state;
    info.nviews = 1;
    info.views[0] = (struct tally_enc_view){"full", 2 * PEOPLE, PEOPLE};
    assert_int_equal(tally_outfile_open(&f, "same.enc", 0600, true, &err), 0);
    assert_int_equal(tally_encfile_begin(&w, f, &info, 0, &err), 0);
    for (uint64_t i = 0; i < PEOPLE; i++) {
        random_row(i, rows);
        memcpy(rows + BYTES, rows, BYTES);
        tally_encbuild_token(i, token);
        assert_int_equal(tally_encfile_add_rows(w, token, counts, rows, NULL, 0, &err),
                         0);
    }
    assert_int_equal(tally_encfile_end(w, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_encfile_writer_free(w);
    tally_outfile_free(f);
    assert_int_equal(tally_encfile_open(&enc[0], "same.enc", &err), 0);
    r = link_all(enc, 1);
    assert_int_equal(r.nlinks, 0);
    assert_int_equal(r.nclusters, PEOPLE);
    tally_link_result_free(&r);
    r = link_all(enc, 2);
    assert_int_equal(r.calibrations[0].how, TALLY_THRESHOLD_DECOYS);
    assert_links(&r, PEOPLE);
    tally_link_result_free(&r);
    tally_encfile_close(enc[0]);
    tally_encfile_close(enc[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_row_of_a_record_finds_its_partner),
        cmocka_unit_test(both_sides_may_have_aliases_and_a_view_without_rows_does_not_count),
        cmocka_unit_test(rows_of_one_record_are_neither_decoys_nor_duplicates),
    };

    return cmocka_run_group_tests_name("link records", tests, tally_scratch_enter,
                                       tally_scratch_leave);
}
