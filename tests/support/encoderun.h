/*
 * For tests: one run of the encoder over a small export, from text to open file. A test
 * says what differs from the usual, and is told what came of it.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_ENCODERUN_H
#define TALLY_TESTS_ENCODERUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/encfile.h"
#include "bloom/encode.h"
#include "bloom/exclude.h"

#define ENCODERUN_FIELDS "forename,surname,date_of_birth,postcode,nhs_number"
#define ENCODERUN_ROW    256 /* bytes of an encoding of profile standard or plain */

/** A run. Zeros are the usual. */
struct encoderun {
    const char *fields;  /* NULL: ENCODERUN_FIELDS */
    const char *profile; /* NULL: standard */
    const char *views;
    const char *match_keys;
    const char *map; /* text of a mapping file; NULL: guessed */
    const char *source;
    const char *id;
    const char *alias_of;
    const char *opt_out; /* text of a list */
    const char *exclude;
    const char *mark; /* column that marks with Y */
    bool marks_aliases;
    bool ids_stay;
    const char *payload[4]; /* columns; the part is there without any too */
    bool no_payload;
    unsigned dummies;
    bool dry_run;
    bool no_force;
    bool allow_empty;
    bool onto_input;  /* the encodings file is to be the export */
    unsigned threads; /* 0: two */
    uint64_t seed;    /* of tokens, unless: */
    bool own_tokens;

    /* What came of it. */
    struct tally_encode_summary sum;
    struct tally_exclude_counts lists[2];
    uint64_t others; /* values in the column of marks */
    struct tally_err err;
};

/** Group setup and teardown for cmocka: a folder with these files in it. */
int encoderun_make(void **state);
int encoderun_remove(void **state);
extern char encoderun_csv[96], encoderun_enc[96], encoderun_pay[96];

/** The export becomes ${text}. */
void encoderun_write(const void *text, size_t len);

/** The export becomes ${n} people, ids P0 and on, count 0 and on, and of every seventh a
 * note with all that CSV can hold: ENCODERUN_NOTE, of the others "plain". */
void encoderun_people(unsigned n);
#define ENCODERUN_PEOPLE        "id,forename,surname,date_of_birth,sex,postcode,note,count\n"
#define ENCODERUN_PEOPLE_FIELDS "forename,surname,date_of_birth,sex,postcode"
#define ENCODERUN_NOTE          "a \"b\",\n c"

/** Encode ${text}; NULL: what the export is already. */
enum tally_code encoderun(struct encoderun *a, const char *text);

/** The same, which must succeed, and the file opened. */
struct tally_encfile *encoderun_open(struct encoderun *a, const char *text);

/** The same must fail with ${code} and a text that holds ${says}, and leave no file. */
void encoderun_refused(struct encoderun *a, const char *text, enum tally_code code,
                       const char *says);

/** The schema of ${a}. Caller frees. */
struct tally_schema *encoderun_schema(const struct encoderun *a);

/** ${values} of the fields of ${a}, normalised. */
void encoderun_normalise(const struct encoderun *a, const char *const *values,
                         struct tally_value *out);

/** The encoding of ${values}, one a field, in view ${v}, by the parts that the encoder is
 * made of: diffused, so not for other profiles. */
void encoderun_by_hand(const struct encoderun *a, size_t v, const char *const *values,
                       uint8_t out[ENCODERUN_ROW]);

/** The record with id ${id}. */
uint64_t encoderun_record(const struct tally_encfile *e, const char *id);

/** Row ${row} of view ${v} is of record ${id} and encodes ${values}. */
void encoderun_assert_row(const struct tally_encfile *e, const struct encoderun *a,
                          size_t v, uint64_t row, const char *id,
                          const char *const *values);

/** The first row of record ${id} in view ${v}, and how many it has. */
uint64_t encoderun_first_row(const struct tally_encfile *e, size_t v, const char *id,
                             size_t *n);

#endif
