/*
 * A series of runs in a store: clusters keep their ids, merges and splits are recorded
 * and can be taken back, records can be withdrawn; and encodings without withdrawn
 * records.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/store.h"

#include "linker/db.h"
#include "linker/without.h"
#include "tests/support/encbuild.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define APP     0x544c5953u
#define BITS    64
#define SOURCES 3
#define RECORDS 4

/* Three sources of four records; tokens begin with the number of the source. */
struct fixture {
    void *scratch;
    struct tally_encfile *enc[SOURCES];
    struct tally_link_source sources[SOURCES];
    struct tally_store *store;
    struct tally_err err;
    int64_t ids[SOURCES * RECORDS]; /* of the last run, by cluster */
    int64_t run;
};

static void
token_of(unsigned source, unsigned record, uint8_t token[TALLY_TOKEN_BYTES])
{
    memset(token, 0, TALLY_TOKEN_BYTES);
    token[0] = (uint8_t)(source + 1);
    token[1] = (uint8_t)(record + 1);
}

static int
set_up(void **state)
{
    static const char *const names[SOURCES] = {"police", "health", "school"};
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    *state = f;
    assert_int_equal(tally_scratch_enter(&f->scratch), 0);
    for (unsigned s = 0; s < SOURCES; s++) {
        struct tally_enc_info info = tally_encbuild_info(names[s], RECORDS, BITS);
        uint8_t tokens[RECORDS * TALLY_TOKEN_BYTES];
        uint8_t rows[RECORDS * BITS / 8];

        memset(rows, 0x11, sizeof rows);
        rows[0] = (uint8_t)(s + 1); /* so that the files differ */
        for (unsigned i = 0; i < RECORDS; i++) {
            token_of(s, i, tokens + i * TALLY_TOKEN_BYTES);
        }
        tally_encbuild("x.enc", &info, rows, tokens, NULL);
        assert_int_equal(tally_encfile_open(&f->enc[s], "x.enc", &f->err), 0);
        f->sources[s] = (struct tally_link_source){names[s], f->enc[s]};
    }
    return tally_store_open(&f->store, "run.db", true, &f->err);
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;
    int rc;

    tally_store_close(f->store);
    for (unsigned s = 0; s < SOURCES; s++) {
        tally_encfile_close(f->enc[s]);
    }
    rc = tally_scratch_leave(&f->scratch);
    free(f);
    return rc;
}

/* Record a run in which record i of source s is in the cluster that ${text} has for it: a
 * letter each, sources separated by blanks. Letters must come up in order. */
static void
record_on(struct fixture *f, const char *text, int64_t previous)
{
    uint32_t cluster[SOURCES][RECORDS];
    float strength[SOURCES][RECORDS] = {{0}};
    uint32_t part[SOURCES][RECORDS] = {{0}};
    struct tally_link links[SOURCES * RECORDS];
    struct tally_link_reason reasons[SOURCES * RECORDS] = {{.by = TALLY_LINKED_BY_BEST}};
    struct tally_view_score none;
    struct tally_link_result r = {
        .links = links, .seconds = 1, .reasons = reasons, .views = &none};
    struct tally_link_job job = {.sources = f->sources};
    const struct tally_store_how how = {.previous = previous};

    while (*text != '\0') {
        size_t n = 0;

        for (; *text != ' ' && *text != '\0'; text++) {
            cluster[r.nsources][n++] = (uint32_t)(*text - 'a');
            if ((size_t)(*text - 'a') >= r.nclusters) {
                r.nclusters = (size_t)(*text - 'a') + 1;
            }
        }
        r.cluster[r.nsources] = cluster[r.nsources];
        r.strength[r.nsources] = strength[r.nsources];
        r.part[r.nsources] = part[r.nsources];
        r.wider[r.nsources] = cluster[r.nsources];
        r.nrecords[r.nsources++] = n;
        text += *text == ' ';
    }
    for (uint32_t i = 0; i < r.nrecords[0] && r.nsources > 1; i++) {
        for (uint32_t j = 0; j < r.nrecords[1]; j++) {
            if (cluster[0][i] == cluster[1][j]) {
                reasons[r.nlinks].by = TALLY_LINKED_BY_BEST;
                links[r.nlinks++] = 
                    (struct tally_link){0, i, 1, j, 10, 30, 0.9f, TALLY_BAND_IS_MATCH};
            }
        }
    }
    job.nsources = r.nsources;
    assert_int_equal(
        tally_store_add_run(f->store, &job, &r, &how, &f->run, f->ids, &f->err), 0);
    assert_int_equal(tally_store_commit(f->store, &f->err), 0);
}

static void
record_next(struct fixture *f, const char *text)
{
    record_on(f, text, f->run);
}

