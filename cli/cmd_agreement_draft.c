/*
 * tally agreement draft.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_agreement_draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/file.h"
#include "cli/cli.h"
#include "cli/identity_arg.h"
#include "protocols/agreement_draft.h"
#include "protocols/calendar.h"

/* Columns of one source, as split from the option. */
struct columns {
    char source[TALLY_NAME_MAX + 1];
    char **names;
    size_t n;
    bool used;
};

struct drafting {
    struct tally_draft_party parties[TALLY_AGREEMENT_PARTIES_MAX];
    struct columns columns[TALLY_AGREEMENT_PARTIES_MAX];
    size_t ncolumns;
    struct tally_schema *schema;
};

static int
bad_party(const char *text, const char *why, struct tally_err *err)
{
    tally_err_set(err, TALLY_E_USAGE, "'%s': %s", text, why);
    return tally_err_hint(err,
                          "CARD=ROLE, for instance police.card=data-owner or "
                          "council.card=convenor+data-owner:schools; roles: convenor "
                          "data-owner linker analyst output-checker auditor");
}

/* ROLE[+ROLE][:SOURCE] */
static int
parse_roles(const char *text, char *roles, struct tally_draft_party *p,
            struct tally_err *err)
{
    char *source = strchr(roles, ':');
    char *rest = NULL;

    if (source != NULL) {
        *source++ = '\0';
        if (!tally_source_valid(source)) {
            return bad_party(text, "the source's name is not one", err);
        }
        (void)snprintf(p->source, sizeof p->source, "%s", source);
    }
    for (char *r = strtok_r(roles, "+", &rest); r != NULL;
         r = strtok_r(NULL, "+", &rest)) {
        unsigned role = tally_role_find(r);

        if (role == 0) {
            return bad_party(text, "not a role", err);
        }
        p->roles |= role;
    }
    if ((p->roles & TALLY_AS_OWNER) != 0 && source == NULL) {
        (void)snprintf(p->source, sizeof p->source, "%s",
                       tally_draft_source(p->card.kind));
    }
    return p->roles != 0 ? 0 : bad_party(text, "no role", err);
}

static int
parse_party(const char *text, struct tally_draft_party *p, struct tally_err *err)
{
    const char *eq = strrchr(text, '=');
    char *copy;
    int rc;

    if (eq == NULL || eq == text) {
        return bad_party(text, "not a card and a role", err);
    }
    copy = strdup(text);
    if (copy == NULL) {
        return tally_err_nomem(err);
    }
    copy[eq - text] = '\0';
    rc = tally_card_arg(copy, &p->card, err);
    if (rc == 0) {
        rc = parse_roles(text, copy + (eq - text) + 1, p, err);
    }
    free(copy);
    return rc;
}

/* One SOURCE:COLUMN,COLUMN. */
static int
parse_source_columns(const char *text, struct columns *c, struct tally_err *err)
{
    const char *colon = strchr(text, ':');
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;

    if (len == 0 || len > TALLY_NAME_MAX) {
        tally_err_set(err, TALLY_E_USAGE, "--payload: '%s' is not SOURCE:COLUMN,...",
                      text);
        return tally_err_hint(err, "for instance --payload "
                                   "'police:offence,area;health:attendance'");
    }
    memcpy(c->source, text, len);
    c->source[len] = '\0';
    return tally_opt_list(colon + 1, TALLY_AGREEMENT_COLUMNS_MAX, &c->names, &c->n, err);
}

static int
parse_payload(const char *text, struct drafting *d, struct tally_err *err)
{
    char *copy = strdup(text), *rest = NULL;
    int rc = 0;

    if (copy == NULL) {
        return tally_err_nomem(err);
    }
    for (char *s = strtok_r(copy, ";", &rest); s != NULL && rc == 0;
         s = strtok_r(NULL, ";", &rest)) {
        if (d->ncolumns == TALLY_AGREEMENT_PARTIES_MAX) {
            rc = tally_err_set(err, TALLY_E_USAGE, "--payload: too many sources");
        } else {
            rc = parse_source_columns(s, &d->columns[d->ncolumns++], err);
        }
    }
    free(copy);
    return rc;
}

/* Give each data owner its columns; every list must be somebody's. */
static int
share_columns(struct drafting *d, size_t nparties, struct tally_err *err)
{
    for (size_t i = 0; i < d->ncolumns; i++) {
        struct columns *c = &d->columns[i];

        for (size_t p = 0; p < nparties; p++) {
            if (strcmp(d->parties[p].source, c->source) == 0) {
                d->parties[p].columns = (const char *const *)c->names;
                d->parties[p].ncolumns = c->n;
                c->used = true;
            }
        }
        if (!c->used) {
            return tally_err_set(err, TALLY_E_USAGE, "--payload: no party sends '%s'",
                                 c->source);
        }
    }
    return 0;
}

static int
fill(const struct tally_draft_request *q, struct drafting *d, struct tally_draft *out,
     struct tally_err *err)
{
    const char *purpose = q->purpose != NULL ? q->purpose : tally_purpose_code(0);

    if (q->nparties > TALLY_AGREEMENT_PARTIES_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "more than %d parties",
                             TALLY_AGREEMENT_PARTIES_MAX);
    }
    for (size_t i = 0; i < q->nparties; i++) {
        if (parse_party(q->parties[i], &d->parties[i], err) != 0) {
            return -1;
        }
    }
    if (!tally_purpose_find(purpose, &out->purpose)) {
        tally_err_set(err, TALLY_E_USAGE, "--purpose: not a known purpose");
        return tally_err_hint(err, "%s or %s", tally_purpose_code(0),
                              tally_purpose_code(1));
    }
    if (tally_schema_load(&d->schema, q->schema, err) != 0 ||
        (q->payload != NULL && parse_payload(q->payload, d, err) != 0)) {
        return -1;
    }
    out->schema = d->schema;
    out->parties = d->parties;
    out->nparties = q->nparties;
    return share_columns(d, q->nparties, err);
}

static int
write_text(const char *path, bool force, const char *text, struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    int rc = -1;

    if (tally_outfile_open(&f, path, 0644, force, err) == 0 &&
        tally_outfile_printf(f, err, "%s\n", text) == 0) {
        rc = tally_outfile_commit(&f, 1, err);
    }
    tally_outfile_free(f);
    return rc;
}

int
tally_draft_run(const struct tally_draft_request *q, struct tally_err *err)
{
    struct drafting *d;
    struct tally_draft draft = {
        .framework = q->framework != NULL ? q->framework : "serious-violence-duty",
        .reference = q->reference,
        .title = q->title,
        .starts = q->starts,
        .months = q->months != 0 ? (unsigned)q->months : 12};
    char today[TALLY_DAY];
    char *text = NULL;
    int rc = -1;

    if (tally_opt_need(q->schema, "--schema S", err) != 0 ||
        tally_opt_need(q->reference, "--reference NAME", err) != 0) {
        return -1;
    }
    if (draft.starts == NULL) {
        tally_today(today);
        draft.starts = today;
    }
    d = calloc(1, sizeof *d);
    if (d == NULL) {
        return tally_err_nomem(err);
    }
    if (fill(q, d, &draft, err) == 0 && tally_agreement_draft(&draft, &text, err) == 0) {
        rc = write_text(q->out, q->force, text, err);
    }
    free(text);
    for (size_t i = 0; i < d->ncolumns; i++) {
        tally_opt_list_free(d->columns[i].names, d->columns[i].n);
    }
    tally_schema_free(d->schema);
    free(d);
    return rc;
}
