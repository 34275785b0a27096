/*
 * Private to linking: the state of a run and the steps that fill it, in order.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_LINK_IMPL_H
#define TALLY_LINK_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linker/assign.h"
#include "linker/blanks.h"
#include "linker/chance.h"
#include "linker/cluster.h"
#include "linker/curve.h"
#include "linker/evidence.h"
#include "linker/link.h"

/** A source as one view has it. */
struct link_view {
    struct tally_matrix m;
    uint32_t *first_row; /* of each record and one past the last; NULL when rows are the
                            records in order */
    uint32_t *record_of; /* each row; NULL likewise */
    float *rarity; /* of each record: bits by which its value is rarer in its source than
                      values are on average; NULL with one view and with several rows */
    uint32_t floor_ppm;         /* the lowest floor of its pairs */
    struct tally_blanks blanks; /* zeroed where no allowance for them is thought of */
    bool allowing;              /* scores allow for blanks */
};

/** One source of a run. */
struct link_source {
    const struct tally_encfile *enc;
    struct link_view views[TALLY_VIEWS_MAX];
    size_t n;                  /* records */
    size_t usable;             /* records with any bit set, in any view */
    bool clean;                /* its owner says nobody stands in it twice */
    struct tally_edge *inside; /* candidates inside it, where they serve as decoys */
    size_t ninside;
    struct tally_pairs rows; /* of the only view, kept to be scored again */
    struct tally_edge *met; /* the same in ascending (a, b), where views are weighed */
    size_t nmet;
};

/** The two best candidates of a record; a key of 0: none. */
struct link_best {
    uint32_t other[2];
    uint32_t key[2];
};

/** Two sources of a run, or one with itself. */
struct link_pair {
    uint32_t a;
    uint32_t b;
    bool decoys; /* one source at least is clean; else candidate pairs stand for
                    themselves */
    struct tally_assign_rule rule;
    struct tally_chance chance;
    uint32_t floor_ppm;
    uint64_t candidates;
    struct tally_pairs rows; /* of the only view, kept to be scored again */
    uint32_t view_floor_ppm[TALLY_VIEWS_MAX]; /* where views are weighed */
    struct tally_edge *met; /* candidates in ascending (a, b), likewise */
    size_t nmet;
    struct tally_edge
        *links; /* of the assignment, down to the floor; then down to the cut */
    size_t nlinks;
    struct tally_edge *further; /* those from low_ppm up that were dropped */
    size_t nfurther;
    struct tally_edge *edges; /* all candidates in descending order, where they are to be
                                 assigned again once the threshold is known: for the
                                 greatest sum, or to go by what is known */
    size_t nedges;
    struct tally_edge *chosen; /* the links once decided, by (a, b) */
    size_t nchosen;
    struct link_best *best_a; /* of each record of a; inside one source of all of them */
    struct link_best *best_b; /* of each record of b; NULL inside one source */
    struct tally_curve curve;
    size_t nmust;     /* of the links: that must be, */
    size_t nsure;     /* and with equal match keys */
    bool enough;      /* the curve expects false links */
    bool trimmed;     /* after capping its decoys */
    bool beside;      /* inside one source, by what linked records resemble besides */
    double per_decoy; /* false links that one decoy stands for */
    bool paired;      /* and hardly anybody stands there more often than twice */
    bool several;     /* people may stand more often than twice in what it is made of */
    bool grouped;     /* and the curve is by groups of records that join */
    struct tally_cut cut;
    uint32_t cut_ppm;
    uint32_t low_ppm; /* see tally_calibration */
    uint32_t high_ppm;
    double probability[TALLY_HISTOGRAM_BINS]; /* NAN where it cannot be said */
};

struct link_run {
    const struct tally_link_job *job;
    bool many;
    struct link_source sources[TALLY_SOURCES_MAX];
    uint32_t start[TALLY_SOURCES_MAX + 1]; /* records numbered through */
    struct link_pair *pairs;
    size_t npairs;
    double axis[TALLY_HISTOGRAM_BINS + 1]; /* see tally_chance_axis */
    struct tally_curve trimmed;            /* of the pair being measured */
    struct tally_curve pooled;             /* of all pairs with decoys */
    size_t nviews;                         /* that are linked on */
    size_t views[TALLY_VIEWS_MAX];         /* their numbers in the files */
    struct tally_evidence evidence; /* how they are weighed, where there are several */
    double
        even[TALLY_HISTOGRAM_BINS + 1]; /* the axis of weighed scores: bins themselves */
    uint64_t compared;
    double miss_probability;
};

/** Thousandths of Dice as ppm. */
#define LINK_BIN_PPM (TALLY_PPM / (TALLY_HISTOGRAM_BINS - 1))

