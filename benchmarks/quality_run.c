/*
 * One set under one profile: encoded, linked and evaluated by the shipped code, under
 * several keys. Keys and tokens come from a repeatable generator: they guard nothing
 * here, and a second run must give the same figures.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/quality_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "benchmarks/synth_rng.h"
#include "bloom/encode.h"
#include "bloom/keyfile.h"
#include "linker/link.h"

#define STREAM_KEY    0x716b6579u
#define STREAM_TOKENS 0x71746f6bu

/* A set under a profile and a key, encoded. */
struct bench {
    const struct quality_ready *ready;
    const struct tally_quality_job *job;
    const struct tally_schema *schema;
    struct tally_secret *key;
    struct tally_encfile *enc[QUALITY_FILES_MAX];
};

/* What a linkage under one key came to. */
struct outcome {
    struct tally_evaluation e;
    double threshold;
    const char *how;
    double estimated_precision;
    double estimated_low;
    double estimated_high;
};

double
quality_cpu_seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
fill_random(void *ctx, void *p, size_t len)
{
    uint8_t *at = p;

    for (size_t i = 0; i < len; i++) {
        at[i] = (uint8_t)(tally_synth_next(ctx) >> 56);
    }
}

static int
make_key(struct bench *b, unsigned number, struct tally_err *err)
{
    struct tally_synth_rng rng;

    if (tally_secret_create(&b->key, TALLY_KEY_BYTES, err) != 0) {
        return -1;
    }
    tally_synth_seed(&rng, b->job->seed, STREAM_KEY, number);
    fill_random(&rng, tally_secret_open(b->key), TALLY_KEY_BYTES);
    tally_secret_close(b->key);
    return 0;
}

static int
encode_source(struct bench *b, size_t s, unsigned number, struct tally_err *err)
{
    const struct quality_ready *r = b->ready;
    struct tally_mapping mapping;
    struct tally_encode_summary summary;
    struct tally_csv *csv = NULL;
    struct tally_synth_rng rng;
    char path[TALLY_WORKDIR_PATH_MAX];
    char name[80];
    int rc = -1;

    (void)snprintf(name, sizeof name, "%zu.enc", s);
    if (tally_workdir_path(r->dir, name, path, err) != 0 ||
        quality_open(r, s, b->schema, &csv, &mapping, err) != 0) {
        return -1;
    }
    tally_synth_seed(&rng, b->job->seed, STREAM_TOKENS, number * 100 + s);
    struct tally_encode_job job = {.csv = csv,
                                   .schema = b->schema,
                                   .mapping = &mapping,
                                   .key = b->key,
                                   .source = r->sources[s],
                                   .duplicates_possible = r->nsources == 1,
                                   .id_column = tally_csv_find(csv, "id"),
                                   .out = path,
                                   .force = true,
                                   .allow_empty = true,
                                   .pool = b->job->pool,
                                   .random = fill_random,
                                   .random_ctx = &rng};
    if (tally_encode(&job, &summary, err) == 0) {
        rc = tally_encfile_open(&b->enc[s], path, err);
        (void)unlink(path); /* the mapping keeps it */
    }
    tally_csv_free(csv);
    return rc;
}

static void
close_bench(struct bench *b)
{
    for (size_t s = 0; s < QUALITY_FILES_MAX; s++) {
        tally_encfile_close(b->enc[s]);
        b->enc[s] = NULL;
    }
    tally_secret_free(b->key);
    b->key = NULL;
}

static int
open_bench(struct bench *b, unsigned number, struct tally_err *err)
{
    int rc = make_key(b, number, err);

    for (size_t s = 0; s < b->ready->nsources && rc == 0; s++) {
        rc = encode_source(b, s, number, err);
    }
    return rc;
}

static struct tally_cell
id_of(const struct bench *b, uint32_t s, uint32_t row)
{
    struct tally_cell id;

    id.data = (const uint8_t *)tally_encfile_id(b->enc[s], row, &id.len);
    return id;
}

static int
judge(const struct bench *b, const struct tally_link_result *links,
      struct tally_evaluation *out, struct tally_err *err)
{
    int numbers[QUALITY_FILES_MAX];
    struct tally_judged j = {0};
    int rc = 0;

    quality_sources(b->ready, numbers, &j);
    for (size_t i = 0; i < links->nlinks && rc == 0; i++) {
        const struct tally_link *l = &links->links[i];
        struct tally_cell a = id_of(b, l->source_a, l->row_a);
        struct tally_cell c = id_of(b, l->source_b, l->row_b);
        uint64_t score =
            l->total == 0 ? 0 : (uint64_t)l->common * 2 * TALLY_PPM / l->total;

        rc = tally_judged_add(&j, b->ready->truth, numbers[l->source_a], &a,
                              numbers[l->source_b], &c, (uint32_t)score, err);
    }
    if (rc == 0) {
        rc = tally_evaluate_judged(&j, b->ready->truth, out, err);
    }
    tally_judged_free(&j);
    return rc;
}

