/*
 * For tests: an export made row by row in the scratch folder, and what its profile finds.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_PROFILERUN_H
#define TALLY_TESTS_PROFILERUN_H

#include <stdbool.h>
#include <stddef.h>

#include "bloom/base/bytes.h"
#include "bloom/profile.h"

#define PROFILERUN_NAMES "forename,surname,date_of_birth,sex,postcode\n"

/** An export and its profile. Zeros are the usual; stop in the end. */
struct profilerun {
    struct tally_buf text;
    struct tally_profile *p;
    struct tally_schema *schema;
    struct tally_mapping mapping;
    bool mapped; /* the mapping is the test's own */
    size_t limit;
    unsigned threads;
    const char *id;
    const char *alias_of;
    struct tally_err err;
};

/** Group setup for cmocka: a scratch folder to run in (scratch.h, which has the
 * teardown). */
int profilerun_enter(void **state);

/** Append to the export. */
void profilerun_put(struct profilerun *x, const char *fmt, ...) TALLY_PRINTF(2, 3);

/** Row ${i} of people who differ in everything but sex. */
void profilerun_put_person(struct profilerun *x, unsigned i, const char *date,
                           const char *postcode);
/** ${n} ordinary people, dates of birth spread over days, months and years. */
void profilerun_put_people(struct profilerun *x, unsigned n);

/** Profile what was put so far; the second must succeed. */
int profilerun_try(struct profilerun *x);
void profilerun_run_well(struct profilerun *x);
void profilerun_stop(struct profilerun *x);

const struct tally_profile_field *profilerun_field(const struct profilerun *x,
                                                   const char *name);
/** The finding of ${check} in the field ${name}, or in the file when that is NULL. */
const struct tally_finding *profilerun_found(const struct profilerun *x, const char *name,
                                             enum tally_check check);
/** It must be of ${count} records, with this verdict. */
void profilerun_assert_found(const struct profilerun *x, const char *name,
                             enum tally_check check, uint64_t count,
                             enum tally_verdict v);

/** The profile as JSON. Caller frees. */
char *profilerun_as_json(const struct profilerun *x);

#endif
