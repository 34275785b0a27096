/*
 * Canaries, sorted by source and token to be looked up, and by person to be judged.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/canaries.h"

#include "bloom/base/bytes.h"
#include "bloom/base/csv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct canary {
    char source[TALLY_NAME_MAX + 1];
    uint8_t token[TALLY_TOKEN_BYTES];
    char person[TALLY_NAME_MAX + 1];
    uint8_t pseudonym[TALLY_PSEUDONYM_BYTES]; /* once it is found in a link map */
};

struct tally_canaries {
    struct canary *list; /* by source and token */
    size_t n;
    size_t cap;
};

static int
by_token(const void *a, const void *b)
{
    const struct canary *x = a, *y = b;
    int order = strcmp(x->source, y->source);

    return order != 0 ? order : memcmp(x->token, y->token, sizeof x->token);
}

static int
by_person(const void *a, const void *b)
{
    const struct canary *x = a, *y = b;
    int order = strcmp(x->person, y->person);

    return order != 0 ? order : by_token(a, b);
}

static int
by_pseudonym(const void *a, const void *b)
{
    const struct canary *x = a, *y = b;
    int order = memcmp(x->pseudonym, y->pseudonym, sizeof x->pseudonym);

    return order != 0 ? order : strcmp(x->person, y->person);
}

static bool
take_name(const struct tally_cell *cell, char out[TALLY_NAME_MAX + 1])
{
    if (cell->len == 0 || cell->len > TALLY_NAME_MAX) {
        return false;
    }
    memcpy(out, cell->data, cell->len);
    out[cell->len] = '\0';
    return true;
}

static struct canary *
new_canary(struct tally_canaries *c, struct tally_err *err)
{
    if (c->n == TALLY_CANARIES_MAX) {
        (void)tally_err_set(err, TALLY_E_LIMIT, "more than %u canaries",
                            TALLY_CANARIES_MAX);
        return NULL;
    }
    if (c->n == c->cap) {
        size_t cap = c->cap == 0 ? 64 : 2 * c->cap;
        struct canary *more = realloc(c->list, cap * sizeof *more);

        if (more == NULL) {
            (void)tally_err_nomem(err);
            return NULL;
        }
        c->list = more;
        c->cap = cap;
    }
    return &c->list[c->n];
}

/* The columns source, token and person. */
static int
find_columns(const struct tally_csv *csv, ptrdiff_t at[3], struct tally_err *err)
{
    static const char *const names[3] = {"source", "token", "person"};

    for (size_t i = 0; i < 3; i++) {
        at[i] = tally_csv_find(csv, names[i]);
        if (at[i] < 0) {
            tally_err_set(err, TALLY_E_DATA, "%s: there is no column '%s'",
                          tally_csv_path(csv), names[i]);
            return tally_err_hint(err, "a list of canaries has the columns source, token "
                                       "and person");
        }
    }
    return 0;
}

static int
read_rows(struct tally_canaries *c, struct tally_csv *csv, struct tally_cell *cells,
          struct tally_err *err)
{
    ptrdiff_t at[3];
    int rc;

    if (find_columns(csv, at, err) != 0) {
        return -1;
    }
    while ((rc = tally_csv_next(csv, cells, err)) == 1) {
        const struct tally_cell *token = &cells[at[1]];
        struct canary *x = new_canary(c, err);

        if (x == NULL) {
            return -1;
        }
        if (!take_name(&cells[at[0]], x->source) ||
            !take_name(&cells[at[2]], x->person) || token->len != 2 * sizeof x->token ||
            !tally_hex_decode((const char *)token->data, token->len, x->token,
                              sizeof x->token)) {
            return tally_err_set(err, TALLY_E_DATA,
                                 "%s: row %" PRIu64 ": not a source, a token of %zu "
                                 "hexadecimal digits and a person",
                                 tally_csv_path(csv), tally_csv_row(csv),
                                 2 * sizeof x->token);
        }
        c->n++;
    }
    return rc;
}

static int
check_list(const struct tally_canaries *c, const char *path, struct tally_err *err)
{
    if (c->n == 0) {
        return tally_err_set(err, TALLY_E_DATA, "%s: no canary stands in it", path);
    }
    for (size_t i = 1; i < c->n; i++) {
        if (by_token(&c->list[i - 1], &c->list[i]) == 0) {
            return tally_err_set(err, TALLY_E_DATA,
                                 "%s: a token of source '%s' stands twice", path,
                                 c->list[i].source);
        }
    }
    return 0;
}

