/*
 * The store: a run comes back as it was recorded, whole or not at all, and clusters of
 * runs do not share numbers.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bloom/base/interrupt.h"
#include "linker/db.h"
#include "linker/store.h"
#include "tests/support/encbuild.h"

#define APP  0x544c5953u
#define BITS 64

/** Two sources, police of 3 records and health of 2; police 0 is health 1, police 1 and 2
 * are one person. */
struct scratch {
    char dir[64];
    char db[96];
    struct tally_encfile *enc[2];
    struct tally_link_source sources[2];
    struct tally_link_job job;
    struct tally_link_result r;
    struct tally_link links[2];
    struct tally_calibration calibration;
    uint32_t cluster[2][3];
    float strength[2][3];
    uint32_t part[2][3];
    uint32_t wider[2][3];
    struct tally_link further;
    struct tally_link_reason reasons[3];
    struct tally_view_score views[3 * 2];
};

static struct tally_encfile *
make_enc(const struct scratch *s, const char *name, uint64_t n, bool duplicates)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_enc_info info = tally_encbuild_info(name, n, BITS);
    struct tally_encfile *e = NULL;
    uint8_t rows[3 * BITS / 8];
    char path[96];

    memset(rows, 0x11, sizeof rows);
    info.duplicates_possible = duplicates;
    info.hardening.n = 1;
    info.hardening.steps[0] =
        (struct tally_harden_step){.kind = TALLY_HARDEN_DIFFUSION, .t = 6, .bits = BITS};
    snprintf(path, sizeof path, "%s/%s.enc", s->dir, name);
    tally_encbuild(path, &info, rows, NULL, NULL);
    assert_int_equal(tally_encfile_open(&e, path, &err), 0);
    unlink(path);
    return e;
}

static void
fill_result(struct scratch *s)
{
    static const uint32_t clusters[2][3] = {{0, 1, 1}, {2, 0, 0}};
    static const float strengths[2][3] = {{0.99f, 0.9f, 0.9f}, {0.0f, 0.99f, 0.0f}};

    memcpy(s->cluster, clusters, sizeof clusters);
    memcpy(s->strength, strengths, sizeof strengths);
    memcpy(s->wider, clusters, sizeof clusters);
    s->wider[1][0] = 1;
    s->part[0][2] = 1;
    s->links[0] = (struct tally_link){0, 0, 1, 1, 20, 42, 0.99f, TALLY_BAND_IS_MATCH};
    s->links[1] = (struct tally_link){0, 1, 0, 2, 19, 42, NAN, TALLY_BAND_IS_POSSIBLE};
    for (size_t i = 0; i < 3; i++) {
        s->reasons[i] = (struct tally_link_reason){
            .by = i == 2 ? TALLY_LINKED_BY_LOW : TALLY_LINKED_BY_BEST,
            .flags = i == 0 ? TALLY_FLAG_RIVAL | TALLY_FLAG_RIVAL_TWIN : 0,
            .weight = i == 1 ? (double)NAN : 12.5,
            .second_a = {i == 0 ? 0 : UINT32_MAX, 654321},
            .second_b = {UINT32_MAX, 0}};
        s->views[2 * i] = (struct tally_view_score){900000, 10.5f, 7.25f};
        s->views[2 * i + 1] = (struct tally_view_score){TALLY_SCORE_MISSING, NAN, 0};
    }
    s->further = (struct tally_link){0, 1, 1, 0, 17, 42, 0.5f, TALLY_BAND_IS_POSSIBLE};
    s->calibration = (struct tally_calibration){
        .source_a = 0,
        .source_b = 1,
        .how = TALLY_THRESHOLD_DECOYS,
        .threshold_ppm = 812345,
        .floor_ppm = 600000,
        .candidates = 77,
        .links = 1,
        .false_links = 0.125,
        .estimated_precision = 0.875,
        .estimated_recall = NAN,
        .precision_low = 0.75,
        .precision_high = NAN,
        .sensitivity = 0.03125,
        .low_ppm = 700000,
        .high_ppm = TALLY_BAND_NONE_PPM,
        .matches = 5,
        .possible = 6,
        .further = 7,
        .rivals = 8,
        .twins = 9,
        .household = 10,
        .low_confidence = true,
        .note = "few records",
    };
    s->calibration.histogram[0] = 3;
    s->calibration.histogram[1000] = 1ull << 40;
    s->calibration.false_histogram[999] = 1.0 / 3;
    s->r = (struct tally_link_result){
        .links = s->links,
        .nlinks = 2,
        .calibrations = &s->calibration,
        .ncalibrations = 1,
        .cluster = {s->cluster[0], s->cluster[1]},
        .strength = {s->strength[0], s->strength[1]},
        .part = {s->part[0], s->part[1]},
        .wider = {s->wider[0], s->wider[1]},
        .further = &s->further,
        .nfurther = 1,
        .reasons = s->reasons,
        .views = s->views,
        .nviews = 2,
        .view_names = {"full", "birth"},
        .nrecords = {3, 2},
        .nsources = 2,
        .nclusters = 3,
        .compared = 6,
        .seconds = 0.5,
    };
    s->sources[0] = (struct tally_link_source){"police", s->enc[0]};
    s->sources[1] = (struct tally_link_source){"health", s->enc[1]};
    s->job = (struct tally_link_job){.sources = s->sources, .nsources = 2};
}

