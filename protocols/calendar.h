/*
 * Days, written 2026-11-22 and compared as text.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_CALENDAR_H
#define TALLY_PROTOCOLS_CALENDAR_H

#include <stdbool.h>

/** Room for a day and its NUL. */
#define TALLY_DAY 11

/** Today in UTC. */
void tally_today(char out[TALLY_DAY]);

/** Whether ${text} is a day there is, from 2000 to 2199. */
bool tally_day_valid(const char *text);

/** ${months} months after ${from}, a valid day; the last day of the month where it has no
 * such day. */
void tally_day_after(const char *from, unsigned months, char out[TALLY_DAY]);

#endif
