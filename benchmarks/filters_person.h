/*
 * The people behind made-up filters: names as common as in England and Wales, families at
 * one address, and copies with errors. Each is made from its number alone, so that
 * millions need no memory. Private to benchmarks/filters*.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_FILTERS_PERSON_H
#define TALLY_FILTERS_PERSON_H

#include <stdbool.h>
#include <stdint.h>

#include "benchmarks/synth_lists.h"

enum tally_filter_field {
    TALLY_FILTER_FORENAME,
    TALLY_FILTER_SURNAME,
    TALLY_FILTER_BIRTH, /* yyyy-mm-dd */
    TALLY_FILTER_SEX,
    TALLY_FILTER_POSTCODE,
    TALLY_FILTER_FIELDS
};

struct tally_filter_person {
    char field[TALLY_FILTER_FIELDS][TALLY_SYNTH_NAME];
};

/** The tables for sources of ${n} people. */
TALLY_NODISCARD int tally_filter_lists(struct tally_synth_lists **out, uint64_t n,
                                       struct tally_err *err);

/** Person ${row} of ${source}. In every group of four one shares surname and postcode
 * with the first, which makes about a quarter of all who do. */
void tally_filter_person(const struct tally_synth_lists *lists, uint32_t source,
                         uint64_t row, struct tally_filter_person *out);

/** Whether ${row} of ${source} is ${row} of source 0 with up to three errors: three in
 * ten are, of sources other than 0. */
bool tally_filter_is_copy(uint32_t source, uint64_t row);

#endif
