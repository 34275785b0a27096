/*
 * The fields of a profile: those of a schema, or without one every column, with a type
 * from its name where the mapping knows the name, else from what it holds.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/profile_private.h"

#include "bloom/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTENT_LEAST 10 /* values needed to tell a type from content */

/* Fields that starter schemas know by name, in the order in which columns are taken. */
static const char *const KNOWN[] = {"forename",  "middle_names",  "surname",
                                    "full_name", "date_of_birth", "sex",
                                    "postcode",  "address",       "nhs_number"};

static void
show_columns(struct tally_profile_field *f, const struct tally_csv *csv,
             const struct tally_field_state *s)
{
    size_t n = 0;

    f->columns[0] = '\0';
    for (size_t i = 0; i < s->nparts && n < sizeof f->columns - 4; i++) {
        if (i > 0) {
            n += (size_t)snprintf(f->columns + n, sizeof f->columns - n, " + ");
        }
        tally_text_printable(tally_csv_column(csv, s->parts[i]), f->columns + n,
                             sizeof f->columns - n);
        n += strlen(f->columns + n);
    }
}

static int
make_arrays(size_t n, struct tally_field_state **states,
            struct tally_profile_field **fields, struct tally_err *err)
{
    *states = calloc(n > 0 ? n : 1, sizeof **states);
    *fields = calloc(n > 0 ? n : 1, sizeof **fields);
    if (*states != NULL && *fields != NULL) {
        return 0;
    }
    free(*states);
    free(*fields);
    return tally_err_nomem(err);
}

/* The values of a schema's fields, as they are made into states. */
struct maker {
    const struct tally_csv *csv;
    struct tally_field_state *states;
    struct tally_profile_field *fields;
    size_t n;
};

/* Value ${number} of field ${f}: ${nparts} columns, or the piece ${piece} of one. */
static void
make_value(struct maker *m, const struct tally_field *f, const size_t *parts,
           size_t nparts, unsigned number, char split, size_t piece)
{
    struct tally_field_state *s = &m->states[m->n];
    struct tally_profile_field *o = &m->fields[m->n++];
    char name[TALLY_PROFILE_NAME + 24];

    s->field = *f;
    s->nparts = nparts;
    memcpy(s->parts, parts, nparts * sizeof *parts);
    s->split = split;
    s->piece = piece;
    s->extra = number > 1;
    (void)snprintf(name, sizeof name, number > 1 ? "%s (value %u)" : "%s", f->name,
                   number);
    tally_text_printable(name, o->name, sizeof o->name);
    show_columns(o, m->csv, s);
    o->type = f->type;
    o->type_source = TALLY_TYPE_FROM_SCHEMA;
    o->identifying = number == 1;
}

/* All values of field ${i} by the mapping: columns that belong together, or pieces. */
static void
make_field(struct maker *m, const struct tally_field *f, const struct tally_mapping *map,
           size_t i)
{
    const size_t *parts = map->parts[i];
    size_t nparts = map->nparts[i], at = 0;
    unsigned number = 1;

    do {
        size_t n = 1;

        while (at + n < nparts && !map->another[i][at + n]) {
            n++;
        }
        n = nparts == 0 ? 0 : n;
        for (size_t piece = 0; piece < (map->split[i] != 0 ? TALLY_PIECES : 1); piece++) {
            make_value(m, f, parts + at, n, number++, map->split[i], piece);
            m->states[m->n - 1].reading = map->readings[i];
            m->states[m->n - 1].mapping = map;
            m->states[m->n - 1].mapped = i;
        }
        at += n;
    } while (at < nparts);
}

int
tally_profile_of_schema(const struct tally_csv *csv, const struct tally_schema *schema,
                        const struct tally_mapping *mapping,
                        struct tally_field_state **states,
                        struct tally_profile_field **fields, size_t *n,
                        struct tally_err *err)
{
    struct maker m = {.csv = csv};
    size_t most = 0;

    for (size_t i = 0; i < schema->nfields; i++) {
        most += 1 + mapping->nparts[i] * (mapping->split[i] != 0 ? TALLY_PIECES : 1);
    }
    if (make_arrays(most, &m.states, &m.fields, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < schema->nfields; i++) {
        make_field(&m, &schema->fields[i], mapping, i);
    }
    *states = m.states;
    *fields = m.fields;
    *n = m.n;
    return 0;
}

static bool
all_free(const struct tally_mapping *m, const bool *taken)
{
    for (size_t i = 0; i < m->nparts[0]; i++) {
        if (taken[m->parts[0][i]]) {
            return false;
        }
    }
    return m->nparts[0] > 0 && m->nparts[0] <= TALLY_MAPPING_PARTS;
}

/* The columns of the known field ${name}: 1 when the header tells them beyond doubt and
 * none is ${taken}, else 0; -1 when memory ran out. */
static int
find_known(const struct tally_csv *csv, const char *name, const bool *taken,
           struct tally_field_state *out, struct tally_err *err)
{
    struct tally_schema *schema = NULL;
    struct tally_mapping m;
    struct tally_err why = TALLY_ERR_INIT; /* not told of a field that is not there */
    bool found = tally_schema_new(&schema, name, "plain", NULL, &why) == 0 &&
                 tally_mapping_guess(&m, schema, csv, &why) == 0 && all_free(&m, taken);

