/*
 * Records asked for by token.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/given.h"

#include "bloom/base/bytes.h"
#include "bloom/base/csv.h"
#include "bloom/base/secret.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HASH_BYTES 16 /* of BLAKE2b over key and id */

struct entry {
    uint8_t hash[HASH_BYTES]; /* of the id */
    uint8_t token[TALLY_TOKEN_BYTES];
};

struct tally_given {
    uint8_t key[32]; /* of the hashes, for this run alone */
    struct entry *list;                       /* by hash */
    size_t n;
    size_t cap;
};

static void
hash_id(const struct tally_given *g, const void *id, size_t len, uint8_t out[HASH_BYTES])
{
    struct tally_digest_state st;
    uint8_t digest[TALLY_DIGEST_BYTES];

    tally_digest_init(&st);
    tally_digest_update(&st, g->key, sizeof g->key);
    tally_digest_update(&st, id, len);
    tally_digest_final(&st, digest);
    memcpy(out, digest, HASH_BYTES);
}

static int
compare(const void *a, const void *b)
{
    return memcmp(a, b, HASH_BYTES);
}

static int
compare_tokens(const void *a, const void *b)
{
    return memcmp(a, b, TALLY_TOKEN_BYTES);
}

static int
bad_row(const struct tally_csv *csv, const char *what, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_DATA, "%s: row %" PRIu64 ": %s",
                         tally_csv_path(csv), tally_csv_row(csv), what);
}

/* Keep the id of ${token} if that was asked for. False when it was kept before. */
static bool
add(struct tally_given *g, const void *id, size_t len, const uint8_t *token,
    const uint8_t *asked, size_t n)
{
    if (n == 0 ||
        bsearch(token, asked, n, TALLY_TOKEN_BYTES, compare_tokens) == NULL) {
        return true;
    }
    if (g->n == g->cap) {
        return false;
    }
    hash_id(g, id, len, g->list[g->n].hash);
    memcpy(g->list[g->n].token, token, TALLY_TOKEN_BYTES);
    g->n++;
    return true;
}

/* A row of the map. */
static int
take(struct tally_given *g, const struct tally_csv *csv, const struct tally_cell *id,
     const struct tally_cell *token, const uint8_t *asked, size_t n,
     struct tally_err *err)
{
    uint8_t bytes[TALLY_TOKEN_BYTES];

    if (token->len != sizeof bytes * 2 ||
        !tally_hex_decode((const char *)token->data, token->len, bytes, sizeof bytes)) {
        return bad_row(csv, "no token of a token map", err);
    }
    return add(g, id->data, id->len, bytes, asked, n)
               ? 0
               : bad_row(csv, "its token stood in the map before", err);
}

static int
read_rows(struct tally_given *g, struct tally_csv *csv, const uint8_t *asked, size_t n,
          struct tally_err *err)
{
    ptrdiff_t id = tally_csv_find(csv, "id"), token = tally_csv_find(csv, "token");
    struct tally_cell *cells = calloc(tally_csv_columns(csv) + 1, sizeof *cells);
    int rc = cells != NULL ? 0 : tally_err_nomem(err);

    if (rc == 0 && (id < 0 || token < 0)) {
        rc = tally_err_set(err, TALLY_E_DATA,
                           "%s: not a token map: it has no columns 'id' and 'token'",
                           tally_csv_path(csv));
    }
    while (rc == 0 && (rc = tally_csv_next(csv, cells, err)) == 1) {
        rc = take(g, csv, &cells[id], &cells[token], asked, n, err);
    }
    free(cells);
    return rc;
}

static int
check_twice(const struct tally_given *g, const char *path, struct tally_err *err)
{
    for (size_t i = 1; i < g->n; i++) {
        if (compare(&g->list[i - 1], &g->list[i]) == 0) {
            return tally_err_set(err, TALLY_E_DATA,
                                 "%s: an id stands in it twice, with two tokens", path);
        }
    }
    return 0;
}

static struct tally_given *
begin(size_t n)
{
    struct tally_given *g = calloc(1, sizeof *g);

    if (g == NULL || (g->list = calloc(n + 1, sizeof *g->list)) == NULL) {
        free(g);
        return NULL;
    }
    g->cap = n;
    tally_random(g->key, sizeof g->key);
    return g;
}

/* All are in: ${rc} of that. */
static int
finish(struct tally_given *g, const char *path, int rc, struct tally_given **out,
       struct tally_err *err)
{
    if (rc == 0) {
        qsort(g->list, g->n, sizeof *g->list, compare);
        rc = check_twice(g, path, err);
    }
    if (rc != 0) {
        tally_given_free(g);
        return -1;
    }
    *out = g;
    return 0;
}

int
tally_given_read(struct tally_given **out, const char *path, const uint8_t *tokens,
                 size_t n, struct tally_err *err)
{
    const struct tally_csv_options options = {0};
    struct tally_given *g = begin(n);
    struct tally_csv *csv = NULL;
    int rc = -1;

    if (g == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_csv_open(&csv, path, &options, err) == 0) {
        rc = read_rows(g, csv, tokens, n, err);
    }
    tally_csv_free(csv);
    return finish(g, path, rc, out, err);
}

int
tally_given_take(struct tally_given **out, const char *path,
                 const struct tally_encfile *enc, const uint8_t *tokens, size_t n,
                 struct tally_err *err)
{
    const uint8_t *own = tally_encfile_tokens(enc);
    struct tally_given *g;

    if (!tally_encfile_info(enc)->has_ids || own == NULL) {
        return tally_err_set(err, TALLY_E_DATA, "%s: keeps no ids, by which records are "
                             "found again", path);
    }
    g = begin(n);
    if (g == NULL) {
        return tally_err_nomem(err);
    }
    for (uint64_t i = 0; i < tally_encfile_info(enc)->records; i++) {
        size_t len = 0;
        const char *id = tally_encfile_id(enc, i, &len);

        (void)add(g, id, len, own + i * TALLY_TOKEN_BYTES, tokens, n); /* each stands once */
    }
    return finish(g, path, 0, out, err);
}

size_t
tally_given_count(const struct tally_given *g)
{
    return g->n;
}

const uint8_t *
tally_given_token(const struct tally_given *g, const void *id, size_t len)
{
    struct entry key;
    const struct entry *found;

    hash_id(g, id, len, key.hash);
    found = bsearch(&key, g->list, g->n, sizeof *g->list, compare);
    return found != NULL ? found->token : NULL;
}

void
tally_given_free(struct tally_given *g)
{
    if (g != NULL) {
        tally_wipe(g->list, g->cap * sizeof *g->list);
        tally_wipe(g->key, sizeof g->key);
        free(g->list);
        free(g);
    }
}
