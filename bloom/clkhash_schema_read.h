/*
 * Reading the parts of a feature, private to the clkhash schema.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLKHASH_SCHEMA_READ_H
#define TALLY_CLKHASH_SCHEMA_READ_H

#include "bloom/clkhash_schema.h"

/** A whole number from ${min} to ${max} (2.0 is one). TALLY_E_LIMIT when it is over
 * ${max} though that is a limit of ours. */
TALLY_NODISCARD int clkhash_read_whole(const struct tally_json *j, int64_t min,
                                       int64_t max, int64_t *out, struct tally_err *err);
/** The same for member ${key} of ${obj}; absent leaves ${out} when ${needed} is false. */
TALLY_NODISCARD int clkhash_read_count(const struct tally_json *obj, const char *key,
                                       bool needed, int64_t min, int64_t max,
                                       int64_t *out, struct tally_err *err);
/** Member ${key} as text; absent leaves ${out} when ${needed} is false. */
TALLY_NODISCARD int clkhash_read_text(const struct tally_json *obj, const char *key,
                                      bool needed, const char **out,
                                      struct tally_err *err);
/** Member ${key} as true or false; absent leaves ${out}. */
TALLY_NODISCARD int clkhash_read_bool(const struct tally_json *obj, const char *key,
                                      bool *out, struct tally_err *err);
/** Member ${key} as one of the NULL-terminated ${words}; absent leaves ${out} unless
 * ${needed}. */
TALLY_NODISCARD int clkhash_read_word(const struct tally_json *obj, const char *key,
                                      bool needed, const char *const *words, size_t *out,
                                      struct tally_err *err);

/** A "format", a "hashing" of version 3, and a "hash". */
TALLY_NODISCARD int clkhash_read_format(const struct tally_json *j,
                                        struct tally_clkhash_format *f,
                                        struct tally_err *err);
TALLY_NODISCARD int clkhash_read_hashing(const struct tally_json *j, unsigned version,
                                         struct tally_clkhash_hashing *h, double *weight,
                                         struct tally_err *err);
TALLY_NODISCARD int clkhash_read_hash(const struct tally_json *j,
                                      struct tally_clkhash_hashing *h,
                                      struct tally_err *err);

/** What only matters when the feature is not ignored: that its pattern, its date format
 * and its threshold work. Errors name the place of ${j}, the feature. */
TALLY_NODISCARD int clkhash_check_feature(const struct tally_json *j,
                                          struct tally_clkhash_feature *f,
                                          struct tally_err *err);

#endif
