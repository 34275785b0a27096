/*
 * The attacks, one module each: what they are given, what they claim, and what counts as
 * a re-identification. An attack never looks at the truth; only A4 is granted part of it.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_AUDIT_ATTACK_H
#define TALLY_AUDIT_ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/audit/audit_math.h"
#include "bloom/audit/audit_rows.h"
#include "bloom/base/err.h"
#include "bloom/base/pool.h"
#include "bloom/base/progress.h"

/** The tokens of people's values: of person i those from first[i] to first[i + 1] - 1 of
 * ${list}, numbers below ${ntokens}. What they spell is not kept. */
struct tally_audit_tokens {
    size_t n;       /* people */
    size_t ntokens; /* different ones */
    uint32_t *first;
    uint32_t *list;
    uint32_t *k; /* bits that each token sets in a filter */
};
void tally_audit_tokens_free(struct tally_audit_tokens *t);

/** One view of the encodings under attack, and what the attacker brings along. */
struct tally_audit_scene {
    const struct tally_audit_rows *victims;
    const struct tally_audit_rows *people;   /* the population under the attacker's key */
    const struct tally_audit_tokens *tokens; /* the values of the same people */
    /* Granted in advance: of victim i the person, else TALLY_AUDIT_NONE. NULL: nothing.
     */
    const uint32_t *granted;
    uint64_t seed;
    struct tally_pool *pool;
    struct tally_progress *progress;
};

/** What an attack says: of victim i the person, or TALLY_AUDIT_NONE. ${sure} holds for
 * claims that the attack has checked against itself, without the truth. */
struct tally_audit_claims {
    size_t n;
    uint32_t *person;
    bool *sure;
};
TALLY_NODISCARD int tally_audit_claims_create(struct tally_audit_claims *c, size_t n,
                                              struct tally_err *err);
void tally_audit_claims_free(struct tally_audit_claims *c);
size_t tally_audit_claims_sure(const struct tally_audit_claims *c);

/** A1, the key drill: ${people} stands under the real key, and each victim is looked up
 * in it. Sure where the encodings are equal. */
TALLY_NODISCARD int tally_attack_key(const struct tally_audit_scene *s,
                                     struct tally_audit_claims *out,
                                     struct tally_err *err);

/**
 * A6, across projects: ${people} are the encodings of another project. Claims are of
 * victims whose encoding is more like one there than encodings under different keys can
 * be, all of them sure: each shows by itself that a key was used twice.
 */
TALLY_NODISCARD int tally_attack_reuse(const struct tally_audit_scene *s,
                                       struct tally_audit_claims *out,
                                       struct tally_err *err);

/**
 * A2, frequency alignment: Christen, Schnell, Vatsalan and Ranbaduge, "Efficient
 * cryptanalysis of Bloom filters for privacy-preserving record linkage", PAKDD 2017.
 */
TALLY_NODISCARD int tally_attack_frequency(const struct tally_audit_scene *s,
                                           struct tally_audit_claims *out,
                                           struct tally_err *err);

/**
 * A3, graph matching without the key, after Vidanage, Christen, Ranbaduge and Schnell, "A
 * graph matching attack on privacy-preserving record linkage", CIKM 2020. The attacker
 * encodes its list under a key of its own and aligns the two similarity graphs: records
 * are first paired by how their similarities are spread, or by their places in a
 * spectral embedding of the graph, and then again and again by their similarities to the
 * surest pairs.
 */
TALLY_NODISCARD int tally_attack_graph(const struct tally_audit_scene *s,
                                       struct tally_audit_claims *out,
                                       struct tally_err *err);

/** The refinement of A3 by itself: ${pairs} of ${npairs} pairs (victim, person), surest
 * first, are the first anchors; those that ${fixed} says are known to be right stay. */
TALLY_NODISCARD int tally_graph_refine(const struct tally_audit_scene *s,
                                       const struct tally_audit_pair *pairs,
                                       size_t npairs, size_t fixed,
                                       struct tally_audit_claims *out,
                                       struct tally_err *err);

/** Starting pairs for A3 from the leading directions of the bits: the same in both files
 * but for sign and turn, which third moments settle. ${out} is malloced, surest first. */
TALLY_NODISCARD int tally_graph_embed(const struct tally_audit_scene *s,
                                      struct tally_audit_pair **out, size_t *n,
                                      struct tally_err *err);

/**
 * A4, known pairs: naive Bayes over the bits of granted pairs, after Heng, Armknecht,
 * Chen and Schnell's neural attack; and the refinement of A3 with the granted pairs as
 * anchors. The surer of the two counts. Granted victims are not claimed.
 */
TALLY_NODISCARD int tally_attack_known(const struct tally_audit_scene *s,
                                       struct tally_audit_claims *out,
                                       struct tally_err *err);

/**
 * A5, pattern mining: Christen, Vidanage, Ranbaduge and Schnell, "Pattern-mining based
 * cryptanalysis of Bloom filters for privacy-preserving record linkage", PAKDD 2018.
 * ${natoms} gets the sets of bits that were found to stand for a token.
 */
TALLY_NODISCARD int tally_attack_pattern(const struct tally_audit_scene *s,
                                         struct tally_audit_claims *out, size_t *natoms,
                                         struct tally_err *err);

#endif
