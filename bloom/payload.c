/*
 * Reading a payload part: cells by record, for the analyst.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/payload.h"

#include "bloom/base/bytes.h"
#include "bloom/base/json.h"
#include "bloom/base/size.h"
#include "bloom/base/text.h"
#include "bloom/container.h"
#include "bloom/meta.h"

#include <stdlib.h>
#include <string.h>

#define SECTIONS 4 /* META, and those of open_body */

struct tally_payload {
    struct tally_container *container;
    char source[TALLY_NAME_MAX + 1];
    uint8_t delivery[TALLY_DELIVERY_BYTES];
    uint64_t records;
    size_t ncolumns;
    char (*columns)[TALLY_PAYLOAD_NAME_MAX + 1];
    const uint8_t *tokens;
    const uint8_t *offsets;
    const uint8_t *rows;
};

bool
tally_payload_name_valid(const char *name)
{
    char printable[TALLY_PAYLOAD_NAME_MAX + 2];
    size_t len = strlen(name);

    if (len < 1 || len > TALLY_PAYLOAD_NAME_MAX) {
        return false;
    }
    tally_text_printable(name, printable, sizeof(printable));
    return strcmp(printable, name) == 0;
}

static int
read_column(struct tally_payload *p, const struct tally_json *list, size_t i,
            struct tally_err *err)
{
    struct tally_json v;
    const char *name;
    size_t j;

    if (tally_json_at(list, i, &v, err) != 0 ||
        tally_json_str(&v, TALLY_PAYLOAD_NAME_MAX, &name, err) != 0) {
        return -1;
    }
    if (!tally_payload_name_valid(name)) {
        return tally_json_err(&v, err, TALLY_E_CORRUPT, "is not a printable column name");
    }
    for (j = 0; j < i; j++) {
        if (strcmp(p->columns[j], name) == 0) {
            return tally_json_err(&v, err, TALLY_E_CORRUPT,
                                  "is a column name used twice");
        }
    }
    memcpy(p->columns[i], name, strlen(name) + 1);
    return 0;
}

static int
read_columns(struct tally_payload *p, const struct tally_json *root,
             struct tally_err *err)
{
    struct tally_json list;
    size_t i;

