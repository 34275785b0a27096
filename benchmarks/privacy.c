/*
 * Cells of the privacy suite: synthetic people encoded under each encoding and attacked
 * by someone with a list of which a part is the same people, with the same values.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/privacy.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/quality.h"
#include "benchmarks/synth.h"
#include "bloom/audit/audit.h"
#include "bloom/base/secret.h"
#include "bloom/base/workdir.h"

#define FIELDS "forename,surname,date_of_birth,sex,postcode,address"

/* An encoding: a profile of the schema, and what is changed in it. */
static const struct encoding {
    const char *name;
    const char *profile;
    const char *patch; /* see tally_schema_patch; NULL: nothing */
} encodings[] = {
    {"plain", "plain", NULL},
    {"plain 1024 bits", "group", "{\"views\": null}"},
    {"salted by year of birth", "plain", "{\"salt\": \"date_of_birth\"}"},
    {"record-level filter", "rbf", NULL},
    {"group filters", "group", NULL},
    {"balance", "plain", "{\"hardening\": [{\"kind\": \"balance\"}]}"},
    {"BLIP .05", "plain", "{\"hardening\": [{\"kind\": \"blip\", \"f\": 0.05}]}"},
    {"BLIP .1", "plain", "{\"hardening\": [{\"kind\": \"blip\", \"f\": 0.1}]}"},
    {"fold", "plain", "{\"hardening\": [{\"kind\": \"fold\"}]}"},
    {"rule 90", "plain", "{\"hardening\": [{\"kind\": \"rule90\"}]}"},
    {"resampling", "plain", "{\"hardening\": [{\"kind\": \"resam\"}]}"},
    {"diffusion t=3", "standard",
     "{\"hardening\": [{\"kind\": \"diffusion\", \"t\": 3, \"bits\": 2048}]}"},
    {"diffusion t=4", "standard",
     "{\"hardening\": [{\"kind\": \"diffusion\", \"t\": 4, \"bits\": 2048}]}"},
    {"diffusion t=5", "standard",
     "{\"hardening\": [{\"kind\": \"diffusion\", \"t\": 5, \"bits\": 2048}]}"},
    {"standard", "standard", NULL},
    {"strict", "strict", NULL},
};
#define ENCODINGS (sizeof encodings / sizeof *encodings)

static const char *const sets[] = {"ons_essnet_dev", "febrl4_half", "ncvr3of10_ocp20"};
static const uint64_t sizes[] = {1000, 5000, 10000, 20000};
static const uint32_t overlaps[] = {1000000, 500000, 200000};

const char *
tally_privacy_encoding(size_t i)
{
    return i < ENCODINGS ? encodings[i].name : NULL;
}

const char *
tally_privacy_set(size_t i)
{
    return i < sizeof sets / sizeof *sets ? sets[i] : NULL;
}

/* Where a cell's files are. */
struct bench {
    const struct tally_privacy_job *job;
    struct tally_workdir dir;
    char all[TALLY_WORKDIR_PATH_MAX]; /* everybody */
    char people[TALLY_WORKDIR_PATH_MAX];
    char victims[TALLY_WORKDIR_PATH_MAX];
};

/* Header and data rows ${first} to ${first} + ${n} - 1 of everybody. */
static int
cut(const struct bench *b, uint64_t first, uint64_t n, const char *to,
    struct tally_err *err)
{
    const struct tally_csv_options options = {0};
    struct tally_csv *csv = NULL;
    struct tally_outfile *f = NULL;
    struct tally_cell cells[32];
    size_t ncols;
    int got = 1;
    int rc = -1;

    if (tally_csv_open(&csv, b->all, &options, err) != 0 ||
        tally_outfile_open(&f, to, 0600, true, err) != 0) {
        goto done;
    }
    ncols = tally_csv_columns(csv);
    TALLY_INVARIANT(ncols <= 32);
    rc = 0;
    for (size_t i = 0; i < ncols && rc == 0; i++) {
        const char *name = tally_csv_column(csv, i);

        rc = tally_csv_write(f, name, strlen(name), i + 1 == ncols, err);
    }
    for (uint64_t row = 0; row < first + n && rc == 0 && got == 1; row++) {
        got = tally_csv_next(csv, cells, err);
        for (size_t i = 0; got == 1 && row >= first && i < ncols && rc == 0; i++) {
            rc = tally_csv_write(f, cells[i].data, cells[i].len, i + 1 == ncols, err);
        }
    }
    rc = got == -1 ? -1 : rc;
    rc = rc == 0 && got == 0 ? tally_err_set(err, TALLY_E_BUG, "too few people") : rc;
    rc = rc == 0 ? tally_outfile_commit(&f, 1, err) : rc;
done:
    tally_outfile_free(f);
    tally_csv_free(csv);
    return rc;
}

