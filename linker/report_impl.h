/*
 * What the parts of the report share. linker/report_counts.c takes the raw figures and
 * gives what may be shown; linker/report.c and linker/report_json.c print that and see no
 * raw count about people.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_REPORT_IMPL_H
#define TALLY_REPORT_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/html.h"
#include "bloom/base/interval.h"
#include "linker/disclose.h"
#include "linker/report.h"

#define TALLY_REPORT_SIZES    6   /* rows of the table of sizes; the last is "or more" */
#define TALLY_REPORT_OVERLAPS 200 /* combinations looked at; the rest is not listed */
#define TALLY_REPORT_BINS     40  /* bars of a histogram */
#define TALLY_REPORT_MOVES    5   /* thresholds moved by, see report_move */
#define TALLY_REPORT_LIGHTS   12

struct report_source {
    struct tally_count records;
    struct tally_count linked;
    struct tally_count unlinked;
    struct tally_count share; /* linked of records */
};

/** A combination of sources and the people seen by exactly those: only ones that may be
 * shown. */
struct report_overlap {
    uint64_t mask;
    struct tally_count people;
};

struct report_overlaps {
    size_t n;
    struct report_overlap *list; /* by shown count, then mask */
};

struct report_size {
    unsigned records;
    bool or_more;
    struct tally_count people;
};

/** Scores pooled into bars of equal width; a count that is not shown is suppressed. */
struct report_histogram {
    size_t n;
    double width;
    double from[TALLY_REPORT_BINS];
    struct tally_count pairs[TALLY_REPORT_BINS];
    struct tally_count false_pairs[TALLY_REPORT_BINS];
    bool any; /* some bar can be drawn */
};

struct report_pair {
    const struct tally_calibration
        *c; /* thresholds and estimates; its counts are not for show */
    struct tally_count links;
    struct tally_count candidates;
    struct tally_count further; /* links under the low threshold alone */
    struct tally_count rivals;  /* links with the flags of that name */
    struct tally_count twins;
    struct tally_count household;
    double precision; /* NAN when unknown, or told with too few links */
    double recall;
    const struct tally_store_reviewed
        *after; /* what second rounds say besides; NULL where they do not, or too few */
    struct report_histogram scores;
};

/** What comes of all thresholds moved by ${by} thousandths: links against those of the
 * run's own thresholds, and the share of them expected to be false. */
struct report_move {
    int by;
    double change; /* .03: three in a hundred more */
    double wrong;
};

/** Rows of a source that have one value of a payload column. Only values whose rows may
 * be shown are there. The interval is of the share linked, from rounded counts. */
struct report_value {
    const char *text;
    struct tally_count rows;
    struct tally_count linked;
    struct tally_count unlinked;
    struct tally_count share;
    struct tally_interval interval; /* NAN without a share */
};

struct report_group {
    const char *source;
    const char *column;
    size_t nvalues;
    struct report_value values[TALLY_COHORT_VALUES_MAX];
    size_t lowest; /* values with the least and the greatest share; equal: no two */
    size_t highest;
};

/** A judgement, and the rule behind it. */
struct report_light {
    enum tally_light light;
    const char *name;
    const char *rule;
    char found[400];
};

/** The cohort's part. */
struct report_cohort {
    struct tally_count people;
    struct tally_count linked; /* seen by two sources or more */
    struct tally_count share;
    size_t nsources;
    const char *names[TALLY_SOURCES_MAX];
    struct tally_count rows[TALLY_SOURCES_MAX];
    struct report_overlaps overlaps;
    size_t ngroups;
    struct report_group *groups;
};

/** Everything a report shows. */
struct report_numbers {
    const struct tally_store_run *run; /* for what is not a count about people */
    bool dedup;
    struct tally_count records;
    struct tally_count people;
    struct tally_count
        linked; /* seen by two sources or more; deduplication: more than one record */
    struct tally_count unlinked;
    struct tally_count share;
    struct tally_count links;
    size_t nbands; /* without the last when every link has a probability */
    struct tally_count bands[TALLY_STORE_BANDS];
    struct tally_precision after; /* what second rounds say; NAN where they do not */
    double precision; /* over all pairs of sources; NAN when unknown */
    double precision_low; /* see tally_link_precision; NAN likewise */
    double precision_high;
    size_t nmoves; /* 0: cannot be said */
    struct report_move moves[TALLY_REPORT_MOVES];
    uint64_t
        compared; /* to two figures: the product of file sizes would give them away */
    const char *names[TALLY_SOURCES_MAX];
    struct report_source sources[TALLY_SOURCES_MAX];
    struct report_overlaps overlaps;
    size_t nsizes;
    struct report_size sizes[TALLY_REPORT_SIZES];
    size_t npairs;
    size_t nlow_confidence; /* of them */
    struct report_pair *pairs;
    bool has_cohort;
    struct report_cohort cohort;
    const struct tally_sheet *sheets[TALLY_SOURCES_MAX]; /* by source; NULL without one */
    size_t nsheets;
    const struct tally_agreement *agreement; /* or NULL */
    size_t nlights;
    struct report_light lights[TALLY_REPORT_LIGHTS];
};

/** Work out what may be shown. Errors: as tally_report_html. Free the result. */
TALLY_NODISCARD int tally_report_numbers(struct report_numbers **out,
                                         const struct tally_report_job *job,
                                         struct tally_err *err);
void tally_report_numbers_free(struct report_numbers *r);

/** Pool the scores of one pair of sources. */
void tally_report_histogram(const struct tally_calibration *c,
                            struct report_histogram *h);

/** Give each source its sheet. */
TALLY_NODISCARD int tally_report_match_sheets(struct report_numbers *r,
                                              const struct tally_report_job *job,
                                              struct tally_err *err);

/** What moving the thresholds does. */
void tally_report_move(struct report_numbers *r);

/** Judge, once everything else is there. */
void tally_report_judge(struct report_numbers *r);

/** What the bands of a run's links are called. */
extern const char *const tally_report_band_names[TALLY_STORE_BANDS];

#endif
