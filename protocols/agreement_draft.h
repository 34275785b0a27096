/*
 * Drafting an agreement from a template: everything the tool can know is filled in, and
 * what it cannot begins with "STATE ", which the check refuses until it is stated.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_AGREEMENT_DRAFT_H
#define TALLY_PROTOCOLS_AGREEMENT_DRAFT_H

#include "protocols/agreement.h"

/** A party of a draft. */
struct tally_draft_party {
    struct tally_card card;
    unsigned roles;
    char source[TALLY_NAME_MAX + 1]; /* of a data owner; empty: named after its kind */
    const char *const *columns;      /* payload columns of a data owner */
    size_t ncolumns;
};

struct tally_draft {
    const char *framework; /* serious-violence-duty (England), or waspi (Wales) */
    const char *reference;
    const char *title; /* NULL: to be stated */
    enum tally_purpose purpose;
    const char *starts; /* a day */
    unsigned months;    /* it runs, 1 to 120 */
    const struct tally_schema *schema;
    const struct tally_draft_party *parties;
    size_t nparties;
};

/** What sources of ${kind} are usually called: "police", "health"... */
const char *tally_draft_source(enum tally_party_kind kind);

/** The draft as JSON. Errors: TALLY_E_USAGE (framework, reference, day, months),
 * TALLY_E_NOMEM. Caller frees ${text}. */
TALLY_NODISCARD int tally_agreement_draft(const struct tally_draft *d, char **text,
                                          struct tally_err *err);

#endif