    if (tally_json_need(root, "columns", &list, err) != 0 ||
        tally_json_length(&list, &p->ncolumns, err) != 0) {
        return -1;
    }
    if (p->ncolumns > TALLY_PAYLOAD_COLUMNS_MAX) {
        return tally_json_err(&list, err, TALLY_E_CORRUPT, "must name at most %d columns",
                              TALLY_PAYLOAD_COLUMNS_MAX);
    }
    p->columns = calloc(p->ncolumns + 1, sizeof(*p->columns));
    if (p->columns == NULL) {
        return tally_err_nomem(err);
    }
    for (i = 0; i < p->ncolumns; i++) {
        if (read_column(p, &list, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
read_meta(struct tally_payload *p, const struct tally_json *root, const char *path,
          struct tally_err *err)
{
    static const char *const keys[] = {"columns", "delivery", "format", "recipient",
                                       "records", "source",   "status", "tool",
                                       "version", NULL};
    char tool[TALLY_NAME_MAX + 1];
    int64_t records;

    if (tally_meta_version(root, path, TALLY_PAYLOAD_VERSION, err) != 0 ||
        tally_json_only(root, keys, err) != 0 ||
        tally_meta_fixed(root, "format", "tallystick payload", err) != 0 ||
        tally_meta_fixed(root, "recipient", "analyst", err) != 0 ||
        tally_meta_fixed(root, "status", "pseudonymised", err) != 0 ||
        tally_meta_text(root, "tool", TALLY_NAME_MAX, tool, err) != 0 ||
        tally_meta_text(root, "source", TALLY_NAME_MAX, p->source, err) != 0 ||
        tally_meta_hex(root, "delivery", p->delivery, TALLY_DELIVERY_BYTES, err) != 0 ||
        tally_meta_count(root, "records", TALLY_ENC_RECORDS_MAX, &records, err) != 0 ||
        read_columns(p, root, err) != 0) {
        return -1;
    }
    p->records = (uint64_t)records;
    return tally_source_valid(p->source)
               ? 0
               : tally_json_err(root, err, TALLY_E_CORRUPT,
                                "the source name breaks its rules");
}

static int
inconsistent(const char *path, const char *what, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_CORRUPT, "%s: %s", path, what);
}

static int
check_offsets(const struct tally_payload *p, size_t len, const char *path,
              struct tally_err *err)
{
    uint64_t at = tally_le64_load(p->offsets);
    uint64_t i;

    if (at != 0 || tally_le64_load(p->offsets + 8 * p->records) != len) {
        return inconsistent(path, "the rows do not fill their section", err);
    }
    for (i = 1; i <= p->records; i++) {
        uint64_t next = tally_le64_load(p->offsets + 8 * i);

        if (next < at || next > len || next - at > TALLY_PAYLOAD_ROW_MAX) {
            return inconsistent(path, "a row does not lie inside its section", err);
        }
        at = next;
    }
    return 0;
}

static int
open_body(struct tally_payload *p, const char *path, struct tally_err *err)
{
    size_t ntokens, noffsets, nrows;

    p->tokens = tally_container_section(p->container, TALLY_SECTION_TOKENS, 0, &ntokens);
    p->offsets =
        tally_container_section(p->container, TALLY_SECTION_OFFSETS, 0, &noffsets);
    p->rows = tally_container_section(p->container, TALLY_SECTION_BYTES, 0, &nrows);
    if (p->tokens == NULL || p->offsets == NULL || p->rows == NULL ||
        ntokens != p->records * TALLY_TOKEN_BYTES || noffsets != (p->records + 1) * 8) {
        return inconsistent(
            path, "a section is missing or not as long as the records need", err);
    }
    /* A section too many could smuggle encodings past an analyst. */
    if (tally_container_sections(p->container) != SECTIONS) {
        return inconsistent(path, "the file has other sections than a payload has", err);
    }
    if (!tally_meta_tokens_ascend(p->tokens, p->records)) {
        return inconsistent(path, "record tokens are not in ascending order", err);
    }
    return check_offsets(p, nrows, path, err);
}

int
tally_payload_open(struct tally_payload **out, const char *path, struct tally_err *err)
{
    struct tally_payload *p = calloc(1, sizeof(*p));
    struct tally_json root;
    int rc;

    if (p == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_container_open(&p->container, path, TALLY_KIND_PAYLOAD, err);
    if (rc == 0) {
        root = tally_container_meta(p->container);
        rc = read_meta(p, &root, path, err) == 0 ? open_body(p, path, err)
                                                 : tally_meta_failed(err);
    }
    if (rc != 0) {
        tally_payload_close(p);
        return -1;
    }
    *out = p;
    return 0;
}

const char *
tally_payload_source(const struct tally_payload *p)
{
    return p->source;
}

const uint8_t *
tally_payload_delivery(const struct tally_payload *p)
{
    return p->delivery;
}

uint64_t
tally_payload_records(const struct tally_payload *p)
{
    return p->records;
}

size_t
tally_payload_columns(const struct tally_payload *p)
{
    return p->ncolumns;
}

const char *
tally_payload_column(const struct tally_payload *p, size_t i)
{
    return p->columns[i];
}

const uint8_t *
tally_payload_tokens(const struct tally_payload *p)
{
    return p->tokens;
}

static bool
cell_valid(const uint8_t *p, size_t len)
{
    return len == 0 || (memchr(p, '\0', len) == NULL && tally_text_valid(p, len));
}

int
tally_payload_row(const struct tally_payload *p, uint64_t i, struct tally_cell *cells,
                  struct tally_err *err)
{
    const uint8_t *at = p->rows + tally_le64_load(p->offsets + 8 * i);
    const uint8_t *end = p->rows + tally_le64_load(p->offsets + 8 * (i + 1));
    size_t c;

    for (c = 0; c < p->ncolumns; c++) {
        size_t left = (size_t)(end - at);
        uint32_t len = left >= 4 ? tally_le32_load(at) : UINT32_MAX;

        if (left < 4 || len > left - 4 || !cell_valid(at + 4, len)) {
            return tally_err_set(err, TALLY_E_CORRUPT,
                                 "payload of source '%s': a row is not what it should be",
                                 p->source);
        }
        cells[c].data = at + 4;
        cells[c].len = len;
        at += 4 + len;
    }
    return at == end
               ? 0
               : tally_err_set(err, TALLY_E_CORRUPT,
                               "payload of source '%s': a row has more than its cells",
                               p->source);
}

void
tally_payload_close(struct tally_payload *p)
{
    if (p == NULL) {
        return;
    }
    tally_container_close(p->container);
    free(p->columns);
    free(p);
}
