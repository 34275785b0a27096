/*
 * The rules for an agreement, each one function that adds what it finds.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/agreement.h"

#include "bloom/mapping.h"
#include "protocols/calendar.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a draft leaves to be said. */
#define TO_STATE "STATE "

struct check {
    const struct tally_agreement *a;
    struct tally_findings *out;
    bool failed; /* out of memory */
};

static struct tally_finding *
add(struct check *c, bool refused)
{
    struct tally_findings *f = c->out;
    struct tally_finding *more = realloc(f->list, (f->n + 1) * sizeof *more);

    if (more == NULL) {
        c->failed = true;
        return NULL;
    }
    f->list = more;
    more += f->n++;
    more->refused = refused;
    more->text[0] = more->advice[0] = '\0';
    f->nrefused += refused;
    return more;
}

static void refuse(struct check *c, const char *advice, const char *fmt, ...)
    TALLY_PRINTF(3, 4);
static void
refuse(struct check *c, const char *advice, const char *fmt, ...)
{
    struct tally_finding *f = add(c, true);
    va_list ap;

    if (f != NULL) {
        va_start(ap, fmt);
        (void)vsnprintf(f->text, sizeof f->text, fmt, ap);
        va_end(ap);
        (void)snprintf(f->advice, sizeof f->advice, "%s", advice);
    }
}

static void warn(struct check *c, const char *advice, const char *fmt, ...)
    TALLY_PRINTF(3, 4);
static void
warn(struct check *c, const char *advice, const char *fmt, ...)
{
    struct tally_finding *f = add(c, false);
    va_list ap;

    if (f != NULL) {
        va_start(ap, fmt);
        (void)vsnprintf(f->text, sizeof f->text, fmt, ap);
        va_end(ap);
        (void)snprintf(f->advice, sizeof f->advice, "%s", advice);
    }
}

static size_t
count_role(const struct tally_agreement *a, enum tally_role role)
{
    size_t n = 0;

    for (size_t i = 0; i < a->nparties; i++) {
        n += (a->parties[i].roles & (unsigned)role) != 0;
    }
    return n;
}

static void
check_roles(struct check *c)
{
    if (count_role(c->a, TALLY_AS_OWNER) < 2) {
        refuse(c, "add the data owners to parties",
               "there are not two data owners to link");
    }
    if (count_role(c->a, TALLY_AS_LINKER) != 1) {
        refuse(c, "give exactly one party the role linker", "there is not one linker");
    }
    if (count_role(c->a, TALLY_AS_ANALYST) != 1) {
        refuse(c, "give exactly one party the role analyst", "there is not one analyst");
    }
    if (count_role(c->a, TALLY_AS_CONVENOR) != 1) {
        refuse(c, "give exactly one party the role convenor",
               "there is not one convenor");
    }
    for (size_t i = 0; i < c->a->nparties; i++) {
        const struct tally_agreed_party *p = &c->a->parties[i];

        if ((p->roles & TALLY_AS_OWNER) != 0 &&
            !tally_party_rules(p->card.kind)->owns_data) {
            refuse(c, "the duty's specified and relevant authorities own data",
                   "%s is a %s and cannot be a data owner", p->card.name,
                   tally_party_rules(p->card.kind)->label);
        }
    }
}

/* Two parties that could be taken for one another, or are one. */
static void
check_pair(struct check *c, const struct tally_agreed_party *p,
           const struct tally_agreed_party *q)
{
    if (tally_card_same(&p->card, &q->card) ||
        memcmp(p->card.sign, q->card.sign, sizeof p->card.sign) == 0) {
        refuse(c, "a party stands once, with all its roles", "%s stands twice",
               p->card.name);
    } else if (tally_party_name_alike(p->card.name, q->card.name)) {
        refuse(c, "ask one of them for a card with a clearer name",
               "the names %s and %s could be taken for one another", p->card.name,
               q->card.name);
    }
    if ((p->roles & q->roles & TALLY_AS_OWNER) != 0 &&
        strcmp(p->sends.source, q->sends.source) == 0) {
        refuse(c, "call the sources by different names",
               "two data owners call their source %s", p->sends.source);
    }
}

