/*
 * Writing a payload part: record tokens and the columns asked for, nothing else.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/payload.h"

#include "bloom/base/bytes.h"
#include "bloom/base/json.h"
#include "bloom/container.h"
#include "bloom/meta.h"

#include <stdlib.h>
#include <string.h>

/* Order of the sections in the file. */
enum { META, TOKENS, OFFSETS, BYTES, SECTIONS };

struct tally_payload_writer {
    struct tally_container_writer *container;
    uint64_t records;
    uint64_t added;
    uint64_t row_bytes; /* of all rows */
    uint64_t at;
    uint8_t last[TALLY_TOKEN_BYTES];
};

static char *
meta_text(const struct tally_payload_info *info)
{
    struct tally_jnode *root = tally_jobject();
    struct tally_jnode *columns = tally_jarray();
    char *text;
    size_t i;

    tally_jset_str(root, "format", "tallystick payload");
    tally_jset_int(root, "version", TALLY_PAYLOAD_VERSION);
    tally_jset_str(root, "tool", info->tool);
    tally_jset_str(root, "status", "pseudonymised");
    tally_jset_str(root, "recipient", "analyst");
    tally_jset_str(root, "source", info->source);
    tally_meta_set_hex(root, "delivery", info->delivery, TALLY_DELIVERY_BYTES);
    tally_jset_int(root, "records", (int64_t)info->records);
    for (i = 0; i < info->ncolumns; i++) {
        tally_jpush_str(columns, info->columns[i]);
    }
    tally_jset(root, "columns", columns);
    text = tally_json_text(root, 0);
    tally_jfree(root);
    return text;
}

static int
check_info(const struct tally_payload_info *info, struct tally_err *err)
{
    bool names = true;
    size_t i;

    if (info->records > TALLY_ENC_RECORDS_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT,
                             "a payload part holds at most %u records",
                             TALLY_ENC_RECORDS_MAX);
    }
    for (i = 0; i < info->ncolumns; i++) {
        names = names && tally_payload_name_valid(info->columns[i]);
    }
    if (!names || info->ncolumns > TALLY_PAYLOAD_COLUMNS_MAX ||
        !tally_source_valid(info->source)) {
        return tally_err_set(err, TALLY_E_BUG, "facts that no payload part can have");
    }
    return 0;
}

static int
begin_container(struct tally_payload_writer *w, struct tally_outfile *f, const char *meta,
                struct tally_err *err)
{
    const struct tally_section_plan plan[SECTIONS] = {
        [META] = {TALLY_SECTION_META, 0, strlen(meta)},
        [TOKENS] = {TALLY_SECTION_TOKENS, 0, w->records * TALLY_TOKEN_BYTES},
        [OFFSETS] = {TALLY_SECTION_OFFSETS, 0, (w->records + 1) * 8},
        [BYTES] = {TALLY_SECTION_BYTES, 0, w->row_bytes},
    };
    static const uint8_t zero[8] = {0};

    return tally_container_begin(&w->container, f, TALLY_KIND_PAYLOAD, plan, SECTIONS,
                                 err) != 0 ||
                   tally_container_write(w->container, META, meta, strlen(meta), err) !=
                       0 ||
                   tally_container_write(w->container, OFFSETS, zero, sizeof(zero),
                                         err) != 0
               ? -1
               : 0;
}

int
tally_payload_begin(struct tally_payload_writer **out, struct tally_outfile *f,
                    const struct tally_payload_info *info, uint64_t row_bytes,
                    struct tally_err *err)
{
    struct tally_payload_writer *w;
    char *meta;
    int rc;

    if (check_info(info, err) != 0) {
        return -1;
    }
    w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return tally_err_nomem(err);
    }
    w->records = info->records;
    w->row_bytes = row_bytes;
    meta = meta_text(info);
    rc = meta != NULL ? begin_container(w, f, meta, err) : tally_err_nomem(err);
    free(meta);
    if (rc != 0) {
        tally_payload_writer_free(w);
        return -1;
    }
    *out = w;
    return 0;
}

int
tally_payload_add(struct tally_payload_writer *w, const uint8_t token[TALLY_TOKEN_BYTES],
                  const void *row, size_t len, struct tally_err *err)
{
    uint8_t end[8];

    if (w->added == w->records || len > w->row_bytes - w->at ||
        (w->added > 0 && memcmp(w->last, token, TALLY_TOKEN_BYTES) >= 0)) {
        return tally_err_set(err, TALLY_E_BUG,
                             "a payload row out of order or once too often");
    }
    memcpy(w->last, token, TALLY_TOKEN_BYTES);
    w->added++;
    w->at += len;
    tally_le64_store(end, w->at);
    return tally_container_write(w->container, TOKENS, token, TALLY_TOKEN_BYTES, err) !=
                       0 ||
                   tally_container_write(w->container, OFFSETS, end, sizeof(end), err) !=
                       0 ||
                   tally_container_write(w->container, BYTES, row, len, err) != 0
               ? -1
               : 0;
}

struct tally_container_writer *
tally_payload_container(const struct tally_payload_writer *w)
{
    return w->container;
}

int
tally_payload_end(struct tally_payload_writer *w, struct tally_err *err)
{
    if (w->added != w->records || w->at != w->row_bytes) {
        return tally_err_set(err, TALLY_E_BUG, "fewer payload rows than planned");
    }
    return tally_container_end(w->container, err);
}

void
tally_payload_writer_free(struct tally_payload_writer *w)
{
    if (w == NULL) {
        return;
    }
    tally_container_writer_free(w->container);
    free(w);
}
