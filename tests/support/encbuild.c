/*
 * Encodings files for tests, sorted by token as the encoder would.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/encbuild.h"

#include "bloom/base/file.h"
#include "bloom/base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct entry {
    uint8_t token[TALLY_TOKEN_BYTES];
    const uint8_t *row;
    const char *id;
};

struct tally_enc_info
tally_encbuild_info(const char *source, uint64_t n, uint32_t bits)
{
    struct tally_enc_info info;

    memset(&info, 0, sizeof(info));
    snprintf(info.source, sizeof(info.source), "%s", source);
    snprintf(info.tool, sizeof(info.tool), "test");
    snprintf(info.unicode, sizeof(info.unicode), "15.0.0");
    snprintf(info.schema_name, sizeof(info.schema_name), "test");
    snprintf(info.profile, sizeof(info.profile), "plain");
    info.records = n;
    info.bits = bits;
    info.normaliser_version = 1;
    info.fold_version = 1;
    info.fill = 0.2;
    info.has_key_check = true;
    memset(info.key_check, 0xc4, sizeof(info.key_check));
    tally_digest("test schema", 11, info.schema_digest);
    tally_digest("test normaliser", 15, info.normaliser_digest);
    memset(info.delivery, 0xd1, sizeof(info.delivery));
    return info;
}

void
tally_encbuild_token(uint64_t i, uint8_t token[TALLY_TOKEN_BYTES])
{
    size_t b;

    memset(token, 0, TALLY_TOKEN_BYTES);
    for (b = 0; b < 8; b++) {
        token[b] = (uint8_t)((i + 1) >> (56 - 8 * b));
    }
}

static int
by_token(const void *a, const void *b)
{
    return memcmp(((const struct entry *)a)->token, ((const struct entry *)b)->token,
                  TALLY_TOKEN_BYTES);
}

static void
check(int rc, const struct tally_err *err)
{
    if (rc != 0) {
        fail_msg("building an encodings file: %s", err->text);
    }
}

static uint64_t
fill_entries(struct entry *entries, const struct tally_enc_info *info,
             const uint8_t *rows, const uint8_t *tokens, const char *const *ids)
{
    uint64_t id_bytes = 0;
    uint64_t i;

    for (i = 0; i < info->records; i++) {
        entries[i].row = rows + i * (info->bits / 8);
        entries[i].id = ids != NULL ? ids[i] : NULL;
        id_bytes += ids != NULL ? strlen(ids[i]) : 0;
        if (tokens != NULL) {
            memcpy(entries[i].token, tokens + i * TALLY_TOKEN_BYTES, TALLY_TOKEN_BYTES);
        } else {
            tally_encbuild_token(i, entries[i].token);
        }
    }
    qsort(entries, info->records, sizeof(*entries), by_token);
    return id_bytes;
}

void
tally_encbuild(const char *path, const struct tally_enc_info *info, const uint8_t *rows,
               const uint8_t *tokens, const char *const *ids)
{
    struct entry *entries = calloc(info->records + 1, sizeof(*entries));
    struct tally_enc_info facts = *info;
    struct tally_encfile_writer *w = NULL;
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint64_t id_bytes, i;

    assert_non_null(entries);
    facts.has_ids = ids != NULL;
    id_bytes = fill_entries(entries, info, rows, tokens, ids);
    check(tally_outfile_open(&f, path, 0600, true, &err), &err);
    check(tally_encfile_begin(&w, f, &facts, id_bytes, &err), &err);
    for (i = 0; i < info->records; i++) {
        const char *id = entries[i].id;

        check(tally_encfile_add(w, entries[i].token, entries[i].row, id,
                                id != NULL ? strlen(id) : 0, &err),
              &err);
    }
    check(tally_encfile_end(w, &err), &err);
    check(tally_outfile_commit(&f, 1, &err), &err);
    tally_encfile_writer_free(w);
    tally_outfile_free(f);
    free(entries);
}
