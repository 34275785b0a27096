/*
 * JSON through jansson: strict reading with path and line in every error, and building.
 * What a document or a value under construction held is wiped when it is freed; the text
 * of tally_json_text is the caller's to wipe.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_JSON_H
#define TALLY_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

#define TALLY_JSON_BYTES_MAX (16u << 20)

/** A parsed document with its text (for line numbers). */
struct tally_json_doc;

/** A place in a document: a plain value, valid while the document lives. */
struct tally_json {
    const struct tally_json_doc *doc;
    const void *node; /* private */
    char path[160];   /* for instance fields[2].weight; empty at the root */
};

/** Parse ${len} bytes (duplicate keys, trailing bytes, bad UTF-8, NUL in strings and
 * nesting above 64 refused: TALLY_E_JSON with ${name}, line and column). ${name} is what
 * errors call the document. */
TALLY_NODISCARD int tally_json_parse(struct tally_json_doc **out, const char *name,
                                     const void *text, size_t len, struct tally_err *err);
/** The same from a file. */
TALLY_NODISCARD int tally_json_load(struct tally_json_doc **out, const char *path,
                                    struct tally_err *err);
/** The same for documents of programs whose whole numbers have no limit: where one of
 * them is beyond 64 bits, all are read as reals. */
TALLY_NODISCARD int tally_json_parse_wide(struct tally_json_doc **out, const char *name,
                                          const void *text, size_t len,
                                          struct tally_err *err);
TALLY_NODISCARD int tally_json_load_wide(struct tally_json_doc **out, const char *path,
                                         struct tally_err *err);

void tally_json_doc_free(struct tally_json_doc *d);
struct tally_json tally_json_root(const struct tally_json_doc *d);

/** Set ${err} to ${code} with "NAME: line L: PATH: formatted". Returns -1. For rules of
 * the caller. */
int tally_json_err(const struct tally_json *j, struct tally_err *err,
                   enum tally_code code, const char *fmt, ...) TALLY_PRINTF(4, 5);

/** Member ${key} of an object: 1 found, 0 absent, -1 not an object (TALLY_E_JSON). */
TALLY_NODISCARD int tally_json_find(const struct tally_json *obj, const char *key,
                                    struct tally_json *out, struct tally_err *err);
/** The same, absent is an error naming the key. 0 or -1. */
TALLY_NODISCARD int tally_json_need(const struct tally_json *obj, const char *key,
                                    struct tally_json *out, struct tally_err *err);
/** Refuse members of ${obj} not in the NULL-terminated list ${keys}, naming the first. */
TALLY_NODISCARD int tally_json_only(const struct tally_json *obj, const char *const *keys,
                                    struct tally_err *err);
/** Array length and element. */
TALLY_NODISCARD int tally_json_length(const struct tally_json *arr, size_t *out,
                                      struct tally_err *err);
TALLY_NODISCARD int tally_json_at(const struct tally_json *arr, size_t i,
                                  struct tally_json *out, struct tally_err *err);
/** Values, checked for type and range (inclusive). Strings live as long as the document;
 * ${max} is the greatest length in bytes. */
TALLY_NODISCARD int tally_json_str(const struct tally_json *j, size_t max,
                                   const char **out, struct tally_err *err);
TALLY_NODISCARD int tally_json_int(const struct tally_json *j, int64_t min, int64_t max,
                                   int64_t *out, struct tally_err *err);
TALLY_NODISCARD int tally_json_real(const struct tally_json *j, double min, double max,
                                    double *out, struct tally_err *err);
TALLY_NODISCARD int tally_json_bool(const struct tally_json *j, bool *out,
                                    struct tally_err *err);
bool tally_json_is_null(const struct tally_json *j);

/**
 * Building. A value under construction; NULL after running out of memory, which every
 * call accepts, so that only tally_json_text need be checked. Adding to a parent hands
 * ownership over.
 */
struct tally_jnode;
struct tally_jnode *tally_jobject(void);
struct tally_jnode *tally_jarray(void);
void tally_jset_str(struct tally_jnode *obj, const char *key,
                    const char *value); /* NULL: null */
void tally_jset_int(struct tally_jnode *obj, const char *key, int64_t value);
void tally_jset_real(struct tally_jnode *obj, const char *key,
                     double value); /* NaN: null */
void tally_jset_bool(struct tally_jnode *obj, const char *key, bool value);
void tally_jset(struct tally_jnode *obj, const char *key, struct tally_jnode *value);
void tally_jpush(struct tally_jnode *arr, struct tally_jnode *value);
void tally_jpush_str(struct tally_jnode *arr, const char *value);
void tally_jpush_int(struct tally_jnode *arr, int64_t value);
void tally_jpush_real(struct tally_jnode *arr, double value);
void tally_jfree(struct tally_jnode *n);
/** JSON Merge Patch (RFC 7396): members of the object ${patch} replace those of ${target}
 * of the same name, objects among them member by member, and null takes one away. */
void tally_jmerge(struct tally_jnode *target, const struct tally_json *patch);
/** A copy of ${j} and all in it, to be added to a parent or printed. */
struct tally_jnode *tally_jcopy(const struct tally_json *j);
/** The text, keys in the order set when ${indent} > 0, sorted and compact when it is 0
 * (the canonical form that digests are taken of). Reals print with the shortest digits
 * that read back the same. Malloced and NUL-terminated; NULL when out of memory or the
 * node is NULL. */
char *tally_json_text(const struct tally_jnode *n, unsigned indent);

#endif
