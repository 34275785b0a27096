/*
 * A release as one HTML page, and the words that all its files use.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_RELEASE_PAGE_H
#define TALLY_RELEASE_PAGE_H

#include "linker/release_write.h"

/** "people", "records", or the column that is added up. */
const char *tally_release_measure(const struct tally_table *t);
/** Level ${i} of dimension ${d}; "all" for the total. */
const char *tally_release_level(const struct tally_counted *c, size_t d, size_t i);

/** Write the page into ${f}. */
TALLY_NODISCARD int tally_release_page(struct tally_outfile *f,
                                       const struct tally_release *r,
                                       const struct tally_release_head *head,
                                       struct tally_err *err);

#endif
