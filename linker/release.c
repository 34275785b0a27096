/*
 * From counts to figures that may be shown. The figures of all tables that count the same
 * units are protected together, the earlier ones among them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/release.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The facts of one universe, and which fact each cell of its tables is. */
struct stage {
    const struct tally_release *r;
    const struct tally_counts *counts;
    size_t universe;
    struct tally_fact_list facts;
    size_t **fact_of; /* of each table, of each cell; TALLY_NONE: none */
    size_t *slots;    /* a hash table of facts */
    size_t nslots;
};

static bool
is_total(const struct tally_counted *t, size_t cell)
{
    size_t at[TALLY_TABLES_DIMS_MAX];

    tally_counted_levels(t, cell, at);
    for (size_t d = 0; d < t->ndims; d++) {
        if (at[d] == t->dims[d].nlevels) {
            return true;
        }
    }
    return false;
}

/* Nobody is in the cell, and in some line through it all are in one other. */
static bool
beside_all(const struct tally_counted *t, size_t cell)
{
    size_t at[TALLY_TABLES_DIMS_MAX];

    tally_counted_levels(t, cell, at);
    for (size_t d = 0; d < t->ndims; d++) {
        size_t level = at[d];
        uint64_t total;

        if (level == t->dims[d].nlevels) {
            continue;
        }
        at[d] = t->dims[d].nlevels;
        total = t->cells[tally_counted_index(t, at)].value;
        for (at[d] = 0; total > 0 && at[d] < t->dims[d].nlevels; at[d]++) {
            if (t->cells[tally_counted_index(t, at)].value == total) {
                return true;
            }
        }
        at[d] = level;
    }
    return false;
}

/* What cell ${i} of ${t}, of an earlier release, is known to be: -1 when it was hidden,
 * or is another number by now. */
static int64_t
known_value(const struct stage *s, const struct tally_counted *t, size_t i)
{
    const struct tally_release_job *job = s->r->job;
    int64_t was = job->earlier[t->asked - 1].tables[t->table].shown[i];
    int64_t is = (int64_t)tally_profile_round(t->cells[i].value, job->rules.rounding);

    if (job->earlier[t->asked - 1].sums_of_shown && t->ndims > 0 && is_total(t, i)) {
        return -1; /* it said nothing of its own */
    }
    return was >= 0 && llabs(was - is) < (int64_t)job->rules.threshold ? was : -1;
}

/* Whether cell ${i} of ${t} is known, or would be. */
static bool
is_fact(const struct stage *s, const struct tally_counted *t, size_t i)
{
    return t->asked > 0
               ? known_value(s, t, i) >= 0
               : !s->r->job->rules.sums_of_shown || t->ndims == 0 || !is_total(t, i);
}

/* The atoms of every cell of ${t}: ${starts}[i] up to ${starts}[i + 1]. */
static int
atoms_of_cells(const struct tally_counted *t, const struct tally_universe *u,
               size_t **starts, uint32_t **atoms, struct tally_err *err)
{
    size_t n = u->npopulations + u->ncoords, *next = calloc(t->ncells + 1, sizeof *next);

    *starts = calloc(t->ncells + 2, sizeof **starts);
    *atoms = NULL;
    for (unsigned pass = 0; next != NULL && *starts != NULL && pass < 2; pass++) {
        for (size_t a = 0; a < u->natoms; a++) {
            const int16_t *key = u->keys + a * n;

            for (unsigned totals = 0;
                 tally_counted_in(t, u, key) && totals < 1u << t->ndims; totals++) {
                size_t at[TALLY_TABLES_DIMS_MAX], i;

                for (size_t d = 0; d < t->ndims; d++) {
                    at[d] = (totals >> d & 1) != 0
                                ? t->dims[d].nlevels
                                : (size_t)key[u->npopulations + t->coords[d]];
                }
                i = tally_counted_index(t, at);
                if (pass == 0) {
                    (*starts)[i + 1]++;
                } else {
                    (*atoms)[next[i]++] = (uint32_t)a;
                }
            }
        }
        for (size_t i = 0; pass == 0 && i < t->ncells; i++) {
            (*starts)[i + 1] += (*starts)[i];
            next[i] = (*starts)[i];
        }
        if (pass == 0) {
            *atoms = calloc((*starts)[t->ncells] + 1, sizeof **atoms);
            if (*atoms == NULL) {
                break;
            }
        }
    }
    free(next);
    return next != NULL && *starts != NULL && *atoms != NULL ? 0 : tally_err_nomem(err);
}

