/*
 * Rules of a spec held against the records of one person.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_MATCHER_H
#define TALLY_MATCHER_H

#include "linker/people.h"
#include "linker/tables.h"

/** A spec made fit for a cohort: where its sources and columns stand there. */
struct tally_matcher;
/** TALLY_E_DATA names what the cohort has not. ${spec} is borrowed. */
TALLY_NODISCARD int tally_matcher_create(struct tally_matcher **out,
                                         const struct tally_tables *spec,
                                         const struct tally_people *people,
                                         struct tally_err *err);
/** Whether record ${r} is one of ${event}. */
bool tally_matcher_event(const struct tally_matcher *m, size_t event,
                         const struct tally_person_record *r);
/** Whether ${p} meets ${rule}; TALLY_NONE is met by all. */
bool tally_matcher_rule(const struct tally_matcher *m, size_t rule,
                        const struct tally_person *p);
/** The first record of ${event} by its date; NULL when ${p} has none. */
const struct tally_person_record *tally_matcher_first(const struct tally_matcher *m,
                                                      size_t event,
                                                      const struct tally_person *p);
/** What ${r}, of ${event}, has in the column of dimension ${dim}, cut to its characters;
 * ${len} bytes. */
const char *tally_matcher_value(const struct tally_matcher *m, size_t event, size_t dim,
                                const struct tally_person_record *r, size_t *len);
/** What ${r} of the event of ${table} has in the column that it adds up: 0 for what is no
 * whole number. */
uint64_t tally_matcher_sum(const struct tally_matcher *m, size_t table,
                           const struct tally_person_record *r);
/** The level of group dimension ${dim}. */
size_t tally_matcher_group(const struct tally_matcher *m, size_t dim,
                           const struct tally_person *p);
void tally_matcher_free(struct tally_matcher *m);

#endif