static int
setup(void **state)
{
    struct scratch *s = calloc(1, sizeof *s);

    assert_non_null(s);
    strcpy(s->dir, "/tmp/tally-test-store-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->db, sizeof s->db, "%s/run.db", s->dir);
    s->enc[0] = make_enc(s, "police", 3, true);
    s->enc[1] = make_enc(s, "health", 2, false);
    fill_result(s);
    *state = s;
    return 0;
}

static int
teardown(void **state)
{
    struct scratch *s = *state;

    tally_interrupt_set(false);
    tally_encfile_close(s->enc[0]);
    tally_encfile_close(s->enc[1]);
    unlink(s->db);
    /* Nothing but the store was left in the folder. */
    assert_int_equal(rmdir(s->dir), 0);
    free(s);
    return 0;
}

static struct tally_store *
open_store(const char *path, bool write)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_store *s = NULL;
    int rc = tally_store_open(&s, path, write, &err);

    if (rc != 0) {
        print_error("%s\n", err.text);
    }
    assert_int_equal(rc, 0);
    return s;
}

static void
record_run(struct scratch *sc, int64_t *run, int64_t *base)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_store *s = open_store(sc->db, true);
    int64_t ids[8];
    int rc = tally_store_add_run(s, &sc->job, &sc->r, NULL, run, ids, &err);

    *base = ids[0];

    if (rc == 0) {
        rc = tally_store_commit(s, &err);
    }
    if (rc != 0) {
        print_error("%s\n", err.text);
    }
    assert_int_equal(rc, 0);
    tally_store_close(s);
}

static void
a_run_comes_back_as_it_was_recorded(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_store_run r;
    struct tally_store *s;
    int64_t run = 0;
    int64_t base = 0;

    record_run(sc, &run, &base);
    assert_int_equal(run, 1);
    assert_int_equal(base, 1);
    s = open_store(sc->db, false);
    assert_int_equal(tally_store_read_run(s, 0, &r, &err), 0);
    tally_store_close(s);
    assert_int_equal(r.id, 1);
    assert_int_equal(strlen(r.started), 20);
    assert_string_equal(r.version, TALLY_VERSION);
    assert_string_equal(r.schema_name, "test");
    assert_string_equal(r.profile, "plain");
    assert_int_equal(strlen(r.schema_digest), 64);
    assert_int_equal(r.bits, BITS);
    assert_string_equal(r.hardening, "diffusion of 6 bits into each of 64");
    assert_string_equal(r.assign, "one-to-one");
    assert_true(r.fdr == TALLY_FDR_DEFAULT);
    assert_true(isnan(r.min_probability));
    assert_true(r.seconds == 0.5);
    assert_int_equal(r.compared, 6);
    assert_int_equal(r.nlinks, 2);
    assert_int_equal(r.nclusters, 3);
    assert_int_equal(r.bands[0], 1);
    assert_int_equal(r.bands[4], 1);
    assert_int_equal(r.nsources, 2);
    assert_string_equal(r.sources[0].name, "police");
    assert_int_equal(r.sources[0].records, 3);
    assert_int_equal(r.sources[0].linked, 1);
    assert_true(r.sources[0].duplicates_possible);
    assert_string_equal(r.sources[1].name, "health");
    assert_int_equal(r.sources[1].linked, 1);
    assert_false(r.sources[1].duplicates_possible);
    tally_store_run_free(&r);
}

