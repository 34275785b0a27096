/*
 * A trial: the exports of one population encoded under a schema, linked at the threshold
 * the linker sets by itself, and compared with the truth. Keys and tokens come from a
 * repeatable generator: they guard nothing here, and the search must not depend on luck.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/tune_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "benchmarks/synth_rng.h"
#include "bloom/encode.h"
#include "bloom/keyfile.h"
#include "linker/link.h"

#define STREAM_KEY    2
#define STREAM_TOKENS 3

/* What one trial has open. */
struct bench {
    struct tally_tune_run *run;
    const struct tally_schema *schema;
    size_t population;
    struct tally_pool *pool;
    unsigned worker;
    uint64_t key_number;
    struct tally_secret *key;
    struct tally_encfile *enc[TALLY_TUNE_SOURCES_MAX];
};

static void
fill_random(void *ctx, void *p, size_t len)
{
    uint8_t *at = p;

    for (size_t i = 0; i < len; i++) {
        at[i] = (uint8_t)(tally_synth_next(ctx) >> 56);
    }
}

static int
make_key(struct bench *b, struct tally_err *err)
{
    struct tally_synth_rng rng;

    if (tally_secret_create(&b->key, TALLY_KEY_BYTES, err) != 0) {
        return -1;
    }
    tally_synth_seed(&rng, b->run->job->seed, STREAM_KEY, b->key_number);
    fill_random(&rng, tally_secret_open(b->key), TALLY_KEY_BYTES);
    tally_secret_close(b->key);
    return 0;
}

/* Encode source ${s} to a file of this worker's, and open that. */
static int
encode_source(struct bench *b, size_t s, struct tally_err *err)
{
    const struct tally_tune_people *people = &b->run->people;
    struct tally_csv *csv = NULL;
    struct tally_mapping mapping;
    struct tally_encode_summary summary;
    struct tally_synth_rng rng;
    char path[TALLY_WORKDIR_PATH_MAX];
    char name[40];
    int rc = -1;
    struct tally_encode_job job = {.schema = b->schema,
                                   .mapping = &mapping,
                                   .key = b->key,
                                   .source = people->sources[s],
                                   .out = path,
                                   .force = true,
                                   .allow_empty = true,
                                   .pool = b->pool,
                                   .random = fill_random,
                                   .random_ctx = &rng};

    (void)snprintf(name, sizeof name, "%u-%zu.enc", b->worker, s);
    if (tally_workdir_path(&people->dir, name, path, err) != 0 ||
        tally_tune_people_open(people, b->population, s, b->schema, &csv, &mapping,
                               err) != 0) {
        return -1;
    }
    tally_synth_seed(&rng, b->run->job->seed, STREAM_TOKENS,
                     (b->key_number * 1000 + b->population) * 1000 + s);
    job.csv = csv;
    job.id_column = tally_csv_find(csv, "id");
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
    for (size_t s = 0; s < TALLY_TUNE_SOURCES_MAX; s++) {
        tally_encfile_close(b->enc[s]);
    }
    tally_secret_free(b->key);
}

/* The record behind row ${row} of source ${s} in the truth. */
static uint32_t
record_of(const struct bench *b, const int *numbers, uint32_t s, uint32_t row)
{
    struct tally_cell id;

    id.data = (const uint8_t *)tally_encfile_id(b->enc[s], row, &id.len);
    return tally_truth_find(b->run->people.populations[b->population].truth, numbers[s],
                            &id);
}

static void
count_links(const struct bench *b, const struct tally_link_result *links,
            struct tally_tune_counts *out)
{
    const struct tally_tune_people *people = &b->run->people;
    const struct tally_tune_population *one = &people->populations[b->population];
    int numbers[TALLY_TUNE_SOURCES_MAX];

    for (size_t s = 0; s < people->nsources; s++) {
        struct tally_cell name = {(const uint8_t *)people->sources[s],
                                  strlen(people->sources[s])};

        numbers[s] = tally_truth_source(one->truth, &name);
    }
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < links->nlinks; i++) {
        const struct tally_link *l = &links->links[i];
        bool match =
            tally_truth_match(one->truth, record_of(b, numbers, l->source_a, l->row_a),
                              record_of(b, numbers, l->source_b, l->row_b));

        out->tp += match;
        out->fp += !match;
    }
    out->fn = one->pairs - out->tp;
}

static int
link_all(struct bench *b, struct tally_tune_counts *out, struct tally_err *err)
{
    struct tally_link_source sources[TALLY_TUNE_SOURCES_MAX];
    struct tally_link_result links = {0};
    struct tally_link_job job = {.sources = sources,
                                 .nsources = b->run->people.nsources,
                                 .assign = TALLY_ASSIGN_ONE_TO_ONE,
                                 .pool = b->pool};

    for (size_t s = 0; s < job.nsources; s++) {
        sources[s] = (struct tally_link_source){b->run->people.sources[s], b->enc[s]};
    }
    if (tally_link_run(&job, &links, err) != 0) {
        return -1;
    }
    count_links(b, &links, out);
    tally_link_result_free(&links);
    return 0;
}

static int
try_once(struct tally_tune_run *run, struct tally_tune_trial *trial, unsigned worker,
         struct tally_err *err)
{
    struct bench b = {.run = run,
                      .schema = trial->schema,
                      .population = trial->population,
                      .pool = run->single[worker],
                      .worker = worker,
                      .key_number = trial->key};
    int rc = make_key(&b, err);

    for (size_t s = 0; s < run->people.nsources && rc == 0; s++) {
        rc = encode_source(&b, s, err);
    }
    if (rc == 0) {
        rc = link_all(&b, &trial->counts, err);
    }
    close_bench(&b);
    return rc;
}

struct batch {
    struct tally_tune_run *run;
    struct tally_tune_trial *trials;
};

static int
run_trial(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct batch *batch = ctx;

    if (try_once(batch->run, &batch->trials[chunk], worker, err) != 0) {
        return -1;
    }
    tally_progress_add(batch->run->job->progress, 1);
    return 0;
}

int
tally_tune_trials(struct tally_tune_run *run, struct tally_tune_trial *trials, size_t n,
                  struct tally_err *err)
{
    struct batch batch = {run, trials};

    run->runs += n;
    return tally_pool_run(run->job->pool, n, run_trial, &batch, err);
}

static int
measure(struct bench *b, size_t s, struct tally_exposure *out, struct tally_err *err)
{
    uint32_t *tokens = calloc(tally_encfile_info(b->enc[s])->records + 1, sizeof *tokens);
    int rc = -1;

    if (tokens == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_tune_count_tokens(&b->run->people, b->population, s, b->schema, b->enc[s],
                                tokens, err) == 0) {
        rc = tally_exposure_measure(b->enc[s], tokens, b->pool, out, err);
    }
    free(tokens);
    return rc;
}

int
tally_tune_expose(struct tally_tune_run *run, size_t i, size_t s,
                  const struct tally_schema *schema, struct tally_exposure *out,
                  struct tally_err *err)
{
    struct bench b = {
        .run = run, .schema = schema, .population = i, .pool = run->single[0]};
    int rc = -1;

    if (make_key(&b, err) == 0 && encode_source(&b, s, err) == 0 &&
        measure(&b, s, out, err) == 0) {
        out->t_fill = tally_tune_diffusion(schema) * tally_schema_expected_fill(schema);
        rc = 0;
    }
    close_bench(&b);
    return rc;
}
