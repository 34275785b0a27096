/*
 * tally link --explain: a row for each link, with what it rests on, from a run or from a
 * store. CSV, or JSON where the file's name ends so.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_link.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/bytes.h"
#include "bloom/base/csv.h"
#include "bloom/base/json.h"

/* Text of a record: an id, or its token. */
struct name {
    const char *text; /* NULL: none */
    size_t len;
    char token[2 * TALLY_TOKEN_BYTES + 1];
};

/* A link as it is told. */
struct told {
    const char *source_a;
    const char *source_b;
    struct name a;
    struct name b;
    struct name second_a;
    struct name second_b;
    const struct tally_store_explained *x;
};

struct teller {
    struct tally_outfile *f;
    bool json;
    uint64_t rows;
};

static void
name_token(struct name *n, const uint8_t *token)
{
    n->text = NULL;
    if (token != NULL) {
        tally_hex_encode(token, TALLY_TOKEN_BYTES, n->token);
        n->text = n->token;
        n->len = sizeof n->token - 1;
    }
}

static void
name_record(struct name *n, const struct tally_encfile *e, uint32_t row)
{
    n->text = NULL;
    if (row == UINT32_MAX) {
        return;
    }
    n->text = tally_encfile_id(e, row, &n->len);
    if (n->text == NULL) {
        name_token(n, tally_encfile_tokens(e) + (size_t)row * TALLY_TOKEN_BYTES);
    }
}

static double
score_of(const struct tally_link *l)
{
    return l->total == 0 ? 0 : 2.0 * l->common / l->total;
}

static const char *const flag_names[] = {"rival", "twins", "household", "rival-twin",
                                         "rival-household"};

/* The flags, with semicolons between. */
static void
flags_text(unsigned flags, char *out, size_t cap)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof flag_names / sizeof *flag_names; i++) {
        if ((flags >> i & 1) != 0 && used < cap) {
            used += (size_t)snprintf(out + used, cap - used, "%s%s", used > 0 ? ";" : "",
                                     flag_names[i]);
        }
    }
}

/* Nothing, or the number with so many digits and a comma before it. */
static int
put_real(struct teller *t, double v, int digits, struct tally_err *err)
{
    return isnan(v) ? tally_outfile_write(t->f, ",", 1, err)
                    : tally_outfile_printf(t->f, err, ",%.*f", digits, v);
}

static int
put_second(struct teller *t, const struct name *n, double score, double best,
           struct tally_err *err)
{
    if (n->text == NULL) {
        return tally_outfile_write(t->f, ",,,", 3, err);
    }
    return tally_outfile_write(t->f, ",", 1, err) != 0 ||
                   tally_csv_write_safe(t->f, n->text, n->len, false, err) != 0
               ? -1
               : tally_outfile_printf(t->f, err, "%.6f,%.6f", score, best - score);
}

static int
put_head(struct teller *t, const struct tally_store_explained *x, struct tally_err *err)
{
    int rc = tally_outfile_printf(
        t->f, err,
        "source_a,id_a,source_b,id_b,linked,band,rule,score,probability,weight,second_a,"
        "second_a_score,second_a_distance,second_b,second_b_score,second_b_distance,"
        "flags");

    for (size_t v = 0; rc == 0 && v < x->nviews; v++) {
        rc = tally_outfile_printf(t->f, err, ",%s_dice,%s_level,%s_weight",
                                  x->view_names[v], x->view_names[v], x->view_names[v]);
    }
    return rc == 0 ? tally_outfile_write(t->f, "\n", 1, err) : -1;
}

static int
put_views(struct teller *t, const struct tally_store_explained *x, struct tally_err *err)
{
    int rc = 0;

    for (size_t v = 0; rc == 0 && v < x->nviews; v++) {
        const struct tally_view_score *s = &x->views[v];
        double dice =
            s->dice_ppm == TALLY_SCORE_MISSING ? (double)NAN : s->dice_ppm / 1e6;

        rc = put_real(t, dice, 6, err) != 0 ||
                     put_real(t, (double)s->level, 2, err) != 0 ||
                     put_real(t, (double)s->weight, 3, err) != 0
                 ? -1
                 : 0;
    }
    return rc == 0 ? tally_outfile_write(t->f, "\n", 1, err) : -1;
}

