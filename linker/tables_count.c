/*
 * Counting. Tables of the same units share a universe: what is said of a unit is which
 * populations it is in and its level in each coordinate (a dimension, of the records of
 * an event).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/tables_count_impl.h"

#include "bloom/base/interrupt.h"

#include <stdlib.h>
#include <string.h>

size_t
tally_counted_index(const struct tally_counted *t, const size_t *at)
{
    size_t i = 0;

    for (size_t d = 0; d < t->ndims; d++) {
        i = i * (t->dims[d].nlevels + 1) + at[d];
    }
    return i;
}

void
tally_counted_levels(const struct tally_counted *t, size_t i, size_t *at)
{
    for (size_t d = t->ndims; d-- > 0;) {
        at[d] = i % (t->dims[d].nlevels + 1);
        i /= t->dims[d].nlevels + 1;
    }
}

int
tally_counting_each(struct counting *c, person_fn *fn, void *ctx, struct tally_err *err)
{
    struct tally_person p;
    int rc;

    if (tally_people_rewind(c->people, err) != 0) {
        return -1;
    }
    c->counts->people = 0;
    while ((rc = tally_people_next(c->people, &p, err)) == 1) {
        c->counts->people++;
        c->person++;
        if (((c->person & 255) == 0 && tally_interrupt_check(err) != 0) ||
            fn(c, &p, ctx, err) != 0) {
            return -1;
        }
    }
    return rc;
}

/* Coordinates that no population of the unit asks for do not matter. */
static void
forget_unasked(const struct counting *c, size_t universe, int16_t *key)
{
    const struct tally_universe *u = &c->counts->universes[universe];

    for (size_t k = 0; k < u->ncoords; k++) {
        bool asked = false;

        for (size_t i = 0; i < c->counts->ntables && !asked; i++) {
            const struct tally_counted *t = &c->counts->tables[i];

            for (size_t d = 0; t->universe == universe && key[t->population] == 1 &&
                               d < t->ndims && !asked;
                 d++) {
                asked = t->coords[d] == k;
            }
        }
        if (!asked) {
            key[u->npopulations + k] = UNSEEN;
        }
    }
}

/* UNSEEN when the dimension has no level for it. */
static int16_t
column_level(const struct counting *c, const struct coord *q,
             const struct tally_person_record *r)
{
    const struct tally_dimension *d = &c->job->asked[q->asked].spec->dims[q->dim];
    size_t len, at, n = q->levels.nlevels - q->levels.others;
    int16_t others = q->levels.others ? (int16_t)n : UNSEEN;
    const char *text =
        tally_matcher_value(c->matchers[q->asked], q->event, q->dim, r, &len);

    if (d->kind == TALLY_DIM_BANDS) {
        char *end;
        long long value = strtoll(text, &end, 10);
        size_t i = n;

        if (len == 0 || *end != '\0') {
            return others;
        }
        while (i > 0 && d->cuts[i - 1] > value) {
            i--;
        }
        return i == 0 ? others : (int16_t)(i - 1);
    }
    return tally_counting_among(&q->levels, n, text, len, &at) ? (int16_t)at : others;
}

/* What is to be said of a unit: record ${r}, or with NULL the person. */
static void
set_key(struct counting *c, size_t universe, const struct tally_person *p,
        const struct tally_person_record *r, int16_t *key)
{
    const struct tally_universe *u = &c->counts->universes[universe];
    const struct making *m = &c->makings[universe];

    for (size_t i = 0; i < u->npopulations; i++) {
        const struct population *q = &m->populations[i];
        const struct tally_matcher *x = c->matchers[q->asked];
        bool has = q->event == TALLY_NONE ||
                   (r != NULL ? tally_matcher_event(x, q->event, r)
                              : tally_matcher_first(x, q->event, p) != NULL);

        key[i] = has && tally_matcher_rule(x, q->rule, p) &&
                 tally_matcher_rule(x, c->job->asked[q->asked].spec->cohort, p);
    }
    for (size_t i = 0; i < u->ncoords; i++) {
        const struct coord *q = &m->coords[i];
        const struct tally_matcher *x = c->matchers[q->asked];
        const struct tally_person_record *whose = r;
        int16_t *level = &key[u->npopulations + i];

        if (q->event == TALLY_NONE) {
            *level = (int16_t)tally_matcher_group(x, q->dim, p);
            continue;
        }
        if (r == NULL) {
            whose = tally_matcher_first(x, q->event, p);
        } else if (!tally_matcher_event(x, q->event, r)) {
            whose = NULL;
        }
        *level = whose != NULL ? column_level(c, q, whose) : UNSEEN;
    }
}

/* Put ${weight} of the person into cell ${i}, until the person is done. */
static int
touch(struct counting *c, struct tally_counted *t, size_t i, uint64_t weight,
      struct tally_err *err)
{
    struct tally_counted_cell *cell = &t->cells[i];

