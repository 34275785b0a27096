/*
 * What is known of pairs of records from elsewhere, as a series remembers it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/db_rows.h"
#include "linker/store_impl.h"

#include <string.h>

static int
take_known(void *ctx, struct tally_stmt *q, void *row, struct tally_err *err)
{
    const struct tally_store *s = ctx;
    struct tally_store_known *k = row;
    size_t len[4] = {0};
    const char *source_a = tally_db_text(q, 0, &len[0]);
    const void *token_a = tally_db_blob(q, 1, &len[1]);
    const char *source_b = tally_db_text(q, 2, &len[2]);
    const void *token_b = tally_db_blob(q, 3, &len[3]);

    if (source_a == NULL || source_b == NULL || len[0] >= sizeof k->source_a ||
        len[2] >= sizeof k->source_b || len[1] != TALLY_TOKEN_BYTES ||
        len[3] != TALLY_TOKEN_BYTES) {
        return tally_err_set(err, TALLY_E_CORRUPT, "%s: a pair that is known makes no sense",
                             s->path);
    }
    memcpy(k->source_a, source_a, len[0] + 1);
    memcpy(k->source_b, source_b, len[2] + 1);
    memcpy(k->token_a, token_a, len[1]);
    memcpy(k->token_b, token_b, len[3]);
    k->match = tally_db_int(q, 4) != 0;
    return 0;
}

int
store_known_rows(struct tally_store *s, struct tally_stmt *q,
                 struct tally_store_known **out, size_t *n, struct tally_err *err)
{
    void *list = NULL;

    if (tally_db_rows(q, sizeof **out, take_known, s, &list, n, err) != 0) {
        return -1;
    }
    *out = list;
    return 0;
}

int
tally_store_known(struct tally_store *s, int64_t run, struct tally_store_known **out,
                  size_t *n, struct tally_err *err)
{
    struct tally_stmt *q = NULL;

    if (tally_db_prepare(s->db,
                         "SELECT a.name, k.token_a, b.name, k.token_b, k.match FROM known k"
                         " JOIN run_source x ON x.run = k.run AND x.position = k.source_a"
                         " JOIN source a ON a.id = x.source"
                         " JOIN run_source y ON y.run = k.run AND y.position = k.source_b"
                         " JOIN source b ON b.id = y.source WHERE k.run = ?1"
                         " ORDER BY k.source_a, k.token_a, k.source_b, k.token_b",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, run);
    return store_known_rows(s, q, out, n, err);
}

static int
write_list(struct tally_stmt *q, const struct tally_link_job *job, int64_t run,
           const struct tally_forced *list, size_t n, bool match, struct tally_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct tally_forced *f = &list[i];
        const uint8_t *a = tally_encfile_tokens(job->sources[f->source_a].enc);
        const uint8_t *b = tally_encfile_tokens(job->sources[f->source_b].enc);

        if (f->reviewed) {
            continue; /* its review is in the store */
        }
        tally_db_bind_int(q, 1, run);
        tally_db_bind_int(q, 2, match);
        tally_db_bind_int(q, 3, f->source_a);
        tally_db_bind_blob(q, 4, a + (size_t)f->row_a * TALLY_TOKEN_BYTES,
                           TALLY_TOKEN_BYTES);
        tally_db_bind_int(q, 5, f->source_b);
        tally_db_bind_blob(q, 6, b + (size_t)f->row_b * TALLY_TOKEN_BYTES,
                           TALLY_TOKEN_BYTES);
        if (tally_db_step(q, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
store_known_write(struct tally_store *s, const struct tally_link_job *job, int64_t run,
                  struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = -1;

    if (tally_db_prepare(s->db,
                         "INSERT OR IGNORE INTO known (run, match, source_a, token_a,"
                         " source_b, token_b) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                         &q, err) != 0) {
        return -1;
    }
    if (write_list(q, job, run, job->must, job->nmust, true, err) == 0) {
        rc = write_list(q, job, run, job->must_not, job->nmust_not, false, err);
    }
    tally_db_finalize(q);
    return rc;
}