static void
assert_changes(struct fixture *f, uint64_t merges, uint64_t splits, uint64_t records)
{
    struct tally_store_changes c;

    assert_int_equal(tally_store_changes(f->store, f->run, &c, &f->err), 0);
    assert_int_equal(c.merges, merges);
    assert_int_equal(c.splits, splits);
    assert_int_equal(c.records, records);
}

static void
clusters_keep_their_ids_when_a_source_joins(void **state)
{
    struct fixture *f = *state;

    record_on(f, "abcd aebf", 0);
    assert_int_equal(f->ids[0], 1);
    assert_int_equal(f->ids[5], 6);
    /* The new source has a record for c and one for f; the others are new. */
    record_next(f, "abcd aebf cghf");
    for (int64_t i = 0; i < 6; i++) {
        assert_int_equal(f->ids[i], i + 1);
    }
    assert_int_equal(f->ids[6], 7);
    assert_int_equal(f->ids[7], 8);
    assert_changes(f, 0, 0, 0);
    /* A run of its own takes new ids. */
    record_on(f, "abcd aebf", 0);
    assert_int_equal(f->ids[0], 9);
}

static void
a_merge_keeps_the_greater_id_and_a_split_gives_the_other_back(void **state)
{
    struct fixture *f = *state;

    record_on(f, "abcd aeff", 0); /* f is two records: id 6 */
    record_next(f, "abca adee");  /* 4 went to 1 */
    assert_int_equal(f->ids[0], 1);
    assert_changes(f, 1, 0, 1);
    record_next(f, "abcd aeff");
    assert_int_equal(f->ids[3], 4); /* not a new id, and not anybody else's */
    assert_changes(f, 0, 1, 1);
    record_next(f, "abcd abcc"); /* e went to b; f, the greater, took in c */
    assert_int_equal(f->ids[1], 2);
    assert_int_equal(f->ids[2], 6);
    assert_changes(f, 2, 0, 2);
    record_next(f, "abcd aeff"); /* and all is as it was */
    for (int64_t i = 0; i < 6; i++) {
        assert_int_equal(f->ids[i], i + 1);
    }
    record_next(f, "abcd aefg"); /* f falls in two: the new part is new */
    assert_int_equal(f->ids[5], 6);
    assert_int_equal(f->ids[6], 7);
    assert_changes(f, 0, 1, 1);
}

static void
the_latest_run_can_be_undone(void **state)
{
    struct fixture *f = *state;
    struct tally_store_series *series = calloc(1, sizeof *series);
    int64_t undone = 0;

    assert_non_null(series);
    record_on(f, "abcd aebf", 0);
    record_next(f, "abca adbd");
    assert_int_equal(tally_store_undo(f->store, &undone, &f->err), 0);
    assert_int_equal(undone, 2);
    assert_int_equal(tally_store_series(f->store, series, &f->err), 0);
    assert_int_equal(series->run, 1);
    assert_int_equal(series->nsources, 2);
    assert_string_equal(series->sources[1].name, "health");
    assert_int_equal(tally_store_undo(f->store, &undone, &f->err), -1);
    assert_int_equal(f->err.code, TALLY_E_USAGE);
    /* The next run goes on from the first: ids as they were, and none used twice. */
    record_on(f, "abcd aebf cghi", series->run);
    assert_int_equal(f->ids[3], 4);
    assert_int_equal(f->ids[5], 6);
    assert_true(f->ids[6] >= 7);
    assert_changes(f, 0, 0, 0);
    free(series);
}

static int64_t
scalar(struct fixture *f, const char *sql)
{
    struct tally_db *db = NULL;
    struct tally_stmt *q = NULL;
    int64_t v;

    assert_int_equal(tally_db_open(&db, "run.db", TALLY_DB_READ, APP, &f->err), 0);
    assert_int_equal(tally_db_prepare(db, sql, &q, &f->err), 0);
    assert_int_equal(tally_db_step(q, &f->err), 1);
    v = tally_db_int(q, 0);
    tally_db_finalize(q);
    tally_db_close(db);
    return v;
}