static void
overlaps_and_sizes_count_people(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_store_run r;
    struct tally_store *s;
    int64_t run;
    int64_t base;

    record_run(sc, &run, &base);
    s = open_store(sc->db, false);
    assert_int_equal(tally_store_read_run(s, run, &r, &err), 0);
    tally_store_close(s);
    assert_int_equal(r.noverlaps, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(r.overlap_masks[i], i + 1);
        assert_int_equal(r.overlap_people[i], 1);
    }
    assert_int_equal(r.nsizes, 2);
    assert_int_equal(r.sizes[0], 1);
    assert_int_equal(r.sizes[1], 2);
    tally_store_run_free(&r);
}

static void
calibrations_keep_every_figure_and_histogram(void **state)
{
    struct scratch *sc = *state;
    const struct tally_calibration *want = &sc->calibration;
    struct tally_err err = TALLY_ERR_INIT;
    const struct tally_calibration *got;
    struct tally_store_run r;
    struct tally_store *s;
    int64_t run;
    int64_t base;

    record_run(sc, &run, &base);
    s = open_store(sc->db, false);
    assert_int_equal(tally_store_read_run(s, run, &r, &err), 0);
    tally_store_close(s);
    assert_int_equal(r.ncalibrations, 1);
    got = r.calibrations;
    assert_int_equal(got->source_a, 0);
    assert_int_equal(got->source_b, 1);
    assert_int_equal(got->how, TALLY_THRESHOLD_DECOYS);
    assert_int_equal(got->threshold_ppm, 812345);
    assert_int_equal(got->floor_ppm, 600000);
    assert_int_equal(got->candidates, 77);
    assert_int_equal(got->links, 1);
    assert_true(got->false_links == 0.125);
    assert_true(got->estimated_precision == 0.875);
    assert_true(isnan(got->estimated_recall));
    assert_true(got->low_confidence);
    assert_true(got->precision_low == 0.75);
    assert_true(isnan(got->precision_high));
    assert_true(got->sensitivity == 0.03125);
    assert_int_equal(got->low_ppm, 700000);
    assert_int_equal(got->high_ppm, TALLY_BAND_NONE_PPM);
    assert_int_equal(got->matches, 5);
    assert_int_equal(got->possible, 6);
    assert_int_equal(got->further, 7);
    assert_int_equal(got->rivals, 8);
    assert_int_equal(got->twins, 9);
    assert_int_equal(got->household, 10);
    assert_string_equal(got->note, "few records");
    assert_memory_equal(got->histogram, want->histogram, sizeof want->histogram);
    assert_memory_equal(got->false_histogram, want->false_histogram,
                        sizeof want->false_histogram);
    tally_store_run_free(&r);
}

static void
the_store_is_in_wal_mode(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_stmt *q = NULL;
    struct tally_db *db = NULL;
    int64_t run;
    int64_t base;

    record_run(sc, &run, &base);
    assert_int_equal(tally_db_open(&db, sc->db, TALLY_DB_READ, APP, &err), 0);
    assert_int_equal(tally_db_prepare(db, "PRAGMA journal_mode", &q, &err), 0);
    assert_int_equal(tally_db_step(q, &err), 1);
    assert_string_equal(tally_db_text(q, 0, NULL), "wal");
    tally_db_finalize(q);
    tally_db_close(db);
}

