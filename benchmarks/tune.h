/*
 * Choosing weights before anyone signs: the starter schema and others are tried end to
 * end on synthetic people, whose truth is known. Nothing of any partner is needed, and
 * nothing found here is a promise about real people.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TUNE_H
#define TALLY_TUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/pool.h"
#include "bloom/base/progress.h"
#include "bloom/schema.h"
#include "benchmarks/tune_exposure.h"

#define TALLY_TUNE_PEOPLE_MIN    200
#define TALLY_TUNE_PEOPLE_MAX    50000
#define TALLY_TUNE_SOURCES_MAX   16
#define TALLY_TUNE_SEARCHED      2 /* populations that weights are searched on */
#define TALLY_TUNE_HELD_OUT      8 /* fresh populations that results are measured on */
#define TALLY_TUNE_KEYS          6 /* keys that each candidate is tried with */
#define TALLY_TUNE_HARDENING_MAX 4

/** What a run will take, told before the search begins. */
struct tally_tune_cost {
    uint64_t records;    /* in one population, all sources together */
    uint64_t pairs;      /* true pairs in the populations that are searched on */
    uint64_t runs_least; /* encodings and linkages of a population: when nothing gains */
    uint64_t runs_most;  /* when every candidate looks promising */
    double seconds_of_run; /* of one, as just measured, divided by the threads */
};

/** What to do. Pointers are the caller's. */
struct tally_tune_job {
    const char *fields;         /* as tally_schema_new takes them */
    const char *profile;        /* likewise: one without views */
    const char *const *sources; /* 2 or more, as tally_synth takes them */
    size_t nsources;
    uint64_t people;
    uint64_t seed;
    struct tally_pool *pool;
    struct tally_progress *progress; /* may be NULL */
    /* Called once, before the search; may be NULL. */
    void (*announce)(void *ctx, const struct tally_tune_cost *cost);
    void *announce_ctx;
};

/** Mean, lowest and highest over the held-out populations. NAN where none could be said:
 * precision without a link. */
struct tally_tune_range {
    double mean;
    double low;
    double high;
};

/** Measures at the tool's own threshold. */
struct tally_tune_quality {
    struct tally_tune_range precision;
    struct tally_tune_range recall;
    struct tally_tune_range f1;
};

/** A difference in F1 between two schemas on the same held-out people, with its 95 %
 * interval (Student's t over the populations). */
struct tally_tune_gain {
    double mean;
    double low;
    double high;
};

/** A field and what it is worth beside the others. */
struct tally_tune_field {
    double starter_weight;
    size_t sources; /* that hold the field: below 2 it cannot link */
    bool measured;  /* false for the only field: nothing is left without it */
    struct tally_tune_quality without;
    struct tally_tune_gain worth; /* F1 with the field minus F1 without it */
};

/** The chosen weights with more or less diffusion. */
struct tally_tune_hardening {
    uint32_t t;
    struct tally_tune_quality quality;
};

enum tally_tune_outcome {
    TALLY_TUNE_NOTHING,     /* no candidate gained more than noise: the starter stands */
    TALLY_TUNE_UNCONFIRMED, /* one did, but not on fresh people: the starter stands */
    TALLY_TUNE_BETTER       /* one did, on fresh people too: it is the schema */
};

/** What was found. Owned by the caller: tally_tune_result_free. */
struct tally_tune_result {
    enum tally_tune_outcome outcome;
    struct tally_schema *schema;  /* the one to use */
    struct tally_schema *starter; /* of the same fields */
    double noise;                 /* standard error of mean F1 over keys, in the search */
    double least_gain;            /* mean gain in F1 that counts as more than noise */
    uint64_t runs;
    uint64_t records;                 /* of one population */
    uint64_t pairs_held_out;          /* true pairs of all held-out populations */
    struct tally_tune_quality before; /* the starter's, on the held-out populations */
    struct tally_tune_quality found;  /* the candidate's; the starter's with _NOTHING */
    struct tally_tune_gain gain;      /* of the candidate over the starter */
    struct tally_tune_field *fields;  /* one for each of schema->fields */
    struct tally_tune_hardening hardening[TALLY_TUNE_HARDENING_MAX];
    size_t nhardening;          /* 0 when the profile does not harden */
    const char *exposed_source; /* whose encodings are measured: one of the job's */
    struct tally_exposure exposure_before;
    struct tally_exposure exposure; /* of ${schema} */
};

/**
 * Search weights (and the target fill, where t follows so that neither t nor t * target
 * falls below the profile's) on two synthetic populations, then measure on eight fresh
 * ones. The same job gives the same result whatever the threads. Works in a temporary
 * folder in TMPDIR or /tmp, which is gone afterwards, also after an error or an
 * interrupt. TALLY_E_USAGE: fields or sources that make no sense, and a field that
 * synthetic people do not have; TALLY_E_DATA when the sources share no person;
 * TALLY_E_INTERRUPTED.
 */
TALLY_NODISCARD int tally_tune(const struct tally_tune_job *job,
                               struct tally_tune_result *out, struct tally_err *err);
void tally_tune_result_free(struct tally_tune_result *r);

/** The t of the diffusion of ${s}; 0 without. */
uint32_t tally_tune_diffusion(const struct tally_schema *s);

/** "nothing", "unconfirmed", "better". */
const char *tally_tune_outcome_name(enum tally_tune_outcome outcome);

#endif