static int
tell_csv(struct teller *t, const struct told *l, struct tally_err *err)
{
    const struct tally_store_explained *x = l->x;
    double score = score_of(&x->link);
    char flags[80];

    flags_text(x->why.flags, flags, sizeof flags);
    if ((t->rows == 0 && put_head(t, x, err) != 0) ||
        tally_csv_write_safe(t->f, l->source_a, strlen(l->source_a), false, err) != 0 ||
        tally_csv_write_safe(t->f, l->a.text, l->a.len, false, err) != 0 ||
        tally_csv_write_safe(t->f, l->source_b, strlen(l->source_b), false, err) != 0 ||
        tally_csv_write_safe(t->f, l->b.text, l->b.len, false, err) != 0 ||
        tally_outfile_printf(t->f, err, "%d,%s,%s", x->accepted,
                             tally_band_name(x->link.band),
                             tally_linked_by_name(x->why.by)) != 0 ||
        put_real(t, score, 6, err) != 0 ||
        put_real(t, (double)x->link.probability, 6, err) != 0 ||
        put_real(t, x->why.weight, 3, err) != 0 ||
        put_second(t, &l->second_a, x->why.second_a.score_ppm / 1e6, score, err) != 0 ||
        put_second(t, &l->second_b, x->why.second_b.score_ppm / 1e6, score, err) != 0 ||
        tally_outfile_printf(t->f, err, ",%s", flags) != 0 || put_views(t, x, err) != 0) {
        return -1;
    }
    return 0;
}

static void
set_name(struct tally_jnode *n, const char *key, const struct name *name)
{
    char text[TALLY_ID_MAX + 1];
    size_t len = name->len < TALLY_ID_MAX ? name->len : TALLY_ID_MAX;

    if (name->text != NULL) {
        memcpy(text, name->text, len);
        text[len] = '\0';
    }
    tally_jset_str(n, key, name->text == NULL ? NULL : text);
}

static struct tally_jnode *
second_json(const struct name *name, uint32_t score_ppm, double best)
{
    struct tally_jnode *n;

    if (name->text == NULL) {
        return NULL;
    }
    n = tally_jobject();
    set_name(n, "id", name);
    tally_jset_real(n, "score", score_ppm / 1e6);
    tally_jset_real(n, "distance", best - score_ppm / 1e6);
    return n;
}

static struct tally_jnode *
views_json(const struct tally_store_explained *x)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t v = 0; v < x->nviews; v++) {
        const struct tally_view_score *s = &x->views[v];
        struct tally_jnode *n = tally_jobject();

        tally_jset_str(n, "view", x->view_names[v]);
        tally_jset_real(n, "dice",
                        s->dice_ppm == TALLY_SCORE_MISSING ? (double)NAN
                                                           : s->dice_ppm / 1e6);
        tally_jset_real(n, "level", (double)s->level);
        tally_jset_real(n, "weight", (double)s->weight);
        tally_jpush(list, n);
    }
    return list;
}

static struct tally_jnode *
link_json(const struct told *l)
{
    const struct tally_store_explained *x = l->x;
    struct tally_jnode *second;
    struct tally_jnode *flags = tally_jarray();
    struct tally_jnode *n = tally_jobject();
    double score = score_of(&x->link);

    tally_jset_str(n, "source_a", l->source_a);
    set_name(n, "id_a", &l->a);
    tally_jset_str(n, "source_b", l->source_b);
    set_name(n, "id_b", &l->b);
    tally_jset_bool(n, "linked", x->accepted);
    tally_jset_str(n, "band", tally_band_name(x->link.band));
    tally_jset_str(n, "rule", tally_linked_by_name(x->why.by));
    tally_jset_real(n, "score", score);
    tally_jset_real(n, "probability", (double)x->link.probability);
    tally_jset_real(n, "weight", x->why.weight);
    second = second_json(&l->second_a, x->why.second_a.score_ppm, score);
    if (second != NULL) {
        tally_jset(n, "second_a", second);
    }
    second = second_json(&l->second_b, x->why.second_b.score_ppm, score);
    if (second != NULL) {
        tally_jset(n, "second_b", second);
    }
    for (size_t i = 0; i < sizeof flag_names / sizeof *flag_names; i++) {
        if ((x->why.flags >> i & 1) != 0) {
            tally_jpush_str(flags, flag_names[i]);
        }
    }
    tally_jset(n, "flags", flags);
    tally_jset(n, "views", views_json(x));
    return n;
}