/* Everybody: enough for two lists of ${n} that share none. */
static int
make_people(struct bench *b, uint64_t n, struct tally_err *err)
{
    static const char *const sources[] = {"health"};
    struct tally_synth_job job = {.people = 2 * n + n / 4 + 100,
                                  .sources = sources,
                                  .nsources = 1,
                                  .seed = b->job->seed,
                                  .out = b->dir.path,
                                  .force = true};
    struct tally_synth_summary summary;

    return tally_synth(&job, &summary, err) == 0
               ? tally_workdir_path(&b->dir, "health.csv", b->all, err)
               : -1;
}

static void
keep_outcome(const struct tally_audit_outcome *o, const char *encoding, const char *id,
             uint64_t n, uint32_t overlap, struct tally_privacy_cell *c)
{
    memset(c, 0, sizeof *c);
    (void)snprintf(c->encoding, sizeof c->encoding, "%s", encoding);
    (void)snprintf(c->measure, sizeof c->measure, "%s", id);
    c->people = n;
    c->overlap_ppm = overlap;
    c->value = o->success.share;
    c->low = o->success.low;
    c->high = o->success.high;
    c->seconds = o->seconds;
}

static int
keep_result(const struct bench *b, const char *encoding, uint64_t n, uint32_t overlap,
            const struct tally_audit_result *r, struct tally_err *err)
{
    for (int a = TALLY_A2_FREQUENCY; a <= TALLY_A5_PATTERN; a++) {
        struct tally_privacy_cell c;

        if (r->attacks[a].ran) {
            keep_outcome(&r->attacks[a], encoding,
                         tally_audit_about((enum tally_audit_attack)a)->id, n, overlap,
                         &c);
            if (tally_privacy_put(b->job->table, &c, err) != 0) {
                return -1;
            }
        }
    }
    return b->job->keep(b->job->ctx, err);
}

/* Victim i is person i - ${apart} of the list, where that is one. Malloced. */
static uint32_t *
who_is_who(uint64_t n, uint64_t apart)
{
    uint32_t *who = malloc(n * sizeof *who);

    for (uint64_t i = 0; who != NULL && i < n; i++) {
        who[i] = i >= apart ? (uint32_t)(i - apart) : TALLY_AUDIT_NONE;
    }
    return who;
}

/* Encode the victims under a key of the seed, and attack them. */
static int
attack(struct bench *b, const struct encoding *e, uint64_t n, const uint32_t *who,
       struct tally_audit_result *r, struct tally_err *err)
{
    struct tally_schema *schema = NULL;
    struct tally_audit_source people = {.pool = b->job->pool,
                                        .progress = b->job->progress};
    struct tally_audit_source victims;
    struct tally_audit_job job = {.people = &people,
                                  .who = who,
                                  .seed = b->job->seed,
                                  .records = (size_t)n,
                                  .budget = TALLY_AUDIT_BUDGET,
                                  .known = TALLY_AUDIT_KNOWN,
                                  .wanted = ~0u,
                                  .pool = b->job->pool,
                                  .progress = b->job->progress};
    struct tally_encfile *file = NULL;
    struct tally_secret *key = NULL;
    int rc = -1;

    if (tally_quality_schema(&schema, FIELDS, e->profile, e->patch, err) == 0 &&
        tally_secret_create(&key, TALLY_DIGEST_BYTES, err) == 0) {
        memset(tally_secret_open(key), (int)(b->job->seed & 0xff) ^ 0x5a,
               TALLY_DIGEST_BYTES);
        tally_secret_close(key);
        people.schema = schema;
        people.path = b->people;
        victims = people;
        victims.path = b->victims;
        if (tally_audit_encode(&victims, key, &file, err) == 0) {
            job.file = file;
            rc = tally_audit(&job, r, err);
        }
    }
    tally_encfile_close(file);
    tally_secret_free(key);
    tally_schema_free(schema);
    return rc;
}

static int
measure_cell(struct bench *b, const struct encoding *e, uint64_t n, uint32_t overlap,
             struct tally_err *err)
{
    struct tally_audit_result *r = calloc(1, sizeof *r);
    uint64_t apart = n - (uint64_t)((double)n * overlap / 1e6 + .5);
    uint32_t *who = who_is_who(n, apart);
    char text[128];
    int rc = -1;

    if (r == NULL || who == NULL) {
        free(r);
        free(who);
        return tally_err_nomem(err);
    }
    (void)snprintf(text, sizeof text, "%s: %" PRIu64 " people, overlap %g", e->name, n,
                   overlap / 1e6);
    b->job->say(b->job->ctx, text);
    if (make_people(b, n, err) == 0 && cut(b, 0, n, b->victims, err) == 0 &&
        cut(b, apart, n, b->people, err) == 0 && attack(b, e, n, who, r, err) == 0) {
        rc = keep_result(b, e->name, n, overlap, r, err);
    }
    free(r);
    free(who);
    return rc;
}

