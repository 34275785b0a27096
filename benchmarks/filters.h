/*
 * Made-up filters for timing the join: as alike as encoded people are, without any
 * person.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_FILTERS_H
#define TALLY_FILTERS_H

#include <stdbool.h>

#include "linker/join.h"

enum tally_filters_kind {
    /** Forename, surname, date of birth, sex and postcode of made-up people as bigrams,
       15 bits each in 1024: fill about .4, bits that hang together. A quarter share
       surname and postcode with another. */
    TALLY_FILTERS_CLK,
    /** Independent bits, half of them set: what diffusion leaves. Nothing to prune. */
    TALLY_FILTERS_UNIFORM
};

/**
 * ${n} filters of ${bits} (a multiple of 64, at most TALLY_BITS_MAX) of source ${source},
 * the same for the same arguments. About three in ten rows of a source other than 0 are
 * rows of source 0 of the same ${n}, with up to three errors. Free with
 * tally_filters_free. Errors: TALLY_E_NOMEM.
 */
TALLY_NODISCARD int tally_filters_make(struct tally_matrix *out,
                                       enum tally_filters_kind kind, size_t n,
                                       uint32_t bits, uint32_t source,
                                       struct tally_err *err);
void tally_filters_free(struct tally_matrix *m);

#endif
