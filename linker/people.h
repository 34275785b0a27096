/*
 * The people of a cohort one after another, each with all records.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PEOPLE_H
#define TALLY_PEOPLE_H

#include "linker/cohort.h"
#include "linker/tables.h"
#include "protocols/linkmap.h"

struct tally_person_record {
    size_t source;
    int64_t part;
    const char *const *cells; /* by position */
};
struct tally_person {
    char pseudonym[2 * TALLY_PSEUDONYM_BYTES + 1];
    size_t nrecords;
    const struct tally_person_record *records;
};

struct tally_people;

/** Pseudonyms that are to be left out, ascending. */
struct tally_withdrawn {
    const char *const *list;
    size_t n;
};

/** Open the cohort at ${path} without the records of ${withdrawn}, which is borrowed, and
 * people who have no others. With ${wide} people are those of the low thresholds. Errors:
 * TALLY_E_FORMAT, TALLY_E_CORRUPT, TALLY_E_IO. */
TALLY_NODISCARD int tally_people_open(struct tally_people **out, const char *path,
                                      bool wide, const struct tally_withdrawn *withdrawn,
                                      struct tally_err *err);
/** To before the first person: once after opening, and after the last. */
TALLY_NODISCARD int tally_people_rewind(struct tally_people *p, struct tally_err *err);
/** 1 and the next person, valid until the next call; 0 at the end; -1. */
TALLY_NODISCARD int tally_people_next(struct tally_people *p, struct tally_person *out,
                                      struct tally_err *err);
/** The source called ${name}, TALLY_NONE for none; the place of its column ${name}. */
size_t tally_people_source(const struct tally_people *p, const char *name);
size_t tally_people_column(const struct tally_people *p, size_t source, const char *name);
void tally_people_close(struct tally_people *p);

#endif
