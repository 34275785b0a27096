/*
 * An agreement in words: what leaves the building, and the evidence that other papers ask
 * for.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_AGREEMENT_WORDS_H
#define TALLY_PROTOCOLS_AGREEMENT_WORDS_H

#include "bloom/base/bytes.h"
#include "protocols/agreement.h"

/** Append what the agreement is, what it lets leave each data owner's building, who may
 * see what, and when it ends, in plain text. Errors: TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_agreement_words(const struct tally_agreement *a,
                                          struct tally_buf *out, struct tally_err *err);

/** Papers an agreement feeds. */
enum tally_agreement_export {
    TALLY_EXPORT_DPIA,  /* evidence for a data protection impact assessment */
    TALLY_EXPORT_WASPI, /* annex to an information sharing protocol in Wales */
    TALLY_EXPORT_ATRS,  /* fields of the Algorithmic Transparency Recording Standard */
    TALLY_EXPORTS
};
bool tally_agreement_export_find(const char *name, enum tally_agreement_export *out);

/** Append the paper as Markdown. What it states comes from the agreement alone, and what
 * a person must add is said. Errors: TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_agreement_export(const struct tally_agreement *a,
                                           enum tally_agreement_export what,
                                           struct tally_buf *out, struct tally_err *err);

#endif