static void
the_store_is_private(void **state)
{
    struct scratch *sc = *state;
    struct stat st;
    int64_t run;
    int64_t base;

    record_run(sc, &run, &base);
    assert_int_equal(stat(sc->db, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void
clusters_of_a_second_run_have_their_own_numbers(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_store_run r;
    struct tally_stmt *q = NULL;
    struct tally_db *db = NULL;
    struct tally_store *s;
    int64_t run;
    int64_t base;

    record_run(sc, &run, &base);
    sc->job.assign = TALLY_ASSIGN_MANY;
    sc->job.threshold_ppm = 800000;
    sc->job.min_probability = 0.5;
    sc->job.fdr = 0.05;
    record_run(sc, &run, &base);
    assert_int_equal(run, 2);
    assert_int_equal(base, 4);
    s = open_store(sc->db, false);
    assert_int_equal(tally_store_read_run(s, 0, &r, &err), 0);
    assert_int_equal(r.id, 2);
    assert_string_equal(r.assign, "many");
    assert_true(r.fdr == 0.05);
    assert_true(r.min_probability == 0.5);
    tally_store_run_free(&r);
    assert_int_equal(tally_store_read_run(s, 1, &r, &err), 0);
    assert_int_equal(r.id, 1);
    tally_store_run_free(&r);
    assert_int_equal(tally_store_read_run(s, 3, &r, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    tally_store_close(s);
    /* A file that takes part twice is one source. */
    assert_int_equal(tally_db_open(&db, sc->db, TALLY_DB_READ, APP, &err), 0);
    assert_int_equal(
        tally_db_prepare(db,
                         "SELECT (SELECT COUNT(*) FROM source), COUNT(*),"
                         " MIN(cluster), MAX(cluster) FROM record WHERE run = 2",
                         &q, &err),
        0);
    assert_int_equal(tally_db_step(q, &err), 1);
    assert_int_equal(tally_db_int(q, 0), 2);
    assert_int_equal(tally_db_int(q, 1), 5);
    assert_int_equal(tally_db_int(q, 2), 4);
    assert_int_equal(tally_db_int(q, 3), 6);
    tally_db_finalize(q);
    tally_db_close(db);
}

/* Links as they are told, to be held against the result. */
struct heard {
    struct scratch *sc;
    size_t n;
};

static int
hear(void *ctx, const struct tally_store_explained *x, struct tally_err *err)
{
    struct heard *h = ctx;
    const struct tally_link_reason *why = &h->sc->reasons[h->n];
    const struct tally_link *l = h->n < 2 ? &h->sc->links[h->n] : &h->sc->further;

    (void)err;
    assert_int_equal(x->accepted, h->n < 2);
    assert_string_equal(x->source_a, l->source_a == 0 ? "police" : "health");
    assert_string_equal(x->source_b, l->source_b == 0 ? "police" : "health");
    assert_int_equal(x->link.row_a, l->row_a);
    assert_int_equal(x->link.row_b, l->row_b);
    assert_int_equal(x->link.band, l->band);
    assert_int_equal(x->why.by, why->by);
    assert_int_equal(x->why.flags, why->flags);
    assert_int_equal(isnan(x->why.weight), isnan(why->weight));
    assert_true(isnan(why->weight) || x->why.weight == why->weight);
    assert_int_equal(x->why.second_a.row, why->second_a.row);
    assert_int_equal(x->token_second_a != NULL, h->n == 0);
    assert_null(x->token_second_b);
    assert_int_equal(x->nviews, 2);
    assert_string_equal(x->view_names[1], "birth");
    assert_int_equal(x->views[0].dice_ppm, 900000);
    assert_true(x->views[0].level == 10.5f && x->views[0].weight == 7.25f);
    assert_int_equal(x->views[1].dice_ppm, TALLY_SCORE_MISSING);
    h->n++;
    return 0;
}

static void
links_come_back_with_what_they_rest_on(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct heard h = {.sc = sc};
    struct tally_store *s;
    int64_t run;
    int64_t base;

    record_run(sc, &run, &base);
    s = open_store(sc->db, false);
    assert_int_equal(tally_store_explain(s, 0, hear, &h, &err), 0);
    assert_int_equal(h.n, 3);
    assert_int_equal(tally_store_explain(s, 7, hear, &h, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    tally_store_close(s);
}

static void
a_single_source_counts_records_with_a_double_as_linked(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_store_run r;
    struct tally_store *s;
    int64_t run;
    int64_t base;

    sc->job.nsources = 1;
    sc->r.nsources = 1;
    sc->r.nclusters = 2;
    sc->r.nlinks = 1;
    sc->r.nfurther = 0;
    sc->links[0] = sc->links[1];
    sc->calibration.source_b = 0;
    record_run(sc, &run, &base);
    s = open_store(sc->db, false);
    assert_int_equal(tally_store_read_run(s, run, &r, &err), 0);
    tally_store_close(s);
    assert_int_equal(r.sources[0].linked, 2);
    tally_store_run_free(&r);
}

static void
a_run_that_fails_half_way_leaves_no_trace(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_store_run r;
    struct tally_store *s;
    int64_t run = 0;
    int64_t base = 0;
    int64_t ids[8];

    record_run(sc, &run, &base);
    s = open_store(sc->db, true);
    /* A link to a record that does not exist breaks a foreign key, after everything else
     * is in. */
    sc->links[0].row_b = 9;
    assert_int_equal(tally_store_add_run(s, &sc->job, &sc->r, NULL, &run, ids, &err), -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    sc->links[0].row_b = 1;
    tally_interrupt_set(true);
    assert_int_equal(tally_store_add_run(s, &sc->job, &sc->r, NULL, &run, ids, &err), -1);
    assert_int_equal(err.code, TALLY_E_INTERRUPTED);
    tally_interrupt_set(false);
    assert_int_equal(tally_store_add_run(s, &sc->job, &sc->r, NULL, &run, ids, &err), 0);
    assert_int_equal(tally_store_commit(s, &err), 0);
    assert_int_equal(ids[0], 4);
    assert_int_equal(tally_store_read_run(s, 0, &r, &err), 0);
    assert_int_equal(r.nclusters, 3);
    tally_store_run_free(&r);
    tally_store_close(s);
}

static void
a_run_that_is_not_committed_is_dropped(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_store_run r;
    struct tally_store *s = open_store(sc->db, true);
    int64_t run = 0;
    int64_t base = 0;
    int64_t ids[8];

    assert_int_equal(tally_store_add_run(s, &sc->job, &sc->r, NULL, &run, ids, &err), 0);
    tally_store_close(s);
    assert_int_equal(access(sc->db, F_OK), -1);
    record_run(sc, &run, &base);
    s = open_store(sc->db, true);
    assert_int_equal(tally_store_add_run(s, &sc->job, &sc->r, NULL, &run, ids, &err), 0);
    tally_store_close(s);
    s = open_store(sc->db, false);
    assert_int_equal(tally_store_read_run(s, 0, &r, &err), 0);
    assert_int_equal(r.id, 1);
    tally_store_run_free(&r);
    tally_store_close(s);
}

static void
a_new_store_without_a_run_goes_again(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_store *s = open_store(sc->db, true);
    int64_t run;
    int64_t base;
    int64_t ids[8];

    sc->links[0].row_b = 9;
    assert_int_equal(tally_store_add_run(s, &sc->job, &sc->r, NULL, &run, ids, &err), -1);
    tally_store_close(s);
    assert_int_equal(access(sc->db, F_OK), -1);
    s = open_store(sc->db, true);
    tally_interrupt_set(true);
    sc->links[0].row_b = 1;
    assert_int_equal(tally_store_add_run(s, &sc->job, &sc->r, NULL, &run, ids, &err), -1);
    assert_int_equal(err.code, TALLY_E_INTERRUPTED);
    tally_store_close(s);
    tally_interrupt_set(false);
    assert_int_equal(access(sc->db, F_OK), -1);
    /* But one that was there before stays, run or no run. */
    record_run(sc, &run, &base);
    tally_store_close(open_store(sc->db, true));
    assert_int_equal(access(sc->db, F_OK), 0);
}

static void
another_database_or_version_is_refused(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_store *s = NULL;
    struct tally_db *db = NULL;

    assert_int_equal(tally_store_open(&s, sc->db, false, &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
    assert_int_equal(tally_db_open(&db, sc->db, TALLY_DB_READ_WRITE, APP, &err), 0);
    assert_int_equal(tally_db_exec(db, "PRAGMA user_version = 9", &err), 0);
    tally_db_close(db);
    assert_int_equal(tally_store_open(&s, sc->db, true, &err), -1);
    assert_int_equal(err.code, TALLY_E_FORMAT);
    assert_int_equal(access(sc->db, F_OK), 0);
    unlink(sc->db);
    assert_int_equal(tally_db_open(&db, sc->db, TALLY_DB_READ_WRITE, APP + 1, &err), 0);
    tally_db_close(db);
    assert_int_equal(tally_store_open(&s, sc->db, true, &err), -1);
    assert_int_equal(err.code, TALLY_E_FORMAT);
}

/* A store with one run, and ${damage} done to it. */
static void
record_and_harm(struct scratch *sc, const char *damage)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_db *db = NULL;
    int64_t run;
    int64_t base;

    unlink(sc->db);
    record_run(sc, &run, &base);
    assert_int_equal(tally_db_open(&db, sc->db, TALLY_DB_READ_WRITE, APP, &err), 0);
    if (tally_db_exec(db, damage, &err) != 0) {
        fail_msg("%s: %s", damage, err.text);
    }
    tally_db_close(db);
}

static void
rows_that_cannot_be_are_corrupt(void **state)
{
    static const char *const damage[] = {
        "UPDATE run SET schema_digest = x'00'",
        "UPDATE run SET clusters = -1",
        "UPDATE run SET schema_name = hex(zeroblob(100))",
        "UPDATE source SET records = -5",
        "UPDATE run_source SET linked = 4",
        "UPDATE calibration SET histogram = x'00'",
        "UPDATE calibration SET histogram = zeroblob(8)",
        "UPDATE calibration SET histogram = zeroblob(8024)",
        "UPDATE calibration SET histogram = x'E9030000000000000100000000000000'",
        "UPDATE calibration SET false_histogram = randomblob(8008)",
        "UPDATE calibration SET how = 9",
        "UPDATE calibration SET threshold_ppm = 1000001",
        "UPDATE cluster SET sources = 4",
        "UPDATE cluster SET records = 0",
        "DELETE FROM link",
        "UPDATE run SET clusters = 4",
    };
    struct scratch *sc = *state;

    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        struct tally_err err = TALLY_ERR_INIT;
        struct tally_store_run r;
        struct tally_store *s;

        record_and_harm(sc, damage[i]);
        s = open_store(sc->db, false);
        if (tally_store_read_run(s, 0, &r, &err) == 0 || err.code != TALLY_E_CORRUPT) {
            fail_msg("not noticed: %s", damage[i]);
        }
        tally_store_close(s);
    }
}

static void
tables_and_names_of_another_hand_are_refused(void **state)
{
    static const char *const damage[] = {
        "PRAGMA foreign_keys = OFF; DROP TABLE calibration",
        "CREATE TABLE more (a INTEGER)",
        "CREATE VIEW more AS SELECT * FROM run",
        "CREATE TRIGGER more AFTER INSERT ON run BEGIN DELETE FROM source; END",
        "ALTER TABLE run ADD COLUMN more INTEGER",
        "DROP INDEX link_a",
        "UPDATE source SET name = 'two words'",
        "UPDATE source SET name = name || char(0) || 'more'",
        "UPDATE view SET name = 'A view'",
        "UPDATE source SET name = 'same'",
    };
    struct scratch *sc = *state;

    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        struct tally_err err = TALLY_ERR_INIT;
        struct tally_store *s = NULL;

        record_and_harm(sc, damage[i]);
        if (tally_store_open(&s, sc->db, false, &err) == 0 ||
            err.code != TALLY_E_CORRUPT) {
            fail_msg("not noticed: %s", damage[i]);
        }
    }
}

static void
an_empty_store_has_no_latest_run(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_store *s = open_store(sc->db, true);
    struct tally_store_run r;

    assert_int_equal(tally_store_read_run(s, 0, &r, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    tally_store_close(s);
    tally_store_close(NULL);
    tally_store_run_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_comes_back_as_it_was_recorded, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(overlaps_and_sizes_count_people, setup, teardown),
        cmocka_unit_test_setup_teardown(calibrations_keep_every_figure_and_histogram,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(the_store_is_in_wal_mode, setup, teardown),
        cmocka_unit_test_setup_teardown(the_store_is_private, setup, teardown),
        cmocka_unit_test_setup_teardown(clusters_of_a_second_run_have_their_own_numbers,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_single_source_counts_records_with_a_double_as_linked, setup, teardown),
        cmocka_unit_test_setup_teardown(links_come_back_with_what_they_rest_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_run_that_fails_half_way_leaves_no_trace, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_new_store_without_a_run_goes_again, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_run_that_is_not_committed_is_dropped, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(another_database_or_version_is_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(rows_that_cannot_be_are_corrupt, setup, teardown),
        cmocka_unit_test_setup_teardown(tables_and_names_of_another_hand_are_refused,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_store_has_no_latest_run, setup,
                                        teardown),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
