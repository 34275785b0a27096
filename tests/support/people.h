/*
 * For tests of linking: made-up people as rows of bits, with fields that strangers share
 * now and then, errors, and who is who.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_PEOPLE_H
#define TALLY_TESTS_PEOPLE_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/encfile.h"

#define PEOPLE_BITS 1024

/** One source: ${n} people, numbers ${first} on; the first ${twice} of them stand in it
 * again. */
struct people_source {
    const char *name;
    uint32_t first;
    uint32_t n;
    uint32_t twice;
    uint32_t errors_percent; /* of fields that carry a slip */
    int duplicates_possible; /* what its owner declares */
    uint32_t empty;          /* further records without any bit */
};

/** Write ${source} as the encodings file ${path} and open it. Ids are person numbers, "e"
 * for empty records; rows stand in an order of their own. Fails the test on error. */
struct tally_encfile *people_open(const struct people_source *source, const char *path);

/** The person a record is: UINT32_MAX for an empty one. */
uint32_t people_person(const struct tally_encfile *enc, size_t row);

#endif
