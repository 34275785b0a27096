/*
 * The linker's store: why each link of a run was made, read back.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/store_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bloom/base/bytes.h"

struct names {
    char sources[TALLY_SOURCES_MAX][TALLY_NAME_MAX + 1];
    char views[TALLY_VIEWS_MAX][TALLY_NAME_MAX + 1];
    size_t nsources;
    size_t nviews;
};

/* Names in the order of their positions into ${list} of ${max}. */
static int
read_names(struct tally_store *s, const char *sql, int64_t run,
           char (*list)[TALLY_NAME_MAX + 1], size_t max, size_t *n, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(s->db, sql, &q, err);

    if (rc == 0) {
        tally_db_bind_int(q, 1, run);
    }
    while (rc == 0 && (rc = tally_db_step(q, err)) == 1) {
        size_t len = 0;
        const char *text = tally_db_text(q, 0, &len);

        if (*n == max || text == NULL || len > TALLY_NAME_MAX ||
            memchr(text, '\0', len) != NULL) {
            rc = tally_err_set(err, TALLY_E_CORRUPT, "%s: a name makes no sense", s->path);
            break;
        }
        memcpy(list[*n], text, len);
        list[(*n)++][len] = '\0';
        rc = 0;
    }
    tally_db_finalize(q);
    return rc;
}

static int
latest_run(struct tally_store *s, int64_t *run, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(s->db,
                              "SELECT id FROM run WHERE id = ?1 OR (?1 = 0 AND"
                              " undone = 0) ORDER BY id DESC LIMIT 1",
                              &q, err);

    if (rc == 0) {
        tally_db_bind_int(q, 1, *run);
        rc = tally_db_step(q, err);
        if (rc == 1) {
            *run = tally_db_int(q, 0);
            rc = 0;
        } else if (rc == 0) {
            rc = tally_err_set(err, TALLY_E_USAGE, "%s: there is no such run in it",
                               s->path);
        }
    }
    tally_db_finalize(q);
    return rc;
}

static const uint8_t *
take_token(struct tally_stmt *q, int column)
{
    size_t len = 0;
    const uint8_t *token = tally_db_blob(q, column, &len);

    return len == TALLY_TOKEN_BYTES ? token : NULL;
}

