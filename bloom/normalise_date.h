/*
 * A date as it was read, between the file that reads it and the one that judges it.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_NORMALISE_DATE_H
#define TALLY_NORMALISE_DATE_H

#include "bloom/normalise_private.h"

/** Fixed: a bound that moved with the clock would encode one record in two ways. */
#define TALLY_YEAR_FIRST 1850
#define TALLY_YEAR_LAST  2100

/** 0 for a part that is not known. */
struct tally_date {
    int year;
    int month;
    int day;
    bool figures;    /* day and month stood where the column's order says, as figures */
    bool short_year; /* unreadable for a two-digit year whose century nothing says */
};

/** Read ${t}, which may be cut up, as ${reading} says. False when it is no date. */
bool tally_date_read(struct tally_folded *t, const struct tally_date_reading *reading,
                     struct tally_date *d);

/** Add the tables of the reader to the digest of the rules. */
void tally_date_read_rules(struct tally_digest_state *st);

#endif