/* What the linker said of its own links, over all pairs of sources. */
static void
take_estimates(const struct tally_link_result *links, struct outcome *out)
{
    struct tally_precision p =
        tally_link_precision(links->calibrations, links->ncalibrations);

    out->threshold = 1;
    out->how = "none";
    for (size_t i = 0; i < links->ncalibrations; i++) {
        const struct tally_calibration *c = &links->calibrations[i];

        if (c->threshold_ppm / 1e6 <= out->threshold) {
            out->threshold = c->threshold_ppm / 1e6;
            out->how = tally_threshold_how_name(c->how);
        }
    }
    out->estimated_precision = p.estimate;
    out->estimated_low = p.low;
    out->estimated_high = p.high;
}

static int
link_once(const struct bench *b, struct tally_link_job *job, struct outcome *out,
          struct tally_err *err)
{
    struct tally_link_source sources[QUALITY_FILES_MAX];
    struct tally_link_result links = {0};
    int rc = -1;

    for (size_t s = 0; s < b->ready->nsources; s++) {
        sources[s] = (struct tally_link_source){b->ready->sources[s], b->enc[s]};
    }
    job->sources = sources;
    job->nsources = b->ready->nsources;
    job->pool = b->job->pool;
    memset(out, 0, sizeof *out);
    if (tally_link_run(job, &links, err) == 0) {
        take_estimates(&links, out);
        rc = judge(b, &links, &out->e, err);
    }
    tally_link_result_free(&links);
    return rc;
}

/* F1 at thresholds below the tool's own; a curve over the links there shows all above.
 * Scores of strangers lie around .5 once filters are diffused, so the part above what
 * strangers have is what is lowered. */
static int
search_best(const struct bench *b, const struct outcome *own,
            struct tally_quality_row *row, struct tally_err *err)
{
    double base =
        tally_encfile_info(b->enc[0])->hardening.n > 0 && own->threshold > .5 ? .5 : 0;

    row->f1_best = own->e.best.f1;
    for (double part = .9; part > .65; part -= .1) {
        struct tally_link_job job = {0};
        struct outcome lower;

        job.threshold_ppm =
            (uint32_t)((base + (own->threshold - base) * part) * TALLY_PPM);
        if (job.threshold_ppm == 0) {
            continue;
        }
        if (link_once(b, &job, &lower, err) != 0) {
            return -1;
        }
        row->f1_best = fmax(row->f1_best, lower.e.best.f1);
        tally_evaluation_free(&lower.e);
    }
    return 0;
}

/* How much F1 changes when the target share of false links is a tenth more or less. */
static int
move_target(const struct bench *b, const struct outcome *own,
            struct tally_quality_row *row, struct tally_err *err)
{
    struct tally_link_job usual = {.nsources = b->ready->nsources};

    for (int sign = -1; sign <= 1; sign += 2) {
        struct tally_link_job job = {.fdr = tally_link_fdr(&usual) * (1 + .1 * sign)};
        struct outcome moved;

        if (link_once(b, &job, &moved, err) != 0) {
            return -1;
        }
        row->f1_tenth = fmax(row->f1_tenth, fabs(moved.e.at.f1 - own->e.at.f1));
        row->f1_best = fmax(row->f1_best, moved.e.best.f1);
        tally_evaluation_free(&moved.e);
    }
    return 0;
}

static void
take_gaps(struct tally_quality_row *row, const struct tally_evaluation *e)
{
    row->ngaps = 0;
    for (size_t i = 0; i < e->ngroups;) {
        const struct tally_group_measures *low;
        const struct tally_group_measures *high;
        size_t next = tally_evaluation_gap(e, i, &low, &high);

        if (low != NULL && row->ngaps < TALLY_QUALITY_COLUMNS_MAX) {
            struct tally_quality_gap *g = &row->gaps[row->ngaps++];

            memcpy(g->column, low->column, sizeof g->column);
            memcpy(g->lowest, low->group, sizeof g->lowest);
            memcpy(g->highest, high->group, sizeof g->highest);
            g->recall = tally_evaluation_gap_of(low, high);
        }
        i = next;
    }
}

void
quality_take(struct tally_quality_row *row, const struct tally_evaluation *e)
{
    row->at = e->at;
    row->clusters = e->clusters;
    take_gaps(row, e);
}