static uint64_t
hash_atoms(const uint32_t *atoms, size_t n)
{
    uint64_t h = 0xcbf29ce484222325ull;

    for (size_t i = 0; i < n; i++) {
        h = (h ^ atoms[i]) * 0x100000001b3ull;
        h ^= h >> 31;
    }
    return h;
}

/* The fact made of the ${n} ${atoms}, a new one if there is none; ${is_new}. */
static int
find_fact(struct stage *s, const uint32_t *atoms, size_t n, size_t *out, bool *is_new,
          struct tally_err *err)
{
    size_t slot = hash_atoms(atoms, n) % s->nslots;
    struct tally_fact *f;

    for (; s->slots[slot] != TALLY_NONE; slot = (slot + 1) % s->nslots) {
        f = &s->facts.list[s->slots[slot]];
        if (f->natoms == n && memcmp(f->atoms, atoms, n * sizeof *atoms) == 0) {
            *out = s->slots[slot];
            *is_new = false;
            return 0;
        }
    }
    f = &s->facts.list[s->facts.nfacts];
    f->atoms = malloc((n + 1) * sizeof *atoms);
    if (f->atoms == NULL) {
        return tally_err_nomem(err);
    }
    memcpy(f->atoms, atoms, n * sizeof *atoms);
    f->natoms = n;
    s->slots[slot] = *out = s->facts.nfacts++;
    *is_new = true;
    return 0;
}

static void
describe(const struct stage *s, size_t table, const struct tally_counted *t, size_t i,
         bool is_new, struct tally_fact *f)
{
    const struct tally_counted_cell *cell = &t->cells[i];

    if (is_new) {
        f->value = cell->value;
        f->people = cell->people;
        f->first = cell->first;
        f->second = cell->second;
        f->sum = s->counts->universes[s->universe].measure == TALLY_COUNT_SUM;
        f->label = (unsigned)table;
        f->state = t->asked > 0 ? TALLY_FACT_EARLIER : TALLY_FACT_SHOWN;
    }
    if (t->asked == 0 && s->r->job->spec->tables[t->table].rows) {
        f->again = true; /* rows tell all, exactly: nothing of it can be hidden */
        f->before = (unsigned)table;
        f->held = cell->value;
        f->exact = true;
    } else if (!is_new && t->asked > 0 && f->state != TALLY_FACT_EARLIER && !f->exact) {
        f->again = true;
        f->before = (unsigned)table; /* the last is what counts */
        f->held = (uint64_t)known_value(s, t, i);
    }
    f->full = f->full || (cell->people == 0 && t->asked == 0 && beside_all(t, i));
}

static int
add_table(struct stage *s, size_t table, struct tally_err *err)
{
    const struct tally_counted *t = &s->counts->tables[table];
    size_t *starts = NULL;
    uint32_t *atoms = NULL;
    int rc = atoms_of_cells(t, &s->counts->universes[s->universe], &starts, &atoms, err);

    s->fact_of[table] = malloc(t->ncells * sizeof **s->fact_of);
    if (rc == 0 && s->fact_of[table] == NULL) {
        rc = tally_err_nomem(err);
    }
    for (size_t i = 0; rc == 0 && i < t->ncells; i++) {
        bool fact = is_fact(s, t, i), is_new = false;
        size_t n = starts[i + 1] - starts[i], f = s->facts.nfacts;

        s->fact_of[table][i] = TALLY_NONE;
        if (!fact) {
            continue;
        }
        rc = find_fact(s, atoms + starts[i], n, &f, &is_new, err);
        if (rc == 0) {
            s->fact_of[table][i] = f;
            describe(s, table, t, i, is_new, &s->facts.list[f]);
        }
    }
    free(starts);
    free(atoms);
    return rc;
}

