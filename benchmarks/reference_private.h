/*
 * What the files of the plaintext reference linker share. Private to
 * benchmarks/reference*.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_REFERENCE_PRIVATE_H
#define TALLY_REFERENCE_PRIVATE_H

#include "benchmarks/reference.h"
#include "bloom/base/bytes.h"

#define REFERENCE_SOURCES_MAX 16

struct tally_reference {
    const struct tally_schema *schema;
    size_t nsources;
    uint32_t start[REFERENCE_SOURCES_MAX + 1];
    struct tally_buf texts; /* values with a NUL each; at 0 the empty one: missing */
    struct tally_buf ids;
    size_t cap;      /* records that the arrays have room for */
    size_t *id;      /* of each record: where in ids */
    size_t *text;    /* of each record and field: where in texts */
    uint32_t *count; /* of each record and field: how many records have the value */
    uint32_t filled[TALLY_SCHEMA_FIELDS_MAX]; /* records that have any */
    /* How often field f agrees for strangers who agree on field g < f: a suburb mostly does
     * when the postcode does. 0 where it cannot be said. */
    double given[TALLY_SCHEMA_FIELDS_MAX][TALLY_SCHEMA_FIELDS_MAX];
};

static inline uint32_t
reference_records(const struct tally_reference *r)
{
    return r->start[r->nsources];
}

static inline const char *
reference_text(const struct tally_reference *r, uint32_t x, size_t f)
{
    return (const char *)r->texts.data + r->text[(size_t)x * r->schema->nfields + f];
}

/** Count how often each value occurs, and which fields hang together: before linking. */
TALLY_NODISCARD int reference_count(struct tally_reference *r, struct tally_err *err);

/** Pairs of records of sources ${a} and ${b} (of one: inside it) that share a value, a
 * half of one, or two values, where not too many do: x << 32 | y, ascending, each once.
 * Malloced. */
TALLY_NODISCARD int reference_candidates(const struct tally_reference *r, size_t a,
                                         size_t b, uint64_t **out, size_t *n,
                                         struct tally_err *err);

#endif
