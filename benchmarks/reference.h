/*
 * The suite's own plaintext linker, to hold encodings against: Fellegi-Sunter over levels
 * of similarity of the same normalised fields, with frequencies of values, blocking, a
 * threshold at a match probability and one-to-one assignment. It is a yardstick of this
 * suite, not part of what links: nothing outside benchmarks/ may use it.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_REFERENCE_H
#define TALLY_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/csv.h"
#include "bloom/base/err.h"
#include "bloom/mapping.h"

/** Its own threshold: the match probability that Splink's tutorials take. */
#define TALLY_REFERENCE_PROBABILITY .9

/** Values of all sources, held in memory in the clear and wiped when freed. */
struct tally_reference;

/** ${schema} must outlive it. */
TALLY_NODISCARD int tally_reference_create(struct tally_reference **out,
                                           const struct tally_schema *schema,
                                           struct tally_err *err);
/** Add the rows of ${csv} as the next source; ${id_column} is its column of ids. */
TALLY_NODISCARD int tally_reference_add(struct tally_reference *r, struct tally_csv *csv,
                                        const struct tally_mapping *mapping,
                                        size_t id_column, struct tally_err *err);
void tally_reference_free(struct tally_reference *r);

/** The id of record ${x}; records are numbered through, source after source. */
const char *tally_reference_id(const struct tally_reference *r, uint32_t x);
/** The source of record ${x}, in the order added. */
size_t tally_reference_source(const struct tally_reference *r, uint32_t x);

struct tally_reference_link {
    uint32_t x;
    uint32_t y; /* > x */
    double probability;
};

struct tally_reference_links {
    /* Descending probability, down to a tenth: those from TALLY_REFERENCE_PROBABILITY on
     * are the linker's answer. */
    struct tally_reference_link *links;
    size_t n;
    /* The pairs that blocking left, as x << 32 | y, ascending, and how many there are
     * without it. */
    uint64_t *candidates;
    size_t ncandidates;
    uint64_t pairs;
};

/**
 * Link each source with each other one, one-to-one, or find the duplicates in the only
 * one, many to many. Repeatable. Free with tally_reference_links_free.
 * TALLY_E_INTERRUPTED.
 */
TALLY_NODISCARD int tally_reference_link(struct tally_reference *r,
                                         struct tally_reference_links *out,
                                         struct tally_err *err);
void tally_reference_links_free(struct tally_reference_links *l);

#endif
