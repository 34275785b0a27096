/*
 * Rules held against the records of one person.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/matcher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where the columns of an event stand in its source. */
struct place {
    size_t source;
    size_t date;
    size_t conditions[TALLY_TABLES_MAX];
    size_t dims[TALLY_TABLES_MAX]; /* TALLY_NONE: not asked of it */
};

struct tally_matcher {
    const struct tally_tables *spec;
    struct place *places;          /* of each event */
    size_t sums[TALLY_TABLES_MAX]; /* of each table: the column it adds up */
};

static int
find_column(const struct tally_tables *spec, const struct tally_people *people,
            size_t event, size_t source, const char *column, size_t *out,
            struct tally_err *err)
{
    *out = tally_people_column(people, source, column);
    if (*out != TALLY_NONE) {
        return 0;
    }
    tally_err_set(
        err, TALLY_E_DATA, "%s: event '%s': source '%s' of the cohort has no column '%s'",
        spec->name, spec->events[event].name, spec->events[event].source, column);
    return tally_err_hint(err, "name another column, or ask the owner to send it with "
                               "its payload");
}

static int
place_event(struct tally_matcher *m, const struct tally_people *people, size_t i,
            struct tally_err *err)
{
    const struct tally_event *e = &m->spec->events[i];
    struct place *p = &m->places[i];

    p->source = tally_people_source(people, e->source);
    if (p->source == TALLY_NONE) {
        tally_err_set(err, TALLY_E_DATA, "%s: event '%s': the cohort has no source '%s'",
                      m->spec->name, e->name, e->source);
        return tally_err_hint(err, "take the event out, or write the name that the "
                                   "source has in the cohort");
    }
    if (e->date != NULL &&
        find_column(m->spec, people, i, p->source, e->date, &p->date, err) != 0) {
        return -1;
    }
    for (size_t k = 0; k < e->nconditions; k++) {
        if (find_column(m->spec, people, i, p->source, e->conditions[k].column,
                        &p->conditions[k], err) != 0) {
            return -1;
        }
    }
    for (size_t k = 0; k < m->spec->ndims; k++) {
        p->dims[k] = TALLY_NONE;
    }
    return 0;
}

static int
place_table(struct tally_matcher *m, const struct tally_people *people, size_t i,
            struct tally_err *err)
{
    const struct tally_table *t = &m->spec->tables[i];

