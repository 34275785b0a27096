/*
 * Reading an encodings file. The container has verified every byte against its digests
 * before this starts; what is checked here is that the parts agree with each other.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encfile_private.h"

#include "bloom/base/bytes.h"
#include "bloom/base/json.h"
#include "bloom/base/size.h"
#include "bloom/base/text.h"
#include "bloom/bits.h"
#include "bloom/matchkey.h"
#include "bloom/meta.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "popcounts are used where they lie in the file");

bool
tally_id_valid(const void *id, size_t len)
{
    const uint8_t *p = id;
    size_t i;

    if (len < 1 || len > TALLY_ID_MAX) {
        return false;
    }
    for (i = 0; i < len; i++) {
        if (p[i] < 0x20 || p[i] == 0x7f) {
            return false;
        }
    }
    return tally_text_valid(p, len);
}

bool
tally_source_valid(const char *source)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_.-";
    size_t len = strlen(source);

    return len >= 1 && len <= TALLY_NAME_MAX && strspn(source, allowed) == len;
}

/* The bodies. */

static int
inconsistent(const char *path, const char *what, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_CORRUPT, "%s: %s", path, what);
}

/* The section ${kind} with index ${index}, of exactly ${n} items of ${size} bytes. */
static int
need_section(const struct tally_encfile *e, uint32_t kind, size_t index, uint64_t n,
             size_t size, const uint8_t **out, const char *path, struct tally_err *err)
{
    size_t len, want;
    const uint8_t *p = tally_container_section(e->container, kind, (uint32_t)index, &len);

    if (p == NULL || !tally_size_mul(n, size, &want) || len != want) {
        return inconsistent(
            path, "a section is missing or not as long as the records need", err);
    }
    *out = p;
    return 0;
}

#define RELEASE_ROWS 32768u

static int
check_rows(const struct tally_encfile *e, size_t v, const char *path,
           struct tally_err *err)
{
    const struct tally_encfile_view *view = &e->views[v];
    size_t bytes = e->info.bits / 8;
    uint64_t i;

    for (i = 0; i < e->info.views[v].rows; i++) {
        const uint8_t *row = view->matrix + i * e->info.stride;

        if (tally_bits_count(row, bytes) != view->popcounts[i]) {
            return inconsistent(path, "a row does not have as many bits as the file says",
                                err);
        }
        if (tally_bits_count(row + bytes, e->info.stride - bytes) != 0) {
            return inconsistent(path, "padding bits are set", err);
        }
        if ((i + 1) % RELEASE_ROWS == 0) { /* read once here */
            tally_map_release(row - (RELEASE_ROWS - 1) * (size_t)e->info.stride,
                              RELEASE_ROWS * (size_t)e->info.stride);
        }
    }
    return 0;
}

/* Rows belong to records in ascending order, and to as many as the description says. */
static int
check_records(const struct tally_encfile *e, const struct tally_enc_view *view,
              const uint8_t *records, const char *path, struct tally_err *err)
{
    uint64_t seen = 0, next = 0, i;

    for (i = 0; records != NULL && i < view->rows; i++) {
        uint64_t record = tally_le32_load(records + 4 * i);

        if (record >= e->info.records || record + 1 < next) {
            return inconsistent(path, "rows do not stand in the order of records", err);
        }
        seen += record >= next;
        next = record + 1;
    }
    return records == NULL || seen == view->records
               ? 0
               : inconsistent(path, "rows are not of as many records as the file says",
                              err);
}

static int
check_ids(const struct tally_encfile *e, uint64_t len, const char *path,
          struct tally_err *err)
{
    uint64_t at = tally_le64_load(e->offsets);
    uint64_t i;

    if (at != 0 || tally_le64_load(e->offsets + 8 * e->info.records) != len) {
        return inconsistent(path, "the ids do not fill their section", err);
    }
    for (i = 0; i < e->info.records; i++) {
        uint64_t next = tally_le64_load(e->offsets + 8 * (i + 1));

        if (next < at || next > len || !tally_id_valid(e->ids + at, next - at)) {
            return inconsistent(path, "an id breaks the rules of ids", err);
        }
        at = next;
    }
    return 0;
}

static int
open_ids(struct tally_encfile *e, const char *path, struct tally_err *err)
{
    size_t len;

    e->ids = tally_container_section(e->container, TALLY_SECTION_BYTES, 0, &len);
    if (!e->info.has_ids) {
        return e->ids == NULL
                   ? 0
                   : inconsistent(path, "there are ids that the description denies", err);
    }
    if (e->ids == NULL) {
        return inconsistent(path, "the ids are missing", err);
    }
    return need_section(e, TALLY_SECTION_OFFSETS, 0, e->info.records + 1, 8, &e->offsets,
                        path, err) != 0 ||
                   check_ids(e, len, path, err) != 0
               ? -1
               : 0;
}

static int
open_view(struct tally_encfile *e, size_t v, const char *path, struct tally_err *err)
{
    struct tally_encfile_view *view = &e->views[v];
    uint64_t n = e->info.views[v].rows;
    const uint8_t *popcounts = NULL;

    if (need_section(e, TALLY_SECTION_MATRIX, v, n, e->info.stride, &view->matrix, path,
                     err) != 0 ||
        need_section(e, TALLY_SECTION_POPCOUNTS, v, n, 4, &popcounts, path, err) != 0 ||
        (!tally_enc_rows_are_records(&e->info, v) &&
         need_section(e, TALLY_SECTION_RECORDS, v, n, 4, &view->records, path, err) !=
             0)) {
        return -1;
    }
    view->popcounts = (const uint32_t *)(const void *)popcounts;
    return check_rows(e, v, path, err) != 0 ||
                   check_records(e, &e->info.views[v], view->records, path, err) != 0
               ? -1
               : 0;
}

