/*
 * Linking: encodings of one, two or many sources to links and clusters, with a threshold
 * that is given or learnt from the data, and how sure it is.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_LINK_H
#define TALLY_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/pool.h"
#include "bloom/base/progress.h"
#include "bloom/encfile.h"
#include "linker/join.h"

#define TALLY_SOURCES_MAX 64

/** The share of false links that is not passed unless another is asked for. Where people
 * are told apart well the best expected F1 stays far below it. In one source the share is
 * guessed roughly, and mostly too high where people have many damaged records: a strict
 * bound then loses far more true links than false ones. Between more than two sources a
 * false link joins more records than two, and a lost one is often made good by another.
 */
#define TALLY_FDR_DEFAULT .05
#define TALLY_FDR_ALONE   .15
#define TALLY_FDR_SEVERAL .02

enum tally_assign {
    TALLY_ASSIGN_ONE_TO_ONE,
    TALLY_ASSIGN_MANY,
    TALLY_ASSIGN_OPTIMAL /* one-to-one, with the greatest sum of scores where records
                            compete: see linker/assign_optimal.h */
};

/** How the threshold came about. Pinned: stored. docs/linkage.md says more. */
enum tally_threshold_how {
    TALLY_THRESHOLD_GIVEN = 0,    /* by the caller */
    TALLY_THRESHOLD_DECOYS = 1,   /* from decoys, to a share of false links */
    TALLY_THRESHOLD_VALLEY = 2,   /* no decoys: from the valley of the scores; rough */
    TALLY_THRESHOLD_FALLBACK = 3, /* too little data to learn from; rough */
    TALLY_THRESHOLD_GROUPS = 4    /* as from decoys, these being groups that would join */
};

/** One source to link: an open encodings file under the name it goes by in this run. */
struct tally_link_source {
    const char *name;
    const struct tally_encfile *enc;
};

/** Two records of which it is known that they are one person, or that they are not. */
struct tally_forced {
    uint32_t source_a; /* <= source_b; equal only in deduplication, then row_a < row_b, */
    uint32_t row_a;    /* or among those that must not */
    uint32_t source_b;
    uint32_t row_b;
    uint64_t line; /* of the list, for messages */
    bool reviewed; /* a second round decided it */
};

struct tally_link_job {
    /* 1 (deduplication) to TALLY_SOURCES_MAX, names distinct. */
    const struct tally_link_source *sources;
    size_t nsources;
    uint32_t threshold_ppm; /* 0: learn it */
    double min_probability; /* 0: not asked for; else links below it are dropped */
    double fdr;             /* target share of false links; 0: the default */
    enum tally_assign assign;
    bool exact;                      /* compare whole filters: see tally_link_miss_e12 */
    /* Two lists that links go by. Threshold and estimates are what they are without them:
     * nothing is learnt from pairs that somebody chose. */
    const struct tally_forced *must; /* linked whatever they score */
    size_t nmust;
    const struct tally_forced *must_not; /* neither linked nor in one cluster */
    size_t nmust_not;
    struct tally_pool *pool;
    struct tally_progress *progress; /* may be NULL */
};

static inline double
tally_link_fdr_default(size_t nsources)
{
    return nsources > 2    ? TALLY_FDR_SEVERAL
           : nsources == 1 ? TALLY_FDR_ALONE
                           : TALLY_FDR_DEFAULT;
}

/** The share of false links ${job} aims at: as asked for, or the default. */
static inline double
tally_link_fdr(const struct tally_link_job *job)
{
    return job->fdr > 0 ? job->fdr : tally_link_fdr_default(job->nsources);
}

/** The chance at which ${job} may miss a pair at the lowest score looked at, in 1e-12: 0
 * unless diffusion was the last step that combined bits, as only then pairs may be given
 * up early (linker/join_prefix.h), and 0 when ${job} is exact. */
uint32_t tally_link_miss_e12(const struct tally_link_job *job);

