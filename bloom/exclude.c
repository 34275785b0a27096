/*
 * Lists of people and marks in columns. A listed value becomes a keyed hash at once,
 * under a key that lives as long as the run: what is held cannot be read, and looking up
 * is a search in a sorted array.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/exclude.h"

#include "bloom/base/bytes.h"
#include "bloom/base/secret.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BYTES   32
#define VALUE_BYTES 1024 /* longer ids do not exist, longer values are cut to less */
#define BY_ID       TALLY_SCHEMA_FIELDS_MAX /* in place of a field's number */
#define LISTS       2

/* A listed value: 96 bits of its hash, and the person it stands for. */
struct entry {
    uint64_t high;
    uint32_t low;
    uint32_t person;
};

struct list {
    bool given;
    uint64_t wanted; /* bit f: field f is compared; bit BY_ID: ids are */
    struct entry *entries;
    size_t n;
    size_t cap;
    uint32_t people;
    uint8_t *met; /* one a person */
    uint64_t unreadable;
};

struct rule {
    size_t column; /* index in columns */
    bool aliases_only;
    char value[TALLY_NAME_MAX + 1];
};

struct tally_exclude {
    const struct tally_csv *csv;
    const struct tally_schema *schema;
    const struct tally_mapping *mapping;
    ptrdiff_t id_column;
    uint8_t key[KEY_BYTES]; /* random, for this run only */
    struct list lists[LISTS];
    size_t nrules;
    struct rule rules[TALLY_EXCLUDE_RULES_MAX];
    size_t ncolumns;
    size_t columns[TALLY_EXCLUDE_RULES_MAX];
    uint64_t others[TALLY_EXCLUDE_RULES_MAX];
};

const char *
tally_stay_name(enum tally_stay s)
{
    static const char *const names[TALLY_STAY_REASONS] = {
        [TALLY_LEAVES] = "leaves",
        [TALLY_STAYS_OPT_OUT] = "opt_out",
        [TALLY_STAYS_LISTED] = "exclude",
        [TALLY_STAYS_MARKED] = "exclude_where",
    };

    return (unsigned)s < TALLY_STAY_REASONS ? names[s] : "unknown";
}

int
tally_exclude_create(struct tally_exclude **out, const struct tally_csv *csv,
                     const struct tally_schema *s, const struct tally_mapping *m,
                     ptrdiff_t id_column, struct tally_err *err)
{
    struct tally_exclude *x = calloc(1, sizeof(*x));

    if (x == NULL) {
        return tally_err_nomem(err);
    }
    x->csv = csv;
    x->schema = s;
    x->mapping = m;
    x->id_column = id_column;
    tally_random(x->key, sizeof(x->key));
    *out = x;
    return 0;
}

/* Lists. */

static struct entry
hash(const struct tally_exclude *x, uint8_t kind, const void *p, size_t len)
{
    uint8_t bytes[KEY_BYTES + 1 + VALUE_BYTES];
    uint8_t digest[TALLY_DIGEST_BYTES];
    struct entry e;

    len = len < VALUE_BYTES ? len : VALUE_BYTES;
    memcpy(bytes, x->key, KEY_BYTES);
    bytes[KEY_BYTES] = kind;
    memcpy(bytes + KEY_BYTES + 1, p, len);
    tally_digest(bytes, KEY_BYTES + 1 + len, digest);
    tally_wipe(bytes, sizeof(bytes));
    e = (struct entry){tally_le64_load(digest), tally_le32_load(digest + 8), 0};
    return e;
}

static int
compare(const void *a, const void *b)
{
    const struct entry *p = a, *q = b;

    if (p->high != q->high) {
        return p->high < q->high ? -1 : 1;
    }
    return p->low == q->low ? 0 : p->low < q->low ? -1 : 1;
}

static struct tally_cell
trimmed(struct tally_cell c)
{
    while (c.len > 0 && (c.data[0] == ' ' || c.data[0] == '\t')) {
        c.data++;
        c.len--;
    }
    while (c.len > 0 && (c.data[c.len - 1] == ' ' || c.data[c.len - 1] == '\t')) {
        c.len--;
    }
    return c;
}

