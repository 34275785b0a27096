/*
 * Agreements in words.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/agreement_words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text under way; after an error nothing more is added. */
struct words {
    const struct tally_agreement *a;
    struct tally_buf *out;
    struct tally_err *err;
    int rc;
};

static void say(struct words *w, const char *fmt, ...) TALLY_PRINTF(2, 3);
static void
say(struct words *w, const char *fmt, ...)
{
    char text[2048];
    va_list ap;

    if (w->rc != 0) {
        return;
    }
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    w->rc = tally_buf_append(w->out, text, strlen(text), w->err);
}

static const char *
name_of(const struct words *w, enum tally_role role)
{
    const struct tally_agreed_party *p = tally_agreement_with(w->a, role);

    return p != NULL ? p->card.name : "(nobody)";
}

static void
say_fields(struct words *w)
{
    for (size_t f = 0; f < w->a->schema->nfields; f++) {
        say(w, "%s%s", f > 0 ? ", " : "", w->a->schema->fields[f].name);
    }
}

static void
say_columns(struct words *w, const struct tally_agreed_sending *s, const char *before)
{
    for (size_t i = 0; i < s->ncolumns; i++) {
        say(w, "%s%s (%s): %s\n", before, s->columns[i].name, s->columns[i].type,
            s->columns[i].why);
    }
    if (s->ncolumns == 0) {
        say(w, "%sno payload columns\n", before);
    }
}

static void
say_sender(struct words *w, const struct tally_agreed_party *p)
{
    const struct tally_agreed_sending *s = &p->sends;

    say(w, "\n%s (%s) sends from its source '%s', of %s:\n", p->card.name,
        tally_party_rules(p->card.kind)->label, s->source, s->people);
    say(w, "  To the linker, %s: encodings made from ", name_of(w, TALLY_AS_LINKER));
    say_fields(w);
    say(w, ", and a random token for each record.\n    By: %s; %s.\n",
        tally_gateway_label(s->to_linker.basis), s->to_linker.reference);
    say(w, "  To the analyst, %s: the same tokens, with\n", name_of(w, TALLY_AS_ANALYST));
    say_columns(w, s, "    ");
    say(w, "    By: %s; %s.\n", tally_gateway_label(s->to_analyst.basis),
        s->to_analyst.reference);
    say(w, "  At most %" PRIu64 " records in each of %" PRIu32 " deliveries.\n",
        s->records_max, s->deliveries_max);
    say(w, "  Patient information: %s. Social care information: %s.\n",
        s->patient_information ? "yes" : "no", s->social_care ? "yes" : "no");
    say(w, "  Opt-outs: %s.\n", s->opt_outs);
    say(w,
        "  Everything else stays in the building: all other columns, the linkage key, "
        "and until %s the list of whose token is whose.\n",
        w->a->dates.token_maps);
}

static void
say_senders(struct words *w)
{
    for (size_t i = 0; i < w->a->nparties; i++) {
        if ((w->a->parties[i].roles & TALLY_AS_OWNER) != 0) {
            say_sender(w, &w->a->parties[i]);
        }
    }
}

static void
say_dates(struct words *w, const char *before)
{
    const struct tally_agreed_dates *d = &w->a->dates;

    say(w, "%sIn force from %s to %s; reviewed by %s.\n", before, d->starts, d->expires,
        d->review);
    say(w,
        "%sDestroyed at the latest: token maps %s, encodings %s, link map %s, keys %s, "
        "cohort %s.\n",
        before, d->token_maps, d->encodings, d->link_map, d->keys, d->cohort);
}

static void
say_second_round(struct words *w)
{
    const struct tally_agreed_second_round *r = &w->a->second_round;

    if (r->requests_max > 0) {
        say(w,
            "For pairs that stay uncertain the linker may ask the data owners up to %" PRIu32
            " times for encodings of each field by itself, of a list of at most %" PRIu64
            " records each time, nine tenths of them drawn by chance. They are made under "
            "a key of their own each time and show more than encodings of whole records "
            "do: how often a value occurs, though not which.\n",
            r->requests_max, r->records_max);
    }
}

