/*
 * Kinds of party and the rules for their names.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/party.h"

#include "bloom/base/text.h"

#include <stdio.h>
#include <string.h>

static const struct tally_party_rules kinds[TALLY_PARTY_KINDS] = {
    [TALLY_PARTY_POLICE] = {.code = "police",
                            .label = "police force",
                            .specified = true,
                            .listed_recipient = true,
                            .owns_data = true},
    [TALLY_PARTY_ICB] = {.code = "integrated-care-board",
                         .alias = "health",
                         .label = "integrated care board",
                         .specified = true,
                         .health_or_care = true,
                         .listed_recipient = true,
                         .owns_data = true},
    [TALLY_PARTY_LHB] = {.code = "local-health-board",
                         .label = "Welsh local health board",
                         .specified = true,
                         .health_or_care = true,
                         .listed_recipient = true,
                         .owns_data = true},
    [TALLY_PARTY_LOCAL_AUTHORITY] = {.code = "local-authority",
                                     .alias = "council",
                                     .label = "local authority",
                                     .specified = true,
                                     .listed_recipient = true,
                                     .owns_data = true},
    [TALLY_PARTY_FIRE] = {.code = "fire-and-rescue",
                          .alias = "fire",
                          .label = "fire and rescue authority",
                          .specified = true,
                          .listed_recipient = true,
                          .owns_data = true},
    [TALLY_PARTY_PROBATION] = {.code = "probation",
                               .label = "probation service",
                               .specified = true,
                               .listed_recipient = true,
                               .owns_data = true},
    [TALLY_PARTY_YOUTH_OFFENDING] = {.code = "youth-offending-team",
                                     .alias = "youth-justice",
                                     .label = "youth offending team",
                                     .specified = true,
                                     .listed_recipient = true,
                                     .owns_data = true},
    [TALLY_PARTY_EDUCATION] = {.code = "education",
                               .label = "educational authority",
                               .relevant = true,
                               .listed_recipient = true,
                               .owns_data = true},
    [TALLY_PARTY_PRISON] = {.code = "prison",
                            .label = "prison authority",
                            .relevant = true,
                            .listed_recipient = true,
                            .owns_data = true},
    [TALLY_PARTY_YOUTH_CUSTODY] = {.code = "youth-custody",
                                   .label = "youth custody authority",
                                   .relevant = true,
                                   .listed_recipient = true,
                                   .owns_data = true},
    [TALLY_PARTY_POLICING_BODY] = {.code = "local-policing-body",
                                   .label = "local policing body",
                                   .listed_recipient = true},
    [TALLY_PARTY_VRU] = {.code = "violence-reduction-unit",
                         .alias = "vru",
                         .label = "violence reduction unit"},
    [TALLY_PARTY_LINKER] = {.code = "linker", .label = "trusted third party that links"},
    [TALLY_PARTY_ANALYST] = {.code = "analyst", .label = "analyst"},
};

const struct tally_party_rules *
tally_party_rules(enum tally_party_kind kind)
{
    return &kinds[kind];
}

static int
unknown_kind(struct tally_err *err)
{
    char list[512];
    size_t at = 0;

    for (size_t k = 0; k < TALLY_PARTY_KINDS; k++) {
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", k > 0 ? ", " : "",
                               kinds[k].code);
    }
    tally_err_set(err, TALLY_E_USAGE, "not a kind of organisation");
    return tally_err_hint(err, "one of: %s", list);
}

int
tally_party_kind(const char *text, enum tally_party_kind *out, struct tally_err *err)
{
    for (unsigned k = 0; k < TALLY_PARTY_KINDS; k++) {
        if (strcmp(text, kinds[k].code) == 0 ||
            (kinds[k].alias != NULL && strcmp(text, kinds[k].alias) == 0)) {
            *out = (enum tally_party_kind)k;
            return 0;
        }
    }
    return unknown_kind(err);
}

/* The name in plain lower-case letters; false when it holds what has none. */
static bool
fold(const char *name, char out[2 * TALLY_PARTY_NAME_MAX + 1])
{
    unsigned dropped = 0;
    ptrdiff_t len = tally_text_fold((const uint8_t *)name, strlen(name), (uint8_t *)out,
                                    2 * TALLY_PARTY_NAME_MAX, &dropped);

    if (len < 0 || dropped != 0) {
        return false;
    }
    out[len] = '\0';
    return true;
}

bool
tally_party_name_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789 &'(),-.";
    char folded[2 * TALLY_PARTY_NAME_MAX + 1], shown[TALLY_PARTY_NAME_MAX + 1];
    size_t len = strlen(name);

    if (len < 2 || len > TALLY_PARTY_NAME_MAX || !fold(name, folded)) {
        return false;
    }
    tally_text_printable(name, shown, sizeof shown);
    return strcmp(name, shown) == 0 && folded[strspn(folded, allowed)] == '\0' &&
           folded[0] != '\0' && folded[0] != ' ' && folded[0] != '.' &&
           folded[0] != '-' && folded[strlen(folded) - 1] != ' ' &&
           strstr(folded, "  ") == NULL;
}

/* Letters and figures alone, those that look alike made one. */
static void
skeleton(const char *name, char out[2 * TALLY_PARTY_NAME_MAX + 1])
{
    char folded[2 * TALLY_PARTY_NAME_MAX + 1];
    size_t n = 0;

    TALLY_INVARIANT(fold(name, folded));
    for (const char *p = folded; *p != '\0'; p++) {
        if (*p == '1' || *p == 'i') {
            out[n++] = 'l';
        } else if (*p == '0') {
            out[n++] = 'o';
        } else if ((*p >= 'a' && *p <= 'z') || (*p >= '2' && *p <= '9')) {
            out[n++] = *p;
        }
    }
    out[n] = '\0';
}

bool
tally_party_name_alike(const char *a, const char *b)
{
    char one[2 * TALLY_PARTY_NAME_MAX + 1], other[2 * TALLY_PARTY_NAME_MAX + 1];

    skeleton(a, one);
    skeleton(b, other);
    return strcmp(one, other) == 0;
}