/** Fill views, rows and counts of ${s}. */
TALLY_NODISCARD int link_records_take(struct link_run *run, struct link_source *s,
                                      const struct tally_encfile *enc,
                                      struct tally_err *err);
/** Make candidate pairs of rows of ${a} and ${b} (the same: inside it) in one view pairs
 * of records, each once with its best score, in ascending (a, b). Returns how many are
 * left. */
size_t link_records_pairs(const struct link_view *a, const struct link_view *b,
                          struct tally_edge *edges, size_t n);
/** The same in descending order of score, from edges in that order. */
size_t link_records_edges(const struct link_view *a, const struct link_view *b,
                          struct tally_edge *edges, size_t n);
/** Keep each pair of records once, with its best score, in descending order. Returns how
 * many are left. */
size_t link_records_unique(struct tally_edge *edges, size_t n);

/** Keys of edges above this are no scores: the records have an equal match key, and are
 * taken for one person whatever they score. No score is above it. */
#define LINK_KEY_SURE UINT32_C(0x80000000)
/** The key of those that must be linked: above all match keys. */
#define LINK_KEY_MUST (LINK_KEY_SURE + 1000)

/** Refuse lists of pairs that contradict themselves or each other: TALLY_E_DATA. */
TALLY_NODISCARD int link_forced_check(const struct link_run *run, struct tally_err *err);
/** Whether links of ${p} are those of the greatest sum of scores. */
static inline bool
link_optimal(const struct link_run *run, const struct link_pair *p)
{
    return run->job->assign == TALLY_ASSIGN_OPTIMAL && !p->rule.many_a && !p->rule.many_b;
}

/** Whether it is known of any two records of ${p} that they must, or must not, be linked. */
bool link_forced_any(const struct link_run *run, const struct link_pair *p);
/** Take out of p->edges what must not be linked, and add what must. */
TALLY_NODISCARD int link_forced_apply(const struct link_run *run, struct link_pair *p,
                                      struct tally_err *err);
/** The links of one source in which hardly anybody stands more often than twice: of
 * p->links those that leave each record one partner, but for those beyond doubt. */
TALLY_NODISCARD int link_pair_up(const struct link_run *run, struct link_pair *p,
                                 struct tally_err *err);
/** Take ${edges} of ${p}, malloced: kept where they are assigned again, else freed. */
void link_edges_take(const struct link_run *run, struct link_pair *p,
                     struct tally_edge *edges, size_t n);
/** Note the best candidates of each record; ${edges} in descending order. */
TALLY_NODISCARD int link_best_find(struct link_pair *p, const struct tally_edge *edges,
                                   size_t n, struct tally_err *err);

/** Add to ${edges}, of ${a} and ${b} (the same: inside it), the pairs with equal match
 * keys; ${edges} is malloced and may move. */
TALLY_NODISCARD int link_keys_add(const struct link_source *a,
                                  const struct link_source *b, struct tally_edge **edges,
                                  size_t *n, struct tally_err *err);

/** Bits that the best rows of record ${i} of ${a} and ${j} of ${b} share, and ${total}
 * set in both together; 0 without rows that have any bit set. */
uint32_t link_records_common(const struct link_view *a, size_t i,
                             const struct link_view *b, size_t j,
                             const struct tally_kernel *kernel, uint32_t *total);
/** The keys of two records in every view that is linked on, TALLY_EVIDENCE_MISSING where
 * one has no row with any bit set. */
void link_records_keys(const struct link_run *run, const struct link_source *a, size_t i,
                       const struct link_source *b, size_t j,
                       const struct tally_kernel *kernel, uint32_t *keys);
/** The score of two rows of the only view as a fraction: 2 * what is returned / total.
 * They have ${pa} and ${pb} bits set and share ${common}. */
uint32_t link_rows_score(const struct link_view *a, const struct link_view *b,
                         uint32_t common, uint32_t pa, uint32_t pb, uint32_t *total);
/** The score of two records as a fraction: 2 * common / total. With one view that of
 * their best rows; with several what evidence says, in parts of TALLY_PPM. */
uint32_t link_records_score(const struct link_run *run, const struct link_source *a,
                            size_t i, const struct link_source *b, size_t j,
                            const struct tally_kernel *kernel, uint32_t *total);

/** Parts of link_candidates that link_weigh uses too: pairs of rows of ${a} and ${b} (the
 * same: inside it) in one view, from ${floor_ppm} up; what the decoys say of p->links,
 * chosen among ${edges}. */
TALLY_NODISCARD int link_join(struct link_run *run, const struct link_view *a,
                              const struct link_view *b, uint32_t floor_ppm,
                              uint32_t keep, struct tally_pairs *out,
                              struct tally_err *err);
