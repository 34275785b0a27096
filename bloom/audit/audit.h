/*
 * The audit: attacks on one's own encodings before they leave, and a verdict against a
 * budget. docs/privacy.md says what its results mean and what they do not.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_AUDIT_H
#define TALLY_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/audit/audit_people.h"
#include "bloom/audit/audit_static.h"
#include "bloom/base/file.h"
#include "bloom/base/interval.h"
#include "bloom/base/json.h"

#define TALLY_AUDIT_RECORDS 10000 /* compared, unless more or fewer are asked for */
#define TALLY_AUDIT_BUDGET  .01   /* A3 and A4: share re-identified at most */
#define TALLY_AUDIT_KNOWN   .05   /* pairs granted to A4 */

/** A1 to A6. */
enum tally_audit_attack {
    TALLY_A1_KEY,
    TALLY_A2_FREQUENCY,
    TALLY_A3_GRAPH,
    TALLY_A4_KNOWN,
    TALLY_A5_PATTERN,
    TALLY_A6_REUSE,
    TALLY_AUDIT_ATTACKS
};

/** What is fixed about an attack: for people, and for reports. */
struct tally_audit_about {
    const char *id;     /* "A1" */
    const char *name;   /* "key drill" */
    const char *source; /* publication */
    const char *by;     /* who could do it, and holding what */
    const char *means;  /* what a re-identification by it is */
    bool budgeted;      /* the budget is for it */
};
const struct tally_audit_about *tally_audit_about(enum tally_audit_attack a);

/** What to do. Pointers are the caller's; those that may be NULL say so. */
struct tally_audit_job {
    const struct tally_encfile *file;
    const struct tally_encfile *other;       /* of another project; may be NULL */
    const struct tally_audit_source *people; /* NULL: static leakage and A6 only */
    struct tally_secret *key;                /* the real one; may be NULL */
    const char *truth;                       /* id_1,id_2; may be NULL */
    const uint32_t *who; /* of each record its population row, where the caller knows and
                            there is no ${truth}; may be NULL */
    const char *id_column;                   /* of the population, for the truth */
    uint64_t seed;
    size_t records;  /* of each side, at most: more are sampled */
    double budget;   /* share, 0 to 1 */
    double known;    /* share of pairs granted to A4 */
    unsigned wanted; /* bit a: run attack a when its inputs are there */
    /* Told what an attack will cost before it runs; may be NULL. */
    void (*say)(void *ctx, const char *text);
    void *say_ctx;
    struct tally_pool *pool;
    struct tally_progress *progress; /* may be NULL */
};

/** How it is known what was right. */
enum tally_audit_knowing {
    TALLY_KNOWN_NOT, /* not at all: claims that an attack is sure of count as right */
    TALLY_KNOWN_BY_IDS,
    TALLY_KNOWN_BY_KEY
};

/** What one attack got, in the view in which it got most. */
struct tally_audit_outcome {
    bool ran;
    const char *why_not; /* it did not run */
    char view[TALLY_NAME_MAX + 1];
    uint64_t correct;
    uint64_t claimed;
    uint64_t sure;     /* claims that the attack has checked against itself */
    uint64_t possible; /* records that could have been re-identified */
    struct tally_interval success;
    double floor; /* success of guessing */
    double seconds;
    bool broken; /* the budget */
};

struct tally_audit_result {
    uint64_t records; /* of the file, and of them under attack */
    uint64_t victims;
    uint64_t population; /* rows, and of them used */
    uint64_t people;
    uint64_t overlap; /* victims who are among the people; as far as it is known */
    enum tally_audit_knowing knowing;
    size_t nviews;
    char views[TALLY_VIEWS_MAX][TALLY_NAME_MAX + 1];
    struct tally_audit_static leaks[TALLY_VIEWS_MAX];
    struct tally_audit_outcome attacks[TALLY_AUDIT_ATTACKS];
    bool attacked; /* an attack with a budget ran: there is a verdict */
    bool broken;   /* it is "fail" */
};

/**
 * Run. TALLY_E_USAGE and TALLY_E_DATA where inputs do not go together;
 * TALLY_E_KEY_MISMATCH when ${key} is not the one of the file. Results are the same for
 * one seed whatever the number of threads, but for seconds, unless the schema adds noise.
 * Interrupts end it with TALLY_E_INTERRUPTED.
 */
TALLY_NODISCARD int tally_audit(const struct tally_audit_job *job,
                                struct tally_audit_result *out, struct tally_err *err);

/** {"verdict": "pass" or "fail" (null without attacks), "attacks": [...], ...}. */
struct tally_jnode *tally_audit_json(const struct tally_audit_job *job,
                                     const struct tally_audit_result *r);

/** A page of two screens for whoever signs. */
TALLY_NODISCARD int tally_audit_page(struct tally_outfile *f,
                                     const struct tally_audit_job *job,
                                     const struct tally_audit_result *r,
                                     struct tally_err *err);

#endif
