/*
 * Reading a spec: every member is known, every name that is used is defined before, and
 * all is within limits.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/tables_impl.h"

#include "bloom/base/file.h"

#include <stdlib.h>
#include <string.h>

#define SPEC_MAX (1u << 20)

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

/* Tables. */

static int
read_by(const struct tally_tables *t, const struct tally_json *j, size_t max,
        size_t *dims, size_t *ndims, struct tally_err *err)
{
    struct tally_json list, one;
    size_t n;

    if (tally_spec_list(j, "by", max, &list, &n, err) != 0) {
        return -1;
    }
    for (; *ndims < n; ++*ndims) {
        if (tally_json_at(&list, *ndims, &one, err) != 0 ||
            tally_spec_named(t, &one, tally_spec_dim_called, "dimension", &dims[*ndims],
                             err) != 0) {
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
        return tally_spec_text(&m, TALLY_TABLES_TEXT_MAX, &table->column, err);
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
        tally_spec_need_text(j, "name", TALLY_TABLES_NAME_MAX, &table->name, err) != 0 ||
        check_file_name(j, "name", table->name, err) != 0 ||
        tally_spec_need_text(j, "title", TALLY_TABLES_TEXT_MAX, &table->title, err) !=
            0 ||
        read_measure(j, table, err) != 0 ||
        tally_spec_member(t, j, "event", tally_spec_event_called, "event", &table->event,
                          err) != 0 ||
        tally_spec_rule(t, j, "people", &table->rule, err) != 0 ||
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
        return tally_spec_event(j, &t->events[i], err);
    case PART_GROUPS:
        return tally_spec_group(t, j, i, err);
    case PART_DIMS:
        return tally_spec_dimension(t, j, &t->dims[i], err);
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

    if (tally_spec_list(root, keys[part], TALLY_TABLES_MAX, &list, &n, err) != 0) {
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
        tally_spec_need_text(root, "name", TALLY_TABLES_NAME_MAX, &t->name, err) != 0 ||
        check_file_name(root, "name", t->name, err) != 0 ||
        tally_spec_need_text(root, "title", TALLY_TABLES_TEXT_MAX, &t->title, err) != 0 ||
        read_part(t, root, PART_EVENTS, err) != 0 ||
        read_part(t, root, PART_GROUPS, err) != 0 ||
        tally_spec_rule(t, root, "cohort", &t->cohort, err) != 0 ||
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
