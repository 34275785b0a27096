/*
 * Numbers that an authority gives a person. Each type is one shape and one check, both
 * from the authority's published description (docs/normalisation.md names them).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normalise_private.h"

#include <stdlib.h>
#include <string.h>

#define TEN              10
#define UPN_LEN          13
#define PNC_SERIAL_MAX   7
#define PNC_LEN          12 /* year, serial and check letter */
#define PNC_SHORT_LEN    10 /* the same with a year of two digits */
#define PNC_LAST_CENTURY 50 /* a two-digit year from here on is of the 20th century */
#define NI_LEN           8  /* without its suffix */
#define NI_REPAIRS_MAX   2

static const char DIGITS[] = "0123456789";

/* Check letters by remainder: of a UPN, and of a PNC id, which starts at Z. */
static const char UPN_LETTERS[] = "abcdefghjklmnpqrtuvwxyz";
static const char PNC_LETTERS[] = "zabcdefghjklmnpqrtuvwxy";

/* Typed to fill a box, besides one digit repeated. */
static const char *const FILLERS[] = {"1234567890", "0123456789", "9876543210", NULL};
static const char *const NI_FILLERS[] = {"ab123456", "aa123456", "qq123456", "aa000000",
                                         "ab000000", "zz999999", NULL};
/* Prefixes never given, or given for a time only (TN); letters never used. */
static const char *const NI_NO_PREFIX[] = {"bg", "gb", "kn", "nk", "nt", "zz", NULL};
static const char NI_TEMPORARY[] = "tn";
static const char NI_NO_FIRST[] = "dfiquv";
static const char NI_NO_SECOND[] = "dfiquvo";
static const char NI_SUFFIXES[] = "abcd";
static const char NI_SHAPE[] = "aa999999";

/* What all numbers have in common: leave letters and digits alone in ${in}. False when
 * that is a placeholder. */
static bool
clear(struct tally_folded *in, struct tally_value *out)
{
    if (tally_is_placeholder(in->text, in->len, out)) {
        return false;
    }
    tally_folded_cut_zeros(in);
    tally_folded_keep(in, "", " -./'");
    if (tally_all_same(in->text, 2) || tally_in_list(in->text, FILLERS)) {
        out->rule = TALLY_RULE_FILLER;
        return false;
    }
    return true;
}

static bool
is_digits(const char *text, size_t len)
{
    size_t n = 0;

    while (text[n] >= '0' && text[n] <= '9') {
        n++;
    }
    return n == len && text[n] == '\0';
}

/* Weights 10 down to 2 over nine digits. */
static int
weighted_sum(const char *digits)
{
    int sum = 0;

    for (int i = 0; i < TEN - 1; i++) {
        sum += (TEN - i) * (digits[i] - '0');
    }
    return sum;
}

/* The check digit of NHS and CHI numbers is the remainder modulo 11 taken from 11. A
 * check of 10 is never issued, and no single digit equals it. */
static bool
nhs_check(const char *digits)
{
    return (11 - weighted_sum(digits) % 11) % 11 == digits[TEN - 1] - '0';
}

