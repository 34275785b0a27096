/*
 * The populations of a run, in its temporary folder.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/tune_people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/synth_rng.h"

#define STREAM_PEOPLE 1 /* of the seed: apart from those of keys and tokens */

void
tally_tune_people_remove(struct tally_tune_people *p)
{
    for (size_t i = 0; i < p->npopulations; i++) {
        tally_truth_free(p->populations[i].truth);
    }
    free(p->populations);
    tally_workdir_remove(&p->dir);
    memset(p, 0, sizeof *p);
}

/* Pairs between the sources; nobody stands twice in one. */
static uint64_t
count_pairs(const struct tally_tune_people *p, const struct tally_truth *truth)
{
    struct tally_truth_scope scope = {0};

    for (size_t s = 0; s < p->nsources; s++) {
        struct tally_cell name = {(const uint8_t *)p->sources[s], strlen(p->sources[s])};
        int number = tally_truth_source(truth, &name);

        if (number >= 0) { /* a source without a record is not in the truth */
            scope.used[number] = true;
        }
    }
    return tally_truth_pairs(truth, &scope);
}

static int
make_one(struct tally_tune_people *p, size_t i, uint64_t people, uint64_t seed,
         struct tally_err *err)
{
    struct tally_tune_population *one = &p->populations[i];
    char path[TALLY_WORKDIR_PATH_MAX];
    char name[40];
    struct tally_synth_rng rng;
    struct tally_synth_job job = {
        .people = people, .sources = p->sources, .nsources = p->nsources, .out = path};

    tally_synth_seed(&rng, seed, STREAM_PEOPLE, i);
    job.seed = tally_synth_next(&rng) >> 1;
    (void)snprintf(name, sizeof name, "%zu", i);
    if (tally_workdir_path(&p->dir, name, path, err) != 0 ||
        tally_synth(&job, &one->made, err) != 0) {
        return -1;
    }
    (void)snprintf(name, sizeof name, "%zu/truth.csv", i);
    if (tally_workdir_path(&p->dir, name, path, err) != 0 ||
        tally_truth_load(&one->truth, path, NULL, err) != 0) {
        return -1;
    }
    one->pairs = count_pairs(p, one->truth);
    return 0;
}

int
tally_tune_people_make(struct tally_tune_people *p, const char *const *sources,
                       size_t nsources, uint64_t people, uint64_t seed, size_t n,
                       struct tally_progress *progress, struct tally_err *err)
{
    memset(p, 0, sizeof *p);
    p->sources = sources;
    p->nsources = nsources;
    p->populations = calloc(n, sizeof *p->populations);
    if (p->populations == NULL) {
        return tally_err_nomem(err);
    }
    p->npopulations = n;
    tally_progress_begin(progress, "making synthetic people", "populations", n);
    if (tally_workdir_make(&p->dir, "tally-tune", err) != 0) {
        goto fail;
    }
    for (size_t i = 0; i < n; i++) {
        if (make_one(p, i, people, seed, err) != 0) {
            goto fail;
        }
        tally_progress_add(progress, 1);
    }
    tally_progress_end(progress);
    return 0;
fail:
    tally_progress_end(progress);
    tally_tune_people_remove(p);
    return -1;
}

/* Exports of synthetic people have forename and surname, and no column of both. */
static void
map_full_name(const struct tally_csv *csv, struct tally_mapping *m, size_t f)
{
    ptrdiff_t forename = tally_csv_find(csv, "forename");
    ptrdiff_t surname = tally_csv_find(csv, "surname");

    if (forename >= 0 && surname >= 0) {
        m->nparts[f] = 2;
        m->parts[f][0] = (size_t)forename;
        m->parts[f][1] = (size_t)surname;
    }
}

/* Guess each field by itself: one that the source does not have is no error here. */
static void
map_fields(const struct tally_schema *schema, const struct tally_csv *csv,
           struct tally_schema *alone, struct tally_mapping *mapping)
{
    struct tally_mapping one;
    struct tally_err ignored = TALLY_ERR_INIT;

    memset(mapping, 0, sizeof *mapping);
    *alone = *schema;
    alone->nfields = 1;
    for (size_t f = 0; f < schema->nfields; f++) {
        alone->fields[0] = schema->fields[f];
        if (tally_mapping_guess(&one, alone, csv, &ignored) == 0) {
            mapping->nparts[f] = one.nparts[0];
            memcpy(mapping->parts[f], one.parts[0], sizeof one.parts[0]);
            memcpy(mapping->another[f], one.another[0], sizeof one.another[0]);
            mapping->split[f] = one.split[0];
            mapping->readings[f] = one.readings[0];
        } else if (schema->fields[f].type == TALLY_FIELD_FULL_NAME) {
            map_full_name(csv, mapping, f);
        }
    }
}

int
tally_tune_people_open(const struct tally_tune_people *p, size_t i, size_t s,
                       const struct tally_schema *schema, struct tally_csv **csv,
                       struct tally_mapping *mapping, struct tally_err *err)
{
    struct tally_csv_options options = {0};
    struct tally_schema *alone;
    char path[TALLY_WORKDIR_PATH_MAX];
    char name[TALLY_NAME_MAX + 40];

    (void)snprintf(name, sizeof name, "%zu/%s.csv", i, p->sources[s]);
    if (tally_workdir_path(&p->dir, name, path, err) != 0) {
        return -1;
    }
    alone = malloc(sizeof *alone); /* too large for the stack */
    if (alone == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_csv_open(csv, path, &options, err) != 0) {
        free(alone);
        return -1;
    }
    map_fields(schema, *csv, alone, mapping);
    free(alone);
    return 0;
}