    if (cell->stamp != c->person) {
        if (c->ntouched == c->touched_cap) {
            size_t cap = c->touched_cap == 0 ? 256 : 2 * c->touched_cap;
            uint32_t *more = realloc(c->touched, cap * sizeof *more);

            if (more == NULL) {
                return tally_err_nomem(err);
            }
            c->touched = more;
            c->touched_cap = cap;
        }
        c->touched[c->ntouched++] = (uint32_t)i;
        cell->stamp = c->person;
        cell->pending = 0;
    }
    cell->pending += weight;
    return 0;
}

bool
tally_counted_in(const struct tally_counted *t, const struct tally_universe *u,
                 const int16_t *key)
{
    for (size_t d = 0; d < t->ndims; d++) {
        if (key[u->npopulations + t->coords[d]] == UNSEEN) {
            return false;
        }
    }
    return key[t->population] == 1;
}

/* The unit's cell and all totals it stands in. */
static int
touch_cells(struct counting *c, struct tally_counted *t, const int16_t *key,
            uint64_t weight, struct tally_err *err)
{
    const struct tally_universe *u = &c->counts->universes[t->universe];

    for (unsigned totals = 0; totals < 1u << t->ndims; totals++) {
        size_t at[TALLY_TABLES_DIMS_MAX];

        for (size_t d = 0; d < t->ndims; d++) {
            at[d] = (totals >> d & 1) != 0 ? t->dims[d].nlevels
                                           : (size_t)key[u->npopulations + t->coords[d]];
        }
        if (touch(c, t, tally_counted_index(t, at), weight, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void
settle_touched(struct counting *c, struct tally_counted *t)
{
    for (size_t i = 0; i < c->ntouched; i++) {
        struct tally_counted_cell *cell = &t->cells[c->touched[i]];

        if (c->view == UNDER_HIGH) {
            cell->high += cell->pending;
        } else if (c->view == UNDER_LOW) {
            cell->low += cell->pending;
        } else {
            cell->value += cell->pending;
            cell->people++;
            if (cell->pending > cell->first) {
                cell->second = cell->first;
                cell->first = cell->pending;
            } else if (cell->pending > cell->second) {
                cell->second = cell->pending;
            }
        }
    }
    c->ntouched = 0;
}

/* The weight of a unit in universe ${u}, to which table ${t} belongs. */
static uint64_t
weight_of(const struct counting *c, const struct tally_counted *t,
          const struct tally_person_record *r)
{
    return c->counts->universes[t->universe].measure == TALLY_COUNT_SUM
               ? tally_matcher_sum(c->matchers[t->asked], t->table, r)
               : 1;
}

/* The tables of a universe have the same weight for a unit that is in them. */
static int
add_to_atom(struct counting *c, size_t universe, int16_t *key, uint64_t weight,
            struct tally_err *err)
{
    struct tally_universe *u = &c->counts->universes[universe];
    struct making *m = &c->makings[universe];
    size_t atom;

    forget_unasked(c, universe, key);
    if (tally_counting_atom(u, m, key, &atom, err) != 0) {
        return -1;
    }
    u->x[atom] += (double)weight;
    u->people[atom] += m->stamps[atom] != c->person;
    m->stamps[atom] = c->person;
    return 0;
}

/* Count ${p} in table ${t}, and in the atoms of its universe when ${first}, that is when
 * the table is the universe's first. */
static int
count_table(struct counting *c, struct tally_counted *t, bool first,
            const struct tally_person *p, struct tally_err *err)
{
    struct making *m = &c->makings[t->universe];
    const struct tally_universe *u = &c->counts->universes[t->universe];
    bool people = u->measure == TALLY_COUNT_PEOPLE;
    size_t source = people ? 0 : tally_people_source(c->people, u->source);
    size_t n = people ? 1 : p->nrecords;

    for (size_t i = 0; i < n; i++) {
        const struct tally_person_record *r = people ? NULL : &p->records[i];
        uint64_t weight;

        if (r != NULL && r->source != source) {
            continue;
        }
        set_key(c, t->universe, p, r, m->key);
        weight = weight_of(c, t, r);
        if (tally_counted_in(t, u, m->key) &&
            touch_cells(c, t, m->key, weight, err) != 0) {
            return -1;
        }
        if (first && c->view == AS_LINKED &&
            add_to_atom(c, t->universe, m->key, weight, err) != 0) {
            return -1;
        }
    }
    settle_touched(c, t);
    return 0;
}

static int
count_tables_of(struct counting *c, const struct tally_person *p, struct tally_err *err)
{
    for (size_t i = 0; i < c->counts->ntables; i++) {
        bool first = true;

        for (size_t k = 0; k < i; k++) {
            first =
                first && c->counts->tables[k].universe != c->counts->tables[i].universe;
        }
        if (count_table(c, &c->counts->tables[i], first, p, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* One of the people that ${p} is under the high thresholds: the records of the part of
 * record ${first}. ${room} takes them. */
static int
count_part(struct counting *c, const struct tally_person *p, size_t first,
           struct tally_person_record *room, struct tally_err *err)
{
    struct tally_person one = *p;

    one.records = room;
    one.nrecords = 0;
    for (size_t i = 0; i < p->nrecords; i++) {
        if (p->records[i].part != p->records[first].part) {
            continue;
        }
        if (i < first) {
            return 0; /* counted already */
        }
        room[one.nrecords++] = p->records[i];
    }
    c->person++;
    return count_tables_of(c, &one, err);
}

/* As linked, and under the high thresholds. */
static int
count_person(struct counting *c, const struct tally_person *p, void *ctx,
             struct tally_err *err)
{
    struct tally_person_record *room;
    int rc = 0;

    (void)ctx;
    c->view = AS_LINKED;
    if (count_tables_of(c, p, err) != 0) {
        return -1;
    }
    room = calloc(p->nrecords + 1, sizeof *room);
    if (room == NULL) {
        return tally_err_nomem(err);
    }
    c->view = UNDER_HIGH;
    for (size_t i = 0; rc == 0 && i < p->nrecords; i++) {
        rc = count_part(c, p, i, room, err);
    }
    free(room);
    return rc;
}

static int
count_wide_person(struct counting *c, const struct tally_person *p, void *ctx,
                  struct tally_err *err)
{
    (void)ctx;
    c->view = UNDER_LOW;
    return count_tables_of(c, p, err);
}

/* Under the low thresholds. */
static int
count_wide(struct counting *c, struct tally_err *err)
{
    uint64_t people = c->counts->people;
    int rc;

    tally_people_close(c->people);
    c->people = NULL;
    if (tally_people_open(&c->people, c->job->cohort, true, &c->job->withdrawn, err) !=
        0) {
        return -1;
    }
    rc = tally_counting_each(c, count_wide_person, NULL, err);
    c->counts->people = people;
    return rc;
}

static int
prepare(struct counting *c, struct tally_err *err)
{
    c->matchers = calloc(c->job->nasked + 1, sizeof *c->matchers);
    if (c->matchers == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t a = 0; a < c->job->nasked; a++) {
        if (tally_matcher_create(&c->matchers[a], c->job->asked[a].spec, c->people,
                                 err) != 0) {
            return -1;
        }
    }
    if (tally_counting_lay(c, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < c->counts->nuniverses; i++) {
        c->makings[i].key =
            calloc(key_len(&c->counts->universes[i]) + 1, sizeof *c->makings[i].key);
        if (c->makings[i].key == NULL) {
            return tally_err_nomem(err);
        }
    }
    return 0;
}

static void
counting_end(struct counting *c)
{
    for (size_t a = 0; c->matchers != NULL && a < c->job->nasked; a++) {
        tally_matcher_free(c->matchers[a]);
    }
    free(c->matchers);
    for (size_t i = 0; c->makings != NULL && i < c->counts->nuniverses; i++) {
        struct making *m = &c->makings[i];
        const struct tally_universe *u = &c->counts->universes[i];

        for (size_t k = 0; k < u->npopulations; k++) {
            free(m->populations[k].words);
        }
        for (size_t k = 0; k < u->ncoords; k++) {
            free(m->coords[k].words);
        }
        free(m->populations);
        free(m->coords);
        free(m->stamps);
        free(m->slots);
        free(m->key);
    }
    free(c->makings);
    free(c->touched);
    tally_people_close(c->people);
}

int
tally_count_tables(struct tally_counts **out, const struct tally_counting_job *job,
                   struct tally_err *err)
{
    struct counting c = {.job = job};
    int rc = -1;

    c.counts = calloc(1, sizeof *c.counts);
    if (c.counts == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_people_open(&c.people, job->cohort, false, &job->withdrawn, err) == 0 &&
        prepare(&c, err) == 0 && tally_counting_each(&c, count_person, NULL, err) == 0) {
        rc = count_wide(&c, err);
    }
    for (size_t i = 0; rc == 0 && i < c.counts->ntables; i++) {
        rc = tally_counting_possible(&c, &c.counts->tables[i], err);
    }
    counting_end(&c);
    if (rc != 0) {
        tally_counts_free(c.counts);
        return -1;
    }
    *out = c.counts;
    return 0;
}

void
tally_counts_free(struct tally_counts *c)
{
    if (c == NULL) {
        return;
    }
    for (size_t i = 0; i < c->ntables; i++) {
        free(c->tables[i].cells);
    }
    for (size_t i = 0; i < c->nuniverses; i++) {
        struct tally_universe *u = &c->universes[i];

        for (size_t k = 0; u->levels != NULL && k < u->ncoords; k++) {
            tally_counting_free_levels(&u->levels[k]);
        }
        free(u->levels);
        free(u->source);
        free(u->column);
        free(u->keys);
        free(u->x);
        free(u->people);
    }
    free(c->tables);
    free(c->universes);
    free(c);
}
