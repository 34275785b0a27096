/*
 * Kinds of organisation in a partnership, and what the law makes of each: Police, Crime,
 * Sentencing and Courts Act 2022, Part 2 Chapter 1 (sections 8, 11, 16, Schedules 1 and
 * 2).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_PARTY_H
#define TALLY_PROTOCOLS_PARTY_H

#include <stdbool.h>
#include <stddef.h>

#include "bloom/base/err.h"

enum tally_party_kind {
    TALLY_PARTY_POLICE,
    TALLY_PARTY_ICB,
    TALLY_PARTY_LHB,
    TALLY_PARTY_LOCAL_AUTHORITY,
    TALLY_PARTY_FIRE,
    TALLY_PARTY_PROBATION,
    TALLY_PARTY_YOUTH_OFFENDING,
    TALLY_PARTY_EDUCATION,
    TALLY_PARTY_PRISON,
    TALLY_PARTY_YOUTH_CUSTODY,
    TALLY_PARTY_POLICING_BODY,
    TALLY_PARTY_VRU,
    TALLY_PARTY_LINKER,
    TALLY_PARTY_ANALYST,
    TALLY_PARTY_KINDS
};

/** What the law makes of a kind. */
struct tally_party_rules {
    const char *code;      /* as files and --kind say it */
    const char *alias;     /* another word for it on the command line, or NULL */
    const char *label;     /* in plain words */
    bool specified;        /* a specified authority (section 11) */
    bool relevant;         /* an educational, prison or youth custody authority */
    bool health_or_care;   /* section 16(4)(b): the duty authorises no personal
                              information from it; a local authority is one in its social
                              care functions, which an agreement states */
    bool listed_recipient; /* in section 16(2) */
    bool owns_data;        /* may be a data owner */
};
const struct tally_party_rules *tally_party_rules(enum tally_party_kind kind);

/** The kind of ${text}, its code or alias. TALLY_E_USAGE lists what there is. */
TALLY_NODISCARD int tally_party_kind(const char *text, enum tally_party_kind *out,
                                     struct tally_err *err);

/** Longest name of a party, in bytes. */
#define TALLY_PARTY_NAME_MAX 80

/** Whether ${name} may be a party's: 2 to TALLY_PARTY_NAME_MAX bytes of letters of the
 * Latin alphabet, digits, single blanks and & ' ( ) , - . between them, so that no name
 * can pass for another by foreign letters, or reach outside its file. */
bool tally_party_name_valid(const char *name);

/** Whether two names would be taken for one another: the same but for case, accents,
 * blanks and signs. Both are valid. */
bool tally_party_name_alike(const char *a, const char *b);

#endif