static int
tell_json(struct teller *t, const struct told *l, struct tally_err *err)
{
    struct tally_jnode *n = link_json(l);
    char *text = tally_json_text(n, 0);
    int rc;

    tally_jfree(n);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_outfile_printf(t->f, err, "%s\n", t->rows == 0 ? "[" : ",") != 0
             ? -1
             : tally_outfile_write(t->f, text, strlen(text), err);
    free(text);
    return rc;
}

static int
tell(struct teller *t, const struct told *l, struct tally_err *err)
{
    int rc = t->json ? tell_json(t, l, err) : tell_csv(t, l, err);

    t->rows++;
    return rc;
}

static struct teller
teller(struct tally_outfile *f, const char *path)
{
    size_t len = strlen(path);

    return (struct teller){.f = f,
                           .json = len > 5 && strcmp(path + len - 5, ".json") == 0};
}

/* An empty list has its brackets or its header too. */
static int
end(struct teller *t, const struct tally_store_explained *x, struct tally_err *err)
{
    if (t->json) {
        return tally_outfile_printf(t->f, err, "%s\n]\n", t->rows == 0 ? "[" : "");
    }
    return t->rows == 0 ? put_head(t, x, err) : 0;
}

int
tally_link_explain(struct tally_outfile *f, const char *path,
                   const struct tally_link_job *job, const struct tally_link_result *r,
                   struct tally_err *err)
{
    struct teller t = teller(f, path);
    struct tally_store_explained x = {.nviews = r->nviews};

    for (size_t v = 0; v < r->nviews; v++) {
        x.view_names[v] = r->view_names[v];
    }
    for (size_t i = 0; i < r->nlinks + r->nfurther; i++) {
        struct told l = {.x = &x};
        const struct tally_encfile *a;
        const struct tally_encfile *b;

        x.accepted = i < r->nlinks;
        x.link = x.accepted ? r->links[i] : r->further[i - r->nlinks];
        x.why = r->reasons[i];
        x.views = &r->views[i * r->nviews];
        a = job->sources[x.link.source_a].enc;
        b = job->sources[x.link.source_b].enc;
        l.source_a = job->sources[x.link.source_a].name;
        l.source_b = job->sources[x.link.source_b].name;
        name_record(&l.a, a, x.link.row_a);
        name_record(&l.b, b, x.link.row_b);
        name_record(&l.second_a, b, x.why.second_a.row);
        name_record(&l.second_b, a, x.why.second_b.row);
        if (tell(&t, &l, err) != 0) {
            return -1;
        }
    }
    return end(&t, &x, err);
}

static int
tell_stored(void *ctx, const struct tally_store_explained *x, struct tally_err *err)
{
    struct told l = {.source_a = x->source_a, .source_b = x->source_b, .x = x};

    name_token(&l.a, x->token_a);
    name_token(&l.b, x->token_b);
    name_token(&l.second_a, x->token_second_a);
    name_token(&l.second_b, x->token_second_b);
    return tell(ctx, &l, err);
}

int
tally_link_explain_stored(const char *store_path, const char *path, bool force,
                          struct tally_err *err)
{
    struct tally_store_explained none = {.nviews = 0};
    struct tally_outfile *f = NULL;
    struct tally_store *s = NULL;
    struct teller t;
    int rc = -1;

    if (tally_store_open(&s, store_path, false, err) == 0 &&
        tally_outfile_open(&f, path, 0600, force, err) == 0) {
        t = teller(f, path);
        if (tally_store_explain(s, 0, tell_stored, &t, err) == 0 &&
            end(&t, &none, err) == 0) {
            rc = tally_outfile_commit(&f, 1, err);
        }
    }
    if (rc == 0) {
        tally_say("Explained %s links of the latest run, by token.",
                  tally_thousands(t.rows));
    }
    tally_outfile_free(f);
    tally_store_close(s);
    return rc;
}