    if (found) {
        out->field = schema->fields[0];
        out->nparts = m.nparts[0];
        memcpy(out->parts, m.parts[0], m.nparts[0] * sizeof m.parts[0][0]);
    }
    tally_schema_free(schema);
    return why.code == TALLY_E_NOMEM ? tally_err_nomem(err) : found;
}

static int
by_first_column(const void *a, const void *b)
{
    size_t x = ((const struct tally_field_state *)a)->parts[0];
    size_t y = ((const struct tally_field_state *)b)->parts[0];

    return x < y ? -1 : x > y;
}

/* Known fields, then every column that is left, in the order of the file: ${out} of them. */
static int
make_states(const struct tally_csv *csv, bool *taken, struct tally_field_state *states,
            size_t *out, struct tally_err *err)
{
    size_t n = 0;

    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        int found = find_known(csv, KNOWN[i], taken, &states[n], err);

        if (found < 0) {
            return -1;
        }
        if (found == 1) {
            for (size_t p = 0; p < states[n].nparts; p++) {
                taken[states[n].parts[p]] = true;
            }
            n++;
        }
    }
    for (size_t i = 0; i < tally_csv_columns(csv); i++) {
        if (!taken[i]) {
            states[n].field.type = TALLY_FIELD_TEXT;
            states[n].nparts = 1;
            states[n].parts[0] = i;
            n++;
        }
    }
    qsort(states, n, sizeof *states, by_first_column);
    *out = n;
    return 0;
}

int
tally_profile_guess(const struct tally_profile_job *job,
                    struct tally_field_state **states,
                    struct tally_profile_field **fields, size_t *n, struct tally_err *err)
{
    const struct tally_csv *csv = job->csv;
    struct tally_field_state *made = NULL;
    struct tally_profile_field *told = NULL;
    size_t columns = tally_csv_columns(csv);
    bool *taken = calloc(columns + 1, sizeof *taken);

    if (taken == NULL) {
        return tally_err_nomem(err);
    }
    if (make_arrays(columns, &made, &told, err) != 0) {
        free(taken);
        return -1;
    }
    if (job->id_column >= 0) {
        taken[job->id_column] = true;
    }
    if (job->alias_column != NULL) {
        taken[*job->alias_column] = true;
    }
    if (make_states(csv, taken, made, n, err) != 0) {
        free(taken);
        free(made);
        free(told);
        return -1;
    }
    free(taken);
    for (size_t i = 0; i < *n; i++) {
        bool known = made[i].field.name[0] != '\0';

        tally_text_printable(made[i].nparts > 1 ? made[i].field.name
                                                : tally_csv_column(csv, made[i].parts[0]),
                             told[i].name, sizeof told[i].name);
        show_columns(&told[i], csv, &made[i]);
        told[i].type = made[i].field.type;
        told[i].type_source = known ? TALLY_TYPE_FROM_NAME : TALLY_TYPE_FROM_CONTENT;
        told[i].identifying = known;
    }
    *states = made;
    *fields = told;
    return 0;
}

void
tally_profile_guess_content(struct tally_field_state *state,
                            struct tally_profile_field *field,
                            const uint64_t looks[TALLY_LOOKS])
{
    static const enum tally_field_type types[TALLY_LOOKS] = {
        [TALLY_LOOK_NOTHING] = TALLY_FIELD_TEXT,
        [TALLY_LOOK_SEX] = TALLY_FIELD_SEX,
        [TALLY_LOOK_EMAIL] = TALLY_FIELD_TEXT,
        [TALLY_LOOK_NHS] = TALLY_FIELD_NHS_NUMBER,
        [TALLY_LOOK_DATE] = TALLY_FIELD_DATE,
        [TALLY_LOOK_POSTCODE] = TALLY_FIELD_POSTCODE,
        [TALLY_LOOK_NUMBER] = TALLY_FIELD_INTEGER,
        [TALLY_LOOK_WORDS] = TALLY_FIELD_TEXT,
        [TALLY_LOOK_TEXT] = TALLY_FIELD_TEXT,
    };
    uint64_t total = 0;

    for (int l = TALLY_LOOK_NOTHING + 1; l < TALLY_LOOKS; l++) {
        total += looks[l];
    }
    for (int l = TALLY_LOOK_NOTHING + 1; l < TALLY_LOOKS; l++) {
        if (total >= CONTENT_LEAST && looks[l] * 10 >= total * 9) {
            state->field.type = types[l];
            field->type = types[l];
        }
    }
    if (field->type == TALLY_FIELD_INTEGER) {
        state->field.minimum = -INT64_C(999999999999999);
        state->field.maximum = INT64_C(999999999999999);
    }
}
