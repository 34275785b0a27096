/*
 * Links whose records both stand in the lists of a second round, by chance. They are as
 * good a sample of all links as any, for which nobody had to be asked anything more.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/db_rows.h"
#include "linker/review_impl.h"
#include "linker/store_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct meeting {
    const struct tally_store *s;
    const struct review_answers *x;
};

/* The order in which the store gives the pairs asked about. */
static int
compare_pairs(const void *p, const void *q)
{
    const struct review_pair *x = p, *y = q;
    int by_token = memcmp(x->token_a, y->token_a, sizeof x->token_a);

    if (x->a != y->a) {
        return (x->a > y->a) - (x->a < y->a);
    }
    if (by_token != 0 || x->b != y->b) {
        return by_token != 0 ? by_token : (x->b > y->b) - (x->b < y->b);
    }
    return memcmp(x->token_b, y->token_b, sizeof x->token_b);
}

static int
take_link(void *ctx, struct tally_stmt *q, void *row, struct tally_err *err)
{
    const struct meeting *m = ctx;
    struct review_pair *p = row;
    size_t len_a = 0, len_b = 0;
    uint64_t a = (uint64_t)tally_db_int(q, 0), b = (uint64_t)tally_db_int(q, 2);
    const uint8_t *token_a = tally_db_blob(q, 1, &len_a);
    const uint8_t *token_b = tally_db_blob(q, 3, &len_b);
    bool turn;

    if (a >= m->x->n || b >= m->x->n || len_a != TALLY_TOKEN_BYTES ||
        len_b != TALLY_TOKEN_BYTES) {
        return tally_err_set(err, TALLY_E_CORRUPT,
                             "%s: the links of the review make no "
                             "sense",
                             m->s->path);
    }
    turn = a != b ? a > b : memcmp(token_a, token_b, TALLY_TOKEN_BYTES) > 0;
    p->why = REVIEW_MET;
    p->a = (size_t)(turn ? b : a);
    p->b = (size_t)(turn ? a : b);
    memcpy(turn ? p->token_b : p->token_a, token_a, TALLY_TOKEN_BYTES);
    memcpy(turn ? p->token_a : p->token_b, token_b, TALLY_TOKEN_BYTES);
    p->before = tally_db_real(q, 4);
    p->accepted = true;
    p->after = (double)NAN;
    p->decision = -1;
    p->answered = review_find_row(m->x->enc[p->a], p->token_a, &p->row_a) &&
                  review_find_row(m->x->enc[p->b], p->token_b, &p->row_b);
    return 0;
}

static int
read_links(struct tally_store *s, int64_t review, const struct review_answers *x,
           void **links, size_t *n, struct tally_err *err)
{
    struct meeting m = {s, x};
    struct tally_stmt *q = NULL;

    if (tally_db_prepare(s->db,
                         "SELECT i.position, a.token, j.position, b.token, l.probability"
                         " FROM review v JOIN link l ON l.run = v.run AND l.accepted = 1"
                         " JOIN record a ON a.run = l.run AND a.source = l.source_a"
                         " AND a.row = l.row_a JOIN record b ON b.run = l.run"
                         " AND b.source = l.source_b AND b.row = l.row_b"
                         " JOIN run_source c ON c.run = l.run AND c.position = l.source_a"
                         " JOIN source e ON e.id = c.source"
                         " JOIN review_list i ON i.review = v.id AND i.source = e.name"
                         " JOIN run_source d ON d.run = l.run AND d.position = l.source_b"
                         " JOIN source f ON f.id = d.source"
                         " JOIN review_list j ON j.review = v.id AND j.source = f.name"
                         " WHERE v.id = ?1 AND l.linked_by <> 1 ORDER BY l.rank",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, review);
    return tally_db_rows(q, sizeof(struct review_pair), take_link, &m, links, n, err);
}

int
review_meet(struct tally_store *s, int64_t review, const struct review_answers *x,
            struct review_pair **pairs, size_t *n, struct tally_err *err)
{
    struct review_pair *links, *all;
    void *list = NULL;
    size_t nlinks = 0, asked = *n;

    if (read_links(s, review, x, &list, &nlinks, err) != 0) {
        return -1;
    }
    links = list;
    all = realloc(*pairs, (asked + nlinks + 1) * sizeof *all);
    if (all == NULL) {
        free(links);
        return tally_err_nomem(err);
    }
    *pairs = all;
    for (size_t i = 0; i < nlinks; i++) {
        if (links[i].answered &&
            (asked == 0 ||
             bsearch(&links[i], all, asked, sizeof *all, compare_pairs) == NULL)) {
            all[(*n)++] = links[i];
        }
    }
    free(links);
    return 0;
}
