/*
 * Templates of agreements.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/agreement_draft.h"

#include "bloom/base/json.h"
#include "bloom/meta.h"
#include "protocols/calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is usual of a kind of data owner: a start, for its lawyers to confirm. */
static const struct {
    enum tally_party_kind kind;
    const char *source;
    enum tally_gateway gateway;
    bool patient_information;
    const char *opt_outs;
} usual[] = {
    {TALLY_PARTY_POLICE, "police", TALLY_GATEWAY_CDA_S115, false,
     "no general right to opt out; people under protection are excluded by list"},
    {TALLY_PARTY_ICB, "health", TALLY_GATEWAY_NHS_S251, true,
     "the national data opt-out is applied before encoding, and anew at every delivery"},
    {TALLY_PARTY_LHB, "health", TALLY_GATEWAY_NHS_S251, true,
     "STATE how objections of patients in Wales are applied"},
    {TALLY_PARTY_LOCAL_AUTHORITY, "council", TALLY_GATEWAY_CDA_S115, false,
     "objections under Article 21 are applied by list; adopted children are excluded"},
    {TALLY_PARTY_FIRE, "fire", TALLY_GATEWAY_CDA_S115, false,
     "objections under Article 21 are applied by list"},
    {TALLY_PARTY_PROBATION, "probation", TALLY_GATEWAY_CDA_S115, false,
     "no general right to opt out; people under protection are excluded by list"},
    {TALLY_PARTY_YOUTH_OFFENDING, "youth-justice", TALLY_GATEWAY_CDA_S115, false,
     "people under protection are excluded by list"},
    {TALLY_PARTY_EDUCATION, "education", TALLY_GATEWAY_PCSC_S16, false,
     "objections under Article 21 are applied by list; adopted children are excluded"},
    {TALLY_PARTY_PRISON, "prison", TALLY_GATEWAY_OTHER, false,
     "people under protection are excluded by list"},
    {TALLY_PARTY_YOUTH_CUSTODY, "youth-custody", TALLY_GATEWAY_OTHER, false,
     "people under protection are excluded by list"},
};

static size_t
usual_of(enum tally_party_kind kind)
{
    size_t i = 0;

    while (i + 1 < sizeof usual / sizeof *usual && usual[i].kind != kind) {
        i++;
    }
    return i;
}

const char *
tally_draft_source(enum tally_party_kind kind)
{
    return usual[usual_of(kind)].source;
}

/* Section 16 reaches only the recipients it lists: for others a draft names no power. */
static struct tally_jnode *
draft_gateway(const struct tally_draft *d, const struct tally_draft_party *p,
              enum tally_role role)
{
    struct tally_disclosure to = {.sender = p->card.kind,
                                  .recipient = TALLY_PARTY_LINKER,
                                  .basis = usual[usual_of(p->card.kind)].gateway};
    struct tally_jnode *g = tally_jobject();

    for (size_t i = 0; i < d->nparties; i++) {
        if ((d->parties[i].roles & (unsigned)role) != 0) {
            to.recipient = d->parties[i].card.kind;
        }
    }
    if (tally_gateway_refusal(&to) != NULL) {
        to.basis = TALLY_GATEWAY_OTHER;
    }
    tally_jset_str(g, "basis", tally_gateway_code(to.basis));
    tally_jset_str(g, "reference",
                   to.basis == TALLY_GATEWAY_OTHER
                       ? "STATE the enactment relied on, and who decided it"
                       : "STATE the approval or advice relied on, and who decided it");
    return g;
}

static struct tally_jnode *
draft_columns(const struct tally_draft_party *p)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < p->ncolumns; i++) {
        struct tally_jnode *c = tally_jobject();

        tally_jset_str(c, "column", p->columns[i]);
        tally_jset_str(c, "type", "text");
        tally_jset_str(c, "why", "STATE why the purpose needs this column");
        tally_jpush(list, c);
    }
    return list;
}

static struct tally_jnode *
draft_sending(const struct tally_draft *d, const struct tally_draft_party *p)
{
    size_t u = usual_of(p->card.kind);
    struct tally_jnode *s = tally_jobject();

    tally_jset_str(s, "source", p->source[0] != '\0' ? p->source : usual[u].source);
    tally_jset_str(s, "people", "STATE whom the records are about, of what years");
    tally_jset_bool(s, "patient_information", usual[u].patient_information);
    tally_jset_bool(s, "social_care", false);
    tally_jset(s, "to_linker", draft_gateway(d, p, TALLY_AS_LINKER));
    tally_jset(s, "to_analyst", draft_gateway(d, p, TALLY_AS_ANALYST));
    tally_jset_str(s, "opt_outs", usual[u].opt_outs);
    tally_jset_int(s, "records_max", 2000000);
    tally_jset_int(s, "deliveries_max", 12);
    tally_jset(s, "payload", draft_columns(p));
    return s;
}