/* Roles that no organisation should hold together, by whatever cards. */
static void
check_organisation(struct check *c, const char *organisation, unsigned roles)
{
    static const struct {
        unsigned roles;
        const char *why;
    } apart[] = {
        {TALLY_AS_OWNER | TALLY_AS_LINKER,
         "is data owner and linker: it could encode guesses and look for them"},
        {TALLY_AS_OWNER | TALLY_AS_ANALYST,
         "is data owner and analyst: it could join its token map to the link map"},
        {TALLY_AS_LINKER | TALLY_AS_ANALYST,
         "is linker and analyst: it would hold encodings and payload of the same people"},
        {TALLY_AS_ANALYST | TALLY_AS_CHECKER,
         "is analyst and output checker: nobody else would look at what leaves"},
    };

    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) {
        if ((roles & apart[i].roles) != apart[i].roles) {
            continue;
        }
        if (tally_agreement_excepts(c->a, "one-organisation")) {
            warn(c, "the agreement records an exception", "%s %s", organisation,
                 apart[i].why);
        } else {
            refuse(
                c,
                "give one of the roles to another organisation, or record an exception "
                "\"one-organisation\" with the reason",
                "%s %s", organisation, apart[i].why);
        }
    }
}

static void
check_parties(struct check *c)
{
    const struct tally_agreement *a = c->a;

    for (size_t i = 0; i < a->nparties; i++) {
        const struct tally_agreed_party *p = &a->parties[i];
        unsigned roles = p->roles;
        bool met = false;

        for (size_t j = 0; j < a->nparties; j++) {
            const struct tally_agreed_party *q = &a->parties[j];

            if (j != i && tally_party_name_alike(p->organisation, q->organisation)) {
                roles |= q->roles;
                met = met || j < i;
            }
            if (j > i) {
                check_pair(c, p, q);
            }
        }
        if (!met) {
            check_organisation(c, p->organisation, roles);
        }
    }
}

static void
check_disclosure(struct check *c, const struct tally_agreed_party *p,
                 enum tally_role role, const struct tally_agreed_gateway *g)
{
    const struct tally_agreed_party *to = tally_agreement_with(c->a, role);
    struct tally_disclosure d = {.sender = p->card.kind,
                                 .basis = g->basis,
                                 .patient_information = p->sends.patient_information,
                                 .social_care = p->sends.social_care};
    const char *why;

    if (to == NULL) {
        return;
    }
    d.recipient = to->card.kind;
    why = tally_gateway_refusal(&d);
    if (why != NULL) {
        refuse(c, tally_gateway_alternatives(&d), "%s to the %s: %s", p->card.name,
               tally_role_name((unsigned)role), why);
    }
}

/* Health bodies send what they hold as carers: it is patient information unless somebody
 * says why not. */
static void
check_sender(struct check *c, const struct tally_agreed_party *p)
{
    const struct tally_agreed_sending *s = &p->sends;

    check_disclosure(c, p, TALLY_AS_LINKER, &s->to_linker);
    check_disclosure(c, p, TALLY_AS_ANALYST, &s->to_analyst);
    if (tally_party_rules(p->card.kind)->health_or_care && !s->patient_information) {
        warn(c,
             "section 16(5) and the National Health Service Act 2006 section 251(10) say "
             "what patient information is",
             "%s is a %s and says that it sends no patient information", p->card.name,
             tally_party_rules(p->card.kind)->label);
    }
    if (s->ncolumns == 0) {
        warn(c, "list under payload what the purpose needs",
             "%s sends no payload columns", p->card.name);
    }
    for (size_t i = 0; i < s->ncolumns; i++) {
        if (tally_mapping_identifies(s->columns[i].name)) {
            refuse(c,
                   "payload goes to the analyst, who must see no identifiers; take the "
                   "column out, or send a band or an area instead",
                   "%s: payload column '%s' looks like an identifier", p->card.name,
                   s->columns[i].name);
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(s->columns[i].name, s->columns[j].name) == 0) {
                refuse(c, "list it once", "%s: payload column '%s' stands twice",
                       p->card.name, s->columns[i].name);
            }
        }
    }
}

static void
check_day(struct check *c, const char *what, const char *day, const char *from,
          const char *from_what)
{
    if (strcmp(day, from) < 0) {
        refuse(c, "put the days in order", "%s (%s) is before %s (%s)", what, day,
               from_what, from);
    }
}

static void
check_dates(struct check *c)
{
    const struct tally_agreed_dates *d = &c->a->dates;
    char longest[TALLY_DAY];

    check_day(c, "the end", d->expires, d->starts, "the start");
    check_day(c, "the review", d->review, d->starts, "the start");
    if (strcmp(d->review, d->expires) > 0) {
        refuse(c, "review while the agreement runs",
               "the review (%s) is after the end (%s)", d->review, d->expires);
    }
    tally_day_after(d->starts, 36, longest);
    if (strcmp(d->expires, longest) > 0) {
        warn(c, "agree anew at least every three years", "the agreement runs to %s",
             d->expires);
    }
    check_day(c, "destroying the token maps", d->token_maps, d->starts, "the start");
    check_day(c, "destroying the encodings", d->encodings, d->starts, "the start");
    check_day(c, "destroying the link map", d->link_map, d->starts, "the start");
    check_day(c, "destroying the keys", d->keys, d->starts, "the start");
    check_day(c, "destroying the cohort", d->cohort, d->starts, "the start");
    tally_day_after(d->expires, 12, longest);
    if (strcmp(d->encodings, longest) > 0 || strcmp(d->keys, longest) > 0) {
        refuse(c, "destroy encodings and keys within a year of the end",
               "encodings or keys are kept too long after the end (%s)", d->expires);
    }
}

