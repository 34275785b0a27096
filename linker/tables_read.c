/*
 * Reading a spec: every member is known, every name that is used is defined before, and
 * all is within limits.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/tables.h"

#include "bloom/base/file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPEC_MAX (1u << 20)

static int
copy_text(const struct tally_json *j, size_t max, char **out, struct tally_err *err)
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

static int
need_text(const struct tally_json *obj, const char *key, size_t max, char **out,
          struct tally_err *err)
{
    struct tally_json j;

    if (tally_json_need(obj, key, &j, err) != 0 || copy_text(&j, max, out, err) != 0) {
        return -1;
    }
    return (*out)[0] != '\0' ? 0 : tally_json_err(&j, err, TALLY_E_DATA, "is empty");
}

/* The text of ${key}; ${out} stays as it is when there is none. */
static int
find_text(const struct tally_json *obj, const char *key, size_t max, char **out,
          struct tally_err *err)
{
    struct tally_json j;
    int rc = tally_json_find(obj, key, &j, err);

    return rc == 1 ? copy_text(&j, max, out, err) : rc;
}

/* Names of tables become names of files. */
static int
check_file_name(const struct tally_json *obj, const char *key, const char *name,
                struct tally_err *err)
{
    struct tally_json j;

    if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0' &&
        name[0] != '-') {
        return 0;
    }
    if (tally_json_need(obj, key, &j, err) != 0) {
        return -1;
    }
    return tally_json_err(&j, err, TALLY_E_DATA,
                          "takes lower-case letters, digits and - only");
}