int
tally_canaries_load(struct tally_canaries **out, const char *path, struct tally_err *err)
{
    const struct tally_csv_options options = {.delimiter = ','};
    struct tally_canaries *c = calloc(1, sizeof *c);
    struct tally_cell *cells = NULL;
    struct tally_csv *csv = NULL;
    int rc = -1;

    if (c == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_csv_open(&csv, path, &options, err) == 0) {
        cells = calloc(tally_csv_columns(csv), sizeof *cells);
        rc = cells == NULL ? tally_err_nomem(err) : read_rows(c, csv, cells, err);
    }
    free(cells);
    tally_csv_free(csv);
    if (rc == 0) {
        if (c->n > 0) {
            qsort(c->list, c->n, sizeof *c->list, by_token);
        }
        rc = check_list(c, path, err);
    }
    if (rc != 0) {
        tally_canaries_free(c);
        return -1;
    }
    *out = c;
    return 0;
}

static const struct tally_linkmap_source *
find_source(const struct tally_linkmap *map, const char *name)
{
    for (size_t i = 0; i < tally_linkmap_sources(map); i++) {
        const struct tally_linkmap_source *s = tally_linkmap_source(map, i);

        if (strcmp(s->name, name) == 0) {
            return s;
        }
    }
    return NULL;
}

static int
by_token_bytes(const void *a, const void *b)
{
    return memcmp(a, b, TALLY_TOKEN_BYTES);
}

/* The pseudonym that ${map} gives ${x}: 1, 0 when its token is not there, -1. */
static int
take_pseudonym(const struct tally_linkmap *map, struct canary *x, struct tally_err *err)
{
    const struct tally_linkmap_source *s = find_source(map, x->source);
    const uint8_t *found;

    if (s == NULL) {
        return tally_err_set(
            err, TALLY_E_DATA,
            "a canary is of source '%s', which the link map does not have", x->source);
    }
    found = s->records == 0 ? NULL
                            : bsearch(x->token, s->tokens, s->records, TALLY_TOKEN_BYTES,
                                      by_token_bytes);
    if (found != NULL) {
        memcpy(x->pseudonym,
               s->pseudonyms + (size_t)(found - s->tokens) / TALLY_TOKEN_BYTES *
                                   TALLY_PSEUDONYM_BYTES,
               TALLY_PSEUDONYM_BYTES);
    }
    return found != NULL;
}

/* Of ${n} canaries that were found: how many have another pseudonym than the first of
 * their person, and how many share one with another person. */
static void
judge(struct canary *list, size_t n, size_t *apart, size_t *mixed)
{
    qsort(list, n, sizeof *list, by_person);
    for (size_t i = 1, first = 0; i < n; i++) {
        if (strcmp(list[i].person, list[first].person) != 0) {
            first = i;
        }
        *apart +=
            memcmp(list[i].pseudonym, list[first].pseudonym, TALLY_PSEUDONYM_BYTES) != 0;
    }
    qsort(list, n, sizeof *list, by_pseudonym);
    for (size_t i = 1; i < n; i++) {
        *mixed += memcmp(list[i].pseudonym, list[i - 1].pseudonym,
                         TALLY_PSEUDONYM_BYTES) == 0 &&
                  strcmp(list[i].person, list[i - 1].person) != 0;
    }
}

int
tally_canaries_check(const struct tally_canaries *c, const struct tally_linkmap *map,
                     struct tally_err *err)
{
    struct canary *list = calloc(c->n, sizeof *list);
    size_t n = 0, apart = 0, mixed = 0;
    int rc = 0;

    if (list == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < c->n && rc >= 0; i++) {
        list[n] = c->list[i];
        rc = take_pseudonym(map, &list[n], err);
        n += rc == 1;
    }
    if (rc < 0) {
        free(list);
        return -1;
    }
    if (n > 1) {
        judge(list, n, &apart, &mixed);
    }
    free(list);
    if (n == c->n && apart == 0 && mixed == 0) {
        return 0;
    }
    tally_err_set(err, TALLY_E_ANSWER_NO,
                  "of %zu canaries the link map lacks %zu, %zu are not linked to their "
                  "person, %zu are linked to another",
                  c->n, c->n - n, apart, mixed);
    return tally_err_hint(err,
                          "use nothing of this link map; ask the linker, and compare "
                          "the list with what the data owners put in");
}

bool
tally_canaries_has(const struct tally_canaries *c, const char *source,
                   const uint8_t token[TALLY_TOKEN_BYTES])
{
    struct canary key;

    if (c->n == 0 || strlen(source) >= sizeof key.source) {
        return false;
    }
    memset(&key, 0, sizeof key);
    strcpy(key.source, source);
    memcpy(key.token, token, sizeof key.token);
    return bsearch(&key, c->list, c->n, sizeof *c->list, by_token) != NULL;
}

size_t
tally_canaries_count(const struct tally_canaries *c)
{
    return c->n;
}

void
tally_canaries_free(struct tally_canaries *c)
{
    if (c == NULL) {
        return;
    }
    free(c->list);
    free(c);
}
