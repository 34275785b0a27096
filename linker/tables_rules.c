/*
 * Events, and rules on people.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/tables_impl.h"

#include <stdlib.h>
#include <string.h>

/* Conditions and events. */

static int
read_values(const struct tally_json *obj, const char *key, struct tally_condition *c,
            struct tally_err *err)
{
    struct tally_json list;
    size_t n;

    if (tally_spec_list(obj, key, TALLY_TABLES_VALUES_MAX, &list, &n, err) != 0) {
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
    return tally_spec_texts(&list, n, c->values, err);
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
    return *is_number ? 0 : tally_spec_text(&j, TALLY_TABLES_TEXT_MAX, text, err);
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
        tally_spec_need_text(j, "column", TALLY_TABLES_TEXT_MAX, &c->column, err) != 0 ||
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

int
tally_spec_event(const struct tally_json *j, struct tally_event *e, struct tally_err *err)
{
    static const char *const members[] = {"name", "source", "date", "where", NULL};
    struct tally_json list, one;
    size_t n;

    if (tally_json_only(j, members, err) != 0 ||
        tally_spec_need_text(j, "name", TALLY_TABLES_NAME_MAX, &e->name, err) != 0 ||
        tally_spec_need_text(j, "source", TALLY_TABLES_NAME_MAX, &e->source, err) != 0 ||
        tally_spec_find_text(j, "date", TALLY_TABLES_TEXT_MAX, &e->date, err) != 0 ||
        tally_spec_list(j, "where", TALLY_TABLES_MAX, &list, &n, err) != 0) {
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

/* Rules. */

static int read_rule(struct tally_tables *t, const struct tally_json *j, size_t depth,
                     size_t *out, struct tally_err *err);

static int
read_seen(struct tally_tables *t, const struct tally_json *j, struct tally_rule *r,
          struct tally_err *err)
{
    static const char *const members[] = {"seen", "at_least", "at_most", "before", NULL};

    r->kind = TALLY_RULE_SEEN;
    r->at_least = 1;
    r->at_most = UINT64_MAX;
    if (tally_json_only(j, members, err) != 0 ||
        tally_spec_member(t, j, "seen", tally_spec_event_called, "event", &r->event,
                          err) != 0 ||
        tally_spec_member(t, j, "before", tally_spec_event_called, "event", &r->before,
                          err) != 0 ||
        tally_spec_count(j, "at_least", &r->at_least, err) != 0 ||
        tally_spec_count(j, "at_most", &r->at_most, err) != 0) {
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
        tally_spec_list(j, key, TALLY_TABLES_MAX, &list, &n, err) != 0) {
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
                   ? tally_spec_named(t, &m, tally_spec_group_called, "group", &r->group,
                                      err)
                   : -1;
    }
    if (tally_json_find(j, "sources_at_least", &m, err) == 1) {
        r->kind = TALLY_RULE_SOURCES;
        return tally_json_only(j, sources, err) == 0
                   ? tally_spec_count(j, "sources_at_least", &r->at_least, err)
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
int
tally_spec_rule(struct tally_tables *t, const struct tally_json *obj, const char *key,
                size_t *out, struct tally_err *err)
{
    struct tally_json j;
    int rc = tally_json_find(obj, key, &j, err);

    *out = TALLY_NONE;
    return rc == 1 ? read_rule(t, &j, 0, out, err) : rc;
}

int
tally_spec_group(struct tally_tables *t, const struct tally_json *j, size_t i,
                 struct tally_err *err)
{
    static const char *const members[] = {"name", "people", NULL};
    struct tally_json rule;
    char *name = NULL;

    if (tally_json_only(j, members, err) != 0 ||
        tally_json_need(j, "people", &rule, err) != 0 ||
        read_rule(t, &rule, 0, &t->groups[i].rule, err) != 0 ||
        tally_spec_need_text(j, "name", TALLY_TABLES_NAME_MAX, &name, err) != 0) {
        free(name);
        return -1;
    }
    t->groups[i].name = name; /* only now: a group is not made of itself */
    return 0;
}