/** What was learnt for a pair of sources (or for one source when a == b). */
struct tally_calibration {
    uint32_t source_a;
    uint32_t source_b;
    enum tally_threshold_how how;
    uint32_t threshold_ppm;
    uint32_t low_ppm;           /* from here links are possible, and from here matches: */
    uint32_t high_ppm;          /* low_ppm <= threshold_ppm <= high_ppm, see below */
    uint32_t floor_ppm;         /* candidates below this were never looked at */
    uint64_t candidates;        /* pairs kept by the join at the floor */
    uint64_t links;             /* reported, those that follow from others included */
    double false_links;         /* expected among them; NAN when it cannot be said, or of
                                   fewer than TALLY_LINKS_FEW */
    double estimated_precision; /* 1 - false_links / links; NAN likewise */
    double precision_low;       /* it lies between these in nineteen of twenty runs, as */
    double precision_high;      /* far as decoys show false links; of few links too */
    double estimated_recall;    /* low confidence always; NAN when it cannot be said */
    double sensitivity; /* what estimated F1 loses when the threshold moves by a tenth of
                           its distance from strangers or from 1; NAN likewise */
    uint64_t matches;   /* of the links by score: probability of .95 or more, */
    uint64_t possible;  /* and less sure, or below the threshold with .2 or more */
    uint64_t rivals;    /* links with the flag TALLY_FLAG_RIVAL, */
    uint64_t twins;     /* with one of twins, and with one of a household */
    uint64_t household;
    uint64_t further; /* links that would come at low_ppm: tally_link_result.further */
    bool low_confidence;
    char note[320]; /* why, in plain words; may be empty */
    /* By Dice in thousandths: links the assignment would make down to the floor (without
     * decoys: candidate pairs), and how many of them are expected to be false. */
    uint64_t histogram[TALLY_HISTOGRAM_BINS];
    double false_histogram[TALLY_HISTOGRAM_BINS];
};

/** Below so many links the estimates are NAN, but for the interval. */
#define TALLY_LINKS_FEW 10

/** What is known of the precision of all links of a run; NAN where it cannot be said. */
struct tally_precision {
    double estimate; /* NAN too below TALLY_LINKS_FEW links */
    double low;
    double high;
};

/**
 * The precision over ${n} pairs of sources. Errors of pairs that share a source are taken
 * to be correlated by a half, for they share half of their decoys, and those of others by
 * a quarter, for fields and errors are much the same.
 */
struct tally_precision tally_link_precision(const struct tally_calibration *c, size_t n);

/**
 * Match, possible, no match. high_ppm is the lowest score, not below the threshold, of
 * probability TALLY_BAND_MATCH, low_ppm the lowest, not above it, of TALLY_BAND_POSSIBLE.
 * Where no probability can be given, the threshold moved by a tenth of its way: high_ppm
 * towards 1, low_ppm towards strangers. Nothing is below floor_ppm. A high_ppm over 1
 * says that no score is so sure; it is at most TALLY_BAND_NONE_PPM.
 */
#define TALLY_BAND_MATCH    .95
#define TALLY_BAND_POSSIBLE .2
#define TALLY_BAND_NONE_PPM (TALLY_PPM + 1000)

/** The band of a link. Pinned: stored. */
enum tally_band {
    TALLY_BAND_IS_POSSIBLE = 1, /* holds at the threshold, or at the low one */
    TALLY_BAND_IS_MATCH = 2     /* holds under the high threshold too */
};

/** A link: record ${row_a} of source ${source_a} is record ${row_b} of ${source_b}. */
struct tally_link {
    uint32_t source_a;
    uint32_t row_a;
    uint32_t source_b; /* >= source_a; equal in deduplication, then row_a < row_b */
    uint32_t row_b;
    uint32_t common; /* the score is 2 * common / total: bits in common, */
    uint32_t total;  /* popcount a + popcount b; other numbers where scores allow for
                        blanks, parts of a million with several views */
    float probability; /* calibrated, 0 to 1; NAN when it cannot be said */
    enum tally_band band;
};

/** By what rule a link was made. Pinned: stored. */
enum tally_linked_by {
    TALLY_LINKED_BY_MUST = 1,    /* it is in the list of those that must be linked */
    TALLY_LINKED_BY_KEY = 2,     /* an equal match key */
    TALLY_LINKED_BY_BEST = 3,    /* each is the other's best candidate */
    TALLY_LINKED_BY_NEXT = 4,    /* the best that better links left to them */
    TALLY_LINKED_BY_CLUSTER = 5, /* it follows from other links of the cluster */
    TALLY_LINKED_BY_LOW = 6      /* not linked: possible, but below the threshold */
};

/** What calls for a second look at a link. A rival is the second-best candidate of one of
 * its records, at or above the threshold: linked too, were the link not there. Twins
 * agree in surname, birth and address but not in the forename, members of a household in
 * surname and address but not in birth. Only views called forename, surname, birth or
 * date_of_birth, and address or postcode show that; where there are none, nothing can be
 * said of it. Pinned: stored. */
#define TALLY_FLAG_RIVAL           1u
#define TALLY_FLAG_TWINS           2u  /* the records of the link look like twins */
#define TALLY_FLAG_HOUSEHOLD       4u  /* or like two members of a household */
#define TALLY_FLAG_RIVAL_TWIN      8u  /* a rival looks like a twin of the linked one */
#define TALLY_FLAG_RIVAL_HOUSEHOLD 16u /* or like one of its household */
#define TALLY_FLAGS_ALL            31u

