/*
 * Entries of the ledger: the spec in full, the levels that its dimensions had, and each
 * figure as it was shown. With that an earlier release can be counted again.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/ledger.h"

#include "bloom/base/domains.h"
#include "bloom/meta.h"

#include <stdlib.h>
#include <string.h>

struct tally_ledger {
    char *path;
    struct tally_chain chain;
    uint8_t keys[2][TALLY_SIGN_PUBLIC_BYTES];
    bool has_agreement;
    uint8_t agreement[TALLY_DIGEST_BYTES];
    struct tally_log_head head;
    struct tally_log_head *heads; /* after each entry */
    size_t nearlier;
    struct tally_earlier *earlier;
};

static void
earlier_free(struct tally_earlier *e)
{
    for (size_t i = 0; e->tables != NULL && i < e->spec->ntables; i++) {
        for (size_t d = 0; d < TALLY_TABLES_DIMS_MAX; d++) {
            struct tally_counted_dim *dim = &e->tables[i].dims[d];

            for (size_t k = 0; dim->labels != NULL && k < dim->nlevels; k++) {
                free(dim->labels[k]);
            }
            free(dim->labels);
        }
        free(e->tables[i].shown);
    }
    free(e->tables);
    tally_tables_free(e->spec);
}

/* Reading. */

static int
read_levels(const struct tally_json *j, struct tally_counted_dim *out,
            struct tally_err *err)
{
    size_t n;

    if (tally_json_length(j, &n, err) != 0) {
        return -1;
    }
    if (n > TALLY_TABLES_LEVELS_MAX + 1) {
        return tally_json_err(j, err, TALLY_E_CORRUPT, "are more than there can be");
    }
    out->labels = calloc(n + 1, sizeof *out->labels);
    if (out->labels == NULL) {
        return tally_err_nomem(err);
    }
    for (; out->nlevels < n; out->nlevels++) {
        struct tally_json one;
        const char *text;

        if (tally_json_at(j, out->nlevels, &one, err) != 0 ||
            tally_json_str(&one, TALLY_TABLES_TEXT_MAX, &text, err) != 0) {
            return -1;
        }
        out->labels[out->nlevels] = strdup(text);
        if (out->labels[out->nlevels] == NULL) {
            return tally_err_nomem(err);
        }
    }
    return 0;
}

static int
read_shown(const struct tally_json *j, struct tally_earlier_table *out,
           struct tally_err *err)
{
    size_t n;