/* Grown by hand, so that what is left behind is wiped. */
static int
grow(struct list *l, struct tally_err *err)
{
    size_t cap = l->cap == 0 ? 1024 : l->cap * 3 / 2;
    struct entry *more = malloc(cap * sizeof(*more));

    if (more == NULL) {
        return tally_err_nomem(err);
    }
    if (l->n > 0) {
        memcpy(more, l->entries, l->n * sizeof(*more));
        tally_wipe(l->entries, l->n * sizeof(*more));
    }
    free(l->entries);
    l->entries = more;
    l->cap = cap;
    return 0;
}

/* One cell of a list, compared as ${kind}: a field's number or BY_ID. Sets ${any} when
 * there is something in it. */
static int
add_cell(struct tally_exclude *x, struct list *l, size_t kind, struct tally_cell cell,
         bool *any, struct tally_err *err)
{
    struct tally_value v;
    struct entry e;

    cell = trimmed(cell);
    if (cell.len == 0) {
        return 0;
    }
    *any = true;
    if (kind == BY_ID) {
        e = hash(x, BY_ID, cell.data, cell.len);
    } else {
        tally_normalise(&x->schema->fields[kind], NULL, cell.data, cell.len, &v);
        e = hash(x, (uint8_t)kind, v.text, v.len);
        if (v.len == 0) {
            l->unreadable++;
            return 0;
        }
        tally_wipe(&v, sizeof(v));
    }
    if (l->n == TALLY_EXCLUDE_LIST_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "a list of people has over %u values",
                             TALLY_EXCLUDE_LIST_MAX);
    }
    if (l->n == l->cap && grow(l, err) != 0) {
        return -1;
    }
    e.person = l->people;
    l->entries[l->n++] = e;
    return 0;
}

/* Fields that say who somebody is without help from others. */
static bool
identifies(enum tally_field_type type)
{
    switch (type) {
    case TALLY_FIELD_FORENAME:
    case TALLY_FIELD_SURNAME:
    case TALLY_FIELD_FULL_NAME:
    case TALLY_FIELD_DATE:
    case TALLY_FIELD_SEX:
    case TALLY_FIELD_POSTCODE:
    case TALLY_FIELD_ADDRESS:
    case TALLY_FIELD_TELEPHONE:
    case TALLY_FIELD_ENUMERATION:
        return false;
    default:
        return true;
    }
}

/* What column ${name} of a list is compared as: a field's number, BY_ID, or -1 for
 * nothing; -2 when it cannot be. */
static int
column_kind(const struct tally_exclude *x, const char *name, const char *path,
            struct tally_err *err)
{
    for (size_t f = 0; f < x->schema->nfields; f++) {
        if (strcmp(x->schema->fields[f].name, name) != 0) {
            continue;
        }
        if (!identifies(x->schema->fields[f].type)) {
            (void)tally_err_set(err, TALLY_E_USAGE,
                                "%s: column '%s' does not point to one person", path,
                                name);
            (void)tally_err_hint(err, "list ids or a number such as the NHS number");
            return -2;
        }
        if (x->mapping->nparts[f] == 0) {
            (void)tally_err_set(err, TALLY_E_USAGE,
                                "%s lists the field '%s', which %s does not have", path,
                                name, tally_csv_path(x->csv));
            (void)tally_err_hint(err, "nobody could be found by it: list ids instead");
            return -2;
        }
        return (int)f;
    }
    return x->id_column >= 0 &&
                   strcmp(tally_csv_column(x->csv, (size_t)x->id_column), name) == 0
               ? BY_ID
               : -1;
}

static int
need_ids(const struct tally_exclude *x, const char *path, struct tally_err *err)
{
    if (x->id_column >= 0) {
        return 0;
    }
    (void)tally_err_set(err, TALLY_E_USAGE, "%s lists ids, but no column of ids is named",
                        path);
    return tally_err_hint(err, "say which column holds them with --record-id COLUMN");
}