/** The best candidate of a record beside its link. */
struct tally_second {
    uint32_t row; /* of the other source; UINT32_MAX: none was met */
    uint32_t score_ppm;
};

/** Why a link was made. */
struct tally_link_reason {
    enum tally_linked_by by;
    unsigned flags;
    double weight; /* log2 of how much more often true pairs score so than strangers do;
                      NAN when it cannot be said */
    struct tally_second second_a; /* of record a, in source b */
    struct tally_second second_b; /* of record b, in source a */
};

/** How like two records are in a view, and what that weighs. */
#define TALLY_SCORE_MISSING UINT32_MAX
struct tally_view_score {
    uint32_t dice_ppm; /* or TALLY_SCORE_MISSING: one has no encoding in it */
    float level;       /* strangers are 0, equal encodings TALLY_EVIDENCE_LEVELS - 1; NAN
                          with one view or without an encoding */
    float weight;      /* the share of the weight that the view has; NAN with one view */
};

/** A cluster of more records is seldom one person: an alarm. */
#define TALLY_CLUSTER_ALARM 50

/** Everything a run found. Owned by the caller: tally_link_result_free. */
struct tally_link_result {
    /* By descending score, then source_a, row_a, source_b, row_b. */
    struct tally_link *links;
    size_t nlinks;
    struct tally_calibration *calibrations; /* one a pair of sources, ascending (a, b) */
    size_t ncalibrations;
    /* For each record of each source its cluster, 0 to nclusters - 1, numbered by first
     * record in source, row order; every record has one. */
    uint32_t *cluster[TALLY_SOURCES_MAX];
    /* The best probability (or score) of a link of the record; 0 when it has none. */
    float *strength[TALLY_SOURCES_MAX];
    /* How the clusters would be under other thresholds. Under the high ones each falls
     * into parts, numbered from 0 by first record: two records of a cluster are still
     * together if their part is the same. Under the low ones clusters come together:
     * ${wider} is the lowest number of those that do, a cluster's own when none join it.
     */
    uint32_t *part[TALLY_SOURCES_MAX];
    uint32_t *wider[TALLY_SOURCES_MAX];
    /* Links that come under the low thresholds, in the order of links. */
    struct tally_link *further;
    size_t nfurther;
    /* Of the links and then of the further ones: a reason each, and a score for each
     * view.
     */
    struct tally_link_reason *reasons;
    struct tally_view_score *views;
    size_t nviews;
    char view_names[TALLY_VIEWS_MAX][TALLY_NAME_MAX + 1];
    size_t nrecords[TALLY_SOURCES_MAX];
    size_t nsources;
    size_t nclusters;
    size_t
        large_clusters; /* of more than TALLY_CLUSTER_ALARM records: seldom one person */
    size_t split_clusters; /* weak bridges that were cut: see linker/cluster_split.h */
    uint64_t compared;     /* pairs compared in all joins */
    /* The greatest chance at which a pair at the lowest score looked at may have been
     * missed, over all joins; 0 when every pair was compared whole. */
    double miss_probability;
    double seconds;
};

/**
 * Run. Refuses sources that do not fit together (tally_enc_compatible). Records with an
 * equal match key are linked first, those that agree on an earlier key before others,
 * whatever they score; unless more than 5 of a source share it. With one-to-one a
 * record has at most one link to each other source, and a cluster holds at most one
 * record of a source declared free of duplicates; links are then all pairs of a cluster
 * that are of two sources (in deduplication: all pairs), but in one of over 200 records
 * only those accepted by score. With many, links are the candidate pairs at the
 * threshold, up to the 30 best of either record. The result depends on inputs and options
 * only. Errors as tally_join, TALLY_E_USAGE, *_MISMATCH.
 */
TALLY_NODISCARD int tally_link_run(const struct tally_link_job *job,
                                   struct tally_link_result *out, struct tally_err *err);
void tally_link_result_free(struct tally_link_result *r);

/** "must-link", "match-key", "best", "next-best", "cluster", "below-threshold". */
const char *tally_linked_by_name(enum tally_linked_by by);

/** "one-to-one", "many", "optimal". */
const char *tally_assign_name(enum tally_assign assign);
/** False when ${name} is none of these. */
bool tally_assign_of(const char *name, enum tally_assign *out);

/** "possible", "match". */
const char *tally_band_name(enum tally_band band);

/** "given", "decoys", "valley", "fallback", "groups". */
const char *tally_threshold_how_name(enum tally_threshold_how how);

#endif
