/*
 * Legal gateways: the power a sender relies on to disclose to one recipient. The tool
 * checks what the Act itself says, and no more: whether a power is really there is for
 * the sender's lawyers. Police, Crime, Sentencing and Courts Act 2022, section 16(1),
 * (2), (4) and (7).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_GATEWAY_H
#define TALLY_PROTOCOLS_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>

#include "bloom/base/err.h"
#include "protocols/party.h"

enum tally_gateway {
    TALLY_GATEWAY_PCSC_S16,  /* the duty's own power */
    TALLY_GATEWAY_CDA_S115,  /* Crime and Disorder Act 1998 */
    TALLY_GATEWAY_NHS_S251,  /* National Health Service Act 2006 */
    TALLY_GATEWAY_CHILDREN,  /* Children Act 2004, section 10 or 25 */
    TALLY_GATEWAY_DEA_PART5, /* Digital Economy Act 2017 */
    TALLY_GATEWAY_COMMON_LAW,
    TALLY_GATEWAY_CONSENT,
    TALLY_GATEWAY_OTHER, /* another enactment, which the reference names */
    TALLY_GATEWAYS
};

/** The code files use, and plain words. */
const char *tally_gateway_code(enum tally_gateway g);
const char *tally_gateway_label(enum tally_gateway g);

/** The gateway of ${code}; false for none. */
bool tally_gateway_find(const char *code, enum tally_gateway *out);

/** A disclosure to be looked at. */
struct tally_disclosure {
    enum tally_party_kind sender;
    enum tally_party_kind recipient;
    enum tally_gateway basis;
    bool patient_information; /* section 16(5): of whoever sends it */
    bool social_care;         /* a local authority in its social care functions */
};

/** Why the Act itself does not allow ${d}, in plain words, or NULL. */
const char *tally_gateway_refusal(const struct tally_disclosure *d);

/** What to look at instead of section 16, for a message. */
const char *tally_gateway_alternatives(const struct tally_disclosure *d);

#endif
