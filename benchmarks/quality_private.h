/*
 * What the files of the quality suite share. Private to benchmarks/quality*.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_QUALITY_PRIVATE_H
#define TALLY_QUALITY_PRIVATE_H

#include <stdbool.h>

#include "benchmarks/evaluate_links.h"
#include "benchmarks/quality.h"
#include "bloom/base/workdir.h"
#include "bloom/mapping.h"
#include "bloom/schema.h"

#define QUALITY_FILES_MAX 5

/** A set: where it lies, and what its columns are. */
struct quality_set {
    const char *name;
    const char *folder; /* below the data; NULL: made by tally_synth */
    const char *files[QUALITY_FILES_MAX + 1]; /* of a folder; else sources */
    const char *fields;                       /* as tally_schema_new takes them */
    const char *map;                          /* a mapping file */
    unsigned rows;                            /* only the first of each file; 0: all */
    uint64_t people;                          /* of a synthetic one */
    const char *scenario;
    const char *splink;
    struct tally_quality_floor floor;
};

/** Set number ${i}; NULL past the last. */
const struct quality_set *quality_set_at(size_t i);

/** A set ready to be encoded. */
struct quality_ready {
    const struct quality_set *set;
    const struct tally_workdir *dir;
    size_t nsources;
    char sources[QUALITY_FILES_MAX][64];
    char paths[QUALITY_FILES_MAX][TALLY_WORKDIR_PATH_MAX];
    char map[TALLY_WORKDIR_PATH_MAX];
    struct tally_truth *truth;
    const struct quality_ready *more; /* further synthetic populations, */
    size_t nmore;                     /* over which gaps are taken too */
};

/** True when the set is in ${job}->data or synthetic one. */
bool quality_is_there(const struct tally_quality_job *job, const struct quality_set *set);
/** Bring the set into ${dir}: its files cut to size, its truth cut to their records. */
TALLY_NODISCARD int quality_prepare(struct quality_ready *r,
                                    const struct tally_quality_job *job,
                                    const struct quality_set *set,
                                    const struct tally_workdir *dir,
                                    struct tally_err *err);
void quality_ready_free(struct quality_ready *r);

/** Open file ${s} with its mapping. */
TALLY_NODISCARD int quality_open(const struct quality_ready *r, size_t s,
                                 const struct tally_schema *schema,
                                 struct tally_csv **csv, struct tally_mapping *mapping,
                                 struct tally_err *err);

/** The ${numbers} of the sources in the truth; in ${j} all of them count, whether they
 * get links or not. */
void quality_sources(const struct quality_ready *r, int *numbers, struct tally_judged *j);

/** Measures of ${e}, which is of the set's truth, into ${row}. */
void quality_take(struct tally_quality_row *row, const struct tally_evaluation *e);

/** One row each: of the plaintext linker, and of a profile. */
TALLY_NODISCARD int quality_reference(const struct quality_ready *r,
                                      struct tally_quality_row *row,
                                      struct tally_err *err);
TALLY_NODISCARD int quality_profile(const struct quality_ready *r,
                                    const struct tally_quality_job *job,
                                    const char *profile, struct tally_quality_row *row,
                                    struct tally_err *err);

/** Seconds of all threads of this process so far. */
double quality_cpu_seconds(void);

#endif
