/*
 * Dimensions of tables.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/tables_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Dimensions. */

static int
allocate_levels(struct tally_dimension *d, size_t n, struct tally_err *err)
{
    d->levels = calloc(n + 1, sizeof *d->levels);
    if (d->levels == NULL) {
        return tally_err_nomem(err);
    }
    d->nlevels = n;
    return 0;
}

static int
read_levels(const struct tally_json *j, struct tally_dimension *d, struct tally_err *err)
{
    struct tally_err no = TALLY_ERR_INIT;
    struct tally_json list;
    const char *found;
    size_t n;

    if (tally_json_need(j, "levels", &list, err) != 0) {
        return -1;
    }
    if (tally_json_str(&list, 10, &found, &no) == 0 && strcmp(found, "found") == 0) {
        d->kind = TALLY_DIM_FOUND;
        return 0;
    }
    d->kind = TALLY_DIM_LEVELS;
    if (tally_spec_list(j, "levels", TALLY_TABLES_LEVELS_MAX, &list, &n, err) != 0) {
        return -1;
    }
    if (n == 0) {
        return tally_json_err(&list, err, TALLY_E_DATA, "lists nothing");
    }
    return allocate_levels(d, n, err) == 0 ? tally_spec_texts(&list, n, d->levels, err)
                                           : -1;
}

/* "0-9", "10-17", "18 and over". */
static int
name_band(const struct tally_dimension *d, size_t i, char **out, struct tally_err *err)
{
    int n;

    if (i + 1 == d->nlevels) {
        n = asprintf(out, "%" PRId64 " and over", d->cuts[i]);
    } else if (d->cuts[i + 1] - d->cuts[i] == 1) {
        n = asprintf(out, "%" PRId64, d->cuts[i]);
    } else {
        n = asprintf(out, "%" PRId64 " to %" PRId64, d->cuts[i], d->cuts[i + 1] - 1);
    }
    if (n < 0) {
        *out = NULL;
        return tally_err_nomem(err);
    }
    return 0;
}

static int
read_bands(const struct tally_json *j, struct tally_dimension *d, struct tally_err *err)
{
    struct tally_json list, one;
    size_t n;

    d->kind = TALLY_DIM_BANDS;
    if (tally_spec_list(j, "bands", TALLY_TABLES_LEVELS_MAX, &list, &n, err) != 0 ||
        allocate_levels(d, n, err) != 0) {
        return -1;
    }
    d->cuts = calloc(n + 1, sizeof *d->cuts);
    if (d->cuts == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        if (tally_json_at(&list, i, &one, err) != 0 ||
            tally_json_int(&one, -1000000000, 1000000000, &d->cuts[i], err) != 0) {
            return -1;
        }
        if (i > 0 && d->cuts[i] <= d->cuts[i - 1]) {
            return tally_json_err(&one, err, TALLY_E_DATA, "does not ascend");
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (name_band(d, i, &d->levels[i], err) != 0) {
            return -1;
        }
    }
    return n > 0 ? 0 : tally_json_err(&list, err, TALLY_E_DATA, "lists nothing");
}

static int
read_dim_groups(const struct tally_tables *t, const struct tally_json *j,
                struct tally_dimension *d, struct tally_err *err)
{
    struct tally_json list, one;
    size_t n;

    d->kind = TALLY_DIM_GROUPS;
    if (tally_spec_list(j, "groups", TALLY_TABLES_MAX, &list, &n, err) != 0) {
        return -1;
    }
    if (n == 0) {
        return tally_json_err(&list, err, TALLY_E_DATA, "lists nothing");
    }
    if (allocate_levels(d, n, err) != 0 ||
        tally_spec_texts(&list, n, d->levels, err) != 0) {
        return -1;
    }
    d->groups = calloc(n, sizeof *d->groups);
    if (d->groups == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        if (tally_json_at(&list, i, &one, err) != 0 ||
            tally_spec_named(t, &one, tally_spec_group_called, "group", &d->groups[i],
                             err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_spec_dimension(const struct tally_tables *t, const struct tally_json *j,
                     struct tally_dimension *d, struct tally_err *err)
{
    static const char *const by_groups[] = {"name", "groups", "other", NULL};
    static const char *const by_bands[] = {"name", "column", "bands", "other", NULL};
    static const char *const by_levels[] = {"name",  "column",     "levels",
                                            "other", "characters", NULL};
    struct tally_json m;
    uint64_t characters = 0;
    int groups = tally_json_find(j, "groups", &m, err), bands;

    if (groups < 0 ||
        tally_spec_need_text(j, "name", TALLY_TABLES_NAME_MAX, &d->name, err) != 0 ||
        tally_spec_find_text(j, "other", TALLY_TABLES_TEXT_MAX, &d->other, err) != 0) {
        return -1;
    }
    if (d->other == NULL && groups == 1 && (d->other = strdup("none of these")) == NULL) {
        return tally_err_nomem(err);
    }
    if (groups == 1) {
        return tally_json_only(j, by_groups, err) == 0 ? read_dim_groups(t, j, d, err)
                                                       : -1;
    }
    bands = tally_json_find(j, "bands", &m, err);
    if (bands < 0 || tally_json_only(j, bands == 1 ? by_bands : by_levels, err) != 0 ||
        tally_spec_need_text(j, "column", TALLY_TABLES_TEXT_MAX, &d->column, err) != 0 ||
        (bands == 1 ? read_bands(j, d, err) : read_levels(j, d, err)) != 0 ||
        tally_spec_count(j, "characters", &characters, err) != 0) {
        return -1;
    }
    d->characters = (size_t)characters;
    return 0;
}
