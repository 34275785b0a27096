/*
 * Writing an encodings file: description, tokens, bit matrix, popcounts and, for pilots,
 * ids.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encfile_private.h"

#include "bloom/base/bytes.h"
#include "bloom/base/json.h"
#include "bloom/base/size.h"
#include "bloom/bits.h"
#include "bloom/container.h"
#include "bloom/kernels/kernels.h"
#include "bloom/matchkey.h"
#include "bloom/meta.h"

#include <stdlib.h>
#include <string.h>

#define SECTIONS_MAX (4 + 3 * TALLY_VIEWS_MAX + 2 * TALLY_MATCH_KEYS_MAX)

/* Where a view's sections stand in the file, and what is in them so far. */
struct view {
    size_t matrix;
    size_t popcounts;
    size_t records; /* 0: no such section, because rows are the records in order */
    uint64_t rows;
    uint64_t with_rows; /* records */
};

struct keys {
    size_t keys;
    size_t records;
    uint64_t rows;
    uint64_t with_rows; /* records */
};

struct tally_encfile_writer {
    struct tally_container_writer *container;
    const struct tally_kernel *kernel;
    struct tally_enc_info info;
    /* Order of the sections: META, TOKENS, those of each view, those of each match key,
     * OFFSETS, BYTES. */
    size_t meta;
    size_t tokens;
    struct view views[TALLY_VIEWS_MAX];
    struct keys match_keys[TALLY_MATCH_KEYS_MAX];
    size_t offsets;
    size_t bytes;
    uint64_t added;
    uint64_t id_bytes; /* left to write */
    uint64_t id_at;
    uint8_t last[TALLY_TOKEN_BYTES];
};

static struct tally_jnode *
schema_node(const struct tally_enc_info *info)
{
    struct tally_jnode *n = tally_jobject();

    tally_meta_set_hex(n, "digest", info->schema_digest, TALLY_DIGEST_BYTES);
    tally_jset_str(n, "name", info->schema_name);
    tally_jset_str(n, "profile", info->profile);
    return n;
}

static struct tally_jnode *
normaliser_node(const struct tally_enc_info *info)
{
    struct tally_jnode *n = tally_jobject();

    tally_meta_set_hex(n, "digest", info->normaliser_digest, TALLY_DIGEST_BYTES);
    tally_jset_int(n, "fold", info->fold_version);
    tally_jset_str(n, "unicode", info->unicode);
    tally_jset_int(n, "version", info->normaliser_version);
    return n;
}

static struct tally_jnode *
hardening_node(const struct tally_enc_info *info)
{
    struct tally_jnode *n = tally_jobject();
    const struct tally_hardening *h = &info->hardening;
    const struct tally_harden_step *d = tally_hardening_find(h, TALLY_HARDEN_DIFFUSION);

    tally_jset_int(n, "diffusion_t", d != NULL ? d->t : 0);
    if (info->salt[0] != '\0') {
        tally_jset_str(n, "salt", info->salt);
    }
    if (h->n > (d != NULL)) {
        tally_jset(n, "steps", tally_hardening_node(h));
    }
    tally_jset_real(n, "fill", info->fill);
    return n;
}

static struct tally_jnode *
rows_node(const struct tally_enc_view *views, size_t n)
{
    struct tally_jnode *list = tally_jarray();
    size_t v;

    for (v = 0; v < n; v++) {
        struct tally_jnode *node = tally_jobject();

        tally_jset_str(node, "name", views[v].name);
        tally_jset_int(node, "records", (int64_t)views[v].records);
        tally_jset_int(node, "rows", (int64_t)views[v].rows);
        tally_jpush(list, node);
    }
    return list;
}

/* A file with one encoding of each record does not speak of views. */
static void
set_views(struct tally_jnode *root, const struct tally_enc_info *info)
{
    if (info->nmatch_keys > 0) {
        tally_jset(root, "match_keys", rows_node(info->match_keys, info->nmatch_keys));
    }
    if (info->nviews == 1 && tally_enc_rows_are_records(info, 0) &&
        strcmp(info->views[0].name, TALLY_VIEW_FULL) == 0) {
        return;
    }
    tally_jset(root, "views", rows_node(info->views, info->nviews));
}

