/*
 * Counting. Tables of the same units share a universe: what is said of a unit is which
 * populations it is in and its level in each coordinate (a dimension, of the records of
 * an event). Populations and coordinates that two specs define in the same words are one.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/tables_count.h"

#include "bloom/base/bytes.h"
#include "bloom/base/interrupt.h"
#include "linker/matcher.h"

#include <stdlib.h>
#include <string.h>

#define UNSEEN (-1)

/** Who is counted: the first table that said so stands for all. */
struct population {
    char *words;
    size_t asked;
    size_t event;
    size_t rule;
};
struct coord {
    char *words;
    size_t asked;
    size_t event;
    size_t dim;
    struct tally_counted_dim levels;
};

/** What a universe needs while it is counted. */
struct making {
    struct population *populations;
    struct coord *coords;
    uint64_t *stamps; /* of each atom: the last person in it */
    size_t cap;
    size_t *slots; /* a hash table of atoms; SIZE_MAX for none */
    size_t nslots;
    int16_t *key;
};

struct counting {
    const struct tally_counting_job *job;
    struct tally_people *people;
    struct tally_matcher **matchers;
    struct tally_counts *counts;
    struct making *makings;
    uint64_t person; /* number of the person being counted */
    enum { AS_LINKED, UNDER_HIGH, UNDER_LOW } view;
    uint32_t *touched; /* cells of a table that the person is in */
    size_t ntouched;
    size_t touched_cap;
};

static size_t
key_len(const struct tally_universe *u)
{
    return u->npopulations + u->ncoords;
}

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

/* Levels. */

static int
copy_levels(struct tally_counted_dim *out, char *const *labels, size_t n,
            const char *other, struct tally_err *err)
{
    size_t total = n + (other != NULL);

    out->labels = calloc(total + 1, sizeof *out->labels);
    if (out->labels == NULL) {
        return tally_err_nomem(err);
    }
    out->nlevels = total;
    out->others = other != NULL;
    for (size_t i = 0; i < total; i++) {
        out->labels[i] = strdup(i < n ? labels[i] : other);
        if (out->labels[i] == NULL) {
            return tally_err_nomem(err);
        }
    }
    return 0;
}

/** A value that was found, and by how many people. */
struct found {
    char *text;
    uint64_t people;
    uint64_t last;
};
struct finds {
    struct found *list; /* ascending */
    size_t n;
    size_t cap;
};

static int
find_more(struct finds *f, const char *text, size_t len, uint64_t person,
          struct tally_err *err)
{
    size_t low = 0, high = f->n;

    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = strncmp(f->list[mid].text, text, len);

        c = c != 0 ? c : f->list[mid].text[len] != '\0';
        if (c == 0) {
            f->list[mid].people += f->list[mid].last != person;
            f->list[mid].last = person;
            return 0;
        }
        if (c < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (f->n == f->cap) {
        size_t cap = f->cap == 0 ? 64 : 2 * f->cap;
        struct found *more =
            cap > TALLY_COUNT_ATOMS_MAX ? NULL : realloc(f->list, cap * sizeof *more);

        if (more == NULL) {
            return tally_err_set(err, TALLY_E_LIMIT,
                                 "a column with \"levels\": \"found\" has too many "
                                 "different values");
        }
        f->list = more;
        f->cap = cap;
    }
    memmove(f->list + low + 1, f->list + low, (f->n - low) * sizeof *f->list);
    f->list[low] = (struct found){strndup(text, len), 1, person};
    f->n++;
    return f->list[low].text != NULL ? 0 : tally_err_nomem(err);
}

/** Called with each person. */
typedef int person_fn(struct counting *c, const struct tally_person *p, void *ctx,
                      struct tally_err *err);

static int
each_person(struct counting *c, person_fn *fn, void *ctx, struct tally_err *err)
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

/** Where levels are being looked for. */
struct look_for {
    size_t asked;
    size_t event;
    size_t dim;
    struct finds finds;
};

static int
look_at_person(struct counting *c, const struct tally_person *p, void *ctx,
               struct tally_err *err)
{
    struct look_for *l = ctx;
    const struct tally_matcher *m = c->matchers[l->asked];

