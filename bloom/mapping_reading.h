/*
 * The style of a date column as a mapping file writes it: "[mdy]", "[dmy, century 1930]",
 * "[dmy, 01/01 unknown]".
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_MAPPING_READING_H
#define TALLY_MAPPING_READING_H

#include <stdbool.h>

#include "bloom/base/bytes.h"
#include "bloom/normalise.h"

/** Read the text between the brackets, which is cut up. False when it is no reading. */
bool tally_reading_parse(char *text, struct tally_date_reading *reading);

/** Append " [mdy]" or the like; nothing for the usual reading. */
TALLY_NODISCARD int tally_reading_append(struct tally_buf *b,
                                         const struct tally_date_reading *reading,
                                         struct tally_err *err);

#endif
