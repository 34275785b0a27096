/*
 * Laying out what is counted. Populations and coordinates that two specs define in the
 * same words are one.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/tables_count_impl.h"

#include "bloom/base/bytes.h"
#include <stdlib.h>
#include <string.h>

/* Words: what defines a population or a coordinate, so that the same is known again. */

static int
add_member(struct tally_buf *b, const struct tally_json *obj, const char *key, size_t at,
           struct tally_err *err)
{
    struct tally_json m = {0}, one;
    struct tally_err no = TALLY_ERR_INIT;
    struct tally_jnode *copy;
    char *text;
    int rc;

    if (tally_json_find(obj, key, &m, &no) != 1) {
        return tally_buf_append(b, "|", 1, err);
    }
    if (at != TALLY_NONE) {
        if (tally_json_at(&m, at, &one, err) != 0) {
            return -1;
        }
        m = one;
    }
    copy = tally_jcopy(&m);
    text = tally_json_text(copy, 0);
    tally_jfree(copy);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_buf_printf(b, err, "|%s", text);
    free(text);
    return rc;
}

/* The event, and all groups when rules are about. */
static int
add_common(struct tally_buf *b, const struct tally_tables *spec, size_t event,
           bool groups, struct tally_err *err)
{
    struct tally_json root = tally_json_root(spec->doc);

    if (event != TALLY_NONE && add_member(b, &root, "events", event, err) != 0) {
        return -1;
    }
    if (!groups) {
        return 0;
    }
    return add_member(b, &root, "events", TALLY_NONE, err) == 0
               ? add_member(b, &root, "groups", TALLY_NONE, err)
               : -1;
}

static int
end_words(struct tally_buf *b, int rc, char **out, struct tally_err *err)
{
    if (rc == 0) {
        rc = tally_buf_append(b, "", 1, err);
    }
    if (rc == 0) {
        *out = strdup((const char *)b->data);
        rc = *out != NULL ? 0 : tally_err_nomem(err);
    }
    tally_buf_free(b);
    return rc;
}

static int
population_words(const struct tally_tables *spec, size_t table, char **out,
                 struct tally_err *err)
{
    struct tally_json root = tally_json_root(spec->doc), list, one;
    const struct tally_table *t = &spec->tables[table];
    struct tally_buf b = {0};
    int rc = -1;

    if (add_common(&b, spec, t->event,
                   t->rule != TALLY_NONE || spec->cohort != TALLY_NONE, err) == 0 &&
        tally_json_need(&root, "tables", &list, err) == 0 &&
        tally_json_at(&list, table, &one, err) == 0 &&
        add_member(&b, &one, "people", TALLY_NONE, err) == 0) {
        rc = add_member(&b, &root, "cohort", TALLY_NONE, err);
    }
    return end_words(&b, rc, out, err);
}

static int
coord_words(const struct coord *c, const struct tally_tables *spec, char **out,
            struct tally_err *err)
{
    struct tally_json root = tally_json_root(spec->doc);
    struct tally_buf b = {0};
    int rc = -1;

    if (add_common(&b, spec, c->event, spec->dims[c->dim].kind == TALLY_DIM_GROUPS,
                   err) == 0) {
        rc = add_member(&b, &root, "dimensions", c->dim, err);
    }
    for (size_t i = 0; rc == 0 && i < c->levels.nlevels; i++) {
        rc = tally_buf_printf(&b, err, "|%s", c->levels.labels[i]);
    }
    return end_words(&b, rc, out, err);
}

/* Laying out universes and tables. */

static bool
same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int
find_universe(struct counting *c, const struct tally_tables *spec,
              const struct tally_table *t, size_t *out, struct tally_err *err)
{
    const char *source =
        t->measure == TALLY_COUNT_PEOPLE ? NULL : spec->events[t->event].source;
    struct tally_universe *u = c->counts->universes;

    for (*out = 0; *out < c->counts->nuniverses; ++*out, u++) {
        if (u->measure == t->measure && same_text(u->source, source) &&
            same_text(u->column, t->column)) {
            return 0;
        }
    }
    c->counts->nuniverses++;
    u->measure = t->measure;
    u->source = source != NULL ? strdup(source) : NULL;
    u->column = t->column != NULL ? strdup(t->column) : NULL;
    return (source == NULL || u->source != NULL) &&
                   (t->column == NULL || u->column != NULL)
               ? 0
               : tally_err_nomem(err);
}