static void
say_release(struct words *w, const char *before)
{
    const struct tally_agreed_release *r = &w->a->release;

    say(w,
        "%sTables leave through disclosure control: profile %s, no count under %" PRIu32
        ", rounded to %" PRIu32 ". Records %s.\n",
        before, r->profile, r->threshold, r->rounding,
        r->row_level ? "may leave with a second person's signature" : "never leave");
}

int
tally_agreement_words(const struct tally_agreement *a, struct tally_buf *out,
                      struct tally_err *err)
{
    struct words w = {a, out, err, 0};

    say(&w, "%s (%s)\nPurpose: %s (%s).\n", a->title, a->reference, a->purpose_words,
        tally_purpose_code(a->purpose));
    say(&w, "Convened by %s.\n", name_of(&w, TALLY_AS_CONVENOR));
    say_senders(&w);
    say(&w, "\nNobody gets another party's names, addresses, dates or numbers.\n");
    say(&w,
        "Encodings remain personal data in pseudonymised form: whoever holds the linkage "
        "key can test guesses at them, and the linker never holds it.\n\n");
    say_second_round(&w);
    say_release(&w, "");
    say_dates(&w, "");
    for (size_t i = 0; i < a->nexceptions; i++) {
        say(&w, "Exception '%s': %s.\n", a->exceptions[i].rule, a->exceptions[i].why);
    }
    return w.rc;
}

static const char *const exports[TALLY_EXPORTS] = {
    [TALLY_EXPORT_DPIA] = "dpia",
    [TALLY_EXPORT_WASPI] = "waspi",
    [TALLY_EXPORT_ATRS] = "atrs",
};

bool
tally_agreement_export_find(const char *name, enum tally_agreement_export *out)
{
    for (unsigned e = 0; e < TALLY_EXPORTS; e++) {
        if (strcmp(name, exports[e]) == 0) {
            *out = (enum tally_agreement_export)e;
            return true;
        }
    }
    return false;
}

static void
say_parties(struct words *w)
{
    say(w, "| party | kind | roles |\n|---|---|---|\n");
    for (size_t i = 0; i < w->a->nparties; i++) {
        const struct tally_agreed_party *p = &w->a->parties[i];
        const char *between = "";

        say(w, "| %s | %s | ", p->card.name, tally_party_rules(p->card.kind)->label);
        for (unsigned role = 1; role <= TALLY_AS_AUDITOR; role <<= 1) {
            if ((p->roles & role) != 0) {
                say(w, "%s%s", between, tally_role_name(role));
                between = ", ";
            }
        }
        say(w, " |\n");
    }
}

/* A table of what each sender discloses, and by what power. */
static void
say_items(struct words *w)
{
    say(w, "| from | to | what | power |\n|---|---|---|---|\n");
    for (size_t i = 0; i < w->a->nparties; i++) {
        const struct tally_agreed_party *p = &w->a->parties[i];
        const struct tally_agreed_sending *s = &p->sends;

        if ((p->roles & TALLY_AS_OWNER) == 0) {
            continue;
        }
        say(w, "| %s | %s | encodings made from ", p->card.name,
            name_of(w, TALLY_AS_LINKER));
        say_fields(w);
        say(w, " | %s; %s |\n", tally_gateway_label(s->to_linker.basis),
            s->to_linker.reference);
        say(w, "| %s | %s | ", p->card.name, name_of(w, TALLY_AS_ANALYST));
        for (size_t c = 0; c < s->ncolumns; c++) {
            say(w, "%s%s", c > 0 ? ", " : "", s->columns[c].name);
        }
        say(w, " | %s; %s |\n", tally_gateway_label(s->to_analyst.basis),
            s->to_analyst.reference);
    }
}

static void
say_necessity(struct words *w)
{
    for (size_t i = 0; i < w->a->nparties; i++) {
        const struct tally_agreed_party *p = &w->a->parties[i];

        if ((p->roles & TALLY_AS_OWNER) != 0) {
            say(w, "\n**%s**, of %s. Opt-outs: %s.\n\n", p->card.name, p->sends.people,
                p->sends.opt_outs);
            say_columns(w, &p->sends, "- ");
        }
    }
}

