/*
 * What the parts of reading a spec share: linker/tables_text.c has members and names,
 * linker/tables_rules.c events and rules, linker/tables_dims.c dimensions,
 * linker/tables_read.c the whole. Errors are those of tally_tables_read.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TABLES_IMPL_H
#define TALLY_TABLES_IMPL_H

#include "linker/tables.h"

/** A copy of the text ${j}, without control characters. */
TALLY_NODISCARD int tally_spec_text(const struct tally_json *j, size_t max, char **out,
                                    struct tally_err *err);
/** Of member ${key}: there must be one, and not empty; or there may be one. */
TALLY_NODISCARD int tally_spec_need_text(const struct tally_json *obj, const char *key,
                                         size_t max, char **out, struct tally_err *err);
TALLY_NODISCARD int tally_spec_find_text(const struct tally_json *obj, const char *key,
                                         size_t max, char **out, struct tally_err *err);
/** The array ${key} of at most ${max}: n is 0 when there is none. */
TALLY_NODISCARD int tally_spec_list(const struct tally_json *obj, const char *key,
                                    size_t max, struct tally_json *out, size_t *n,
                                    struct tally_err *err);
/** Copies of its ${n} texts, all different. */
TALLY_NODISCARD int tally_spec_texts(const struct tally_json *list, size_t n, char **out,
                                     struct tally_err *err);
/** The number ${key}; ${out} stays as it is when there is none. */
TALLY_NODISCARD int tally_spec_count(const struct tally_json *obj, const char *key,
                                     uint64_t *out, struct tally_err *err);

/** The event, group or dimension of that name so far, or TALLY_NONE. */
typedef size_t tally_spec_finder(const struct tally_tables *t, const char *name);
tally_spec_finder tally_spec_event_called;
tally_spec_finder tally_spec_group_called;
tally_spec_finder tally_spec_dim_called;
/** The one that ${j} names; or that member ${key} does, TALLY_NONE without it. */
TALLY_NODISCARD int tally_spec_named(const struct tally_tables *t,
                                     const struct tally_json *j, tally_spec_finder *find,
                                     const char *what, size_t *out,
                                     struct tally_err *err);
TALLY_NODISCARD int tally_spec_member(const struct tally_tables *t,
                                      const struct tally_json *obj, const char *key,
                                      tally_spec_finder *find, const char *what,
                                      size_t *out, struct tally_err *err);

/** Parts that were begun are freed with the spec. */
TALLY_NODISCARD int tally_spec_event(const struct tally_json *j, struct tally_event *e,
                                     struct tally_err *err);
TALLY_NODISCARD int tally_spec_group(struct tally_tables *t, const struct tally_json *j,
                                     size_t i, struct tally_err *err);
TALLY_NODISCARD int tally_spec_dimension(const struct tally_tables *t,
                                         const struct tally_json *j,
                                         struct tally_dimension *d,
                                         struct tally_err *err);
/** The rule in member ${key}; TALLY_NONE without it. */
TALLY_NODISCARD int tally_spec_rule(struct tally_tables *t, const struct tally_json *obj,
                                    const char *key, size_t *out, struct tally_err *err);

#endif