/* The canonical text (sorted, compact) of what encfile.c reads. */
static char *
meta_text(const struct tally_enc_info *info)
{
    struct tally_jnode *root = tally_jobject();
    char *text;

    tally_jset_str(root, "format", "tallystick encodings");
    tally_jset_int(root, "version", TALLY_ENC_VERSION);
    tally_jset_str(root, "tool", info->tool);
    tally_jset_str(root, "status", "pseudonymised");
    tally_jset_str(root, "recipient", "linker");
    tally_jset_str(root, "source", info->source);
    tally_jset_str(root, "duplicates", info->duplicates_possible ? "possible" : "none");
    tally_meta_set_hex(root, "delivery", info->delivery, TALLY_DELIVERY_BYTES);
    tally_jset_int(root, "records", (int64_t)info->records);
    if (info->dummies) {
        tally_jset_bool(root, "dummies", true);
    }
    tally_jset_int(root, "bits", info->bits);
    tally_jset_int(root, "stride", info->stride);
    tally_jset_bool(root, "ids", info->has_ids);
    tally_jset(root, "schema", schema_node(info));
    tally_jset(root, "normaliser", normaliser_node(info));
    tally_jset(root, "hardening", hardening_node(info));
    set_views(root, info);
    if (info->rbf_bits > 0) {
        tally_jset_int(root, "rbf", info->rbf_bits);
    }
    if (info->has_key_check) {
        tally_meta_set_hex(root, "key_check", info->key_check, TALLY_KEY_CHECK_BYTES);
    } else {
        tally_jset_str(root, "key_check", NULL);
    }
    text = tally_json_text(root, 0);
    tally_jfree(root);
    return text;
}

static bool
views_valid(const struct tally_enc_info *info, const struct tally_enc_view *views,
            size_t n)
{
    size_t v;

    for (v = 0; v < n; v++) {
        if (!tally_view_name_valid(views[v].name) || views[v].records > info->records ||
            views[v].rows < views[v].records) {
            return false;
        }
    }
    return true;
}

static bool
too_many(const struct tally_enc_view *views, size_t n)
{
    size_t v;

    for (v = 0; v < n; v++) {
        if (views[v].rows > TALLY_ENC_RECORDS_MAX) {
            return true;
        }
    }
    return false;
}

static int
check_info(const struct tally_enc_info *info, uint64_t id_bytes, struct tally_err *err)
{
    bool views = info->nviews <= TALLY_VIEWS_MAX &&
                 info->nmatch_keys <= TALLY_MATCH_KEYS_MAX &&
                 views_valid(info, info->views, info->nviews) &&
                 views_valid(info, info->match_keys, info->nmatch_keys);

    if (views &&
        (info->records > TALLY_ENC_RECORDS_MAX || too_many(info->views, info->nviews) ||
         too_many(info->match_keys, info->nmatch_keys))) {
        return tally_err_set(err, TALLY_E_LIMIT,
                             "an encodings file holds at most %u records, and as many "
                             "encodings or match keys of each kind",
                             TALLY_ENC_RECORDS_MAX);
    }
    if (!views || !tally_source_valid(info->source) || info->bits < TALLY_BITS_MIN ||
        info->bits > TALLY_BITS_MAX || info->bits % 64 != 0 ||
        (id_bytes != 0 && !info->has_ids) || id_bytes > info->records * TALLY_ID_MAX) {
        return tally_err_set(err, TALLY_E_BUG, "facts that no encodings file can have");
    }
    return 0;
}

/* Give the sections their order; ${plan} gets kinds and lengths. Returns how many. */
static size_t
plan_sections(struct tally_encfile_writer *w, size_t meta_len,
              struct tally_section_plan *plan)
{
    const struct tally_enc_info *info = &w->info;
    size_t n = 0;
    uint32_t v;