/* The number of the key whose F1 is the median. */
static unsigned
median_key(const double *f1, unsigned n)
{
    unsigned best = 0;

    for (unsigned i = 0; i < n; i++) {
        unsigned below = 0;

        for (unsigned k = 0; k < n; k++) {
            below += f1[k] < f1[i] || (f1[k] == f1[i] && k < i);
        }
        if (below == (n - 1) / 2) {
            best = i;
        }
    }
    return best;
}

static int
try_keys(struct bench *b, double *f1, struct tally_err *err)
{
    for (unsigned k = 0; k < b->job->keys; k++) {
        struct tally_link_job job = {0};
        struct outcome out = {0};
        int rc = open_bench(b, k, err);

        if (rc == 0) {
            rc = link_once(b, &job, &out, err);
            f1[k] = isnan(out.e.at.f1) ? 0 : out.e.at.f1;
        }
        tally_evaluation_free(&out.e);
        close_bench(b);
        if (rc != 0) {
            return -1;
        }
        tally_progress_add(b->job->progress, 1);
    }
    return 0;
}

/* What becomes of the groups in the further populations, each under a key of its own. */
static int
pool_groups(const struct bench *b, struct tally_evaluation *own, struct tally_err *err)
{
    for (size_t i = 0; i < b->ready->nmore; i++) {
        struct bench other = {
            .ready = &b->ready->more[i], .job = b->job, .schema = b->schema};
        struct tally_link_job job = {0};
        struct outcome out = {0};
        int rc = open_bench(&other, (unsigned)i + 1, err);

        if (rc == 0) {
            rc = link_once(&other, &job, &out, err);
        }
        if (rc == 0) {
            tally_evaluation_pool(own, &out.e);
        }
        tally_evaluation_free(&out.e);
        close_bench(&other);
        if (rc != 0) {
            return -1;
        }
    }
    return 0;
}

/* The run of median F1 again, with what else is wanted of it. */
static int
measure_key(struct bench *b, unsigned k, struct tally_quality_row *row,
            struct tally_err *err)
{
    struct tally_link_job job = {0};
    struct outcome own = {0};
    int rc = -1;

    if (open_bench(b, k, err) == 0 && link_once(b, &job, &own, err) == 0 &&
        search_best(b, &own, row, err) == 0 && move_target(b, &own, row, err) == 0 &&
        pool_groups(b, &own.e, err) == 0) {
        quality_take(row, &own.e);
        row->populations =
            b->ready->set->folder == NULL ? (unsigned)b->ready->nmore + 1 : 0;
        row->threshold = own.threshold;
        row->how = own.how;
        row->estimated_precision = own.estimated_precision;
        row->estimated_low = own.estimated_low;
        row->estimated_high = own.estimated_high;
        rc = 0;
    }
    tally_evaluation_free(&own.e);
    close_bench(b);
    return rc;
}

int
tally_quality_schema(struct tally_schema **out, const char *fields, const char *profile,
                     const char *patch, struct tally_err *err)
{
    struct tally_schema *whole = NULL;
    int rc;

    *out = NULL;
    rc = tally_schema_new(&whole, fields, profile, NULL, err);
    if (rc != 0 || patch == NULL) {
        *out = whole;
        return rc;
    }
    rc = tally_schema_patch(out, whole, patch, err);
    tally_schema_free(whole);
    return rc;
}

int
quality_profile(const struct quality_ready *r, const struct tally_quality_job *job,
                const char *profile, struct tally_quality_row *row, struct tally_err *err)
{
    double f1[TALLY_QUALITY_KEYS_MAX] = {0};
    double start = quality_cpu_seconds();
    struct tally_schema *schema = NULL;
    struct bench b = {.ready = r, .job = job};
    int rc = -1;

    memset(row, 0, sizeof *row);
    row->set = r->set->name;
    row->profile = profile;
    row->keys = job->keys;
    if (tally_quality_schema(&schema, r->set->fields, profile, job->patch, err) != 0) {
        return -1;
    }
    b.schema = schema;
    if ((job->keys == 1 || try_keys(&b, f1, err) == 0) &&
        measure_key(&b, median_key(f1, job->keys), row, err) == 0) {
        row->f1_low = row->at.f1;
        row->f1_high = row->at.f1;
        for (unsigned k = 0; k < job->keys && job->keys > 1; k++) {
            row->f1_low = fmin(row->f1_low, f1[k]);
            row->f1_high = fmax(row->f1_high, f1[k]);
        }
        row->cpu_seconds = quality_cpu_seconds() - start;
        rc = 0;
    }
    tally_schema_free(schema);
    return rc;
}