static int
stage_begin(struct stage *s, struct tally_err *err)
{
    const struct tally_universe *u = &s->counts->universes[s->universe];
    size_t most = 0;

    for (size_t i = 0; i < s->counts->ntables; i++) {
        most += s->counts->tables[i].universe == s->universe ? s->counts->tables[i].ncells
                                                             : 0;
    }
    s->nslots = 2 * most + 1;
    s->slots = malloc(s->nslots * sizeof *s->slots);
    s->fact_of = calloc(s->counts->ntables + 1, sizeof *s->fact_of);
    s->facts.list = calloc(most + 1, sizeof *s->facts.list);
    s->facts.x = calloc(u->natoms + 1, sizeof *s->facts.x);
    s->facts.people = calloc(u->natoms + 1, sizeof *s->facts.people);
    if (s->slots == NULL || s->fact_of == NULL || s->facts.list == NULL ||
        s->facts.x == NULL || s->facts.people == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < s->nslots; i++) {
        s->slots[i] = TALLY_NONE;
    }
    s->facts.natoms = u->natoms;
    if (u->natoms > 0) {
        memcpy(s->facts.x, u->x, u->natoms * sizeof *u->x);
        memcpy(s->facts.people, u->people, u->natoms * sizeof *u->people);
    }
    for (size_t i = 0; i < s->counts->ntables; i++) { /* the new ones come first */
        if (s->counts->tables[i].universe == s->universe && add_table(s, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void
stage_end(struct stage *s)
{
    for (size_t i = 0; s->fact_of != NULL && i < s->counts->ntables; i++) {
        free(s->fact_of[i]);
    }
    free(s->fact_of);
    free(s->slots);
    tally_fact_list_free(&s->facts);
}

/* Refusing. Names of tables alone: how many people there are is not for errors. */

static void
append_table(const struct tally_release *r, unsigned label, char *out, size_t cap)
{
    const struct tally_counted *t = &r->counts->tables[label];
    size_t len = strlen(out);
    const char *comma = len > 0 ? ", " : "";

    if (t->asked == 0) {
        (void)snprintf(out + len, cap - len, "%stable '%s'", comma,
                       r->job->spec->tables[t->table].name);
    } else {
        const struct tally_earlier *e = &r->job->earlier[t->asked - 1];

        (void)snprintf(out + len, cap - len, "%s'%s' of release %" PRIu64, comma,
                       e->spec->tables[t->table].name, e->number);
    }
}

static int
refuse(const struct tally_release *r, const struct tally_conflict *c,
       struct tally_err *err)
{
    char names[400] = "";

    for (size_t pass = 0; pass < 2; pass++) { /* new ones first */
        for (size_t i = 0; i < c->nlabels; i++) {
            if ((r->counts->tables[c->labels[i]].asked == 0) == (pass == 0)) {
                append_table(r, c->labels[i], names, sizeof names);
            }
        }
    }
    tally_err_set(err, TALLY_E_POLICY,
                  "together these give away a group of fewer than %u people: %s",
                  r->job->rules.threshold, names);
    return tally_err_hint(err, "take the new table out, count the same people in the same "
                               "levels as before, or use fewer, broader levels where "
                               "many have withdrawn since");
}

/* What is shown. */

static uint64_t
outward(uint64_t n, uint64_t step, bool up)
{
    uint64_t down = n - n % step;

    return up && down < n ? down + step : down;
}

/* The range is of rounded counts: what they tell beyond the figure itself is no finer. */
static void
show(const struct tally_release_job *job, const struct tally_counted_cell *cell,
     const struct tally_fact *f, struct tally_released_cell *out)
{
    uint32_t base = job->rules.rounding;
    uint64_t step = base * ((job->rules.threshold + base - 1) / base);
    uint64_t ends[2] = {tally_profile_round(cell->high, base),
                        tally_profile_round(cell->low, base)};

    out->shown = true;
    out->value = f->again ? f->held : tally_profile_round(cell->value, base);
    out->low = out->high = out->value;
    for (size_t i = 0; i < 2; i++) {
        out->low = ends[i] < out->low ? ends[i] : out->low;
        out->high = ends[i] > out->high ? ends[i] : out->high;
    }
    if (out->low < out->value) {
        out->low = outward(out->low, step, false);
    }
    if (out->high > out->value) {
        out->high = outward(out->high, step, true);
    }
}

/* OpenSAFELY's totals: what is shown of the parts, added up. Cells whose parts are all
 * hidden stay hidden. */
static void
add_up(const struct tally_counted *t, struct tally_released_table *out)
{
    for (size_t i = 0; i < t->ncells; i++) {
        size_t at[TALLY_TABLES_DIMS_MAX];
        bool total = is_total(t, i);

        for (unsigned totals = 1;
             !total && out->cells[i].shown && totals < 1u << t->ndims; totals++) {
            struct tally_released_cell *c;

            tally_counted_levels(t, i, at);
            for (size_t d = 0; d < t->ndims; d++) {
                at[d] = (totals >> d & 1) != 0 ? t->dims[d].nlevels : at[d];
            }
            c = &out->cells[tally_counted_index(t, at)];
            c->shown = true;
            c->value += out->cells[i].value;
            c->low += out->cells[i].low;
            c->high += out->cells[i].high;
        }
    }
}

static void
show_table(const struct stage *s, struct tally_release *r, size_t table)
{
    const struct tally_counted *t = &s->counts->tables[table];
    struct tally_released_table *out = &r->tables[t->table];

    for (size_t i = 0; i < t->ncells; i++) {
        size_t f = s->fact_of[table][i];

        if (f != TALLY_NONE && s->facts.list[f].state == TALLY_FACT_SHOWN) {
            show(r->job, &t->cells[i], &s->facts.list[f], &out->cells[i]);
        }
    }
    if (r->job->rules.sums_of_shown) {
        add_up(t, out);
    }
    for (size_t i = 0; i < t->ncells; i++) {
        out->nshown += out->cells[i].shown;
    }
}

/* How many figures of ${t} few people make up, when dimension ${without} is taken out
 * (ndims: none is). */
static size_t
count_few(const struct tally_release *r, const struct tally_counted *t, size_t without)
{
    size_t few = 0;

    for (size_t i = 0; i < t->ncells; i++) {
        size_t at[TALLY_TABLES_DIMS_MAX];
        bool in = t->cells[i].people > 0 && t->cells[i].people < r->job->rules.threshold;

        tally_counted_levels(t, i, at);
        for (size_t d = 0; d < t->ndims; d++) {
            in = in && (at[d] == t->dims[d].nlevels) == (d == without);
        }
        few += in;
    }
    return few;
}

/* Rows leave only when every combination in them is held by enough people; else the
 * dimension is named without which fewest would stand out. */
static int
check_rows(const struct tally_release *r, size_t table, struct tally_err *err)
{
    const struct tally_counted *t = &r->counts->tables[table];
    const struct tally_table *spec = &r->job->spec->tables[table];
    size_t worst = 0;

    if (!spec->rows || count_few(r, t, t->ndims) == 0) {
        return 0;
    }
    for (size_t d = 1; d < t->ndims; d++) {
        worst = count_few(r, t, d) < count_few(r, t, worst) ? d : worst;
    }
    tally_err_set(err, TALLY_E_POLICY,
                  "rows '%s': some combinations are held by fewer than %u people",
                  spec->name, r->job->rules.threshold);
    return tally_err_hint(err, "take dimension '%s' out, or make its levels broader",
                          r->job->spec->dims[spec->dims[worst]].name);
}

static int
protect_universe(struct tally_release *r, size_t universe, struct tally_err *err)
{
    struct stage s = {.r = r, .counts = r->counts, .universe = universe};
    struct tally_conflict conflict = {.found = false};
    int rc = stage_begin(&s, err);

    if (rc == 0) {
        rc = tally_protect(&s.facts, &r->job->rules, &conflict, err);
    }
    if (rc == 0 && conflict.found) {
        rc = refuse(r, &conflict, err);
    }
    for (size_t i = 0; rc == 0 && i < r->ntables; i++) {
        if (r->counts->tables[i].universe == universe) {
            show_table(&s, r, i);
        }
    }
    stage_end(&s);
    return rc;
}

/* Count the new spec and all earlier ones in one pass. */
static int
count(struct tally_release *r, struct tally_err *err)
{
    const struct tally_release_job *job = r->job;
    struct tally_asked *asked = calloc(job->nearlier + 1, sizeof *asked);
    const struct tally_counted_dim **fixed =
        calloc(job->nearlier * TALLY_TABLES_MAX + 1, sizeof *fixed);
    struct tally_counting_job counting = {.cohort = job->cohort,
                                          .asked = asked,
                                          .nasked = job->nearlier + 1,
                                          .threshold = job->rules.threshold,
                                          .withdrawn = job->withdrawn};
    int rc = -1;

    if (asked == NULL || fixed == NULL) {
        rc = tally_err_nomem(err);
    } else {
        asked[0].spec = job->spec;
        for (size_t e = 0; e < job->nearlier; e++) {
            const struct tally_counted_dim **own = fixed + e * TALLY_TABLES_MAX;

            asked[e + 1].spec = job->earlier[e].spec;
            asked[e + 1].fixed = own;
            for (size_t i = 0; i < job->earlier[e].spec->ntables; i++) {
                own[i] = job->earlier[e].tables[i].dims;
            }
        }
        rc = tally_count_tables(&r->counts, &counting, err);
    }
    free(asked);
    free(fixed);
    return rc;
}

static int
make(struct tally_release *r, struct tally_err *err)
{
    const struct tally_tables *spec = r->job->spec;

    if (count(r, err) != 0) {
        return -1;
    }
    r->ntables = spec->ntables;
    r->tables = calloc(spec->ntables + 1, sizeof *r->tables);
    if (r->tables == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < spec->ntables; i++) {
        r->tables[i].table = &spec->tables[i];
        r->tables[i].counted = &r->counts->tables[i];
        r->tables[i].cells =
            calloc(r->counts->tables[i].ncells + 1, sizeof *r->tables[i].cells);
        if (r->tables[i].cells == NULL) {
            return tally_err_nomem(err);
        }
    }
    if (r->counts->people >= r->job->rules.threshold) {
        r->people = tally_profile_round(r->counts->people, r->job->rules.rounding);
    }
    for (size_t i = 0; i < r->ntables; i++) {
        if (check_rows(r, i, err) != 0) {
            return -1;
        }
    }
    for (size_t u = 0; u < r->counts->nuniverses; u++) {
        if (protect_universe(r, u, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_release_make(struct tally_release **out, const struct tally_release_job *job,
                   struct tally_err *err)
{
    struct tally_release *r = calloc(1, sizeof *r);

    if (r == NULL) {
        return tally_err_nomem(err);
    }
    r->job = job;
    if (make(r, err) != 0) {
        tally_release_free(r);
        return -1;
    }
    *out = r;
    return 0;
}

void
tally_release_free(struct tally_release *r)
{
    if (r == NULL) {
        return;
    }
    for (size_t i = 0; r->tables != NULL && i < r->ntables; i++) {
        free(r->tables[i].cells);
    }
    free(r->tables);
    tally_counts_free(r->counts);
    free(r);
}
