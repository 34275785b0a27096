/*
 * Releases leave with a second person's signature: the analyst's request says what is to
 * be released, the output checker's approval repeats it. docs/protocols/approval.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_APPROVAL_H
#define TALLY_PROTOCOLS_APPROVAL_H

#include "protocols/agreement.h"

/** What is asked for. */
struct tally_request {
    uint8_t agreement[TALLY_DIGEST_BYTES];
    uint8_t release[TALLY_DIGEST_BYTES]; /* of all that would be released */
    char title[TALLY_AGREEMENT_TEXT_MAX + 1];
    uint32_t tables;                            /* of figures */
    char columns[TALLY_AGREEMENT_TEXT_MAX + 1]; /* what a record would say, in words */
    uint32_t records;                           /* rounded; 0: tables alone */
    uint32_t alike; /* figures and combinations are of so many people at least */
};

/** Write the request of ${id} into ${f}. Errors: TALLY_E_IO, TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_request_write(struct tally_outfile *f,
                                        const struct tally_request *q,
                                        const struct tally_identity *id,
                                        struct tally_err *err);
/** Read the request at ${path}: signed by the analyst of ${a}, and under ${a}. Errors:
 * TALLY_E_CORRUPT, TALLY_E_KEY, TALLY_E_POLICY, TALLY_E_NO_FILE. */
TALLY_NODISCARD int tally_request_read(struct tally_request *out, const char *path,
                                       const struct tally_agreement *a,
                                       struct tally_err *err);

/** Approve ${q} as ${id}. */
TALLY_NODISCARD int tally_approval_write(struct tally_outfile *f,
                                         const struct tally_request *q,
                                         const struct tally_identity *id,
                                         struct tally_err *err);
/** Whether the paper at ${path} lets ${release} leave under ${a}: signed by an output
 * checker who is not the analyst, whose name goes to ${by}. Errors: as of requests;
 * TALLY_E_POLICY for an approval of something else. */
TALLY_NODISCARD int tally_approval_check(const char *path,
                                         const uint8_t release[TALLY_DIGEST_BYTES],
                                         const struct tally_agreement *a, const char **by,
                                         struct tally_err *err);

#endif
