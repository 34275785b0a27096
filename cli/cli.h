/*
 * What the verbs share: the program's name and role, threads and progress, and the verbs
 * themselves.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CLI_H
#define TALLY_CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/json.h"
#include "bloom/base/pool.h"
#include "bloom/base/progress.h"
#include "cli/opt.h"

/** "tally", "tally-agency", "tally-linker" or "tally-analyst": fixed when built. */
const char *tally_program(void);

/** What --threads and --progress ask for, and what they make. Zeroed before use; ended by
 * tally_work_end. */
struct tally_work {
    uint64_t threads;           /* 0: one a processor */
    const char *progress_style; /* auto, plain, json, none; NULL: auto */
    struct tally_pool *pool;
    struct tally_progress progress;
};
/** Table entries for the two options. */
#define TALLY_OPT_THREADS(w)                                                             \
    TALLY_OPT_NUMBER("threads", "N", (w).threads, 1, TALLY_THREADS_MAX,                  \
                     "threads to use (default: all processors)")
#define TALLY_OPT_PROGRESS(w)                                                            \
    TALLY_OPT_TEXT("progress", "STYLE", (w).progress_style, "auto, plain, json or none")
/** And for two that most verbs have. */
#define TALLY_OPT_FORCE(f) TALLY_OPT_FLAG("force", f, "replace output that exists")
#define TALLY_OPT_JSON(f)  TALLY_OPT_FLAG("json", f, "print the result as JSON")

TALLY_NODISCARD int tally_work_begin(struct tally_work *w, struct tally_err *err);
void tally_work_end(struct tally_work *w);

/** Talk to the person: a line on standard error. */
void tally_say(const char *fmt, ...) TALLY_PRINTF(1, 2);

/** Write out what was printed. Data that could not be written is TALLY_E_IO; a reader
 * that went away is no error. */
TALLY_NODISCARD int tally_flush_output(struct tally_err *err);

/** Print ${n} as JSON on standard output, flush it and free ${n}. */
TALLY_NODISCARD int tally_print_json(struct tally_jnode *n, struct tally_err *err);

/** ${n} with thousands separated by commas, in one of eight rotating static buffers. */
const char *tally_thousands(uint64_t n);

extern const struct tally_verb tally_verb_keygen;
extern const struct tally_verb tally_verb_identity;
extern const struct tally_verb tally_verb_agreement;
extern const struct tally_verb tally_verb_key;
extern const struct tally_verb tally_verb_destroy;
extern const struct tally_verb tally_verb_ingest;
extern const struct tally_verb tally_verb_log;
extern const struct tally_verb tally_verb_schema;
extern const struct tally_verb tally_verb_profile;
extern const struct tally_verb tally_verb_encode;
extern const struct tally_verb tally_verb_audit;
extern const struct tally_verb tally_verb_link;
extern const struct tally_verb tally_verb_review;
extern const struct tally_verb tally_verb_withdraw;
extern const struct tally_verb tally_verb_pairs;
extern const struct tally_verb tally_verb_cohort;
extern const struct tally_verb tally_verb_release;
extern const struct tally_verb tally_verb_approve;
extern const struct tally_verb tally_verb_report;
extern const struct tally_verb tally_verb_evaluate;
extern const struct tally_verb tally_verb_bench;
extern const struct tally_verb tally_verb_synth;
extern const struct tally_verb tally_verb_inspect;
extern const struct tally_verb tally_verb_doctor;

#endif