    if (tally_json_length(j, &n, err) != 0) {
        return -1;
    }
    if (n != out->ncells) {
        return tally_json_err(j, err, TALLY_E_CORRUPT, "has not a figure a cell");
    }
    out->shown = calloc(n + 1, sizeof *out->shown);
    if (out->shown == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        struct tally_json one;

        if (tally_json_at(j, i, &one, err) != 0) {
            return -1;
        }
        if (tally_json_is_null(&one)) {
            out->shown[i] = -1;
        } else if (tally_json_int(&one, 0, INT64_MAX, &out->shown[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
read_table(const struct tally_json *j, size_t ndims, struct tally_earlier_table *out,
           struct tally_err *err)
{
    struct tally_json levels, shown;
    size_t n;

    if (tally_json_need(j, "levels", &levels, err) != 0 ||
        tally_json_need(j, "shown", &shown, err) != 0 ||
        tally_json_length(&levels, &n, err) != 0) {
        return -1;
    }
    if (n != ndims) {
        return tally_json_err(&levels, err, TALLY_E_CORRUPT, "are not of its dimensions");
    }
    out->ncells = 1;
    for (size_t d = 0; d < ndims; d++) {
        struct tally_json one;

        if (tally_json_at(&levels, d, &one, err) != 0 ||
            read_levels(&one, &out->dims[d], err) != 0) {
            return -1;
        }
        out->ncells *= out->dims[d].nlevels + 1;
    }
    return read_shown(&shown, out, err);
}

static int
read_spec(const struct tally_json *entry, const char *path, struct tally_tables **out,
          struct tally_err *err)
{
    struct tally_json j;
    struct tally_jnode *copy;
    char *text;
    int rc;

    if (tally_json_need(entry, "spec", &j, err) != 0) {
        return -1;
    }
    copy = tally_jcopy(&j);
    text = tally_json_text(copy, 2);
    tally_jfree(copy);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_tables_read(out, path, text, strlen(text), err);
    free(text);
    return rc;
}

static int
read_release(const struct tally_json *entry, const char *path, struct tally_earlier *e,
             struct tally_err *err)
{
    struct tally_json tables, one, profile;
    const struct tally_profile_rules *rules;
    const char *name;
    size_t n;

    if (tally_json_need(entry, "profile", &profile, err) != 0 ||
        tally_json_str(&profile, 24, &name, err) != 0) {
        return -1;
    }
    rules = tally_profile_find(name);
    if (rules == NULL) {
        return tally_json_err(&profile, err, TALLY_E_CORRUPT, "is not known here");
    }
    e->sums_of_shown = rules->sums_of_shown;
    if (read_spec(entry, path, &e->spec, err) != 0 ||
        tally_json_need(entry, "tables", &tables, err) != 0 ||
        tally_json_length(&tables, &n, err) != 0) {
        return -1;
    }
    if (n != e->spec->ntables) {
        return tally_json_err(&tables, err, TALLY_E_CORRUPT, "are not those of the spec");
    }
    e->tables = calloc(n + 1, sizeof *e->tables);
    if (e->tables == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        if (tally_json_at(&tables, i, &one, err) != 0 ||
            read_table(&one, e->spec->tables[i].ndims, &e->tables[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
check_agreement(const struct tally_ledger *l, const struct tally_json *entry,
                struct tally_err *err)
{
    uint8_t agreement[TALLY_DIGEST_BYTES];
    struct tally_json j;
    bool none =
        tally_json_need(entry, "agreement", &j, err) == 0 && tally_json_is_null(&j);

    if (none != l->has_agreement &&
        (none ||
         (tally_meta_hex(entry, "agreement", agreement, sizeof agreement, err) == 0 &&
          memcmp(agreement, l->agreement, sizeof agreement) == 0))) {
        return 0;
    }
    tally_err_set(err, TALLY_E_POLICY, "%s is the ledger of %s", l->path,
                  none               ? "a pilot without agreement"
                  : l->has_agreement ? "another agreement"
                                     : "an agreement, not of a pilot");
    return tally_err_hint(err, "every project keeps a ledger of its own");
}

static int
take_entry(void *ctx, uint64_t n, const struct tally_json *entry,
           const uint8_t digest[TALLY_DIGEST_BYTES], struct tally_err *err)
{
    struct tally_ledger *l = ctx;
    struct tally_log_head *heads = realloc(l->heads, n * sizeof *heads);
    struct tally_earlier *more;
    struct tally_json what;
    const char *text;

    if (heads == NULL) {
        return tally_err_nomem(err);
    }
    l->heads = heads;
    heads[n - 1].n = n;
    memcpy(heads[n - 1].digest, digest, TALLY_DIGEST_BYTES);
    if (check_agreement(l, entry, err) != 0 ||
        tally_json_need(entry, "what", &what, err) != 0 ||
        tally_json_str(&what, 64, &text, err) != 0) {
        return -1;
    }
    if (strcmp(text, "released tables") != 0) {
        return 0;
    }
    if (l->nearlier == TALLY_LEDGER_RELEASES_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "%s has more than %d releases", l->path,
                             TALLY_LEDGER_RELEASES_MAX);
    }
    more = realloc(l->earlier, (l->nearlier + 1) * sizeof *more);
    if (more == NULL) {
        return tally_err_nomem(err);
    }
    l->earlier = more;
    memset(&more[l->nearlier], 0, sizeof *more);
    more[l->nearlier++].number = n;
    return read_release(entry, l->path, &more[l->nearlier - 1], err);
}

int
tally_ledger_open(struct tally_ledger **out, const char *path,
                  const uint8_t (*keys)[TALLY_SIGN_PUBLIC_BYTES], size_t nkeys,
                  const uint8_t *agreement, struct tally_err *err)
{
    struct tally_ledger *l = calloc(1, sizeof *l);

    if (l == NULL || (l->path = strdup(path)) == NULL) {
        free(l);
        return tally_err_nomem(err);
    }
    TALLY_INVARIANT(nkeys <= sizeof l->keys / sizeof *l->keys);
    for (size_t i = 0; i < nkeys; i++) {
        memcpy(l->keys[i], keys[i], sizeof l->keys[i]);
    }
    l->chain =
        (struct tally_chain){.path = l->path,
                             .domain = TALLY_DOMAIN_SIGN_LEDGER,
                             .keys = (const uint8_t(*)[TALLY_SIGN_PUBLIC_BYTES])l->keys,
                             .nkeys = nkeys,
                             .line_max = TALLY_LEDGER_LINE_MAX};
    l->has_agreement = agreement != NULL;
    if (agreement != NULL) {
        memcpy(l->agreement, agreement, sizeof l->agreement);
    }
    if (tally_chain_walk(&l->chain, take_entry, l, &l->head, NULL, err) != 0) {
        if (err->code == TALLY_E_JSON || err->code == TALLY_E_DATA) {
            err->code = TALLY_E_CORRUPT; /* what stands there passed its checks once */
        }
        tally_ledger_free(l);
        return -1;
    }
    *out = l;
    return 0;
}

const struct tally_earlier *
tally_ledger_releases(const struct tally_ledger *l, size_t *n)
{
    *n = l->nearlier;
    return l->earlier;
}

uint64_t
tally_ledger_next(const struct tally_ledger *l)
{
    return l->head.n + 1;
}

bool
tally_ledger_has(const struct tally_ledger *l, const struct tally_log_head *head)
{
    return head->n == 0 || (head->n <= l->head.n &&
                            memcmp(&l->heads[head->n - 1], head, sizeof *head) == 0);
}

/* Writing. */

static struct tally_jnode *
table_entry(const struct tally_released_table *t)
{
    struct tally_jnode *o = tally_jobject(), *levels = tally_jarray(),
                       *shown = tally_jarray();

    for (size_t d = 0; d < t->counted->ndims; d++) {
        const struct tally_counted_dim *dim = &t->counted->dims[d];
        struct tally_jnode *list = tally_jarray();

        for (size_t k = 0; k < dim->nlevels; k++) {
            tally_jpush_str(list, dim->labels[k]);
        }
        tally_jpush(levels, list);
    }
    for (size_t i = 0; i < t->counted->ncells; i++) {
        if (t->cells[i].shown) {
            tally_jpush_int(shown, (int64_t)t->cells[i].value);
        } else {
            tally_jpush_str(shown, NULL);
        }
    }
    tally_jset_str(o, "name", t->table->name);
    tally_jset(o, "levels", levels);
    tally_jset(o, "shown", shown);
    return o;
}

int
tally_ledger_note(struct tally_ledger *l, struct tally_secret *seed, const char *what,
                  struct tally_jnode *entry, struct tally_log_head *head,
                  struct tally_err *err)
{
    tally_jset_str(entry, "what", what);
    if (l->has_agreement) {
        tally_meta_set_hex(entry, "agreement", l->agreement, sizeof l->agreement);
    } else {
        tally_jset_str(entry, "agreement", NULL);
    }
    return tally_chain_append(&l->chain, seed, entry, &l->head, head, err);
}

int
tally_ledger_add(struct tally_ledger *l, struct tally_secret *seed,
                 const struct tally_release *r, struct tally_log_head *head,
                 struct tally_err *err)
{
    const struct tally_profile_rules *rules = &r->job->rules;
    struct tally_json root = tally_json_root(r->job->spec->doc);
    struct tally_jnode *entry = tally_jobject(), *tables = tally_jarray();

    tally_jset_str(entry, "profile", rules->name);
    tally_jset_int(entry, "threshold", rules->threshold);
    tally_jset_int(entry, "rounding", rules->rounding);
    tally_jset(entry, "spec", tally_jcopy(&root));
    for (size_t i = 0; i < r->ntables; i++) {
        tally_jpush(tables, table_entry(&r->tables[i]));
    }
    tally_jset(entry, "tables", tables);
    return tally_ledger_note(l, seed, "released tables", entry, head, err);
}

void
tally_ledger_free(struct tally_ledger *l)
{
    if (l == NULL) {
        return;
    }
    for (size_t i = 0; i < l->nearlier; i++) {
        earlier_free(&l->earlier[i]);
    }
    free(l->earlier);
    free(l->heads);
    free(l->path);
    free(l);
}
