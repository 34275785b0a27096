/*
 * For tests: two encodings files linked, which must succeed.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_LINKTWO_H
#define TALLY_TESTS_LINKTWO_H

#include "linker/link.h"

/** Link ${one} and ${two}, called that, as ${job} says, and close them. */
struct tally_link_result tally_linktwo(struct tally_encfile *one,
                                       struct tally_encfile *two,
                                       struct tally_link_job job);

#endif