enum tally_reason
tally_normalise_nhs(const struct tally_field *f, struct tally_folded *in,
                    struct tally_value *out)
{
    (void)f;
    if (!clear(in, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (!is_digits(in->text, TEN)) {
        return TALLY_VALUE_INVALID;
    }
    if (!nhs_check(in->text)) {
        return TALLY_VALUE_CHECK_DIGIT;
    }
    return tally_value_set(out, in->text, in->len, in->changed);
}

/* Whether six digits are a day, month and year; nothing says which century, so 29
 * February needs no more than a year divisible by four. */
static bool
is_birth_date(const char *digits)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int day = (digits[0] - '0') * 10 + digits[1] - '0';
    int month = (digits[2] - '0') * 10 + digits[3] - '0';
    int year = (digits[4] - '0') * 10 + digits[5] - '0';

    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
           (month != 2 || day < 29 || year % 4 == 0);
}

/* A CHI number begins with the date of birth, so that a spreadsheet takes the zero off
 * those of the first nine days of a month. */
static void
restore_zero(struct tally_folded *t)
{
    if (is_digits(t->text, TEN - 1)) {
        memmove(t->text + 1, t->text, TEN);
        t->text[0] = '0';
        t->len = TEN;
        t->used = t->used > TEN ? t->used : TEN + 1;
        t->changed = true;
    }
}

enum tally_reason
tally_normalise_chi(const struct tally_field *f, struct tally_folded *in,
                    struct tally_value *out)
{
    (void)f;
    if (!clear(in, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    restore_zero(in);
    if (!is_digits(in->text, TEN)) {
        return TALLY_VALUE_INVALID;
    }
    if (!is_birth_date(in->text)) {
        return TALLY_VALUE_IMPOSSIBLE;
    }
    if (!nhs_check(in->text)) {
        return TALLY_VALUE_CHECK_DIGIT;
    }
    return tally_value_set(out, in->text, in->len, in->changed);
}

/* A learner number's check digit is the remainder taken from 10, and no number has the
 * remainder 0. */
static bool
uln_check(const char *digits)
{
    int rest = weighted_sum(digits) % 11;

    return rest != 0 && 10 - rest == digits[TEN - 1] - '0';
}

enum tally_reason
tally_normalise_uln(const struct tally_field *f, struct tally_folded *in,
                    struct tally_value *out)
{
    (void)f;
    if (!clear(in, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (!is_digits(in->text, TEN) || in->text[0] == '0') {
        return TALLY_VALUE_INVALID;
    }
    if (!uln_check(in->text)) {
        return TALLY_VALUE_CHECK_DIGIT;
    }
    return tally_value_set(out, in->text, in->len, in->changed);
}

/* The place of ${letter} among the check letters of a UPN, or -1. */
static int
upn_letter(char letter)
{
    const char *at = letter != '\0' ? strchr(UPN_LETTERS, letter) : NULL;

    return at != NULL ? (int)(at - UPN_LETTERS) : -1;
}

/* The sum of digits 2 to 13 times their place gives the letter in front. A temporary
 * number ends in a letter, which counts by its place too. */
static bool
upn_check(const char *text)
{
    int sum = 0;

    for (int i = 1; i < UPN_LEN; i++) {
        int digit = strchr(DIGITS, text[i]) != NULL ? text[i] - '0' : upn_letter(text[i]);

        sum += (i + 1) * digit;
    }
    return UPN_LETTERS[sum % (int)(sizeof UPN_LETTERS - 1)] == text[0];
}

enum tally_reason
tally_normalise_upn(const struct tally_field *f, struct tally_folded *in,
                    struct tally_value *out)
{
    size_t digits;

    (void)f;
    if (!clear(in, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (in->len == UPN_LEN && tally_all_same(in->text + 1, UPN_LEN - 1)) {
        return tally_value_placeholder(out, TALLY_RULE_FILLER);
    }
    digits = in->len == UPN_LEN ? strspn(in->text + 1, DIGITS) : 0;
    if (digits < UPN_LEN - 2 || upn_letter(in->text[0]) < 0 ||
        (digits == UPN_LEN - 2 && upn_letter(in->text[UPN_LEN - 1]) < 0)) {
        return TALLY_VALUE_INVALID;
    }
    if (!upn_check(in->text)) {
        return TALLY_VALUE_CHECK_DIGIT;
    }
    return digits == UPN_LEN - 2 ? tally_value_placeholder(out, TALLY_RULE_TEMPORARY)
                                 : tally_value_set(out, in->text, in->len, in->changed);
}

/* Split into ${year} digits, the serial and the letter, all of which stand in ${text}
 * with nothing between them, and write the full form. */
static bool
spread_pnc(const char *text, size_t year, char full[PNC_LEN])
{
    size_t digits = strspn(text, DIGITS);
    size_t serial = digits - year;
    bool last_century;

    if (digits <= year || serial > PNC_SERIAL_MAX || strlen(text) != digits + 1) {
        return false;
    }
    memset(full, '0', PNC_LEN);
    if (year == 2) {
        last_century = (text[0] - '0') * 10 + text[1] - '0' >= PNC_LAST_CENTURY;
        memcpy(full, last_century ? "19" : "20", 2);
    }
    memcpy(full + 4 - year, text, year);
    memcpy(full + 4 + PNC_SERIAL_MAX - serial, text + year, serial);
    full[PNC_LEN - 1] = text[digits];
    return true;
}

/* The year and the serial as one number, modulo 23, give the letter; only the last two
 * digits of the year count. */
static bool
pnc_check(const char full[PNC_LEN])
{
    unsigned n = 0;

    for (size_t i = 2; i < PNC_LEN - 1; i++) {
        n = n * 10 + (unsigned)(full[i] - '0');
    }
    return PNC_LETTERS[n % (sizeof PNC_LETTERS - 1)] == full[PNC_LEN - 1];
}

/* The length of the year in front: up to the slash, or what the length of all allows; 0
 * when it cannot be told. Takes the slash out. */
static size_t
pnc_year_length(struct tally_folded *t)
{
    const char *slash;
    size_t year;

    tally_folded_keep(t, "/", " -.'");
    slash = strchr(t->text, ' ');
    year = slash != NULL             ? (size_t)(slash - t->text)
           : t->len == PNC_SHORT_LEN ? 2
           : t->len == PNC_LEN       ? 4
                                     : 0;
    tally_folded_keep(t, "", " ");
    return year == 2 || year == 4 ? year : 0;
}

enum tally_reason
tally_normalise_pnc(const struct tally_field *f, struct tally_folded *in,
                    struct tally_value *out)
{
    char full[PNC_LEN];
    enum tally_reason reason;
    size_t year;

    (void)f;
    if (tally_is_placeholder(in->text, in->len, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    year = pnc_year_length(in);
    if (tally_all_same(in->text, 2)) {
        return tally_value_placeholder(out, TALLY_RULE_FILLER);
    }
    if (year == 0 || !spread_pnc(in->text, year, full)) {
        return TALLY_VALUE_INVALID;
    }
    if (strncmp(full + 4, "0000000", PNC_SERIAL_MAX) == 0) {
        reason = tally_value_placeholder(out, TALLY_RULE_FILLER);
    } else if (strncmp(full, "19", 2) != 0 && strncmp(full, "20", 2) != 0) {
        reason = TALLY_VALUE_IMPOSSIBLE;
    } else if (!pnc_check(full)) {
        reason = TALLY_VALUE_CHECK_DIGIT;
    } else {
        reason = tally_value_set(out, full, PNC_LEN, in->changed);
    }
    tally_wipe(full, sizeof full);
    return reason;
}

/* Cut the suffix, which is often left out and tells nobody apart. False when what stands
 * there is none. */
static bool
cut_suffix(struct tally_folded *t)
{
    if (t->len == NI_LEN + 1 && strchr(NI_SUFFIXES, t->text[NI_LEN]) != NULL) {
        t->text[NI_LEN] = '\0';
        t->len = NI_LEN;
    }
    return t->len == NI_LEN;
}

static bool
ni_prefix_ok(const char *text)
{
    return strchr(NI_NO_FIRST, text[0]) == NULL &&
           strchr(NI_NO_SECOND, text[1]) == NULL && !tally_word_in(text, 2, NI_NO_PREFIX);
}

enum tally_reason
tally_normalise_ni(const struct tally_field *f, struct tally_folded *in,
                   struct tally_value *out)
{
    char text[NI_LEN];
    unsigned repairs = 0;
    enum tally_reason reason;

    (void)f;
    if (!clear(in, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (strncmp(in->text, NI_TEMPORARY, 2) == 0 && strspn(in->text + 2, DIGITS) == 6) {
        return tally_value_placeholder(out, TALLY_RULE_TEMPORARY);
    }
    if (!cut_suffix(in)) {
        return TALLY_VALUE_INVALID;
    }
    if (tally_in_list(in->text, NI_FILLERS)) {
        return tally_value_placeholder(out, TALLY_RULE_FILLER);
    }
    if (!tally_fit_shape(in->text, NI_LEN, NI_SHAPE, text, &repairs) ||
        repairs > NI_REPAIRS_MAX || !ni_prefix_ok(text)) {
        reason = TALLY_VALUE_INVALID;
    } else {
        reason = tally_value_set(out, text, NI_LEN, in->changed || repairs > 0);
    }
    tally_wipe(text, sizeof text);
    return reason;
}

void
tally_number_rules(struct tally_digest_state *st)
{
    static const char *const letters[] = {UPN_LETTERS, PNC_LETTERS,  NI_TEMPORARY,
                                          NI_NO_FIRST, NI_NO_SECOND, NI_SUFFIXES,
                                          NI_SHAPE,    "50",         NULL};

    tally_list_rules(st, FILLERS);
    tally_list_rules(st, NI_FILLERS);
    tally_list_rules(st, NI_NO_PREFIX);
    tally_list_rules(st, letters);
}
