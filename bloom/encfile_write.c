/*
 * Writing an encodings file: description, tokens, bit matrix, popcounts and, for pilots,
 * ids.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encfile.h"

#include "bloom/base/bytes.h"
#include "bloom/base/json.h"
#include "bloom/base/size.h"
#include "bloom/bits.h"
#include "bloom/container.h"
#include "bloom/meta.h"

#include <stdlib.h>
#include <string.h>

/* Order of the sections in the file. */
enum { META, TOKENS, MATRIX, POPCOUNTS, OFFSETS, BYTES, SECTIONS };

struct tally_encfile_writer {
    struct tally_container_writer *container;
    struct tally_enc_info info;
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

    tally_jset_int(n, "diffusion_t", info->diffusion_t);
    tally_jset_real(n, "fill", info->fill);
    return n;
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
    tally_jset_int(root, "bits", info->bits);
    tally_jset_int(root, "stride", info->stride);
    tally_jset_bool(root, "ids", info->has_ids);
    tally_jset(root, "schema", schema_node(info));
    tally_jset(root, "normaliser", normaliser_node(info));
    tally_jset(root, "hardening", hardening_node(info));
    if (info->has_key_check) {
        tally_meta_set_hex(root, "key_check", info->key_check, TALLY_KEY_CHECK_BYTES);
    } else {
        tally_jset_str(root, "key_check", NULL);
    }
    text = tally_json_text(root, 0);
    tally_jfree(root);
    return text;
}

static int
check_info(const struct tally_enc_info *info, uint64_t id_bytes, struct tally_err *err)
{
    if (info->records > TALLY_ENC_RECORDS_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT,
                             "an encodings file holds at most %u records",
                             TALLY_ENC_RECORDS_MAX);
    }
    if (!tally_source_valid(info->source) || info->bits < TALLY_BITS_MIN ||
        info->bits > TALLY_BITS_MAX || info->bits % 64 != 0 ||
        (id_bytes != 0 && !info->has_ids) || id_bytes > info->records * TALLY_ID_MAX) {
        return tally_err_set(err, TALLY_E_BUG, "facts that no encodings file can have");
    }
    return 0;
}

static int
begin_container(struct tally_encfile_writer *w, struct tally_outfile *f, const char *meta,
                struct tally_err *err)
{
    uint64_t n = w->info.records;
    const struct tally_section_plan plan[SECTIONS] = {
        [META] = {TALLY_SECTION_META, 0, strlen(meta)},
        [TOKENS] = {TALLY_SECTION_TOKENS, 0, n * TALLY_TOKEN_BYTES},
        [MATRIX] = {TALLY_SECTION_MATRIX, 0, n * w->info.stride},
        [POPCOUNTS] = {TALLY_SECTION_POPCOUNTS, 0, n * 4},
        [OFFSETS] = {TALLY_SECTION_OFFSETS, 0, (n + 1) * 8},
        [BYTES] = {TALLY_SECTION_BYTES, 0, w->id_bytes},
    };
    static const uint8_t zero[8] = {0};

    if (tally_container_begin(&w->container, f, TALLY_KIND_ENCODINGS, plan,
                              w->info.has_ids ? SECTIONS : OFFSETS, err) != 0 ||
        tally_container_write(w->container, META, meta, strlen(meta), err) != 0) {
        return -1;
    }
    return w->info.has_ids
               ? tally_container_write(w->container, OFFSETS, zero, sizeof(zero), err)
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
    w->info = *info;
    w->info.stride = (uint32_t)tally_size_align(info->bits / 8, 64);
    w->id_bytes = id_bytes;
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
    return tally_container_write(w->container, OFFSETS, end, sizeof(end), err) != 0 ||
                   tally_container_write(w->container, BYTES, id, len, err) != 0
               ? -1
               : 0;
}

static int
add_row(struct tally_encfile_writer *w, const uint8_t *row, struct tally_err *err)
{
    static const uint8_t zero[64] = {0};
    size_t bytes = w->info.bits / 8;
    uint8_t le[4];

    tally_le32_store(le, (uint32_t)tally_bits_count(row, bytes));
    return tally_container_write(w->container, MATRIX, row, bytes, err) != 0 ||
                   tally_container_write(w->container, MATRIX, zero,
                                         w->info.stride - bytes, err) != 0 ||
                   tally_container_write(w->container, POPCOUNTS, le, sizeof(le), err) !=
                       0
               ? -1
               : 0;
}

int
tally_encfile_add(struct tally_encfile_writer *w, const uint8_t token[TALLY_TOKEN_BYTES],
                  const uint8_t *row, const void *id, size_t id_len,
                  struct tally_err *err)
{
    if (w->added == w->info.records ||
        (w->added > 0 && memcmp(w->last, token, TALLY_TOKEN_BYTES) >= 0)) {
        return tally_err_set(err, TALLY_E_BUG,
                             "a record token out of order or once too often");
    }
    memcpy(w->last, token, TALLY_TOKEN_BYTES);
    w->added++;
    if (tally_container_write(w->container, TOKENS, token, TALLY_TOKEN_BYTES, err) != 0 ||
        add_row(w, row, err) != 0) {
        return -1;
    }
    return w->info.has_ids ? add_id(w, id, id_len, err) : 0;
}

int
tally_encfile_end(struct tally_encfile_writer *w, struct tally_err *err)
{
    if (w->added != w->info.records || w->id_bytes != 0) {
        return tally_err_set(err, TALLY_E_BUG, "fewer records or ids than planned");
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