static int
find_population(struct counting *c, struct tally_counted *t, struct tally_err *err)
{
    const struct tally_tables *spec = c->job->asked[t->asked].spec;
    struct tally_universe *u = &c->counts->universes[t->universe];
    struct making *m = &c->makings[t->universe];
    struct population *more;
    char *words = NULL;

    if (population_words(spec, t->table, &words, err) != 0) {
        return -1;
    }
    for (t->population = 0; t->population < u->npopulations; t->population++) {
        if (strcmp(m->populations[t->population].words, words) == 0) {
            free(words);
            return 0;
        }
    }
    more = realloc(m->populations, (u->npopulations + 1) * sizeof *more);
    if (more == NULL) {
        free(words);
        return tally_err_nomem(err);
    }
    m->populations = more;
    more[u->npopulations++] = (struct population){
        words, t->asked, spec->tables[t->table].event, spec->tables[t->table].rule};
    return 0;
}

static int
find_coord(struct counting *c, struct tally_counted *t, size_t d, struct tally_err *err)
{
    const struct tally_asked *a = &c->job->asked[t->asked];
    struct tally_universe *u = &c->counts->universes[t->universe];
    struct making *m = &c->makings[t->universe];
    struct coord q = {.asked = t->asked,
                      .event = a->spec->tables[t->table].event,
                      .dim = a->spec->tables[t->table].dims[d]};
    struct tally_counted_dim *levels;
    struct coord *more;

    if (a->spec->dims[q.dim].kind == TALLY_DIM_GROUPS) {
        q.event = TALLY_NONE;
    }
    if (tally_counting_levels(c, &q, a->fixed != NULL ? &a->fixed[t->table][d] : NULL,
                              err) != 0 ||
        coord_words(&q, a->spec, &q.words, err) != 0) {
        tally_counting_free_levels(&q.levels);
        return -1;
    }
    for (t->coords[d] = 0; t->coords[d] < u->ncoords; t->coords[d]++) {
        if (strcmp(m->coords[t->coords[d]].words, q.words) == 0) {
            free(q.words);
            tally_counting_free_levels(&q.levels);
            t->dims[d] = m->coords[t->coords[d]].levels;
            return 0;
        }
    }
    more = realloc(m->coords, (u->ncoords + 1) * sizeof *more);
    m->coords = more != NULL ? more : m->coords;
    levels = realloc(u->levels, (u->ncoords + 1) * sizeof *levels);
    u->levels = levels != NULL ? levels : u->levels;
    if (more == NULL || levels == NULL) {
        free(q.words);
        tally_counting_free_levels(&q.levels);
        return tally_err_nomem(err);
    }
    levels[u->ncoords] = q.levels;
    more[u->ncoords++] = q;
    t->dims[d] = q.levels;
    return 0;
}

static int
lay_table(struct counting *c, struct tally_counted *t, struct tally_err *err)
{
    const struct tally_tables *spec = c->job->asked[t->asked].spec;
    const struct tally_table *table = &spec->tables[t->table];

    if (find_universe(c, spec, table, &t->universe, err) != 0 ||
        find_population(c, t, err) != 0) {
        return -1;
    }
    t->ncells = 1;
    for (; t->ndims < table->ndims; t->ndims++) {
        if (find_coord(c, t, t->ndims, err) != 0) {
            return -1;
        }
        t->ncells *= t->dims[t->ndims].nlevels + 1;
        if (t->ncells > TALLY_TABLES_CELLS_MAX) {
            tally_err_set(err, TALLY_E_LIMIT, "table '%s' has more than %d cells",
                          table->name, TALLY_TABLES_CELLS_MAX);
            return tally_err_hint(err, "give it fewer dimensions or levels");
        }
    }
    t->cells = calloc(t->ncells, sizeof *t->cells);
    return t->cells != NULL ? 0 : tally_err_nomem(err);
}

int
tally_counting_lay(struct counting *c, struct tally_err *err)
{
    size_t n = 0;

    for (size_t a = 0; a < c->job->nasked; a++) {
        n += c->job->asked[a].spec->ntables;
    }
    c->counts->tables = calloc(n + 1, sizeof *c->counts->tables);
    c->counts->universes = calloc(n + 1, sizeof *c->counts->universes);
    c->makings = calloc(n + 1, sizeof *c->makings);
    if (c->counts->tables == NULL || c->counts->universes == NULL || c->makings == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t a = 0; a < c->job->nasked; a++) {
        for (size_t i = 0; i < c->job->asked[a].spec->ntables; i++) {
            struct tally_counted *t = &c->counts->tables[c->counts->ntables++];

            t->asked = a;
            t->table = i;
            if (lay_table(c, t, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}