static void
withdrawn_records_go_from_every_run(void **state)
{
    struct fixture *f = *state;
    struct tally_store_withdrawal w;
    struct tally_store_run *r = calloc(1, sizeof *r);
    uint8_t tokens[2 * TALLY_TOKEN_BYTES];
    uint8_t *noted = NULL;
    size_t n = 0;

    assert_non_null(r);
    record_on(f, "abcd aebf", 0);
    record_next(f, "abcd aebf cghf");
    token_of(1, 0, tokens); /* health's record of a */
    memset(tokens + TALLY_TOKEN_BYTES, 0xee, TALLY_TOKEN_BYTES);
    assert_int_equal(tally_store_withdraw(f->store, tokens, 2, true, &w, &f->err), 0);
    assert_int_equal(w.records, 2);
    assert_int_equal(scalar(f, "SELECT COUNT(*) FROM record"), 20);
    assert_int_equal(tally_store_withdraw(f->store, tokens, 2, false, &w, &f->err), 0);
    assert_int_equal(w.tokens, 2);
    assert_int_equal(w.unknown, 1);
    assert_int_equal(w.records, 2);
    assert_int_equal(w.links, 2);
    assert_int_equal(scalar(f, "SELECT COUNT(*) FROM record"), 18);
    assert_int_equal(scalar(f, "SELECT COUNT(*) FROM link WHERE row_b = 0"), 0);
    assert_int_equal(scalar(f, "SELECT records FROM cluster WHERE run = 2 AND id = 1"),
                     1);
    assert_int_equal(scalar(f, "SELECT sources FROM cluster WHERE run = 2 AND id = 1"),
                     1);
    /* Totals still agree: a report can be written. */
    for (int64_t run = 1; run <= 2; run++) {
        assert_int_equal(tally_store_read_run(f->store, run, r, &f->err), 0);
        assert_int_equal(r->nlinks, 1);
        tally_store_run_free(r);
    }
    assert_int_equal(tally_store_withdrawn(f->store, &noted, &n, &f->err), 0);
    assert_int_equal(n, 2);
    assert_memory_equal(noted, tokens, sizeof tokens);
    /* Again: nothing more to do. */
    assert_int_equal(tally_store_withdraw(f->store, tokens, 2, false, &w, &f->err), 0);
    assert_int_equal(w.tokens + w.records, 0);
    free(noted);
    free(r);
}

static void
a_cluster_of_nobody_goes_and_its_id_with_it(void **state)
{
    struct fixture *f = *state;
    struct tally_store_withdrawal w;
    uint8_t token[TALLY_TOKEN_BYTES];

    record_on(f, "abcd aebf", 0);
    token_of(0, 3, token); /* d, alone */
    assert_int_equal(tally_store_withdraw(f->store, token, 1, false, &w, &f->err), 0);
    assert_int_equal(scalar(f, "SELECT COUNT(*) FROM cluster"), 5);
    assert_int_equal(scalar(f, "SELECT clusters FROM run"), 5);
    record_next(f, "abcd aebf"); /* as if the record came again */
    assert_int_equal(f->ids[3], 7);
}

static void
encodings_come_without_withdrawn_records(void **state)
{
    struct fixture *f = *state;
    struct tally_encfile *less = NULL;
    uint8_t tokens[3 * TALLY_TOKEN_BYTES];
    uint8_t want[TALLY_TOKEN_BYTES];

    token_of(1, 0, tokens);
    token_of(1, 2, tokens + TALLY_TOKEN_BYTES);
    token_of(2, 0, tokens + 2 * TALLY_TOKEN_BYTES);
    assert_int_equal(tally_without_count(f->enc[1], tokens, 3), 2);
    assert_int_equal(tally_without_count(f->enc[0], tokens, 3), 0);
    assert_int_equal(tally_without(&less, f->enc[1], tokens, 3, "run.db", &f->err), 0);
    assert_int_equal(tally_encfile_info(less)->records, 2);
    assert_string_equal(tally_encfile_info(less)->source, "health");
    for (unsigned i = 0; i < 2; i++) {
        token_of(1, 1 + 2 * i, want);
        assert_memory_equal(tally_encfile_tokens(less) + i * TALLY_TOKEN_BYTES, want,
                            sizeof want);
        assert_memory_equal(tally_encfile_matrix(less) +
                                i * tally_encfile_info(less)->stride,
                            tally_encfile_matrix(f->enc[1]) +
                                (size_t)(1 + 2 * i) * tally_encfile_info(less)->stride,
                            BITS / 8);
    }
    tally_encfile_close(less);
    /* All of them. */
    for (unsigned i = 0; i < 3; i++) {
        token_of(0, i, tokens + i * TALLY_TOKEN_BYTES);
    }
    assert_int_equal(tally_without(&less, f->enc[0], tokens, 3, NULL, &f->err), 0);
    assert_int_equal(tally_encfile_info(less)->records, 1);
    tally_encfile_close(less);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(clusters_keep_their_ids_when_a_source_joins),
        T(a_merge_keeps_the_greater_id_and_a_split_gives_the_other_back),
        T(the_latest_run_can_be_undone),
        T(withdrawn_records_go_from_every_run),
        T(a_cluster_of_nobody_goes_and_its_id_with_it),
        T(encodings_come_without_withdrawn_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