/* Decide what the columns of a list are; the first line of a bare list of ids is one. */
static int
read_header(struct tally_exclude *x, struct list *l, const struct tally_csv *csv,
            int *kinds, struct tally_err *err)
{
    const char *path = tally_csv_path(csv);
    size_t n = tally_csv_columns(csv);
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        kinds[i] = column_kind(x, tally_csv_column(csv, i), path, err);
        if (kinds[i] == -2) {
            return -1;
        }
        l->wanted |= kinds[i] >= 0 ? UINT64_C(1) << kinds[i] : 0;
    }
    if (l->wanted != 0) {
        return 0;
    }
    if (n > 1) {
        (void)tally_err_set(
            err, TALLY_E_USAGE,
            "%s: no column is called like the ids or a field of the schema", path);
        return tally_err_hint(err, "give it one column of ids, or name the id column as "
                                   "in the export");
    }
    kinds[0] = BY_ID;
    l->wanted = UINT64_C(1) << BY_ID;
    if (need_ids(x, path, err) != 0) {
        return -1;
    }
    if (tally_csv_find(x->csv, tally_csv_column(csv, 0)) < 0) {
        const char *first = tally_csv_column(csv, 0);
        struct tally_cell cell = {(const uint8_t *)first, strlen(first)};

        if (add_cell(x, l, BY_ID, cell, &any, err) != 0) {
            return -1;
        }
        l->people += any;
    }
    return 0;
}

static int
read_people(struct tally_exclude *x, struct list *l, struct tally_csv *csv,
            const int *kinds, struct tally_cell *cells, struct tally_err *err)
{
    size_t n = tally_csv_columns(csv);
    int rc;

    while ((rc = tally_csv_next(csv, cells, err)) > 0) {
        bool any = false;

        for (size_t i = 0; i < n; i++) {
            if (kinds[i] >= 0 &&
                add_cell(x, l, (size_t)kinds[i], cells[i], &any, err) != 0) {
                return -1;
            }
        }
        l->people += any;
    }
    return rc;
}

static int
read_list(struct tally_exclude *x, struct list *l, struct tally_csv *csv,
          struct tally_err *err)
{
    size_t n = tally_csv_columns(csv);
    int *kinds = calloc(n, sizeof(*kinds));
    struct tally_cell *cells = calloc(n, sizeof(*cells));
    int rc = -1;

    if (kinds == NULL || cells == NULL) {
        rc = tally_err_nomem(err);
    } else if (read_header(x, l, csv, kinds, err) == 0) {
        rc = read_people(x, l, csv, kinds, cells, err);
    }
    free(kinds);
    free(cells);
    return rc;
}

int
tally_exclude_list(struct tally_exclude *x, enum tally_stay why, const char *path,
                   const struct tally_csv_options *options, struct tally_err *err)
{
    struct list *l = &x->lists[why - TALLY_STAYS_OPT_OUT];
    struct tally_csv *csv = NULL;
    int rc;

    TALLY_INVARIANT(why == TALLY_STAYS_OPT_OUT || why == TALLY_STAYS_LISTED);
    if (tally_csv_open(&csv, path, options, err) != 0) {
        return -1;
    }
    rc = read_list(x, l, csv, err);
    tally_csv_free(csv);
    if (rc != 0) {
        return -1;
    }
    l->met = calloc((size_t)l->people + 1, 1);
    if (l->met == NULL) {
        return tally_err_nomem(err);
    }
    if (l->n > 0) {
        qsort(l->entries, l->n, sizeof(*l->entries), compare);
    }
    l->given = true;
    return 0;
}

/* Mark everyone whom the value stands for. Threads may mark the same person at once. */
static bool
meets(struct list *l, const struct entry *e)
{
    size_t low = 0, high = l->n;
    bool found = false;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(&l->entries[middle], e) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < l->n && compare(&l->entries[low], e) == 0; low++) {
        __atomic_store_n(&l->met[l->entries[low].person], 1, __ATOMIC_RELAXED);
        found = true;
    }
    return found;
}

static enum tally_stay
look_up(struct tally_exclude *x, size_t kind, const void *p, size_t len)
{
    struct entry e = hash(x, (uint8_t)kind, p, len);
    enum tally_stay why = TALLY_LEAVES;

    /* all lists, so that everyone listed is seen to be in the file */
    for (size_t i = LISTS; i > 0; i--) {
        if ((x->lists[i - 1].wanted >> kind & 1) != 0 && meets(&x->lists[i - 1], &e)) {
            why = (enum tally_stay)(TALLY_STAYS_OPT_OUT + i - 1);
        }
    }
    return why;
}

enum tally_stay
tally_exclude_by_id(struct tally_exclude *x, const void *id, size_t len)
{
    struct tally_cell c = trimmed((struct tally_cell){id, len});

    return look_up(x, BY_ID, c.data, c.len);
}

bool
tally_exclude_wants_field(const struct tally_exclude *x, size_t f)
{
    return ((x->lists[0].wanted | x->lists[1].wanted) >> f & 1) != 0;
}