/* 20,000 people: plain and standard at full overlap only. */
static bool
is_planned(const struct encoding *e, uint64_t n, uint32_t overlap)
{
    return n <= 10000 || (overlap == 1000000 && (strcmp(e->name, "plain") == 0 ||
                                                 strcmp(e->name, "standard") == 0));
}

static bool
is_wanted(const struct tally_privacy_job *job, const struct encoding *e, uint64_t n,
          uint32_t overlap)
{
    return (job->encoding == NULL || strcmp(job->encoding, e->name) == 0) &&
           (job->people == 0 || job->people == n) &&
           (job->overlap_ppm == 0 || job->overlap_ppm == overlap) &&
           is_planned(e, n, overlap) &&
           tally_privacy_find(job->table, e->name, "A3", n, overlap) == NULL;
}

/* F1 as the quality suite measures it. */
struct f1 {
    const struct tally_privacy_job *job;
    const char *encoding;
    const char *measure;
};

static int
keep_f1(void *ctx, const struct tally_quality_row *row,
        const struct tally_quality_row *reference, struct tally_err *err)
{
    const struct f1 *f = ctx;
    struct tally_privacy_cell c = {
        .value = row->at.f1, .low = NAN, .high = NAN, .seconds = row->cpu_seconds};

    (void)reference;
    if (row->profile == NULL || isnan(row->at.f1)) {
        return 0;
    }
    (void)snprintf(c.encoding, sizeof c.encoding, "%s", f->encoding);
    (void)snprintf(c.measure, sizeof c.measure, "%s", f->measure);
    return tally_privacy_put(f->job->table, &c, err) != 0
               ? -1
               : f->job->keep(f->job->ctx, err);
}

static void
skip_set(void *ctx, const char *set)
{
    (void)ctx;
    (void)set;
}

static int
measure_f1(const struct tally_privacy_job *job, const struct encoding *e, const char *set,
           struct tally_err *err)
{
    char measure[32];
    char text[128];
    struct f1 f = {job, e->name, measure};
    struct tally_quality_job quality = {.data = job->data,
                                        .set = set,
                                        .profile = e->profile,
                                        .patch = e->patch,
                                        .keys = 1,
                                        .populations = 1,
                                        .seed = job->seed,
                                        .pool = job->pool,
                                        .progress = job->progress,
                                        .skipped = skip_set,
                                        .measured = keep_f1,
                                        .ctx = &f};

    (void)snprintf(measure, sizeof measure, "F1 %s", set);
    if (tally_privacy_find(job->table, e->name, measure, 0, 0) != NULL) {
        return 0;
    }
    (void)snprintf(text, sizeof text, "%s: %s", e->name, measure);
    job->say(job->ctx, text);
    if (tally_quality(&quality, err) == 0) {
        return 0;
    }
    if (e->patch == NULL || err->code != TALLY_E_SCHEMA) {
        return -1;
    }
    job->say(job->ctx, "left out: the set lacks a field that this encoding needs");
    *err = (struct tally_err)TALLY_ERR_INIT;
    return 0;
}

static int
measure_all(struct bench *b, struct tally_err *err)
{
    const struct tally_privacy_job *job = b->job;

    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
        for (size_t e = 0; e < ENCODINGS; e++) {
            for (size_t o = 0; o < sizeof overlaps / sizeof *overlaps; o++) {
                if (is_wanted(job, &encodings[e], sizes[n], overlaps[o]) &&
                    measure_cell(b, &encodings[e], sizes[n], overlaps[o], err) != 0) {
                    return -1;
                }
            }
        }
    }
    for (size_t e = 0; job->data != NULL && e < ENCODINGS; e++) {
        for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
            if ((job->encoding == NULL ||
                 strcmp(job->encoding, encodings[e].name) == 0) &&
                measure_f1(job, &encodings[e], sets[s], err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

int
tally_privacy(const struct tally_privacy_job *job, struct tally_err *err)
{
    struct bench b = {.job = job};
    bool known = job->encoding == NULL;
    int rc = -1;

    for (size_t e = 0; e < ENCODINGS; e++) {
        known = known || strcmp(job->encoding, encodings[e].name) == 0;
    }
    if (!known) {
        (void)tally_err_set(err, TALLY_E_USAGE, "the suite has no encoding of that name");
        return tally_err_hint(err, "it has plain, standard, strict and others: see "
                                   "docs/privacy.md");
    }
    if (tally_workdir_make(&b.dir, "tally-privacy", err) == 0 &&
        tally_workdir_path(&b.dir, "victims.csv", b.victims, err) == 0 &&
        tally_workdir_path(&b.dir, "people.csv", b.people, err) == 0) {
        rc = measure_all(&b, err);
    }
    tally_workdir_remove(&b.dir);
    return rc;
}