static int
open_match_keys(struct tally_encfile *e, size_t k, const char *path,
                struct tally_err *err)
{
    const struct tally_enc_view *what = &e->info.match_keys[k];
    struct tally_encfile_keys *keys = &e->match_keys[k];

    return need_section(e, TALLY_SECTION_MATCH_KEYS, k, what->rows, TALLY_MATCHKEY_BYTES,
                        &keys->keys, path, err) != 0 ||
                   need_section(e, TALLY_SECTION_KEY_RECORDS, k, what->rows, 4,
                                &keys->records, path, err) != 0 ||
                   check_records(e, what, keys->records, path, err) != 0
               ? -1
               : 0;
}

/* META, TOKENS, those of each view and match key, and the two of ids. */
static size_t
sections_wanted(const struct tally_enc_info *info)
{
    size_t n = (info->has_ids ? 4u : 2u) + 2 * info->nmatch_keys;
    size_t v;

    for (v = 0; v < info->nviews; v++) {
        n += tally_enc_rows_are_records(info, v) ? 2 : 3;
    }
    return n;
}

static int
open_body(struct tally_encfile *e, const char *path, struct tally_err *err)
{
    size_t v;

    if (need_section(e, TALLY_SECTION_TOKENS, 0, e->info.records, TALLY_TOKEN_BYTES,
                     &e->tokens, path, err) != 0) {
        return -1;
    }
    if (!tally_meta_tokens_ascend(e->tokens, e->info.records)) {
        return inconsistent(path, "record tokens are not in ascending order", err);
    }
    for (v = 0; v < e->info.nviews; v++) {
        if (open_view(e, v, path, err) != 0) {
            return -1;
        }
    }
    for (v = 0; v < e->info.nmatch_keys; v++) {
        if (open_match_keys(e, v, path, err) != 0) {
            return -1;
        }
    }
    if (open_ids(e, path, err) != 0) {
        return -1;
    }
    return tally_container_sections(e->container) == sections_wanted(&e->info)
               ? 0
               : inconsistent(path, "there are sections that the description denies",
                              err);
}

int
tally_encfile_open(struct tally_encfile **out, const char *path, struct tally_err *err)
{
    struct tally_encfile *e = calloc(1, sizeof(*e));
    struct tally_json root;
    int rc;

    if (e == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_container_open(&e->container, path, TALLY_KIND_ENCODINGS, err);
    if (rc == 0) {
        root = tally_container_meta(e->container);
        rc = tally_encfile_read_meta(&root, path, &e->info, err) == 0
                 ? open_body(e, path, err)
                 : tally_meta_failed(err);
    }
    if (rc != 0) {
        tally_encfile_close(e);
        return -1;
    }
    *out = e;
    return 0;
}

const struct tally_enc_info *
tally_encfile_info(const struct tally_encfile *e)
{
    return &e->info;
}

const uint8_t *
tally_encfile_digest(const struct tally_encfile *e)
{
    return e->info.legacy ? e->digest : tally_container_digest(e->container);
}

const uint8_t *
tally_encfile_tokens(const struct tally_encfile *e)
{
    return e->tokens;
}

const uint8_t *
tally_encfile_view_matrix(const struct tally_encfile *e, size_t v)
{
    return e->views[v].matrix;
}

const uint32_t *
tally_encfile_view_popcounts(const struct tally_encfile *e, size_t v)
{
    return e->views[v].popcounts;
}

uint32_t
tally_encfile_record_of_row(const struct tally_encfile *e, size_t v, uint64_t row)
{
    const uint8_t *records = e->views[v].records;

    return records != NULL ? tally_le32_load(records + 4 * row) : (uint32_t)row;
}

bool
tally_encfile_rows_are_records(const struct tally_encfile *e, size_t v)
{
    return e->views[v].records == NULL;
}

const uint8_t *
tally_encfile_match_keys(const struct tally_encfile *e, size_t k)
{
    return e->match_keys[k].keys;
}

uint32_t
tally_encfile_record_of_key(const struct tally_encfile *e, size_t k, uint64_t row)
{
    return tally_le32_load(e->match_keys[k].records + 4 * row);
}

const uint8_t *
tally_encfile_matrix(const struct tally_encfile *e)
{
    return e->views[0].matrix;
}

const uint32_t *
tally_encfile_popcounts(const struct tally_encfile *e)
{
    return e->views[0].popcounts;
}

static const char *
legacy_id(const struct tally_encfile *e, uint64_t i, size_t *len)
{
    const char *digits = (const char *)e->tokens + i * TALLY_TOKEN_BYTES;
    size_t zeros = 0;

    while (zeros < TALLY_TOKEN_BYTES - 1 && digits[zeros] == '0') {
        zeros++;
    }
    *len = TALLY_TOKEN_BYTES - zeros;
    return digits + zeros;
}

const char *
tally_encfile_id(const struct tally_encfile *e, uint64_t i, size_t *len)
{
    uint64_t at;

    if (e->info.legacy) {
        return legacy_id(e, i, len);
    }
    *len = 0;
    if (e->offsets == NULL) {
        return NULL;
    }
    at = tally_le64_load(e->offsets + 8 * i);
    *len = tally_le64_load(e->offsets + 8 * (i + 1)) - at;
    return (const char *)e->ids + at;
}

void
tally_encfile_close(struct tally_encfile *e)
{
    if (e == NULL) {
        return;
    }
    tally_container_close(e->container);
    free(e->memory);
    free(e);
}