TALLY_NODISCARD int link_measure(struct link_run *run, struct link_pair *p,
                                 const struct tally_edge *edges, size_t n,
                                 struct tally_err *err);

/** True links expected among those that the present scores would accept, and how many
 * false ones are expected beside them. */
double link_accepted(const struct link_run *run, double *untrue);

/** Score all candidates of the only view again, with an allowance for blanks or without.
 */
TALLY_NODISCARD int link_score_again(struct link_run *run, bool allowing,
                                     struct tally_err *err);
/** Learn from popcounts whether blanks are to be thought of. Where they are not,
 * candidates are not kept to be scored again. */
TALLY_NODISCARD int link_blanks_learn(struct link_run *run, bool *many,
                                      struct tally_err *err);
/** Candidates being scored by Dice, score them with an allowance for blanks as well, and
 * leave them as is better. */
TALLY_NODISCARD int link_blanks_try(struct link_run *run, struct tally_err *err);

/** What ${p} expects of its records by how groups of them join; no decoys are needed. */
TALLY_NODISCARD int link_groups(const struct link_run *run, struct link_pair *p,
                                struct tally_err *err);
/** The mean score, as a key, that two clusters of ${p} need to be joined under a threshold
 * of ${cut_ppm}. */
uint32_t link_need_key(const struct link_pair *p, uint32_t cut_ppm);

/** The score from which two records of one source are one person beyond doubt, in ppm. */
uint32_t link_beyond_doubt_ppm(const struct link_run *run);

/** The source of a record that is numbered through, the pair of two sources, and whether a
 * cluster holds one record of a source at most. */
uint32_t link_source_of(const struct link_run *run, uint32_t record);
const struct link_pair *link_pair_of(const struct link_run *run, uint32_t a, uint32_t b);
bool link_once(const struct link_run *run, size_t source);
/** The link of records ${x} < ${y}, numbered through, with its score alone. */
void link_of_records(const struct link_run *run, const struct tally_kernel *kernel,
                     uint32_t x, uint32_t y, struct tally_link *out);
/** The key of the link of records ${a} and ${b} of ${p}; 0: it has none. */
uint32_t link_chosen_key(const struct link_pair *p, uint32_t a, uint32_t b);
/** Orders edges by (a, b). */
int link_by_records(const void *left, const void *right);
/** Into descending order of score, then of records. */
void link_sort(struct tally_cluster_link *links, size_t n);

/** Fill ${v}->rarity, of which rows are the records. */
TALLY_NODISCARD int link_rarity_find(struct link_view *v, struct tally_err *err);
/** The bits that view ${v} adds to the weight of two records with ${key} in it, for how
 * rare their value is: 0 unless they are equal. */
double link_rarity_bits(const struct link_run *run, size_t v, const struct link_source *a,
                        size_t i, const struct link_source *b, size_t j, uint32_t key);

/** Candidates kept for a record: one-to-one links are among the first; where links are
 * many, or inside one source, a person may have that many records. */
#define LINK_KEEP_ONE  10u
#define LINK_KEEP_MANY 30u

/** Unrelated records expected at or above the floor, for a record of the greater source:
 * a true partner below so many would not be found by its score anyway. */
#define LINK_WANTED      10.0
#define LINK_WANTED_SELF 20.0

/** Steps of a run; each needs the ones before. Errors as tally_link_run. */
TALLY_NODISCARD int link_candidates(struct link_run *run, struct tally_err *err);
TALLY_NODISCARD int link_weigh(struct link_run *run, struct tally_err *err);
/** Interval, sensitivity and bands of ${c}, from the decided ${p} and the curve behind it
 * (NULL: none). */
void link_trust(const struct link_run *run, const struct link_pair *p,
                const struct tally_curve *curve, struct tally_calibration *c);
TALLY_NODISCARD int link_decide(struct link_run *run, struct tally_calibration *out,
                                struct tally_err *err);
/** The low and the high threshold of ${p}, of which cut and probabilities are known. */
void link_bands(struct link_pair *p);
/** A threshold of ${ppm} moved down by a tenth of its way towards strangers. */
uint32_t link_lowered(const struct link_pair *p, uint32_t ppm);
/** Parts, wider clusters, bands and further links of ${out}, of which all else is there;
 * ${links} are the accepted ones. */
TALLY_NODISCARD int link_ranges(const struct link_run *run,
                                const struct tally_cluster_link *links, size_t n,
                                const struct tally_clusters *clusters,
                                struct tally_link_result *out, struct tally_err *err);
/** Reasons and view scores of ${out}, of which all else is there. */
TALLY_NODISCARD int link_reasons(const struct link_run *run,
                                 struct tally_link_result *out, struct tally_err *err);
TALLY_NODISCARD int link_clusters(struct link_run *run, struct tally_link_result *out,
                                  struct tally_err *err);

#endif