static struct tally_jnode *
draft_party(const struct tally_draft *d, const struct tally_draft_party *p)
{
    struct tally_jnode *n = tally_jobject(), *roles = tally_jarray();

    tally_jset_str(n, "name", p->card.name);
    tally_jset_str(n, "kind", tally_party_rules(p->card.kind)->code);
    tally_jset_str(n, "organisation", p->card.name);
    tally_meta_set_hex(n, "card", p->card.fingerprint, sizeof p->card.fingerprint);
    tally_meta_set_hex(n, "sign", p->card.sign, sizeof p->card.sign);
    tally_meta_set_hex(n, "seal", p->card.seal, sizeof p->card.seal);
    for (unsigned role = 1; role <= TALLY_AS_AUDITOR; role <<= 1) {
        if ((p->roles & role) != 0) {
            tally_jpush_str(roles, tally_role_name(role));
        }
    }
    tally_jset(n, "roles", roles);
    if ((p->roles & TALLY_AS_OWNER) != 0) {
        tally_jset(n, "sends", draft_sending(d, p));
    }
    return n;
}

static struct tally_jnode *
draft_dates(const struct tally_draft *d)
{
    struct tally_jnode *n = tally_jobject();
    char day[TALLY_DAY];

    tally_jset_str(n, "starts", d->starts);
    tally_day_after(d->starts, d->months, day);
    tally_jset_str(n, "expires", day);
    tally_day_after(d->starts, d->months / 2, day);
    tally_jset_str(n, "review", day);
    return n;
}

static struct tally_jnode *
draft_retention(const struct tally_draft *d)
{
    static const struct {
        const char *what;
        unsigned months; /* after the end */
    } kept[] = {
        {"token_maps", 0}, {"encodings", 0}, {"link_map", 0}, {"keys", 0}, {"cohort", 3}};
    struct tally_jnode *n = tally_jobject();
    char day[TALLY_DAY];

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        tally_day_after(d->starts, d->months + kept[i].months, day);
        tally_jset_str(n, kept[i].what, day);
    }
    return n;
}

/* The schema as it is written to a file. */
static struct tally_jnode *
draft_schema(const struct tally_schema *s)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_json_doc *doc = NULL;
    struct tally_json root;
    struct tally_jnode *n = NULL;
    char *text = tally_schema_text(s, 2);

    if (text != NULL && tally_json_parse(&doc, "schema", text, strlen(text), &err) == 0) {
        root = tally_json_root(doc);
        n = tally_jcopy(&root);
    }
    tally_json_doc_free(doc);
    free(text);
    return n;
}

static struct tally_jnode *
draft_policy(struct tally_jnode *root)
{
    struct tally_jnode *match = tally_jobject(), *audit = tally_jobject();
    struct tally_jnode *release = tally_jobject();

    tally_jset_real(match, "fdr", 0.02);
    tally_jset_str(match, "assign", "one-to-one");
    tally_jset(root, "match", match);
    tally_jset_real(audit, "attack_max", 0.01);
    tally_jset(root, "audit", audit);
    tally_jset_str(release, "profile", "ons");
    tally_jset_int(release, "threshold", 10);
    tally_jset_int(release, "rounding", 5);
    tally_jset_bool(release, "row_level", false);
    tally_jset(root, "release", release);
    return root;
}

static struct tally_jnode *
draft_root(const struct tally_draft *d)
{
    struct tally_jnode *root = tally_jobject(), *purpose = tally_jobject();
    struct tally_jnode *parties = tally_jarray();

    tally_jset_str(root, "tallystick", "agreement");
    tally_jset_int(root, "version", 1);
    tally_jset_str(root, "reference", d->reference);
    tally_jset_str(root, "title", d->title != NULL ? d->title : "STATE a title");
    tally_jset_str(root, "framework", d->framework);
    tally_jset_str(purpose, "code", tally_purpose_code(d->purpose));
    tally_jset_str(
        purpose, "words",
        d->purpose == TALLY_PURPOSE_ASSESSMENT
            ? "Preparing the strategic needs assessment under section 8 of the "
              "Police, Crime, Sentencing and Courts Act 2022, from linked, "
              "de-identified records"
            : "Planning early intervention against serious violence from a "
              "linked, de-identified cohort; nobody is identified from it");
    tally_jset(root, "purpose", purpose);
    tally_jset(root, "dates", draft_dates(d));
    for (size_t i = 0; i < d->nparties; i++) {
        tally_jpush(parties, draft_party(d, &d->parties[i]));
    }
    tally_jset(root, "parties", parties);
    tally_jset(root, "schema", draft_schema(d->schema));
    draft_policy(root);
    tally_jset(root, "retention", draft_retention(d));
    tally_jset(root, "exceptions", tally_jarray());
    return root;
}

int
tally_agreement_draft(const struct tally_draft *d, char **text, struct tally_err *err)
{
    struct tally_jnode *root;

    if (strcmp(d->framework, "serious-violence-duty") != 0 &&
        strcmp(d->framework, "waspi") != 0) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "the framework is serious-violence-duty or waspi");
    }
    if (!tally_view_name_valid(d->reference)) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "a reference is lower-case letters, digits, '-' and '_'");
    }
    if (!tally_day_valid(d->starts) || d->months < 1 || d->months > 120) {
        return tally_err_set(
            err, TALLY_E_USAGE,
            "an agreement starts on a day such as 2027-01-01 and runs 1 to "
            "120 months");
    }
    root = draft_root(d);
    *text = tally_json_text(root, 2);
    tally_jfree(root);
    return *text != NULL ? 0 : tally_err_nomem(err);
}
