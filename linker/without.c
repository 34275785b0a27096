/*
 * Copying an encodings file record by record, but for some.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/without.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bloom/base/file.h"
#include "bloom/matchkey.h"

/* Views, then match keys. */
#define PARTS_MAX (TALLY_VIEWS_MAX + TALLY_MATCH_KEYS_MAX)

/* A file being copied. */
struct copying {
    const struct tally_encfile *e;
    const struct tally_enc_info *info;
    size_t nparts;
    size_t row_bytes; /* of an encoding */
    uint64_t
        at[PARTS_MAX]; /* the first row of each part that is not of a record passed */
    uint8_t *rows;     /* those of one record */
};

static bool
is_in(const uint8_t *token, const uint8_t *tokens, size_t n)
{
    size_t low = 0;
    size_t high = n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = memcmp(tokens + mid * TALLY_TOKEN_BYTES, token, TALLY_TOKEN_BYTES);

        if (c == 0) {
            return true;
        }
        if (c < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return false;
}

static const uint8_t *
token_of(const struct tally_encfile *e, uint64_t i)
{
    return tally_encfile_tokens(e) + i * TALLY_TOKEN_BYTES;
}

size_t
tally_without_count(const struct tally_encfile *e, const uint8_t *tokens, size_t n)
{
    uint64_t records = tally_encfile_info(e)->records;
    size_t found = 0;

    for (uint64_t i = 0; i < records && n > 0; i++) {
        found += is_in(token_of(e, i), tokens, n);
    }
    return found;
}

static bool
is_view(const struct copying *c, size_t part)
{
    return part < c->info->nviews;
}

/* The record of row ${row} of a part; past its end, none. */
static uint64_t
record_of(const struct copying *c, size_t part, uint64_t row)
{
    size_t k = part - c->info->nviews;

    if (is_view(c, part)) {
        return row < c->info->views[part].rows
                   ? tally_encfile_record_of_row(c->e, part, row)
                   : UINT64_MAX;
    }
    return row < c->info->match_keys[k].rows ? tally_encfile_record_of_key(c->e, k, row)
                                             : UINT64_MAX;
}

static const uint8_t *
row_at(const struct copying *c, size_t part, uint64_t row)
{
    if (is_view(c, part)) {
        return tally_encfile_view_matrix(c->e, part) + row * c->info->stride;
    }
    return tally_encfile_match_keys(c->e, part - c->info->nviews) +
           row * TALLY_MATCHKEY_BYTES;
}

static size_t
bytes_of(const struct copying *c, size_t part)
{
    return is_view(c, part) ? c->row_bytes : TALLY_MATCHKEY_BYTES;
}

/* Gather the rows of record ${i}, which comes next, and pass them. */
static void
gather(struct copying *c, uint64_t i, uint8_t *counts)
{
    uint8_t *to = c->rows;

    for (size_t p = 0; p < c->nparts; p++) {
        counts[p] = 0;
        for (; record_of(c, p, c->at[p]) == i; c->at[p]++) {
            memcpy(to, row_at(c, p, c->at[p]), bytes_of(c, p));
            to += bytes_of(c, p);
            counts[p]++;
        }
    }
}

/* What the copy holds, and the length of its ids. */
static uint64_t
describe(struct copying *c, const uint8_t *tokens, size_t n, struct tally_enc_info *out)
{
    uint64_t id_bytes = 0;
    uint8_t counts[PARTS_MAX];

    *out = *c->info;
    for (uint64_t i = 0; i < c->info->records; i++) {
        size_t len = 0;

        gather(c, i, counts);
        if (!is_in(token_of(c->e, i), tokens, n)) {
            if (tally_encfile_id(c->e, i, &len) != NULL) {
                id_bytes += len;
            }
            continue;
        }
        out->records--;
        for (size_t p = 0; p < c->nparts; p++) {
            struct tally_enc_view *v =
                is_view(c, p) ? &out->views[p] : &out->match_keys[p - c->info->nviews];

            v->rows -= counts[p];
            v->records -= counts[p] > 0;
        }
    }
    memset(c->at, 0, sizeof c->at);
    return id_bytes;
}

static int
copy_records(struct copying *c, struct tally_encfile_writer *w, const uint8_t *tokens,
             size_t n, struct tally_err *err)
{
    uint8_t counts[PARTS_MAX];

    for (uint64_t i = 0; i < c->info->records; i++) {
        size_t len = 0;
        const char *id = tally_encfile_id(c->e, i, &len);

        gather(c, i, counts);
        if (!is_in(token_of(c->e, i), tokens, n) &&
            tally_encfile_add_rows(w, token_of(c->e, i), counts, c->rows, id, len, err) !=
                0) {
            return -1;
        }
    }
    return 0;
}

static int
copy_into(struct copying *c, const char *path, const uint8_t *tokens, size_t n,
          struct tally_err *err)
{
    struct tally_encfile_writer *w = NULL;
    struct tally_outfile *f = NULL;
    struct tally_enc_info info;
    uint64_t id_bytes = describe(c, tokens, n, &info);
    int rc = -1;

    if (tally_outfile_open(&f, path, 0600, true, err) == 0 &&
        tally_encfile_begin(&w, f, &info, id_bytes, err) == 0 &&
        copy_records(c, w, tokens, n, err) == 0 && tally_encfile_end(w, err) == 0 &&
        tally_outfile_commit(&f, 1, err) == 0) {
        rc = 0;
    }
    tally_encfile_writer_free(w);
    tally_outfile_free(f);
    return rc;
}

/* A new empty file in the folder of ${beside}. */
static int
temporary(const char *beside, char *path, size_t cap, struct tally_err *err)
{
    const char *base = getenv("TMPDIR");
    const char *slash = beside == NULL ? NULL : strrchr(beside, '/');
    int n;
    int fd;

    if (beside == NULL) {
        n = snprintf(path, cap, "%s/tally-XXXXXX",
                     base == NULL || base[0] == '\0' ? "/tmp" : base);
    } else {
        n = snprintf(path, cap, "%.*s.tally-XXXXXX",
                     slash == NULL ? 0 : (int)(slash - beside + 1), beside);
    }
    if (n < 0 || (size_t)n >= cap) {
        return tally_err_set(err, TALLY_E_IO, "the path of the store is too long");
    }
    fd = mkstemp(path);
    if (fd < 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot make a temporary file");
    }
    close(fd);
    return 0;
}

int
tally_without(struct tally_encfile **out, const struct tally_encfile *e,
              const uint8_t *tokens, size_t n, const char *beside, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(e);
    struct copying c = {.e = e,
                        .info = info,
                        .nparts = info->nviews + info->nmatch_keys,
                        .row_bytes = info->bits / 8};
    char path[4096];
    int rc = -1;

    if (info->legacy) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "clkhash JSON has no tokens that could be withdrawn");
    }
    if (temporary(beside, path, sizeof path, err) != 0) {
        return -1;
    }
    c.rows = malloc(PARTS_MAX * UINT8_MAX * (c.row_bytes + TALLY_MATCHKEY_BYTES));
    if (c.rows == NULL) {
        (void)tally_err_nomem(err);
    } else if (copy_into(&c, path, tokens, n, err) == 0) {
        rc = tally_encfile_open(out, path, err); /* the mapping keeps it */
    }
    (void)unlink(path);
    free(c.rows);
    return rc;
}
