/*
 * Diagnostics on standard error: levels, a prefix, no personal values.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_LOG_H
#define TALLY_BASE_LOG_H

#include "bloom/base/err.h"

enum tally_log_level { TALLY_LOG_ERROR, TALLY_LOG_WARN, TALLY_LOG_NOTE, TALLY_LOG_DEBUG };

/** Show messages up to ${level}; the default is NOTE. Under journald (JOURNAL_STREAM set)
 * lines carry a priority prefix instead of "tally: warning: ". */
void tally_log_set(enum tally_log_level level);

/** One line on standard error, control characters removed. Notes have no prefix but "tally: ". */
void tally_log(enum tally_log_level level, const char *fmt, ...) TALLY_PRINTF(2, 3);

/** Called before each line is printed, so that a progress bar can get out of the way; NULL for none. */
void tally_log_before(void (*fn)(void));

#endif
