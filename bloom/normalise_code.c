/*
 * Codes: sex, integer, enumeration; and free text, the type without rules.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normalise_private.h"

#include <stdlib.h>
#include <string.h>

#define INTEGER_DIGITS 15 /* what TALLY_INTEGER_LIMIT has */

/* The letters, the words, and the codes of the NHS Data Dictionary: 1 male, 2 female, 9
 * not specified (that is: seen, and neither); 0 not known stands with the placeholders.
 */
static const char *const MALE[] = {"m",     "male",    "man",       "boy", "1",
                                   "gwryw", "bachgen", "gwrywaidd", NULL};
static const char *const FEMALE[] = {"f",     "female", "woman",     "girl", "2",
                                     "benyw", "merch",  "benywaidd", NULL};
static const char *const OTHER[] = {"x",         "other",    "indeterminate",
                                    "9",         "intersex", "non binary",
                                    "nonbinary", "arall",    NULL};
static const char *const NO_SEX[] = {"0", "u", "n", NULL};

/* ${text} as m, f or x; 0 for a code that says not known, '\0' for anything else. */
static char
sex_of(const char *text)
{
    static const struct {
        const char *const *words;
        char code;
    } codes[] = {{MALE, 'm'}, {FEMALE, 'f'}, {OTHER, 'x'}, {NO_SEX, '0'}};

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (tally_in_list(text, codes[i].words)) {
            return codes[i].code;
        }
    }
    return '\0';
}

/* A code and what it stands for, as in "m male", "male 1" and "0 not known": both must
 * say the same, or the words nothing. */
static char
sex_of_pair(char *text, struct tally_value *out)
{
    char *words = strchr(text, ' ');
    char code;

    if (words == NULL) {
        return '\0';
    }
    *words++ = '\0';
    code = sex_of(text);
    return code == sex_of(words) || tally_is_placeholder(words, strlen(words), out)
               ? code
               : '\0';
}

enum tally_reason
tally_normalise_sex(const struct tally_field *f, struct tally_folded *in,
                    struct tally_value *out)
{
    char code;

    (void)f;
    if (tally_is_placeholder(in->text, in->len, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    tally_folded_cut_zeros(in);
    tally_folded_words(in);
    code = sex_of(in->text);
    if (code == '\0') {
        code = sex_of_pair(in->text, out);
    }
    if (code == '0') {
        return tally_value_placeholder(out, TALLY_RULE_CODE);
    }
    out->rule = TALLY_RULE_NONE;
    return code == '\0' ? TALLY_VALUE_INVALID
                        : tally_value_set(out, &code, 1, in->changed);
}

/* Cut a fraction of zeros, which is what a spreadsheet makes of a column with gaps. */
static void
cut_fraction(char *digits)
{
    char *point = strchr(digits, '.');

    if (point != NULL && point > digits && point[1 + strspn(point + 1, "0")] == '\0') {
        *point = '\0';
    }
}

enum tally_reason
tally_normalise_integer(const struct tally_field *f, struct tally_folded *in,
                        struct tally_value *out)
{
    bool negative = in->text[0] == '-';
    char *digits = in->text + (negative || in->text[0] == '+' ? 1 : 0);
    int64_t value;

    if (tally_is_placeholder(in->text, in->len, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    cut_fraction(digits);
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
    if ((f->nvalues == 0 || !listed) && tally_is_placeholder(in->text, in->len, out)) {
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
    if (tally_is_placeholder(in->text, in->len, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    tally_folded_words(in);
    if (!in->plain && tally_is_placeholder(in->text, in->len, out)) {
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
}
