/*
 * The linkage agreement: who sends what to whom, by what power, for what purpose, how it
 * is encoded, linked and released, and when it ends. Every party signs its exact bytes.
 * docs/protocols/agreement.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_AGREEMENT_H
#define TALLY_PROTOCOLS_AGREEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/encfile.h"
#include "bloom/schema.h"
#include "protocols/gateway.h"
#include "protocols/identity.h"
#include "protocols/party.h"

#define TALLY_AGREEMENT_BYTES_MAX   (1u << 20)
#define TALLY_AGREEMENT_PARTIES_MAX 64
#define TALLY_AGREEMENT_COLUMNS_MAX 256
#define TALLY_AGREEMENT_TEXT_MAX    400 /* bytes of a sentence */

/** What a party does. A party may do several. */
enum tally_role {
    TALLY_AS_CONVENOR = 1u << 0,
    TALLY_AS_OWNER = 1u << 1, /* data owner */
    TALLY_AS_LINKER = 1u << 2,
    TALLY_AS_ANALYST = 1u << 3,
    TALLY_AS_CHECKER = 1u << 4, /* output checker */
    TALLY_AS_AUDITOR = 1u << 5
};
/** "data-owner"... of one role; the role of a word, 0 for none. */
const char *tally_role_name(unsigned role);
unsigned tally_role_find(const char *name);

enum tally_purpose {
    TALLY_PURPOSE_ASSESSMENT,   /* strategic needs assessment */
    TALLY_PURPOSE_INTERVENTION, /* planning early intervention from a cohort */
    TALLY_PURPOSES
};
const char *tally_purpose_code(enum tally_purpose p);
bool tally_purpose_find(const char *code, enum tally_purpose *out);

/** A payload column, and why the purpose needs it. */
struct tally_agreed_column {
    char name[TALLY_NAME_MAX + 1];
    char type[12]; /* text, integer, date, category */
    char why[TALLY_AGREEMENT_TEXT_MAX + 1];
};

/** The power for one disclosure. */
struct tally_agreed_gateway {
    enum tally_gateway basis;
    char reference[TALLY_AGREEMENT_TEXT_MAX + 1];
};

/** What a data owner sends. */
struct tally_agreed_sending {
    char source[TALLY_NAME_MAX + 1];
    char people[TALLY_AGREEMENT_TEXT_MAX + 1]; /* whom the records are about */
    bool patient_information;
    bool social_care;
    struct tally_agreed_gateway to_linker;
    struct tally_agreed_gateway to_analyst;
    char opt_outs[TALLY_AGREEMENT_TEXT_MAX + 1]; /* how objections are applied */
    uint64_t records_max;                        /* in a delivery */
    uint32_t deliveries_max;
    size_t ncolumns;
    struct tally_agreed_column *columns;
};

struct tally_agreed_party {
    struct tally_card card; /* name, kind, keys, fingerprint: as the agreement has them */
    char organisation[TALLY_PARTY_NAME_MAX + 1]; /* whose card it is; the card's name if
                                                    nothing else is said */
    struct tally_card first; /* the card that the agreement names: ${card}, unless another
                                took over since */
    unsigned roles;
    struct tally_agreed_sending sends; /* of a data owner */
    /* The key to seal to for this agreement: from its signature, once it is opened. */
    uint8_t seal[TALLY_SEAL_PUBLIC_BYTES];
};

/** Days as 2026-11-22. */
struct tally_agreed_dates {
    char starts[11];
    char expires[11];
    char review[11];
    /* When each is destroyed at the latest. */
    char token_maps[11];
    char encodings[11];
    char link_map[11];
    char keys[11];
    char cohort[11];
};

/** What the linker may ask for a second time, for uncertain pairs: 0 requests when the
 * agreement says nothing of it. */
struct tally_agreed_second_round {
    uint32_t requests_max;
    uint64_t records_max; /* in a list */
};

struct tally_agreed_release {
    char profile[24]; /* of disclosure control: ons, nhs-hes, opensafely, ukllc, acro */
    uint32_t threshold;
    uint32_t rounding;
    bool row_level; /* whether records may leave at all, with a second signature */
};

/** Something the parties allow although a rule is against it, and why. */
struct tally_agreed_exception {
    char rule[40]; /* one-organisation, row-level, unhardened */
    char why[TALLY_AGREEMENT_TEXT_MAX + 1];
};
#define TALLY_AGREEMENT_EXCEPTIONS_MAX 16

struct tally_agreement {
    char reference[TALLY_NAME_MAX + 1]; /* [a-z0-9-], says which agreement this is */
    char title[TALLY_AGREEMENT_TEXT_MAX + 1];
    char framework[24]; /* serious-violence-duty, or waspi: what it was drafted from */
    enum tally_purpose purpose;
    char purpose_words[TALLY_AGREEMENT_TEXT_MAX + 1];
    struct tally_agreed_dates dates;
    size_t nparties;
    struct tally_agreed_party *parties;
    struct tally_schema *schema;
    double fdr;        /* target share of false links */
    bool one_to_one;   /* how links are assigned */
    struct tally_agreed_second_round second_round;
    double attack_max; /* the audit's budget: greatest share re-identified */
    struct tally_agreed_release release;
    size_t nexceptions;
    struct tally_agreed_exception exceptions[TALLY_AGREEMENT_EXCEPTIONS_MAX];
    uint8_t digest[TALLY_DIGEST_BYTES]; /* of the exact bytes */
};

/** Read the agreement at ${path}: every member there must be, nothing else, all in range.
 * Whether it may be so is tally_agreement_check's. Errors: TALLY_E_JSON, TALLY_E_SCHEMA,
 * TALLY_E_DATA with line and path, TALLY_E_NO_FILE, TALLY_E_NOMEM. Caller frees. */
TALLY_NODISCARD int tally_agreement_read(struct tally_agreement **out, const char *path,
                                         struct tally_err *err);
void tally_agreement_free(struct tally_agreement *a);

/** The first party with ${role}, or NULL. */
const struct tally_agreed_party *tally_agreement_with(const struct tally_agreement *a,
                                                      enum tally_role role);
/** The party of ${card}; NULL when it is none. */
const struct tally_agreed_party *tally_agreement_party(const struct tally_agreement *a,
                                                       const struct tally_card *card);
/** The data owner of ${source}; NULL for none. */
const struct tally_agreed_party *tally_agreement_source(const struct tally_agreement *a,
                                                        const char *source);
/** Whether the parties allow what ${rule} is against. */
bool tally_agreement_excepts(const struct tally_agreement *a, const char *rule);

/** What a check found. */
struct tally_finding {
    bool refused; /* else a warning */
    char text[512];
    char advice[512]; /* what to do, may be empty */
};
struct tally_findings {
    struct tally_finding *list;
    size_t n;
    size_t nrefused;
};

/** Hold ${a} against the rules: everything that stands against it, in the order of the
 * file. Caller frees ${out}. Errors: TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_agreement_check(const struct tally_agreement *a,
                                          struct tally_findings *out,
                                          struct tally_err *err);
void tally_findings_free(struct tally_findings *f);

#endif
