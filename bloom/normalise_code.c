/*
 * Codes and numbers: sex, NHS number, integer, enumeration; and free text, the type
 * without rules.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normalise_private.h"

#include <stdlib.h>
#include <string.h>

#define NHS_DIGITS     10
#define INTEGER_DIGITS 15 /* what TALLY_INTEGER_LIMIT has */

/* The letters, the words, and the codes of the NHS Data Dictionary: 1 male, 2 female, 9
 * not specified (that is: seen, and neither); 0 not known stands with the placeholders.
 */
static const char *const MALE[] = {"m", "male", "man", "boy", "1", "gwryw", NULL};
static const char *const FEMALE[] = {"f", "female", "woman", "girl", "2", "benyw", NULL};
static const char *const OTHER[] = {"x",        "other",      "indeterminate", "9",
                                    "intersex", "non binary", "nonbinary",     NULL};
static const char *const NO_SEX[] = {"0", "u", "n", NULL};
static const char *const NO_NHS_NUMBER[] = {"1234567890", "0123456789", NULL};

enum tally_reason
tally_normalise_sex(const struct tally_field *f, struct tally_folded *in,
                    struct tally_value *out)
{
    static const struct {
        const char *const *words;
        const char *code;
    } codes[] = {{MALE, "m"}, {FEMALE, "f"}, {OTHER, "x"}};

    (void)f;
    if (tally_is_placeholder(in->text)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    tally_folded_keep(in, TALLY_WORD_BREAKS, TALLY_WORD_MARKS);
    if (tally_in_list(in->text, NO_SEX)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (tally_in_list(in->text, codes[i].words)) {
            return tally_value_set(out, codes[i].code, 1, in->changed);
        }
    }
    return TALLY_VALUE_INVALID;
}

/* The check digit of an NHS number: weights 10 down to 2, the sum modulo 11 taken
 * from 11. A check digit of 10 is never issued, and no single digit equals it. */
static bool
nhs_check(const char *digits)
{
    int sum = 0;

    for (int i = 0; i < NHS_DIGITS - 1; i++) {
        sum += (NHS_DIGITS - i) * (digits[i] - '0');
    }
    return (11 - sum % 11) % 11 == digits[NHS_DIGITS - 1] - '0';
}

enum tally_reason
tally_normalise_nhs(const struct tally_field *f, struct tally_folded *in,
                    struct tally_value *out)
{
    (void)f;
    if (tally_is_placeholder(in->text)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    tally_folded_keep(in, "", " -.'");
    if (tally_all_same(in->text, 2) || tally_in_list(in->text, NO_NHS_NUMBER)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (in->len != NHS_DIGITS || strspn(in->text, "0123456789") != NHS_DIGITS) {
        return TALLY_VALUE_INVALID;
    }
    if (!nhs_check(in->text)) {
        return TALLY_VALUE_CHECK_DIGIT;
    }
    return tally_value_set(out, in->text, in->len, in->changed);
}

enum tally_reason
tally_normalise_integer(const struct tally_field *f, struct tally_folded *in,
                        struct tally_value *out)
{
    bool negative = in->text[0] == '-';
    char *digits = in->text + (negative || in->text[0] == '+' ? 1 : 0);
    int64_t value;

    if (tally_is_placeholder(in->text)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (in->changed || digits[0] == '\0' ||
        digits[strspn(digits, "0123456789")] != '\0') {
        return TALLY_VALUE_INVALID;
    }
    while (digits[0] == '0' && digits[1] != '\0') {
        digits++;
    }
    if (strlen(digits) > INTEGER_DIGITS) {
        return TALLY_VALUE_IMPOSSIBLE;
    }
    value = strtoll(digits, NULL, 10);
    if (negative && value != 0) {
        *--digits = '-'; /* over the sign, or over a zero that went */
        value = -value;
    }
    if (value < f->minimum || value > f->maximum) {
        return TALLY_VALUE_IMPOSSIBLE;
    }
    return tally_value_set(out, digits, strlen(digits), false);
}

enum tally_reason
tally_normalise_listed(const struct tally_field *f, struct tally_folded *in,
                       struct tally_value *out)
{
    bool listed = f->nvalues == 0;

    for (size_t i = 0; i < f->nvalues && !listed; i++) {
        listed = strcmp(f->values[i], in->text) == 0;
    }
    /* A listed value is a value, even "unknown": the parties agreed that it means
     * something. */
    if ((f->nvalues == 0 || !listed) && tally_is_placeholder(in->text)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (!listed) {
        return TALLY_VALUE_INVALID;
    }
    return tally_value_set(out, in->text, in->len, in->changed);
}

enum tally_reason
tally_normalise_text(const struct tally_field *f, struct tally_folded *in,
                     struct tally_value *out)
{
    (void)f;
    if (tally_is_placeholder(in->text)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    tally_folded_keep(in, TALLY_WORD_BREAKS, TALLY_WORD_MARKS);
    if (tally_is_placeholder(in->text)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    return tally_value_set(out, in->text, in->len, in->changed);
}

void
tally_code_rules(struct tally_digest_state *st)
{
    tally_list_rules(st, MALE);
    tally_list_rules(st, FEMALE);
    tally_list_rules(st, OTHER);
    tally_list_rules(st, NO_SEX);
    tally_list_rules(st, NO_NHS_NUMBER);
}
