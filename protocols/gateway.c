/*
 * Legal gateways.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/gateway.h"

#include <string.h>

static const struct {
    const char *code;
    const char *label;
} gateways[TALLY_GATEWAYS] = {
    [TALLY_GATEWAY_PCSC_S16] =
        {"pcsc-act-2022-s16",
         "Police, Crime, Sentencing and Courts Act 2022, section 16"},
    [TALLY_GATEWAY_CDA_S115] = {"crime-and-disorder-act-1998-s115",
                                "Crime and Disorder Act 1998, section 115"},
    [TALLY_GATEWAY_NHS_S251] = {"nhs-act-2006-s251",
                                "National Health Service Act 2006, section 251 support"},
    [TALLY_GATEWAY_CHILDREN] = {"children-act-2004",
                                "Children Act 2004, section 10 (England) or 25 (Wales)"},
    [TALLY_GATEWAY_DEA_PART5] = {"digital-economy-act-2017-part-5",
                                 "Digital Economy Act 2017, Part 5"},
    [TALLY_GATEWAY_COMMON_LAW] = {"common-law", "common law"},
    [TALLY_GATEWAY_CONSENT] = {"consent", "consent of the people concerned"},
    [TALLY_GATEWAY_OTHER] = {"other-enactment",
                             "another enactment, named in the reference"},
};

const char *
tally_gateway_code(enum tally_gateway g)
{
    return gateways[g].code;
}

const char *
tally_gateway_label(enum tally_gateway g)
{
    return gateways[g].label;
}

bool
tally_gateway_find(const char *code, enum tally_gateway *out)
{
    for (unsigned g = 0; g < TALLY_GATEWAYS; g++) {
        if (strcmp(code, gateways[g].code) == 0) {
            *out = (enum tally_gateway)g;
            return true;
        }
    }
    return false;
}

const char *
tally_gateway_refusal(const struct tally_disclosure *d)
{
    const struct tally_party_rules *sender = tally_party_rules(d->sender);

    if (d->basis != TALLY_GATEWAY_PCSC_S16) {
        return NULL;
    }
    if (d->patient_information) {
        return "section 16(4)(a) does not authorise the disclosure of patient "
               "information, "
               "whoever sends it";
    }
    if (sender->health_or_care || d->social_care) {
        return "section 16(4)(b) does not authorise a health or social care authority to "
               "disclose personal information";
    }
    if (!tally_party_rules(d->recipient)->listed_recipient) {
        return "section 16(2) does not list this kind of recipient";
    }
    return NULL;
}

const char *
tally_gateway_alternatives(const struct tally_disclosure *d)
{
    if (d->patient_information || tally_party_rules(d->sender)->health_or_care) {
        return "section 16(7) leaves other powers as they are: ask your Caldicott "
               "Guardian "
               "about section 251 support, consent, or the common law; or send counts "
               "instead of records";
    }
    return "section 16(7) leaves other powers as they are: ask your data protection "
           "officer "
           "about the Crime and Disorder Act 1998 section 115, the common law, or an Act "
           "of your own service; or let the recipient act as your processor under a "
           "contract";
}
