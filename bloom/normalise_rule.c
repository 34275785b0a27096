/*
 * Placeholders of every type, and the names of the rules that values are counted by.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normalise_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What people type where they have nothing to type. Entries stand as tally_folded text
 * with single blanks. "na" and "nan" are not here: Na is a surname and Nan a forename. */
static const struct tally_words NOT_KNOWN = {
    .by = {
        [TALLY_LETTER('a')] = "anhysbys|anon|anonymous",
        [TALLY_LETTER('b')] = "blank",
        [TALLY_LETTER('d')] = "ddim yn hysbys|declined",
        [TALLY_LETTER('e')] = "empty",
        [TALLY_LETTER('m')] = "missing",
        [TALLY_LETTER('n')] = "n.a.|n/a|n/k|nil|nk|no data|no details|no info|"
                              "no information|none|none given|none known|none recorded|"
                              "not applicable|not available|not disclosed|not given|"
                              "not known|not on file|not provided|not recorded|"
                              "not specified|not stated|not supplied|notknown|null",
        [TALLY_LETTER('r')] = "refused",
        [TALLY_LETTER('s')] = "see notes",
        [TALLY_LETTER('t')] = "tba|tbc|to be confirmed",
        [TALLY_LETTER('u')] = "u/k|unk|unkn|unknown|unknown unknown",
        [TALLY_LETTER('w')] = "withheld",
        [TALLY_NO_LETTER] = "#n/a|(null)|<null>",
    }};
static const char *const TEST[] = {"test", "testing", "dummy", NULL};
static const char *const NO_ABODE[] = {"nfa", "n/f/a", NULL};
static struct tally_screen PLACEHOLDERS = {.words = {&NOT_KNOWN},
                                           .lists = {TEST, NO_ABODE}};

static const char *const NAMES[TALLY_RULES] = {
    [TALLY_RULE_NONE] = "none",
    [TALLY_RULE_PUNCTUATION] = "punctuation only",
    [TALLY_RULE_NOT_KNOWN] = "not-known word",
    [TALLY_RULE_TEST] = "test record",
    [TALLY_RULE_NO_ABODE] = "no fixed abode",
    [TALLY_RULE_REPEATED] = "repeated character",
    [TALLY_RULE_NOT_NAMED] = "not named",
    [TALLY_RULE_BABY] = "baby",
    [TALLY_RULE_DEFAULT_DATE] = "default date",
    [TALLY_RULE_PSEUDO_POSTCODE] = "pseudo-postcode",
    [TALLY_RULE_NO_ADDRESS] = "no address",
    [TALLY_RULE_FILLER] = "filler",
    [TALLY_RULE_TEMPORARY] = "temporary number",
    [TALLY_RULE_CODE] = "not-known code",
    [TALLY_RULE_SHORT_YEAR] = "two-digit year",
    [TALLY_RULE_THIS_ORDER] = "in this order only",
    [TALLY_RULE_OTHER_ORDER] = "in the other order only",
    [TALLY_RULE_JANUARY] = "day and month of 1 January",
    [TALLY_RULE_BAR] = "bar in it",
};

const char *
tally_rule_name(enum tally_rule r)
{
    return (unsigned)r < TALLY_RULES ? NAMES[r] : "unknown";
}

size_t
tally_rules_text(const uint64_t counts[TALLY_RULES], char out[TALLY_RULES_TEXT])
{
    size_t at = 0;

    out[0] = '\0';
    for (int r = 1; r < TALLY_RULES; r++) {
        if (counts[r] > 0 && r != TALLY_RULE_THIS_ORDER && r != TALLY_RULE_BAR) {
            at += (size_t)snprintf(out + at, TALLY_RULES_TEXT - at, "%s%s %" PRIu64,
                                   at > 0 ? ", " : "", NAMES[r], counts[r]);
        }
    }
    return at;
}

enum tally_reason
tally_value_placeholder(struct tally_value *out, enum tally_rule rule)
{
    out->rule = rule;
    return TALLY_VALUE_PLACEHOLDER;
}

bool
tally_is_placeholder(const char *text, size_t len, struct tally_value *out)
{
    out->rule = TALLY_RULE_NONE;
    if (tally_may_be_in(text, len, &PLACEHOLDERS)) {
        out->rule = tally_in_words(text, &NOT_KNOWN) ? TALLY_RULE_NOT_KNOWN
                    : tally_in_list(text, TEST)      ? TALLY_RULE_TEST
                    : tally_in_list(text, NO_ABODE)  ? TALLY_RULE_NO_ABODE
                                                     : TALLY_RULE_NONE;
    }
    return out->rule != TALLY_RULE_NONE;
}

void
tally_placeholder_rules(struct tally_digest_state *st)
{
    tally_words_rules(st, &NOT_KNOWN);
    tally_list_rules(st, TEST);
    tally_list_rules(st, NO_ABODE);
}