    if (t->measure == TALLY_COUNT_SUM &&
        find_column(m->spec, people, t->event, m->places[t->event].source, t->column,
                    &m->sums[i], err) != 0) {
        return -1;
    }
    for (size_t k = 0; k < t->ndims; k++) {
        const struct tally_dimension *d = &m->spec->dims[t->dims[k]];

        if (d->kind != TALLY_DIM_GROUPS &&
            find_column(m->spec, people, t->event, m->places[t->event].source, d->column,
                        &m->places[t->event].dims[t->dims[k]], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_matcher_create(struct tally_matcher **out, const struct tally_tables *spec,
                     const struct tally_people *people, struct tally_err *err)
{
    struct tally_matcher *m = calloc(1, sizeof *m);
    int rc = 0;

    if (m != NULL) {
        m->spec = spec;
        m->places = calloc(spec->nevents + 1, sizeof *m->places);
    }
    if (m == NULL || m->places == NULL) {
        free(m);
        return tally_err_nomem(err);
    }
    for (size_t i = 0; rc == 0 && i < spec->nevents; i++) {
        rc = place_event(m, people, i, err);
    }
    for (size_t i = 0; rc == 0 && i < spec->ntables; i++) {
        rc = place_table(m, people, i, err);
    }
    if (rc != 0) {
        tally_matcher_free(m);
        return -1;
    }
    *out = m;
    return 0;
}

void
tally_matcher_free(struct tally_matcher *m)
{
    if (m != NULL) {
        free(m->places);
        free(m);
    }
}

/* A whole number, and nothing else. */
static bool
whole(const char *text, int64_t *out)
{
    char *end;

    if (text[0] == '\0' || strchr("+-0123456789", text[0]) == NULL) {
        return false;
    }
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' && end > text;
}

static bool
meets(const struct tally_condition *c, const char *text)
{
    int64_t n;

    if (c->range && c->numeric) {
        return whole(text, &n) && n >= c->low && n <= c->high;
    }
    if (c->range) { /* a day in a month that is an end is within it */
        return text[0] != '\0' && (c->from == NULL || strcmp(text, c->from) >= 0) &&
               (c->to == NULL || strncmp(text, c->to, strlen(c->to)) <= 0);
    }
    for (size_t i = 0; i < c->nvalues; i++) {
        if (strcmp(c->values[i], text) == 0) {
            return !c->not_in;
        }
    }
    return c->not_in;
}

bool
tally_matcher_event(const struct tally_matcher *m, size_t event,
                    const struct tally_person_record *r)
{
    const struct tally_event *e = &m->spec->events[event];
    const struct place *p = &m->places[event];

    if (r->source != p->source) {
        return false;
    }
    for (size_t i = 0; i < e->nconditions; i++) {
        if (!meets(&e->conditions[i], r->cells[p->conditions[i]])) {
            return false;
        }
    }
    return true;
}

static const char *
date_of(const struct tally_matcher *m, size_t event, const struct tally_person_record *r)
{
    return m->spec->events[event].date != NULL ? r->cells[m->places[event].date] : "";
}

/* Days and months are compared as far as both go. */
static int
compare_dates(const char *a, const char *b)
{
    size_t n = strlen(a), k = strlen(b);

    return strncmp(a, b, n < k ? n : k);
}

const struct tally_person_record *
tally_matcher_first(const struct tally_matcher *m, size_t event,
                    const struct tally_person *p)
{
    const struct tally_person_record *first = NULL;

    for (size_t i = 0; i < p->nrecords; i++) {
        const struct tally_person_record *r = &p->records[i];
        const char *date;

        if (!tally_matcher_event(m, event, r)) {
            continue;
        }
        date = date_of(m, event, r);
        if (first == NULL ||
            (date[0] != '\0' && (date_of(m, event, first)[0] == '\0' ||
                                 strcmp(date, date_of(m, event, first)) < 0))) {
            first = r;
        }
    }
    return first;
}

static bool
seen(const struct tally_matcher *m, const struct tally_rule *rule,
     const struct tally_person *p)
{
    const char *before = NULL;
    uint64_t n = 0;

    if (rule->before != TALLY_NONE) {
        const struct tally_person_record *r = tally_matcher_first(m, rule->before, p);

        if (r == NULL || date_of(m, rule->before, r)[0] == '\0') {
            return rule->at_least == 0;
        }
        before = date_of(m, rule->before, r);
    }
    for (size_t i = 0; i < p->nrecords; i++) {
        const struct tally_person_record *r = &p->records[i];

        if (tally_matcher_event(m, rule->event, r)) {
            const char *date = date_of(m, rule->event, r);

            n += before == NULL || (date[0] != '\0' && compare_dates(date, before) < 0);
        }
    }
    return n >= rule->at_least && n <= rule->at_most;
}

static uint64_t
sources_of(const struct tally_person *p)
{
    uint64_t mask = 0;

    for (size_t i = 0; i < p->nrecords; i++) {
        mask |= 1ull << p->records[i].source;
    }
    return (uint64_t)__builtin_popcountll(mask);
}

bool
tally_matcher_rule(const struct tally_matcher *m, size_t rule,
                   const struct tally_person *p)
{
    const struct tally_rule *r;
    bool all;

    if (rule == TALLY_NONE) {
        return true;
    }
    r = &m->spec->rules[rule];
    switch (r->kind) {
    case TALLY_RULE_NOT:
        return !tally_matcher_rule(m, r->child, p);
    case TALLY_RULE_SEEN:
        return seen(m, r, p);
    case TALLY_RULE_SOURCES:
        return sources_of(p) >= r->at_least;
    case TALLY_RULE_GROUP:
        return tally_matcher_rule(m, m->spec->groups[r->group].rule, p);
    default:
        break;
    }
    all = r->kind == TALLY_RULE_ALL;
    for (size_t c = r->child; c != TALLY_NONE; c = m->spec->rules[c].next) {
        if (tally_matcher_rule(m, c, p) != all) {
            return !all;
        }
    }
    return all;
}

const char *
tally_matcher_value(const struct tally_matcher *m, size_t event, size_t dim,
                    const struct tally_person_record *r, size_t *len)
{
    const char *text = r->cells[m->places[event].dims[dim]];
    size_t most = m->spec->dims[dim].characters;

    *len = strlen(text);
    if (most > 0 && *len > most) {
        *len = most;
        while (*len > 0 && ((unsigned char)text[*len] & 0xc0) == 0x80) {
            --*len; /* not within a character */
        }
    }
    return text;
}

uint64_t
tally_matcher_sum(const struct tally_matcher *m, size_t table,
                  const struct tally_person_record *r)
{
    int64_t n;

    return whole(r->cells[m->sums[table]], &n) && n > 0 && n < 1000000000 ? (uint64_t)n
                                                                          : 0;
}

size_t
tally_matcher_group(const struct tally_matcher *m, size_t dim,
                    const struct tally_person *p)
{
    const struct tally_dimension *d = &m->spec->dims[dim];
    size_t i = 0;

    while (i < d->nlevels &&
           !tally_matcher_rule(m, m->spec->groups[d->groups[i]].rule, p)) {
        i++;
    }
    return i;
}