    plan[w->meta = n++] = (struct tally_section_plan){TALLY_SECTION_META, 0, meta_len};
    plan[w->tokens = n++] = (struct tally_section_plan){
        TALLY_SECTION_TOKENS, 0, info->records * TALLY_TOKEN_BYTES};
    for (v = 0; v < info->nviews; v++) {
        uint64_t rows = info->views[v].rows;

        plan[w->views[v].matrix = n++] =
            (struct tally_section_plan){TALLY_SECTION_MATRIX, v, rows * info->stride};
        plan[w->views[v].popcounts = n++] =
            (struct tally_section_plan){TALLY_SECTION_POPCOUNTS, v, rows * 4};
        if (!tally_enc_rows_are_records(info, v)) {
            plan[w->views[v].records = n++] =
                (struct tally_section_plan){TALLY_SECTION_RECORDS, v, rows * 4};
        }
    }
    for (v = 0; v < info->nmatch_keys; v++) {
        uint64_t rows = info->match_keys[v].rows;

        plan[w->match_keys[v].keys = n++] = (struct tally_section_plan){
            TALLY_SECTION_MATCH_KEYS, v, rows * TALLY_MATCHKEY_BYTES};
        plan[w->match_keys[v].records = n++] =
            (struct tally_section_plan){TALLY_SECTION_KEY_RECORDS, v, rows * 4};
    }
    if (info->has_ids) {
        plan[w->offsets = n++] = (struct tally_section_plan){TALLY_SECTION_OFFSETS, 0,
                                                             (info->records + 1) * 8};
        plan[w->bytes = n++] =
            (struct tally_section_plan){TALLY_SECTION_BYTES, 0, w->id_bytes};
    }
    return n;
}

static int
begin_container(struct tally_encfile_writer *w, struct tally_outfile *f, const char *meta,
                struct tally_err *err)
{
    struct tally_section_plan plan[SECTIONS_MAX];
    static const uint8_t zero[8] = {0};
    size_t n = plan_sections(w, strlen(meta), plan);

    if (tally_container_begin(&w->container, f, TALLY_KIND_ENCODINGS, plan, n, err) !=
            0 ||
        tally_container_write(w->container, w->meta, meta, strlen(meta), err) != 0) {
        return -1;
    }
    return w->info.has_ids
               ? tally_container_write(w->container, w->offsets, zero, sizeof(zero), err)
               : 0;
}

int
tally_encfile_begin(struct tally_encfile_writer **out, struct tally_outfile *f,
                    const struct tally_enc_info *info, uint64_t id_bytes,
                    struct tally_err *err)
{
    struct tally_encfile_writer *w;
    char *meta;
    int rc;

    if (check_info(info, id_bytes, err) != 0) {
        return -1;
    }
    w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return tally_err_nomem(err);
    }
    w->kernel = tally_kernel_best();
    w->info = *info;
    w->info.stride = (uint32_t)tally_size_align(info->bits / 8, 64);
    w->id_bytes = id_bytes;
    if (info->nviews == 0) {
        w->info.nviews = 1;
        w->info.views[0] =
            (struct tally_enc_view){TALLY_VIEW_FULL, info->records, info->records};
    }
    meta = meta_text(&w->info);
    rc = meta != NULL ? begin_container(w, f, meta, err) : tally_err_nomem(err);
    free(meta);
    if (rc != 0) {
        tally_encfile_writer_free(w);
        return -1;
    }
    *out = w;
    return 0;
}

static int
add_id(struct tally_encfile_writer *w, const void *id, size_t len, struct tally_err *err)
{
    uint8_t end[8];

    if (!tally_id_valid(id, len) || len > w->id_bytes) {
        return tally_err_set(err, TALLY_E_BUG, "an id that no encodings file can have");
    }
    w->id_bytes -= len;
    w->id_at += len;
    tally_le64_store(end, w->id_at);
    return tally_container_write(w->container, w->offsets, end, sizeof(end), err) != 0 ||
                   tally_container_write(w->container, w->bytes, id, len, err) != 0
               ? -1
               : 0;
}

static int
add_row(struct tally_encfile_writer *w, struct view *view, const uint8_t *row,
        struct tally_err *err)
{
    static const uint8_t zero[64] = {0};
    size_t bytes = w->info.bits / 8;
    uint8_t le[4];

    tally_le32_store(le, bytes % TALLY_ROW_ALIGN == 0
                             ? w->kernel->and_popcount(row, row, bytes)
                             : (uint32_t)tally_bits_count(row, bytes));
    if (tally_container_write(w->container, view->matrix, row, bytes, err) != 0 ||
        tally_container_write(w->container, view->matrix, zero, w->info.stride - bytes,
                              err) != 0 ||
        tally_container_write(w->container, view->popcounts, le, sizeof(le), err) != 0) {
        return -1;
    }
    view->rows++;
    if (view->records == 0) {
        return 0;
    }
    tally_le32_store(le, (uint32_t)w->added);
    return tally_container_write(w->container, view->records, le, sizeof(le), err);
}