static void
check_schema(struct check *c)
{
    const char *profile = c->a->schema->profile;

    if (strcmp(profile, "standard") == 0 || strcmp(profile, "strict") == 0) {
        return;
    }
    if (tally_agreement_excepts(c->a, "unhardened")) {
        warn(c, "the agreement records an exception",
             "the schema's profile '%s' is re-identifiable by frequency and graph "
             "matching",
             profile);
    } else {
        refuse(
            c,
            "use the profile standard or strict, or record an exception \"unhardened\" "
            "with the reason",
            "the schema's profile '%s' is re-identifiable by frequency and graph "
            "matching",
            profile);
    }
}

static void
check_release(struct check *c)
{
    static const char *const profiles[] = {"ons", "nhs-hes", "opensafely", "ukllc",
                                           "acro"};
    const struct tally_agreed_release *r = &c->a->release;
    bool known = false;

    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        known = known || strcmp(r->profile, profiles[i]) == 0;
    }
    if (!known) {
        refuse(c, "use ons, nhs-hes, opensafely, ukllc or acro",
               "the release profile '%s' is not known", r->profile);
    }
    if (r->threshold < 5) {
        refuse(c, "use 10, or what your output checkers ask for",
               "counts as small as %u would be released", r->threshold);
    }
    if (r->row_level && !tally_agreement_excepts(c->a, "row-level")) {
        refuse(c,
               "set row_level to false, or record an exception \"row-level\" with the "
               "reason",
               "records, not only tables, may be released");
    }
    if (c->a->attack_max > 0.05) {
        warn(c, "an attack budget of 0.01 is usual",
             "the audit allows attacks to re-identify %.1f %% of people",
             100 * c->a->attack_max);
    }
}

/* Sentences a draft left open. */
static void
check_stated(struct check *c, const char *what, const char *text)
{
    if (strncmp(text, TO_STATE, sizeof TO_STATE - 1) == 0) {
        refuse(c, "write it into the file", "%s is still to be stated", what);
    }
}

static void
check_sentences(struct check *c)
{
    const struct tally_agreement *a = c->a;
    char what[200];

    check_stated(c, "the title", a->title);
    check_stated(c, "the purpose", a->purpose_words);
    for (size_t i = 0; i < a->nparties; i++) {
        const struct tally_agreed_sending *s = &a->parties[i].sends;
        const char *name = a->parties[i].card.name;

        if ((a->parties[i].roles & TALLY_AS_OWNER) == 0) {
            continue;
        }
        (void)snprintf(what, sizeof what, "%s: whom the records are about", name);
        check_stated(c, what, s->people);
        (void)snprintf(what, sizeof what, "%s: how opt-outs are applied", name);
        check_stated(c, what, s->opt_outs);
        (void)snprintf(what, sizeof what,
                       "%s: the reference of the gateway to the linker", name);
        check_stated(c, what, s->to_linker.reference);
        (void)snprintf(what, sizeof what,
                       "%s: the reference of the gateway to the analyst", name);
        check_stated(c, what, s->to_analyst.reference);
        for (size_t k = 0; k < s->ncolumns; k++) {
            (void)snprintf(what, sizeof what, "%s: why column '%s' is needed", name,
                           s->columns[k].name);
            check_stated(c, what, s->columns[k].why);
        }
    }
}

int
tally_agreement_check(const struct tally_agreement *a, struct tally_findings *out,
                      struct tally_err *err)
{
    struct check c = {.a = a, .out = out};

    *out = (struct tally_findings){NULL, 0, 0};
    check_sentences(&c);
    check_roles(&c);
    check_parties(&c);
    for (size_t i = 0; i < a->nparties; i++) {
        if ((a->parties[i].roles & TALLY_AS_OWNER) != 0) {
            check_sender(&c, &a->parties[i]);
        }
    }
    check_dates(&c);
    check_schema(&c);
    check_release(&c);
    if (c.failed) {
        tally_findings_free(out);
        return tally_err_nomem(err);
    }
    return 0;
}

void
tally_findings_free(struct tally_findings *f)
{
    free(f->list);
    *f = (struct tally_findings){NULL, 0, 0};
}
