/*
 * Members of a spec that all of its parts are made of, and what they name.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/tables_impl.h"

#include <stdlib.h>
#include <string.h>

int
tally_spec_text(const struct tally_json *j, size_t max, char **out, struct tally_err *err)
{
    const char *text;

    if (tally_json_str(j, max, &text, err) != 0) {
        return -1;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            return tally_json_err(j, err, TALLY_E_DATA, "has a control character");
        }
    }
    *out = strdup(text);
    return *out != NULL ? 0 : tally_err_nomem(err);
}

int
tally_spec_need_text(const struct tally_json *obj, const char *key, size_t max,
                     char **out, struct tally_err *err)
{
    struct tally_json j;

    if (tally_json_need(obj, key, &j, err) != 0 ||
        tally_spec_text(&j, max, out, err) != 0) {
        return -1;
    }
    return (*out)[0] != '\0' ? 0 : tally_json_err(&j, err, TALLY_E_DATA, "is empty");
}

/* The text of ${key}; ${out} stays as it is when there is none. */
int
tally_spec_find_text(const struct tally_json *obj, const char *key, size_t max,
                     char **out, struct tally_err *err)
{
    struct tally_json j;
    int rc = tally_json_find(obj, key, &j, err);

    return rc == 1 ? tally_spec_text(&j, max, out, err) : rc;
}

/* The member ${key}, an array of at most ${max}; n is 0 and nothing read when absent. */
int
tally_spec_list(const struct tally_json *obj, const char *key, size_t max,
                struct tally_json *out, size_t *n, struct tally_err *err)
{
    int rc = tally_json_find(obj, key, out, err);

    *n = 0;
    if (rc != 1) {
        return rc;
    }
    if (tally_json_length(out, n, err) != 0) {
        return -1;
    }
    return *n <= max ? 0
                     : tally_json_err(out, err, TALLY_E_LIMIT,
                                      "has %zu entries; %zu is the most", *n, max);
}

int
tally_spec_texts(const struct tally_json *list, size_t n, char **out,
                 struct tally_err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct tally_json j;

        if (tally_json_at(list, i, &j, err) != 0 ||
            tally_spec_text(&j, TALLY_TABLES_TEXT_MAX, &out[i], err) != 0) {
            return -1;
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(out[k], out[i]) == 0) {
                return tally_json_err(&j, err, TALLY_E_DATA, "stands twice");
            }
        }
    }
    return 0;
}

int
tally_spec_count(const struct tally_json *obj, const char *key, uint64_t *out,
                 struct tally_err *err)
{
    struct tally_json j;
    int64_t n;
    int rc = tally_json_find(obj, key, &j, err);

    if (rc != 1) {
        return rc;
    }
    if (tally_json_int(&j, 0, 1000000, &n, err) != 0) {
        return -1;
    }
    *out = (uint64_t)n;
    return 0;
}

/* Finding what was named. */

size_t
tally_spec_event_called(const struct tally_tables *t, const char *name)
{
    for (size_t i = 0; i < t->nevents; i++) {
        if (t->events[i].name != NULL && strcmp(t->events[i].name, name) == 0) {
            return i;
        }
    }
    return TALLY_NONE;
}

size_t
tally_spec_group_called(const struct tally_tables *t, const char *name)
{
    for (size_t i = 0; i < t->ngroups; i++) {
        if (t->groups[i].name != NULL && strcmp(t->groups[i].name, name) == 0) {
            return i;
        }
    }
    return TALLY_NONE;
}

size_t
tally_spec_dim_called(const struct tally_tables *t, const char *name)
{
    for (size_t i = 0; i < t->ndims; i++) {
        if (t->dims[i].name != NULL && strcmp(t->dims[i].name, name) == 0) {
            return i;
        }
    }
    return TALLY_NONE;
}

int
tally_spec_named(const struct tally_tables *t, const struct tally_json *j,
                 tally_spec_finder *find, const char *what, size_t *out,
                 struct tally_err *err)
{
    const char *name;

    if (tally_json_str(j, TALLY_TABLES_NAME_MAX, &name, err) != 0) {
        return -1;
    }
    *out = find(t, name);
    return *out != TALLY_NONE ? 0
                              : tally_json_err(j, err, TALLY_E_DATA,
                                               "names no %s that stands before it", what);
}

/* The one named by member ${key}; TALLY_NONE when there is no such member. */
int
tally_spec_member(const struct tally_tables *t, const struct tally_json *obj,
                  const char *key, tally_spec_finder *find, const char *what, size_t *out,
                  struct tally_err *err)
{
    struct tally_json j;
    int rc = tally_json_find(obj, key, &j, err);

    *out = TALLY_NONE;
    return rc == 1 ? tally_spec_named(t, &j, find, what, out, err) : rc;
}