    for (size_t i = 0; i < p->nrecords; i++) {
        size_t len;
        const char *text;

        if (!tally_matcher_event(m, l->event, &p->records[i])) {
            continue;
        }
        text = tally_matcher_value(m, l->event, l->dim, &p->records[i], &len);
        if (len > 0 && len <= TALLY_TABLES_TEXT_MAX &&
            find_more(&l->finds, text, len, c->person, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* How many people have none of the levels found. */
struct others {
    const struct coord *coord;
    const struct tally_counted_dim *levels;
    uint64_t people;
};

static bool
among(const struct tally_counted_dim *levels, size_t n, const char *text, size_t len,
      size_t *at)
{
    for (*at = 0; *at < n; ++*at) {
        if (strncmp(levels->labels[*at], text, len) == 0 &&
            levels->labels[*at][len] == '\0') {
            return true;
        }
    }
    return false;
}

static int
look_for_others(struct counting *c, const struct tally_person *p, void *ctx,
                struct tally_err *err)
{
    struct others *o = ctx;
    const struct coord *q = o->coord;
    const struct tally_matcher *m = c->matchers[q->asked];

    (void)err;
    for (size_t i = 0; i < p->nrecords; i++) {
        const char *text;
        size_t len, at;

        if (!tally_matcher_event(m, q->event, &p->records[i])) {
            continue;
        }
        text = tally_matcher_value(m, q->event, q->dim, &p->records[i], &len);
        if (!among(o->levels, o->levels->nlevels, text, len, &at)) {
            o->people++;
            break;
        }
    }
    return 0;
}

/* A level for others is there when enough people have it: its standing there alone would
 * tell of a few. */
static int
add_others(struct counting *c, const struct coord *q, struct tally_counted_dim *levels,
           struct tally_err *err)
{
    const struct tally_dimension *d = &c->job->asked[q->asked].spec->dims[q->dim];
    struct others o = {.coord = q, .levels = levels};

    if (d->other == NULL) {
        return 0;
    }
    if (each_person(c, look_for_others, &o, err) != 0) {
        return -1;
    }
    if (o.people < c->job->threshold) {
        return 0;
    }
    levels->labels[levels->nlevels] = strdup(d->other); /* there is room for one more */
    if (levels->labels[levels->nlevels] == NULL) {
        return tally_err_nomem(err);
    }
    levels->nlevels++;
    levels->others = true;
    return 0;
}

/* The levels that enough people have; a value that few have would say so by standing
 * there. */
static int
find_levels(struct counting *c, const struct coord *q, struct tally_counted_dim *out,
            struct tally_err *err)
{
    const struct tally_dimension *d = &c->job->asked[q->asked].spec->dims[q->dim];
    struct look_for l = {.asked = q->asked, .event = q->event, .dim = q->dim};
    char *kept[TALLY_TABLES_LEVELS_MAX];
    size_t n = 0;
    int rc = each_person(c, look_at_person, &l, err);

    for (size_t i = 0; rc == 0 && i < l.finds.n; i++) {
        if (l.finds.list[i].people < c->job->threshold) {
            continue;
        }
        if (n == TALLY_TABLES_LEVELS_MAX) {
            tally_err_set(err, TALLY_E_LIMIT, "dimension '%s' has more than %d levels",
                          d->name, TALLY_TABLES_LEVELS_MAX);
            rc = tally_err_hint(err, "\"characters\" makes one of values that begin "
                                     "alike");
            break;
        }
        kept[n++] = l.finds.list[i].text;
    }
    if (rc == 0 &&
        (copy_levels(out, kept, n, NULL, err) != 0 || add_others(c, q, out, err) != 0)) {
        rc = -1;
    }
    for (size_t i = 0; i < l.finds.n; i++) {
        free(l.finds.list[i].text);
    }
    free(l.finds.list);
    return rc;
}

static int
settle_levels(struct counting *c, struct coord *q, const struct tally_counted_dim *fixed,
              struct tally_err *err)
{
    const struct tally_dimension *d = &c->job->asked[q->asked].spec->dims[q->dim];

    if (fixed != NULL) {
        size_t n = fixed->nlevels;

        if (copy_levels(&q->levels, fixed->labels, n, NULL, err) != 0) {
            return -1;
        }
        q->levels.others =
            d->other != NULL && n > 0 && strcmp(fixed->labels[n - 1], d->other) == 0;
        return 0;
    }
    return d->kind == TALLY_DIM_FOUND
               ? find_levels(c, q, &q->levels, err)
               : copy_levels(&q->levels, d->levels, d->nlevels, d->other, err);
}

static void
levels_free(struct tally_counted_dim *d)
{
    for (size_t i = 0; d->labels != NULL && i < d->nlevels; i++) {
        free(d->labels[i]);
    }
    free(d->labels);
    d->labels = NULL;
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
    if (settle_levels(c, &q, a->fixed != NULL ? &a->fixed[t->table][d] : NULL, err) !=
            0 ||
        coord_words(&q, a->spec, &q.words, err) != 0) {
        levels_free(&q.levels);
        return -1;
    }
    for (t->coords[d] = 0; t->coords[d] < u->ncoords; t->coords[d]++) {
        if (strcmp(m->coords[t->coords[d]].words, q.words) == 0) {
            free(q.words);
            levels_free(&q.levels);
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
        levels_free(&q.levels);
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

static int
lay_tables(struct counting *c, struct tally_err *err)
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

/* Atoms. */

static uint64_t
hash_key(const int16_t *key, size_t n)
{
    uint64_t h = 0xcbf29ce484222325ull;

    for (size_t i = 0; i < n; i++) {
        h = (h ^ (uint16_t)key[i]) * 0x100000001b3ull;
        h ^= h >> 29;
    }
    return h;
}

/* Make room for one more atom. */
static int
grow_atoms(struct tally_universe *u, struct making *m, struct tally_err *err)
{
    size_t cap = m->cap == 0 ? 256 : 2 * m->cap, n = key_len(u);
    int16_t *keys = realloc(u->keys, (cap * n + 1) * sizeof *keys);
    double *x = realloc(u->x, cap * sizeof *x);
    uint64_t *people = realloc(u->people, cap * sizeof *people);
    uint64_t *stamps = realloc(m->stamps, cap * sizeof *stamps);
    size_t *slots = malloc(4 * cap * sizeof *slots);

    u->keys = keys != NULL ? keys : u->keys;
    u->x = x != NULL ? x : u->x;
    u->people = people != NULL ? people : u->people;
    m->stamps = stamps != NULL ? stamps : m->stamps;
    if (keys == NULL || x == NULL || people == NULL || stamps == NULL || slots == NULL) {
        free(slots);
        return tally_err_nomem(err);
    }
    free(m->slots);
    m->slots = slots;
    m->nslots = 4 * cap;
    m->cap = cap;
    for (size_t i = 0; i < m->nslots; i++) {
        slots[i] = SIZE_MAX;
    }
    for (size_t a = 0; a < u->natoms; a++) {
        size_t s = hash_key(u->keys + a * n, n) % m->nslots;

        while (slots[s] != SIZE_MAX) {
            s = (s + 1) % m->nslots;
        }
        slots[s] = a;
    }
    return 0;
}

static int
find_atom(struct tally_universe *u, struct making *m, const int16_t *key, size_t *out,
          struct tally_err *err)
{
    size_t n = key_len(u), s;

    if (u->natoms == m->cap && grow_atoms(u, m, err) != 0) {
        return -1;
    }
    for (s = hash_key(key, n) % m->nslots; m->slots[s] != SIZE_MAX;
         s = (s + 1) % m->nslots) {
        if (memcmp(u->keys + m->slots[s] * n, key, n * sizeof *key) == 0) {
            *out = m->slots[s];
            return 0;
        }
    }
    if (u->natoms == TALLY_COUNT_ATOMS_MAX) {
        tally_err_set(err, TALLY_E_LIMIT,
                      "the tables tell more than %d groups apart between them",
                      TALLY_COUNT_ATOMS_MAX);
        return tally_err_hint(err, "release fewer dimensions, or fewer levels");
    }
    m->slots[s] = *out = u->natoms;
    memcpy(u->keys + u->natoms * n, key, n * sizeof *key);
    u->x[u->natoms] = 0;
    u->people[u->natoms] = 0;
    m->stamps[u->natoms] = 0;
    u->natoms++;
    return 0;
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
    return among(&q->levels, n, text, len, &at) ? (int16_t)at : others;
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
    if (find_atom(u, m, key, &atom, err) != 0) {
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
    rc = each_person(c, count_wide_person, NULL, err);
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
    if (lay_tables(c, err) != 0) {
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

/* Groups that nobody is in, and somebody might be: without them an empty cell would be
 * known to be empty. Each is made like a few groups that are not empty. */

#define ALIKE       8
#define ALIKE_AMONG 1000

struct near {
    size_t atom;
    size_t apart;
};

static size_t
levels_apart(const struct tally_counted *t, const struct tally_universe *u, size_t atom,
             const size_t *at)
{
    const int16_t *key = u->keys + atom * key_len(u) + u->npopulations;
    size_t n = 0;

    for (size_t d = 0; d < t->ndims; d++) {
        n += key[t->coords[d]] != (int16_t)at[d];
    }
    return n;
}

/* The ALIKE nearest of ${among}. */
static size_t
find_alike(const struct tally_counted *t, const struct tally_universe *u,
           const size_t *among, size_t n, const size_t *at, struct near *out)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        size_t apart = levels_apart(t, u, among[i], at), k;

        if (found == ALIKE && apart >= out[ALIKE - 1].apart) {
            continue;
        }
        found += found < ALIKE;
        for (k = found - 1; k > 0 && out[k - 1].apart > apart; k--) {
            out[k] = out[k - 1];
        }
        out[k] = (struct near){among[i], apart};
    }
    return found;
}

static int
add_like(struct counting *c, const struct tally_counted *t, size_t base, const size_t *at,
         struct tally_err *err)
{
    struct tally_universe *u = &c->counts->universes[t->universe];
    struct making *m = &c->makings[t->universe];
    size_t n = key_len(u), atom;

    if (base != TALLY_NONE) {
        memcpy(m->key, u->keys + base * n, n * sizeof *m->key);
    } else {
        for (size_t i = 0; i < n; i++) {
            m->key[i] = i < u->npopulations ? 0 : UNSEEN;
        }
        m->key[t->population] = 1;
    }
    for (size_t d = 0; d < t->ndims; d++) {
        m->key[u->npopulations + t->coords[d]] = (int16_t)at[d];
    }
    return find_atom(u, m, m->key, &atom, err);
}

static int
add_possible(struct counting *c, const struct tally_counted *t, struct tally_err *err)
{
    const struct tally_universe *u = &c->counts->universes[t->universe];
    size_t among[ALIKE_AMONG], n = 0;

    for (size_t a = 0; a < u->natoms && n < ALIKE_AMONG; a++) {
        if (tally_counted_in(t, u, u->keys + a * key_len(u)) && u->people[a] > 0) {
            among[n++] = a;
        }
    }
    for (size_t i = 0; i < t->ncells; i++) {
        size_t at[TALLY_TABLES_DIMS_MAX], found;
        struct near alike[ALIKE];
        bool total = false;

        tally_counted_levels(t, i, at);
        for (size_t d = 0; d < t->ndims; d++) {
            total = total || at[d] == t->dims[d].nlevels;
        }
        if (total || t->cells[i].people > 0) {
            continue;
        }
        found = find_alike(t, u, among, n, at, alike);
        for (size_t k = 0; k < found; k++) {
            if (add_like(c, t, alike[k].atom, at, err) != 0) {
                return -1;
            }
        }
        if (found == 0 && add_like(c, t, TALLY_NONE, at, err) != 0) {
            return -1;
        }
    }
    return 0;
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
        prepare(&c, err) == 0 && each_person(&c, count_person, NULL, err) == 0) {
        rc = count_wide(&c, err);
    }
    for (size_t i = 0; rc == 0 && i < c.counts->ntables; i++) {
        rc = add_possible(&c, &c.counts->tables[i], err);
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
            levels_free(&u->levels[k]);
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