static void
say_encoding(struct words *w)
{
    const struct tally_schema *s = w->a->schema;

    say(w,
        "Identifiers are encoded at the data owner into keyed Bloom filters (profile %s, "
        "%" PRIu32 " bits) under a key that the data owners make together and the linker "
        "never holds. Encodings are personal data in pseudonymised form. The agreement "
        "allows the built-in attacks to re-identify at most %.2f %% of people; the "
        "audit's "
        "report belongs to this paper.\n",
        s->profile, tally_schema_output_bits(s), 100 * w->a->attack_max);
}

static void
export_dpia(struct words *w)
{
    say(w, "# Evidence for a data protection impact assessment: %s\n\n", w->a->title);
    say(w, "## Purpose\n%s (%s).\n\n## Who takes part\n", w->a->purpose_words,
        tally_purpose_code(w->a->purpose));
    say_parties(w);
    say(w, "\n## What is disclosed, and by what power\n");
    say_items(w);
    say(w, "\n## Why each item is needed\n");
    say_necessity(w);
    say(w, "\n## How identifiers are protected\n");
    say_encoding(w);
    say_second_round(w);
    say(w, "\n## What comes out\n");
    say_release(w, "");
    say(w,
        "Links are accepted at a target of %.1f %% false ones; every count carries its "
        "range under linkage error.\n",
        100 * w->a->fdr);
    say(w, "\n## How long\n");
    say_dates(w, "");
    say(w,
        "\n## What a person must add\nThe consultation of those affected, the remaining "
        "risks and their owners, and the decision of the data protection officer.\n");
}

static void
export_waspi(struct words *w)
{
    say(w, "# Information sharing protocol, annex: %s\n\n", w->a->title);
    say(w, "## Partners\n");
    say_parties(w);
    say(w,
        "\n## Purpose and benefits\n%s.\n\n## Legal powers, data items and recipients\n",
        w->a->purpose_words);
    say_items(w);
    say(w, "\n## Groups of people and necessity\n");
    say_necessity(w);
    say(w, "\n## Procedures\n");
    say_encoding(w);
    say_release(w, "");
    say(w, "\n## Retention and review\n");
    say_dates(w, "");
    say(w,
        "\n## What a person must add\nNames and contacts of the facilitator and of each "
        "partner's designated person, how people are informed, and how requests of "
        "people concerned are answered.\n");
}

static void
export_atrs(struct words *w)
{
    say(w, "# Algorithmic transparency record: %s\n\n| field | entry |\n|---|---|\n",
        w->a->title);
    say(w, "| Name | Tallystick, agreement %s |\n| Organisation | %s |\n",
        w->a->reference, name_of(w, TALLY_AS_CONVENOR));
    say(w,
        "| What it does | finds records of different organisations that are about the "
        "same person, without names |\n| Why | %s |\n",
        w->a->purpose_words);
    say(w,
        "| Method | keyed Bloom filter encodings (%s); probabilistic linkage at a target "
        "of %.1f %% false links; assignment %s |\n",
        w->a->schema->profile, 100 * w->a->fdr, w->a->one_to_one ? "one-to-one" : "many");
    say(w, "| Data | encodings made from ");
    say_fields(w);
    say(w, " |\n| Decisions about individuals | none: the result is %s |\n",
        w->a->release.row_level ? "tables, and records with a second signature"
                                : "tables");
    say(w, "| Impact assessment | data protection impact assessment: see the DPIA |\n");
    say(w,
        "| In use | %s to %s |\n\nA person must add the owner, contact, and the record's "
        "tier.\n",
        w->a->dates.starts, w->a->dates.expires);
}

int
tally_agreement_export(const struct tally_agreement *a, enum tally_agreement_export what,
                       struct tally_buf *out, struct tally_err *err)
{
    struct words w = {a, out, err, 0};

    switch (what) {
    case TALLY_EXPORT_DPIA:
        export_dpia(&w);
        break;
    case TALLY_EXPORT_WASPI:
        export_waspi(&w);
        break;
    case TALLY_EXPORT_ATRS:
    case TALLY_EXPORTS:
        export_atrs(&w);
        break;
    }
    return w.rc;
}