/* The member ${key}, an array of at most ${max}; n is 0 and nothing read when absent. */
static int
find_list(const struct tally_json *obj, const char *key, size_t max,
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

static int
read_texts(const struct tally_json *list, size_t n, char **out, struct tally_err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct tally_json j;

        if (tally_json_at(list, i, &j, err) != 0 ||
            copy_text(&j, TALLY_TABLES_TEXT_MAX, &out[i], err) != 0) {
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

/* Conditions and events. */

static int
read_values(const struct tally_json *obj, const char *key, struct tally_condition *c,
            struct tally_err *err)
{
    struct tally_json list;
    size_t n;

    if (find_list(obj, key, TALLY_TABLES_VALUES_MAX, &list, &n, err) != 0) {
        return -1;
    }
    if (n == 0) {
        return 0;
    }
    c->values = calloc(n, sizeof *c->values);
    if (c->values == NULL) {
        return tally_err_nomem(err);
    }
    c->nvalues = n;
    return read_texts(&list, n, c->values, err);
}

/* An end of a range: a whole number, or text. */
static int
read_end(const struct tally_json *obj, const char *key, char **text, int64_t *number,
         bool *is_number, bool *there, struct tally_err *err)
{
    struct tally_err no = TALLY_ERR_INIT;
    struct tally_json j;
    int rc = tally_json_find(obj, key, &j, err);

    *there = rc == 1;
    if (rc != 1) {
        return rc;
    }
    *is_number = tally_json_int(&j, INT64_MIN / 2, INT64_MAX / 2, number, &no) == 0;
    return *is_number ? 0 : copy_text(&j, TALLY_TABLES_TEXT_MAX, text, err);
}

static int
read_range(const struct tally_json *obj, struct tally_condition *c, struct tally_err *err)
{
    bool from, to, number_from = false, number_to = false;

    c->low = INT64_MIN;
    c->high = INT64_MAX;
    if (read_end(obj, "from", &c->from, &c->low, &number_from, &from, err) != 0 ||
        read_end(obj, "to", &c->to, &c->high, &number_to, &to, err) != 0) {
        return -1;
    }
    c->range = from || to;
    c->numeric = number_from || number_to;
    if (from && to && number_from != number_to) {
        return tally_json_err(obj, err, TALLY_E_DATA,
                              "\"from\" and \"to\" must both be numbers, or both text");
    }
    return 0;
}

static int
read_condition(const struct tally_json *j, struct tally_condition *c,
               struct tally_err *err)
{
    static const char *const members[] = {"column", "in", "not_in", "from", "to", NULL};
    struct tally_json not_in;
    int rc;

    if (tally_json_only(j, members, err) != 0 ||
        need_text(j, "column", TALLY_TABLES_TEXT_MAX, &c->column, err) != 0 ||
        read_values(j, "in", c, err) != 0 || read_range(j, c, err) != 0) {
        return -1;
    }
    rc = tally_json_find(j, "not_in", &not_in, err);
    if (rc == 1 && c->nvalues == 0) {
        c->not_in = true;
        rc = read_values(j, "not_in", c, err);
    }
    if (rc < 0) {
        return -1;
    }
    return (c->nvalues > 0) != c->range
               ? 0
               : tally_json_err(
                     j, err, TALLY_E_DATA,
                     "needs one of \"in\", \"not_in\", or \"from\" and \"to\"");
}

static int
read_event(const struct tally_json *j, struct tally_event *e, struct tally_err *err)
{
    static const char *const members[] = {"name", "source", "date", "where", NULL};
    struct tally_json list, one;
    size_t n;

    if (tally_json_only(j, members, err) != 0 ||
        need_text(j, "name", TALLY_TABLES_NAME_MAX, &e->name, err) != 0 ||
        need_text(j, "source", TALLY_TABLES_NAME_MAX, &e->source, err) != 0 ||
        find_text(j, "date", TALLY_TABLES_TEXT_MAX, &e->date, err) != 0 ||
        find_list(j, "where", TALLY_TABLES_MAX, &list, &n, err) != 0) {
        return -1;
    }
    e->conditions = calloc(n + 1, sizeof *e->conditions);
    if (e->conditions == NULL) {
        return tally_err_nomem(err);
    }
    for (; e->nconditions < n; e->nconditions++) {
        if (tally_json_at(&list, e->nconditions, &one, err) != 0 ||
            read_condition(&one, &e->conditions[e->nconditions], err) != 0) {
            e->nconditions++; /* its parts are freed */
            return -1;
        }
    }
    return 0;
}

/* Finding what was named. */

static size_t
event_called(const struct tally_tables *t, const char *name)
{
    for (size_t i = 0; i < t->nevents; i++) {
        if (t->events[i].name != NULL && strcmp(t->events[i].name, name) == 0) {
            return i;
        }
    }
    return TALLY_NONE;
}

static size_t
group_called(const struct tally_tables *t, const char *name)
{
    for (size_t i = 0; i < t->ngroups; i++) {
        if (t->groups[i].name != NULL && strcmp(t->groups[i].name, name) == 0) {
            return i;
        }
    }
    return TALLY_NONE;
}

static size_t
dim_called(const struct tally_tables *t, const char *name)
{
    for (size_t i = 0; i < t->ndims; i++) {
        if (t->dims[i].name != NULL && strcmp(t->dims[i].name, name) == 0) {
            return i;
        }
    }
    return TALLY_NONE;
}

typedef size_t finder(const struct tally_tables *t, const char *name);

static int
find_named(const struct tally_tables *t, const struct tally_json *j, finder *find,
           const char *what, size_t *out, struct tally_err *err)
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
static int
find_member(const struct tally_tables *t, const struct tally_json *obj, const char *key,
            finder *find, const char *what, size_t *out, struct tally_err *err)
{
    struct tally_json j;
    int rc = tally_json_find(obj, key, &j, err);

    *out = TALLY_NONE;
    return rc == 1 ? find_named(t, &j, find, what, out, err) : rc;
}

/* Rules. */

static int read_rule(struct tally_tables *t, const struct tally_json *j, size_t depth,
                     size_t *out, struct tally_err *err);

static int
read_count(const struct tally_json *obj, const char *key, uint64_t *out,
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

static int
read_seen(struct tally_tables *t, const struct tally_json *j, struct tally_rule *r,
          struct tally_err *err)
{
    static const char *const members[] = {"seen", "at_least", "at_most", "before", NULL};

    r->kind = TALLY_RULE_SEEN;
    r->at_least = 1;
    r->at_most = UINT64_MAX;
    if (tally_json_only(j, members, err) != 0 ||
        find_member(t, j, "seen", event_called, "event", &r->event, err) != 0 ||
        find_member(t, j, "before", event_called, "event", &r->before, err) != 0 ||
        read_count(j, "at_least", &r->at_least, err) != 0 ||
        read_count(j, "at_most", &r->at_most, err) != 0) {
        return -1;
    }
    if (r->at_least > r->at_most) {
        return tally_json_err(j, err, TALLY_E_DATA, "asks for more than it allows");
    }
    if (r->before != TALLY_NONE &&
        (t->events[r->event].date == NULL || t->events[r->before].date == NULL)) {
        return tally_json_err(j, err, TALLY_E_DATA,
                              "\"before\" needs a \"date\" in both events");
    }
    return 0;
}

/* The children of an "all" or "any". */
static int
read_children(struct tally_tables *t, const struct tally_json *j, const char *key,
              size_t depth, size_t at, struct tally_err *err)
{
    const char *const members[] = {key, NULL};
    struct tally_json list, one;
    size_t n, last = TALLY_NONE;

    if (tally_json_only(j, members, err) != 0 ||
        find_list(j, key, TALLY_TABLES_MAX, &list, &n, err) != 0) {
        return -1;
    }
    if (n == 0) {
        return tally_json_err(j, err, TALLY_E_DATA, "has no rules in it");
    }
    for (size_t i = 0; i < n; i++) {
        size_t child;

        if (tally_json_at(&list, i, &one, err) != 0 ||
            read_rule(t, &one, depth + 1, &child, err) != 0) {
            return -1;
        }
        if (last == TALLY_NONE) {
            t->rules[at].child = child;
        } else {
            t->rules[last].next = child;
        }
        last = child;
    }
    return 0;
}

static int
read_one_kind(struct tally_tables *t, const struct tally_json *j, size_t depth, size_t at,
              struct tally_err *err)
{
    static const char *const sources[] = {"sources_at_least", NULL};
    static const char *const group[] = {"group", NULL}, *const not_[] = {"not", NULL};
    struct tally_rule *r = &t->rules[at];
    struct tally_json m;

    if (tally_json_find(j, "all", &m, err) == 1) {
        r->kind = TALLY_RULE_ALL;
        return read_children(t, j, "all", depth, at, err);
    }
    if (tally_json_find(j, "any", &m, err) == 1) {
        r->kind = TALLY_RULE_ANY;
        return read_children(t, j, "any", depth, at, err);
    }
    if (tally_json_find(j, "not", &m, err) == 1) {
        r->kind = TALLY_RULE_NOT;
        return tally_json_only(j, not_, err) == 0
                   ? read_rule(t, &m, depth + 1, &t->rules[at].child, err)
                   : -1;
    }
    if (tally_json_find(j, "group", &m, err) == 1) {
        r->kind = TALLY_RULE_GROUP;
        return tally_json_only(j, group, err) == 0
                   ? find_named(t, &m, group_called, "group", &r->group, err)
                   : -1;
    }
    if (tally_json_find(j, "sources_at_least", &m, err) == 1) {
        r->kind = TALLY_RULE_SOURCES;
        return tally_json_only(j, sources, err) == 0
                   ? read_count(j, "sources_at_least", &r->at_least, err)
                   : -1;
    }
    if (tally_json_find(j, "seen", &m, err) == 1) {
        return read_seen(t, j, r, err);
    }
    return tally_json_err(j, err, TALLY_E_DATA,
                          "is no rule: it needs \"seen\", \"group\", \"all\", \"any\", "
                          "\"not\" or \"sources_at_least\"");
}

static int
read_rule(struct tally_tables *t, const struct tally_json *j, size_t depth, size_t *out,
          struct tally_err *err)
{
    size_t at = t->nrules;
    struct tally_json m;

    if (depth > TALLY_TABLES_DEPTH_MAX || at == TALLY_TABLES_RULES_MAX) {
        return tally_json_err(j, err, TALLY_E_LIMIT, "is one rule too many, or too deep");
    }
    if (tally_json_find(j, "all", &m, err) < 0) {
        return -1; /* no object */
    }
    t->nrules++;
    t->rules[at] = (struct tally_rule){.child = TALLY_NONE,
                                       .next = TALLY_NONE,
                                       .event = TALLY_NONE,
                                       .group = TALLY_NONE,
                                       .before = TALLY_NONE};
    *out = at;
    return read_one_kind(t, j, depth, at, err);
}

/* The rule in member ${key}; TALLY_NONE when there is none. */
static int
find_rule(struct tally_tables *t, const struct tally_json *obj, const char *key,
          size_t *out, struct tally_err *err)
{
    struct tally_json j;
    int rc = tally_json_find(obj, key, &j, err);

    *out = TALLY_NONE;
    return rc == 1 ? read_rule(t, &j, 0, out, err) : rc;
}

static int
read_group(struct tally_tables *t, const struct tally_json *j, size_t i,
           struct tally_err *err)
{
    static const char *const members[] = {"name", "people", NULL};
    struct tally_json rule;
    char *name = NULL;

    if (tally_json_only(j, members, err) != 0 ||
        tally_json_need(j, "people", &rule, err) != 0 ||
        read_rule(t, &rule, 0, &t->groups[i].rule, err) != 0 ||
        need_text(j, "name", TALLY_TABLES_NAME_MAX, &name, err) != 0) {
        free(name);
        return -1;
    }
    t->groups[i].name = name; /* only now: a group is not made of itself */
    return 0;
}

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
    if (find_list(j, "levels", TALLY_TABLES_LEVELS_MAX, &list, &n, err) != 0) {
        return -1;
    }
    if (n == 0) {
        return tally_json_err(&list, err, TALLY_E_DATA, "lists nothing");
    }
    return allocate_levels(d, n, err) == 0 ? read_texts(&list, n, d->levels, err) : -1;
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
    if (find_list(j, "bands", TALLY_TABLES_LEVELS_MAX, &list, &n, err) != 0 ||
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
    if (find_list(j, "groups", TALLY_TABLES_MAX, &list, &n, err) != 0) {
        return -1;
    }
    if (n == 0) {
        return tally_json_err(&list, err, TALLY_E_DATA, "lists nothing");
    }
    if (allocate_levels(d, n, err) != 0 || read_texts(&list, n, d->levels, err) != 0) {
        return -1;
    }
    d->groups = calloc(n, sizeof *d->groups);
    if (d->groups == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        if (tally_json_at(&list, i, &one, err) != 0 ||
            find_named(t, &one, group_called, "group", &d->groups[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
read_dimension(const struct tally_tables *t, const struct tally_json *j,
               struct tally_dimension *d, struct tally_err *err)
{
    static const char *const by_groups[] = {"name", "groups", "other", NULL};
    static const char *const by_bands[] = {"name", "column", "bands", "other", NULL};
    static const char *const by_levels[] = {"name",  "column",     "levels",
                                            "other", "characters", NULL};
    struct tally_json m;
    uint64_t characters = 0;
    int groups = tally_json_find(j, "groups", &m, err), bands;

    if (groups < 0 || need_text(j, "name", TALLY_TABLES_NAME_MAX, &d->name, err) != 0 ||
        find_text(j, "other", TALLY_TABLES_TEXT_MAX, &d->other, err) != 0) {
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
        need_text(j, "column", TALLY_TABLES_TEXT_MAX, &d->column, err) != 0 ||
        (bands == 1 ? read_bands(j, d, err) : read_levels(j, d, err)) != 0 ||
        read_count(j, "characters", &characters, err) != 0) {
        return -1;
    }
    d->characters = (size_t)characters;
    return 0;
}

/* Tables. */

static int
read_by(const struct tally_tables *t, const struct tally_json *j, size_t max,
        size_t *dims, size_t *ndims, struct tally_err *err)
{
    struct tally_json list, one;
    size_t n;

    if (find_list(j, "by", max, &list, &n, err) != 0) {
        return -1;
    }
    for (; *ndims < n; ++*ndims) {
        if (tally_json_at(&list, *ndims, &one, err) != 0 ||
            find_named(t, &one, dim_called, "dimension", &dims[*ndims], err) != 0) {
            return -1;
        }
        for (size_t k = 0; k < *ndims; k++) {
            if (dims[k] == dims[*ndims]) {
                return tally_json_err(&one, err, TALLY_E_DATA, "stands twice");
            }
        }
    }
    return 0;
}

static int
find_flag(const struct tally_json *obj, const char *key, bool *out, struct tally_err *err)
{
    struct tally_json j;
    int rc = tally_json_find(obj, key, &j, err);

    return rc == 1 ? tally_json_bool(&j, out, err) : rc;
}

static int
read_measure(const struct tally_json *j, struct tally_table *table, struct tally_err *err)
{
    struct tally_json m;
    const char *word;
    int rc = tally_json_find(j, "sum", &m, err);

    if (rc == 1) {
        table->measure = TALLY_COUNT_SUM;
        return copy_text(&m, TALLY_TABLES_TEXT_MAX, &table->column, err);
    }
    if (rc < 0 || tally_json_need(j, "count", &m, err) != 0 ||
        tally_json_str(&m, 10, &word, err) != 0) {
        return -1;
    }
    if (strcmp(word, "people") == 0) {
        table->measure = TALLY_COUNT_PEOPLE;
        return 0;
    }
    table->measure = TALLY_COUNT_RECORDS;
    return strcmp(word, "records") == 0
               ? 0
               : tally_json_err(&m, err, TALLY_E_DATA, "is \"people\" or \"records\"");
}

/* Whether the dimensions of ${table} can be told of what it counts. */
static int
check_table(const struct tally_tables *t, const struct tally_json *j,
            const struct tally_table *table, struct tally_err *err)
{
    if (table->rows && (table->measure != TALLY_COUNT_PEOPLE || table->ndims == 0)) {
        return tally_json_err(j, err, TALLY_E_DATA,
                              "gives rows of people, so it needs \"count\": \"people\" "
                              "and \"by\"");
    }
    if (table->event == TALLY_NONE && table->measure != TALLY_COUNT_PEOPLE) {
        return tally_json_err(j, err, TALLY_E_DATA,
                              "counts records, so it needs an \"event\"");
    }
    for (size_t i = 0; i < table->ndims && table->event == TALLY_NONE; i++) {
        if (t->dims[table->dims[i]].kind != TALLY_DIM_GROUPS) {
            return tally_json_err(j, err, TALLY_E_DATA,
                                  "has a dimension of a column, so it needs an \"event\" "
                                  "that says whose");
        }
    }
    return 0;
}

static int
read_table(struct tally_tables *t, const struct tally_json *j, struct tally_table *table,
           struct tally_err *err)
{
    static const char *const members[] = {"name",   "title", "count", "sum", "event",
                                          "people", "by",    "rows",  NULL};
    struct tally_json both;

    table->event = table->rule = TALLY_NONE;
    if (tally_json_only(j, members, err) != 0 ||
        need_text(j, "name", TALLY_TABLES_NAME_MAX, &table->name, err) != 0 ||
        check_file_name(j, "name", table->name, err) != 0 ||
        need_text(j, "title", TALLY_TABLES_TEXT_MAX, &table->title, err) != 0 ||
        read_measure(j, table, err) != 0 ||
        find_member(t, j, "event", event_called, "event", &table->event, err) != 0 ||
        find_rule(t, j, "people", &table->rule, err) != 0 ||
        read_by(t, j, TALLY_TABLES_DIMS_MAX, table->dims, &table->ndims, err) != 0 ||
        find_flag(j, "rows", &table->rows, err) != 0) {
        return -1;
    }
    if (table->measure == TALLY_COUNT_SUM &&
        tally_json_find(j, "count", &both, err) == 1) {
        return tally_json_err(j, err, TALLY_E_DATA, "has both \"count\" and \"sum\"");
    }
    return check_table(t, j, table, err);
}

/* The whole. */

enum part { PART_EVENTS, PART_GROUPS, PART_DIMS, PART_TABLES };

static int
read_entry(struct tally_tables *t, enum part part, const struct tally_json *j, size_t i,
           struct tally_err *err)
{
    switch (part) {
    case PART_EVENTS:
        return read_event(j, &t->events[i], err);
    case PART_GROUPS:
        return read_group(t, j, i, err);
    case PART_DIMS:
        return read_dimension(t, j, &t->dims[i], err);
    default:
        return read_table(t, j, &t->tables[i], err);
    }
}

static const char *
entry_name(const struct tally_tables *t, enum part part, size_t i)
{
    return part == PART_EVENTS   ? t->events[i].name
           : part == PART_GROUPS ? t->groups[i].name
           : part == PART_DIMS   ? t->dims[i].name
                                 : t->tables[i].name;
}

static int
read_part(struct tally_tables *t, const struct tally_json *root, enum part part,
          struct tally_err *err)
{
    static const char *const keys[] = {"events", "groups", "dimensions", "tables"};
    size_t *const counts[] = {&t->nevents, &t->ngroups, &t->ndims, &t->ntables};
    struct tally_json list, one;
    size_t n;

    if (find_list(root, keys[part], TALLY_TABLES_MAX, &list, &n, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        *counts[part] = i + 1; /* what was begun is freed */
        if (tally_json_at(&list, i, &one, err) != 0 ||
            read_entry(t, part, &one, i, err) != 0) {
            return -1;
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(entry_name(t, part, k), entry_name(t, part, i)) == 0) {
                return tally_json_err(&one, err, TALLY_E_DATA,
                                      "has the name of one before it");
            }
        }
    }
    return 0;
}

static int
read_root(struct tally_tables *t, const struct tally_json *root, struct tally_err *err)
{
    static const char *const members[] = {"tallystick", "version", "name",       "title",
                                          "events",     "groups",  "dimensions", "cohort",
                                          "tables",     "note",    NULL};
    struct tally_json j;
    const char *kind;
    int64_t version;

    if (tally_json_only(root, members, err) != 0 ||
        tally_json_need(root, "tallystick", &j, err) != 0 ||
        tally_json_str(&j, 40, &kind, err) != 0) {
        return -1;
    }
    if (strcmp(kind, "tables") != 0) {
        return tally_json_err(&j, err, TALLY_E_DATA, "is not \"tables\"");
    }
    if (tally_json_need(root, "version", &j, err) != 0 ||
        tally_json_int(&j, 1, 1, &version, err) != 0 ||
        need_text(root, "name", TALLY_TABLES_NAME_MAX, &t->name, err) != 0 ||
        check_file_name(root, "name", t->name, err) != 0 ||
        need_text(root, "title", TALLY_TABLES_TEXT_MAX, &t->title, err) != 0 ||
        read_part(t, root, PART_EVENTS, err) != 0 ||
        read_part(t, root, PART_GROUPS, err) != 0 ||
        find_rule(t, root, "cohort", &t->cohort, err) != 0 ||
        read_part(t, root, PART_DIMS, err) != 0 ||
        read_part(t, root, PART_TABLES, err) != 0) {
        return -1;
    }
    return t->ntables > 0 ? 0
                          : tally_json_err(root, err, TALLY_E_DATA, "asks for no tables");
}

int
tally_tables_read(struct tally_tables **out, const char *name, const void *text,
                  size_t len, struct tally_err *err)
{
    struct tally_tables *t = calloc(1, sizeof *t);
    struct tally_json root;

    if (t == NULL) {
        return tally_err_nomem(err);
    }
    t->cohort = TALLY_NONE;
    t->events = calloc(TALLY_TABLES_MAX, sizeof *t->events);
    t->groups = calloc(TALLY_TABLES_MAX, sizeof *t->groups);
    t->dims = calloc(TALLY_TABLES_MAX, sizeof *t->dims);
    t->tables = calloc(TALLY_TABLES_MAX, sizeof *t->tables);
    t->rules = calloc(TALLY_TABLES_RULES_MAX, sizeof *t->rules);
    if (t->events == NULL || t->groups == NULL || t->dims == NULL || t->tables == NULL ||
        t->rules == NULL) {
        tally_tables_free(t);
        return tally_err_nomem(err);
    }
    if (tally_json_parse(&t->doc, name, text, len, err) != 0) {
        tally_tables_free(t);
        return -1;
    }
    root = tally_json_root(t->doc);
    if (read_root(t, &root, err) != 0) {
        tally_tables_free(t);
        return -1;
    }
    *out = t;
    return 0;
}

int
tally_tables_load(struct tally_tables **out, const char *path, struct tally_err *err)
{
    const struct tally_tables_ready *r;
    uint8_t *text = NULL;
    size_t len;
    int rc;

    for (size_t i = 0; (r = tally_tables_ready(i)) != NULL; i++) {
        if (strcmp(r->name, path) == 0) {
            return tally_tables_read(out, r->name, r->text, strlen(r->text), err);
        }
    }
    if (tally_file_read(path, SPEC_MAX, &text, &len, err) != 0) {
        return err->code == TALLY_E_NO_FILE
                   ? tally_err_hint(err, "'tally release --list' names the specs that "
                                         "come with the program")
                   : -1;
    }
    rc = tally_tables_read(out, path, text, len, err);
    free(text);
    return rc;
}

static void
free_texts(char **list, size_t n)
{
    for (size_t i = 0; list != NULL && i < n; i++) {
        free(list[i]);
    }
    free(list);
}

static void
free_event(struct tally_event *e)
{
    for (size_t i = 0; i < e->nconditions; i++) {
        struct tally_condition *c = &e->conditions[i];

        free(c->column);
        free_texts(c->values, c->nvalues);
        free(c->from);
        free(c->to);
    }
    free(e->conditions);
    free(e->name);
    free(e->source);
    free(e->date);
}

void
tally_tables_free(struct tally_tables *t)
{
    if (t == NULL) {
        return;
    }
    for (size_t i = 0; i < t->nevents; i++) {
        free_event(&t->events[i]);
    }
    for (size_t i = 0; i < t->ngroups; i++) {
        free(t->groups[i].name);
    }
    for (size_t i = 0; i < t->ndims; i++) {
        free(t->dims[i].name);
        free(t->dims[i].column);
        free(t->dims[i].other);
        free(t->dims[i].groups);
        free(t->dims[i].cuts);
        free_texts(t->dims[i].levels, t->dims[i].nlevels);
    }
    for (size_t i = 0; i < t->ntables; i++) {
        free(t->tables[i].name);
        free(t->tables[i].title);
        free(t->tables[i].column);
    }
    free(t->events);
    free(t->groups);
    free(t->dims);
    free(t->tables);
    free(t->rules);
    free(t->name);
    free(t->title);
    tally_json_doc_free(t->doc);
    free(t);
}