/* The ${n} rows of a record in view ${v}. */
static int
add_view(struct tally_encfile_writer *w, size_t v, const uint8_t *rows, size_t n,
         struct tally_err *err)
{
    struct view *view = &w->views[v];
    size_t i;

    if (n > w->info.views[v].rows - view->rows || (view->records == 0 && n != 1)) {
        return tally_err_set(err, TALLY_E_BUG, "a record with rows that are not planned");
    }
    for (i = 0; i < n; i++) {
        if (add_row(w, view, rows + i * (w->info.bits / 8), err) != 0) {
            return -1;
        }
    }
    view->with_rows += n > 0;
    return 0;
}

/* The ${n} match keys of a record of kind ${k}. */
static int
add_keys(struct tally_encfile_writer *w, size_t k, const uint8_t *hashes, size_t n,
         struct tally_err *err)
{
    struct keys *keys = &w->match_keys[k];
    uint8_t le[4];
    size_t i;

    if (n > w->info.match_keys[k].rows - keys->rows) {
        return tally_err_set(err, TALLY_E_BUG, "a record with keys that are not planned");
    }
    tally_le32_store(le, (uint32_t)w->added);
    for (i = 0; i < n; i++) {
        if (tally_container_write(w->container, keys->records, le, sizeof(le), err) !=
            0) {
            return -1;
        }
    }
    keys->rows += n;
    keys->with_rows += n > 0;
    return tally_container_write(w->container, keys->keys, hashes,
                                 n * TALLY_MATCHKEY_BYTES, err);
}

int
tally_encfile_add_rows(struct tally_encfile_writer *w,
                       const uint8_t token[TALLY_TOKEN_BYTES], const uint8_t *counts,
                       const uint8_t *rows, const void *id, size_t id_len,
                       struct tally_err *err)
{
    size_t v;

    if (w->added == w->info.records ||
        (w->added > 0 && memcmp(w->last, token, TALLY_TOKEN_BYTES) >= 0)) {
        return tally_err_set(err, TALLY_E_BUG,
                             "a record token out of order or once too often");
    }
    if (tally_container_write(w->container, w->tokens, token, TALLY_TOKEN_BYTES, err) !=
        0) {
        return -1;
    }
    for (v = 0; v < w->info.nviews; v++) {
        if (add_view(w, v, rows, counts[v], err) != 0) {
            return -1;
        }
        rows += counts[v] * (w->info.bits / 8);
    }
    for (v = 0; v < w->info.nmatch_keys; v++) {
        size_t n = counts[w->info.nviews + v];

        if (add_keys(w, v, rows, n, err) != 0) {
            return -1;
        }
        rows += n * TALLY_MATCHKEY_BYTES;
    }
    memcpy(w->last, token, TALLY_TOKEN_BYTES);
    w->added++;
    return w->info.has_ids ? add_id(w, id, id_len, err) : 0;
}

int
tally_encfile_add(struct tally_encfile_writer *w, const uint8_t token[TALLY_TOKEN_BYTES],
                  const uint8_t *row, const void *id, size_t id_len,
                  struct tally_err *err)
{
    static const uint8_t once[TALLY_VIEWS_MAX + TALLY_MATCH_KEYS_MAX] = {1};

    return tally_encfile_add_rows(w, token, once, row, id, id_len, err);
}

struct tally_container_writer *
tally_encfile_container(const struct tally_encfile_writer *w)
{
    return w->container;
}

int
tally_encfile_end(struct tally_encfile_writer *w, struct tally_err *err)
{
    bool whole = w->added == w->info.records && w->id_bytes == 0;
    size_t v;

    for (v = 0; v < w->info.nviews; v++) {
        whole = whole && w->views[v].rows == w->info.views[v].rows &&
                w->views[v].with_rows == w->info.views[v].records;
    }
    for (v = 0; v < w->info.nmatch_keys; v++) {
        whole = whole && w->match_keys[v].rows == w->info.match_keys[v].rows &&
                w->match_keys[v].with_rows == w->info.match_keys[v].records;
    }
    if (!whole) {
        return tally_err_set(err, TALLY_E_BUG, "fewer records, rows or ids than planned");
    }
    return tally_container_end(w->container, err);
}

void
tally_encfile_writer_free(struct tally_encfile_writer *w)
{
    if (w == NULL) {
        return;
    }
    tally_container_writer_free(w->container);
    free(w);
}