enum tally_stay
tally_exclude_by_value(struct tally_exclude *x, size_t f, const struct tally_value *v)
{
    return v->len > 0 ? look_up(x, f, v->text, v->len) : TALLY_LEAVES;
}

/* Marks. */

int
tally_exclude_rule(struct tally_exclude *x, const char *column, const char *value,
                   bool aliases_only, struct tally_err *err)
{
    ptrdiff_t c = tally_csv_find(x->csv, column);
    struct rule *r = &x->rules[x->nrules];

    if (c < 0) {
        return tally_err_set(err, TALLY_E_MAPPING, "%s has no column '%s'",
                             tally_csv_path(x->csv), column);
    }
    if (x->nrules == TALLY_EXCLUDE_RULES_MAX || strlen(value) > TALLY_NAME_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT,
                             "at most %d marks are looked for, of at most %d bytes each",
                             TALLY_EXCLUDE_RULES_MAX, TALLY_NAME_MAX);
    }
    for (r->column = 0; r->column < x->ncolumns; r->column++) {
        if (x->columns[r->column] == (size_t)c) {
            break;
        }
    }
    if (r->column == x->ncolumns) {
        x->columns[x->ncolumns++] = (size_t)c;
    }
    memcpy(r->value, value, strlen(value) + 1);
    r->aliases_only = aliases_only;
    x->nrules++;
    return 0;
}

size_t
tally_exclude_columns(const struct tally_exclude *x)
{
    return x->ncolumns;
}

size_t
tally_exclude_column(const struct tally_exclude *x, size_t i)
{
    return x->columns[i];
}

static uint8_t
lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* Capitals do not matter. */
static bool
is_text(struct tally_cell cell, const char *text)
{
    if (strlen(text) != cell.len) {
        return false;
    }
    for (size_t i = 0; i < cell.len; i++) {
        if (lower(cell.data[i]) != lower((uint8_t)text[i])) {
            return false;
        }
    }
    return true;
}

static bool
is_marked(const struct rule *r, struct tally_cell cell)
{
    return strcmp(r->value, "*") == 0 || is_text(cell, r->value);
}

/* What a column of marks holds where there is none. */
static bool
says_no(struct tally_cell cell)
{
    static const char *const words[] = {"", "n", "no", "0", "f", "false", "na", "none"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (is_text(cell, words[i])) {
            return true;
        }
    }
    return false;
}

struct tally_mark
tally_exclude_by_cells(struct tally_exclude *x, const struct tally_cell *cells)
{
    struct tally_mark mark = {false, false};

    for (size_t c = 0; c < x->ncolumns; c++) {
        struct tally_cell cell = trimmed(cells[c]);
        bool known = says_no(cell);

        for (size_t i = 0; i < x->nrules && cell.len > 0; i++) {
            const struct rule *r = &x->rules[i];

            if (r->column == c && is_marked(r, cell)) {
                known = true;
                mark.stays = mark.stays || !r->aliases_only;
                mark.aliases_stay = mark.aliases_stay || r->aliases_only;
            }
        }
        if (!known) {
            __atomic_fetch_add(&x->others[c], 1, __ATOMIC_RELAXED);
        }
    }
    return mark;
}

struct tally_exclude_counts
tally_exclude_counts(const struct tally_exclude *x, enum tally_stay why)
{
    const struct list *l = &x->lists[why - TALLY_STAYS_OPT_OUT];
    struct tally_exclude_counts c = {l->given, l->people, 0, l->unreadable};

    TALLY_INVARIANT(why == TALLY_STAYS_OPT_OUT || why == TALLY_STAYS_LISTED);
    for (uint32_t i = 0; l->given && i < l->people; i++) {
        c.met += l->met[i];
    }
    return c;
}

uint64_t
tally_exclude_other_values(const struct tally_exclude *x, size_t i)
{
    return x->others[i];
}

void
tally_exclude_free(struct tally_exclude *x)
{
    if (x == NULL) {
        return;
    }
    for (size_t i = 0; i < LISTS; i++) {
        struct list *l = &x->lists[i];

        if (l->entries != NULL) {
            tally_wipe(l->entries, l->n * sizeof(*l->entries));
        }
        free(l->entries);
        free(l->met);
    }
    tally_wipe(x, sizeof(*x));
    free(x);
}
