/*
 * Timing what is shipped.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/speed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "benchmarks/filters.h"
#include "benchmarks/synth.h"
#include "bloom/base/workdir.h"
#include "bloom/encode.h"
#include "bloom/keyfile.h"
#include "linker/join_plan.h"
#include "linker/link.h"

#define FIELDS "forename,surname,date_of_birth,sex,postcode,address,nhs_number"

/* Clocks at the beginning of a run, and the times of all runs. */
struct timing {
    double began;
    double cpu_began;
    unsigned n;
    double seconds[TALLY_SPEED_RUNS_MAX];
    double cpu[TALLY_SPEED_RUNS_MAX];
};

static double
clock_of(clockid_t id)
{
    struct timespec t;

    (void)clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
begin(struct timing *t)
{
    t->began = clock_of(CLOCK_MONOTONIC);
    t->cpu_began = clock_of(CLOCK_PROCESS_CPUTIME_ID);
}

static void
end(struct timing *t)
{
    t->seconds[t->n] = clock_of(CLOCK_MONOTONIC) - t->began;
    t->cpu[t->n] = clock_of(CLOCK_PROCESS_CPUTIME_ID) - t->cpu_began;
    t->n++;
}

static int
ascending(const void *x, const void *y)
{
    double a = *(const double *)x;
    double b = *(const double *)y;

    return a < b ? -1 : a > b;
}

static void
take_medians(struct timing *t, struct tally_speed *out)
{
    qsort(t->seconds, t->n, sizeof *t->seconds, ascending);
    qsort(t->cpu, t->n, sizeof *t->cpu, ascending);
    out->seconds = t->seconds[t->n / 2];
    out->cpu_seconds = t->cpu[t->n / 2];
}

static int
random_key(struct tally_secret **key, struct tally_err *err)
{
    if (tally_secret_create(key, TALLY_KEY_BYTES, err) != 0) {
        return -1;
    }
    tally_random(tally_secret_open(*key), TALLY_KEY_BYTES);
    tally_secret_close(*key);
    return 0;
}

static int
encode_once(const char *path, const char *out, const struct tally_schema *schema,
            struct tally_secret *key, struct tally_pool *pool, uint64_t *records,
            struct tally_err *err)
{
    struct tally_mapping mapping;
    struct tally_csv *csv = NULL;
    struct tally_encode_summary sum = {0};
    int rc = -1;

    if (tally_csv_open(&csv, path, NULL, err) == 0 &&
        tally_mapping_guess(&mapping, schema, csv, err) == 0) {
        struct tally_encode_job job = {.csv = csv,
                                       .schema = schema,
                                       .mapping = &mapping,
                                       .key = key,
                                       .source = "bench",
                                       .id_column = -1,
                                       .out = out,
                                       .force = true,
                                       .pool = pool};

        rc = tally_encode(&job, &sum, err);
    }
    tally_csv_free(csv);
    *records = sum.records;
    return rc;
}

int
tally_speed_encode(const char *csv, const struct tally_schema *schema,
                   struct tally_pool *pool, unsigned runs, struct tally_speed *out,
                   struct tally_err *err)
{
    struct timing t = {.n = 0};
    struct tally_secret *key = NULL;
    char path[TALLY_WORKDIR_PATH_MAX];
    int rc;

    memset(out, 0, sizeof *out);
    if (snprintf(path, sizeof path, "%s.bench.enc", csv) >= (int)sizeof path) {
        return tally_err_set(err, TALLY_E_USAGE, "the name of the export is too long");
    }
    rc = random_key(&key, err);
    for (unsigned i = 0; i < runs && rc == 0; i++) {
        begin(&t);
        rc = encode_once(csv, path, schema, key, pool, &out->work, err);
        end(&t);
    }
    take_medians(&t, out);
    (void)unlink(path);
    tally_secret_free(key);
    return rc;
}

static int
count_pairs(void *ctx, const struct tally_pair *pairs, size_t n, struct tally_err *err)
{
    uint64_t *count = ctx;

    (void)pairs;
    (void)err;
    *count += n;
    return 0;
}

int
tally_speed_join(const struct tally_matrix *a, const struct tally_matrix *b,
                 const struct tally_join_options *options, unsigned runs,
                 struct tally_speed *out, struct tally_err *err)
{
    struct timing t = {.n = 0};

    memset(out, 0, sizeof *out);
    for (unsigned i = 0; i < runs; i++) {
        out->kept = 0;
        begin(&t);
        if (tally_join_each(a, b, options, count_pairs, &out->kept, &out->join, err) !=
            0) {
            return -1;
        }
        end(&t);
    }
    out->work = out->join.compared;
    take_medians(&t, out);
    return 0;
}

int
tally_speed_shard(const struct tally_matrix *a, const struct tally_matrix *b,
                  const struct tally_join_options *options, uint32_t nshards,
                  struct tally_speed *out, struct tally_err *err)
{
    struct timing t = {.n = 0};
    struct tally_join_plan plan;
    struct tally_pairs found = {NULL, 0};

    memset(out, 0, sizeof *out);
    begin(&t);
    if (tally_join_plan_make(&plan, a, b, options, nshards, err) != 0 ||
        tally_join_shard(&plan, nshards / 2, a, b, options, &found, &out->join, err) !=
            0) {
        return -1;
    }
    end(&t);
    free(found.list);
    out->kept = found.n;
    out->work = out->join.compared;
    take_medians(&t, out);
    return 0;
}

/* The suite while it runs. */
struct suite {
    const struct tally_speed_job *job;
    struct tally_workdir dir;
    char health[TALLY_WORKDIR_PATH_MAX];
    char council[TALLY_WORKDIR_PATH_MAX];
};

static int
make_people(struct suite *s, struct tally_err *err)
{
    static const char *const sources[] = {"health", "council"};
    char folder[TALLY_WORKDIR_PATH_MAX];
    struct tally_synth_summary made;
    struct tally_synth_job synth = {.people = s->job->records,
                                    .sources = sources,
                                    .nsources = 2,
                                    .seed = 1,
                                    .out = folder,
                                    .progress = s->job->progress};

    return tally_workdir_path(&s->dir, "people", folder, err) != 0 ||
                   tally_workdir_path(&s->dir, "people/health.csv", s->health, err) !=
                       0 ||
                   tally_workdir_path(&s->dir, "people/council.csv", s->council, err) != 0
               ? -1
               : tally_synth(&synth, &made, err);
}

static int
suite_encode(const struct suite *s, const char *profile, struct tally_err *err)
{
    struct tally_speed_row row = {.what = "encode", .how = profile};
    struct tally_schema *schema = NULL;
    int rc = -1;

    if (tally_schema_new(&schema, FIELDS, profile, NULL, err) == 0 &&
        tally_speed_encode(s->health, schema, s->job->pool, s->job->runs, &row.speed,
                           err) == 0) {
        row.records = (size_t)row.speed.work;
        rc = s->job->measured(s->job->ctx, &row, err);
    }
    tally_schema_free(schema);
    return rc;
}

static int
suite_join(const struct suite *s, enum tally_filters_kind kind, uint32_t bits,
           uint32_t threshold_ppm, const char *how, struct tally_err *err)
{
    size_t n = (size_t)s->job->records;
    struct tally_speed_row row = {.what = "join", .how = how, .records = n};
    struct tally_join_options options = {.threshold_ppm = threshold_ppm,
                                         .pool = s->job->pool,
                                         .kernel = tally_kernel_best()};
    struct tally_matrix sides[2] = {{0}, {0}};
    int rc = -1;

    if (tally_filters_make(&sides[0], kind, n, bits, 0, err) == 0 &&
        tally_filters_make(&sides[1], kind, n, bits, 1, err) == 0 &&
        tally_speed_join(&sides[0], &sides[1], &options, s->job->runs, &row.speed, err) ==
            0) {
        rc = s->job->measured(s->job->ctx, &row, err);
    }
    tally_filters_free(&sides[0]);
    tally_filters_free(&sides[1]);
    return rc;
}

static int
encode_side(const struct suite *s, const char *csv, const struct tally_schema *schema,
            struct tally_secret *key, struct tally_encfile **out, struct tally_err *err)
{
    char path[TALLY_WORKDIR_PATH_MAX];
    uint64_t records;
    int rc = -1;

    if (tally_workdir_path(&s->dir, "side.enc", path, err) == 0 &&
        encode_once(csv, path, schema, key, s->job->pool, &records, err) == 0) {
        rc = tally_encfile_open(out, path, err);
    }
    (void)unlink(path); /* the mapping keeps it */
    return rc;
}

static int
link_runs(const struct suite *s, struct tally_encfile *const enc[2],
          struct tally_speed_row *row, struct tally_err *err)
{
    const struct tally_link_source sources[2] = {{"health", enc[0]}, {"council", enc[1]}};
    const struct tally_link_job job = {
        .sources = sources, .nsources = 2, .pool = s->job->pool};
    struct timing t = {.n = 0};

    row->records = (size_t)tally_encfile_info(enc[0])->records;
    for (unsigned i = 0; i < s->job->runs; i++) {
        struct tally_link_result r = {0};

        begin(&t);
        if (tally_link_run(&job, &r, err) != 0) {
            return -1;
        }
        end(&t);
        row->speed.work = r.compared;
        row->speed.kept = r.nlinks;
        tally_link_result_free(&r);
    }
    take_medians(&t, &row->speed);
    return 0;
}

static int
suite_link(const struct suite *s, const char *profile, struct tally_err *err)
{
    struct tally_speed_row row = {.what = "link", .how = profile};
    struct tally_encfile *enc[2] = {NULL, NULL};
    struct tally_schema *schema = NULL;
    struct tally_secret *key = NULL;
    int rc = -1;

    if (tally_schema_new(&schema, "forename,surname,date_of_birth,sex,postcode,address",
                         profile, NULL, err) == 0 &&
        random_key(&key, err) == 0 &&
        encode_side(s, s->health, schema, key, &enc[0], err) == 0 &&
        encode_side(s, s->council, schema, key, &enc[1], err) == 0 &&
        link_runs(s, enc, &row, err) == 0) {
        rc = s->job->measured(s->job->ctx, &row, err);
    }
    tally_encfile_close(enc[0]);
    tally_encfile_close(enc[1]);
    tally_secret_free(key);
    tally_schema_free(schema);
    return rc;
}

int
tally_speed_suite(const struct tally_speed_job *job, struct tally_err *err)
{
    struct suite s = {.job = job};
    int rc = -1;

    if (tally_workdir_make(&s.dir, "tally-bench", err) == 0 &&
        make_people(&s, err) == 0 && suite_encode(&s, "plain", err) == 0 &&
        suite_encode(&s, "standard", err) == 0 &&
        suite_join(&s, TALLY_FILTERS_CLK, 1024, 800000, "1024 bits like people's, .8",
                   err) == 0 &&
        suite_join(&s, TALLY_FILTERS_UNIFORM, 2048, 600000, "2048 independent bits, .6",
                   err) == 0 &&
        suite_link(&s, "standard", err) == 0) {
        rc = 0;
    }
    tally_workdir_remove(&s.dir);
    return rc;
}
