/*
 * What a source is: whom it knows, how it writes and how often it errs. Shared by the
 * file that has the sources and the one that writes their records.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_SYNTH_SOURCE_H
#define TALLY_SYNTH_SOURCE_H

#include "benchmarks/synth_view.h"

enum date_style { DATE_ISO, DATE_SLASHED };
enum sex_style { SEX_LETTER, SEX_WORD };

/* In a million records. */
struct rates {
    uint32_t no_forename;
    uint32_t no_birth;
    uint32_t no_sex;
    uint32_t no_postcode;
    uint32_t no_address;
    uint32_t default_birth; /* 1 January 1900, or 1 January of the right year */
    uint32_t typo;          /* each of forename, surname, address line, postcode */
    uint32_t ocr;
    uint32_t phonetic;
    uint32_t nickname; /* of those whose forename has one */
    uint32_t alias;    /* another forename, or another surname, altogether */
    uint32_t swapped_names;
    uint32_t swapped_date; /* day for month, where that is a date */
    uint32_t date_digit;
    uint32_t wrong_sex;
    uint32_t stale_surname; /* the former surname although the change was earlier */
    uint32_t half_postcode;
    uint32_t no_town;
    uint32_t short_street; /* Rd for Road */
};

struct tally_synth_profile {
    const char *name;
    uint32_t window_days; /* records were made up to so long ago */
    bool upper;           /* UPPER CASE */
    uint32_t folded;      /* percent of records without diacritics */
    uint32_t tight_postcode;
    enum date_style date;
    enum sex_style sex;
    struct rates rates;
    uint32_t (*coverage)(const struct tally_synth_person *p); /* in a million */
    void (*payload)(const struct tally_synth_person *p, struct tally_synth_rng *r,
                    struct tally_synth_record *out);
    bool nhs_number;
    const char *columns[TALLY_SYNTH_CELLS + 1];
};

static inline char *
synth_next_cell(struct tally_synth_record *out)
{
    return out->cells[out->ncells++];
}

#endif