static float
load_float(const uint8_t *p)
{
    uint32_t bits = tally_le32_load(p);
    float v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static bool
take_views(struct tally_stmt *q, size_t n, struct tally_view_score *views)
{
    size_t len = 0;
    const uint8_t *p = tally_db_blob(q, 21, &len);

    if (len != n * TALLY_STORE_VIEW_BYTES) {
        return false;
    }
    for (size_t v = 0; v < n; v++, p += TALLY_STORE_VIEW_BYTES) {
        views[v] = (struct tally_view_score){tally_le32_load(p), load_float(p + 4),
                                             load_float(p + 8)};
        if (views[v].dice_ppm > TALLY_PPM && views[v].dice_ppm != TALLY_SCORE_MISSING) {
            return false;
        }
    }
    return true;
}

static bool
in_u32(struct tally_stmt *q, int column)
{
    int64_t v = tally_db_int(q, column);

    return v >= 0 && v < UINT32_MAX;
}

static struct tally_second
take_second(struct tally_stmt *q, int column, const uint8_t *token)
{
    return (struct tally_second){token == NULL ? UINT32_MAX
                                               : (uint32_t)tally_db_int(q, column),
                                 (uint32_t)tally_db_int(q, column + 1)};
}

/* Columns of explain_sql into ${x}; false where they cannot be a link. */
static bool
take_link(struct tally_stmt *q, const struct names *names,
          struct tally_store_explained *x, struct tally_view_score *views)
{
    for (int i = 0; i < 7; i++) {
        if (!in_u32(q, i)) {
            return false;
        }
    }
    x->accepted = tally_db_int(q, 0) != 0;
    x->link = (struct tally_link){(uint32_t)tally_db_int(q, 1),
                                  (uint32_t)tally_db_int(q, 2),
                                  (uint32_t)tally_db_int(q, 3),
                                  (uint32_t)tally_db_int(q, 4),
                                  (uint32_t)tally_db_int(q, 5),
                                  (uint32_t)tally_db_int(q, 6),
                                  (float)tally_db_real(q, 7),
                                  tally_db_int(q, 8) == TALLY_BAND_IS_MATCH
                                      ? TALLY_BAND_IS_MATCH
                                      : TALLY_BAND_IS_POSSIBLE};
    x->token_a = take_token(q, 16);
    x->token_b = take_token(q, 17);
    x->token_second_a = take_token(q, 18);
    x->token_second_b = take_token(q, 19);
    x->why = (struct tally_link_reason){
        .by = (enum tally_linked_by)tally_db_int(q, 9),
        .flags = (unsigned)tally_db_int(q, 10) & TALLY_FLAGS_ALL,
        .weight = tally_db_real(q, 11),
        .second_a = take_second(q, 12, x->token_second_a),
        .second_b = take_second(q, 14, x->token_second_b)};
    if (x->link.source_a >= names->nsources || x->link.source_b >= names->nsources ||
        x->token_a == NULL || x->token_b == NULL) {
        return false;
    }
    x->source_a = names->sources[x->link.source_a];
    x->source_b = names->sources[x->link.source_b];
    return take_views(q, names->nviews, views);
}

static const char explain_sql[] =
    "SELECT l.accepted, l.source_a, l.row_a, l.source_b, l.row_b, l.common, l.total,"
    " l.probability, l.band, l.linked_by, l.flags, l.weight, l.second_a, l.second_a_ppm,"
    " l.second_b, l.second_b_ppm, a.token, b.token, x.token, y.token, l.rank, l.views"
    " FROM link l"
    " JOIN record a ON a.run = l.run AND a.source = l.source_a AND a.row = l.row_a"
    " JOIN record b ON b.run = l.run AND b.source = l.source_b AND b.row = l.row_b"
    " LEFT JOIN record x ON x.run = l.run AND x.source = l.source_b"
    " AND x.row = l.second_a"
    " LEFT JOIN record y ON y.run = l.run AND y.source = l.source_a"
    " AND y.row = l.second_b"
    " WHERE l.run = ?1 ORDER BY l.accepted DESC, l.rank";

static int
each_link(struct tally_store *s, int64_t run, struct names *names,
          tally_store_explain_fn *fn, void *ctx, struct tally_err *err)
{
    struct tally_view_score views[TALLY_VIEWS_MAX];
    struct tally_store_explained x = {.nviews = names->nviews, .views = views};
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(s->db, explain_sql, &q, err);

    for (size_t v = 0; v < names->nviews; v++) {
        x.view_names[v] = names->views[v];
    }
    if (rc == 0) {
        tally_db_bind_int(q, 1, run);
    }
    while (rc == 0 && (rc = tally_db_step(q, err)) == 1) {
        rc = take_link(q, names, &x, views)
                 ? fn(ctx, &x, err)
                 : tally_err_set(err, TALLY_E_CORRUPT, "%s: a link makes no sense",
                                 s->path);
    }
    tally_db_finalize(q);
    return rc;
}

int
tally_store_explain(struct tally_store *s, int64_t run, tally_store_explain_fn *fn,
                    void *ctx, struct tally_err *err)
{
    struct names names = {.nsources = 0};

    if (latest_run(s, &run, err) != 0 ||
        read_names(s,
                   "SELECT y.name FROM run_source x JOIN source y ON y.id = x.source"
                   " WHERE x.run = ?1 ORDER BY x.position",
                   run, names.sources, TALLY_SOURCES_MAX, &names.nsources, err) != 0 ||
        read_names(s, "SELECT name FROM view WHERE run = ?1 ORDER BY position", run,
                   names.views, TALLY_VIEWS_MAX, &names.nviews, err) != 0) {
        return -1;
    }
    return each_link(s, run, &names, fn, ctx, err);
}
