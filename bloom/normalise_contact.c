/*
 * Telephone numbers and e-mail addresses: one form for the many ways to write one, and no
 * guess at what is damaged.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normalise_private.h"

#include <string.h>

#define DIGITS_MAX   20
#define ABROAD_MIN   7  /* digits of a number abroad, its country's among them */
#define ABROAD_MAX   15 /* the longest that ITU-T E.164 allows */
#define NATIONAL_MIN 10 /* of the UK, with the leading zero */
#define NATIONAL_MAX 11
#define LOCAL_MAX    64 /* of an e-mail address, before the @ */

/* Words beside a number: what it is, and what ends it. */
static const char *const LABELS[] = {"tel",  "telephone", "phone", "mob", "mobile",
                                     "home", "work",      "t",     "m",   "h",
                                     "w",    "no",        NULL};
static const char *const EXTENSIONS[] = {"x", "ext", "extn", "extension", NULL};

/* Typed to fill a box, in national form, besides one digit repeated. */
static const char *const NO_NUMBER[] = {"01234567890", "0123456789",  "01234567891",
                                        "07123456789", "07000000000", "07777777777",
                                        "09876543210", NULL};
static const char *const NO_CONTACT[] = {"no phone",          "no telephone",
                                         "no number",         "no mobile",
                                         "ex directory",      "ex-directory",
                                         "no email",          "no e-mail",
                                         "no mail",           "not on email",
                                         "no email address",  "no phone number",
                                         "does not have one", NULL};

/* In front of the @, where there is no address. */
static const char *const NO_MAILBOX[] = {
    "none",     "noemail",   "no.email", "no-email", "no_email",   "nomail",
    "no",       "nobody",    "noreply",  "no-reply", "donotreply", "do-not-reply",
    "unknown",  "notknown",  "nil",      "null",     "refused",    "notprovided",
    "notgiven", "not.given", NULL};
static const char *const TEST_MAILBOX[] = {"test", "testing", "dummy", "test.test", NULL};
static const char LOCAL_SIGNS[] =
    "abcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+-/=?^_{|}~";
static const char LABEL_SIGNS[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

/* The digits of a telephone number; a plus in front counts as 00. */
struct number {
    size_t len;
    char text[DIGITS_MAX + 1];
};

static bool
is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Collect the digits of ${text}. False when there are too many, or something that does
 * not belong there. */
static bool
collect(const char *text, struct number *n)
{
    while (*text != '\0') {
        size_t word = strspn(text, "abcdefghijklmnopqrstuvwxyz");

        if (word > 0 || *text == '#') {
            if (n->len >= ABROAD_MIN &&
                (*text == '#' || tally_word_in(text, word, EXTENSIONS))) {
                return true;
            }
            if (word == 0 || !tally_word_in(text, word, LABELS)) {
                return false;
            }
            text += word;
            continue;
        }
        if (*text >= '0' && *text <= '9') {
            if (n->len == DIGITS_MAX) {
                return false;
            }
            n->text[n->len++] = *text;
        } else if (*text == '+' && n->len == 0) {
            memcpy(n->text, "00", 2);
            n->len = 2;
        } else if (strchr(" -./()_:,", *text) == NULL) {
            return false;
        }
        text++;
    }
    return true;
}

/* Cut ${cut} digits and put ${front} before the rest, which is not longer. */
static void
replace_front(struct number *n, size_t cut, const char *front)
{
    size_t len = strlen(front);

    memmove(n->text + len, n->text + cut, n->len - cut);
    memcpy(n->text, front, len);
    n->len = n->len - cut + len;
    n->text[n->len] = '\0';
}

/* Bring a number within the UK to its form there: a zero, and no country. */
static void
nationalise(struct number *n, bool *repaired)
{
    n->text[n->len] = '\0';
    if (strncmp(n->text, "000044", 6) == 0) {
        replace_front(n, 4, "00"); /* +0044 */
    }
    if (strncmp(n->text, "0044", 4) == 0) {
        replace_front(n, n->text[4] == '0' ? 5 : 4, "0");
    } else if (strncmp(n->text, "44", 2) == 0 && n->len >= 12) {
        replace_front(n, n->text[2] == '0' ? 3 : 2, "0");
    } else if (n->len == NATIONAL_MAX - 1 && strchr("1237", n->text[0]) != NULL) {
        memmove(n->text + 1, n->text, n->len + 1); /* a spreadsheet took it off */
        n->text[0] = '0';
        n->len++;
        *repaired = true;
    }
}

static bool
number_ok(const struct number *n)
{
    if (strncmp(n->text, "00", 2) == 0) {
        return n->len >= 2 + ABROAD_MIN && n->len <= 2 + ABROAD_MAX && n->text[2] != '0';
    }
    return n->text[0] == '0' && n->len >= NATIONAL_MIN && n->len <= NATIONAL_MAX &&
           strchr("1235789", n->text[1]) != NULL;
}

enum tally_reason
tally_normalise_telephone(const struct tally_field *f, struct tally_folded *in,
                          struct tally_value *out)
{
    struct number n = {0, ""};
    bool repaired = in->changed;
    enum tally_reason reason = TALLY_VALUE_INVALID;

    (void)f;
    if (tally_is_placeholder(in->text, in->len, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (tally_in_list(in->text, NO_CONTACT)) {
        return tally_value_placeholder(out, TALLY_RULE_NOT_KNOWN);
    }
    tally_folded_cut_zeros(in);
    if (collect(in->text, &n) && n.len > 0) {
        nationalise(&n, &repaired);
        if (tally_all_same(n.text + (n.text[0] == '0' ? 1 : 0), 5) ||
            tally_all_same(n.text, 2) || tally_in_list(n.text, NO_NUMBER)) {
            reason = tally_value_placeholder(out, TALLY_RULE_FILLER);
        } else if (number_ok(&n)) {
            reason = tally_value_set(out, n.text, n.len, repaired);
        }
    }
    tally_wipe(&n, sizeof n);
    return reason;
}

/* Take away what mail programs put around an address, and blanks and full stops where
 * none can be. */
static void
unwrap(struct tally_folded *t)
{
    static const char mailto[] = "mailto:";
    char *open = strrchr(t->text, '<');
    char *close = open != NULL ? strchr(open, '>') : NULL;
    size_t n = 0;

    if (close != NULL && close[1] == '\0') {
        *close = '\0';
        t->len = (size_t)(close - open) - 1;
        memmove(t->text, open + 1, t->len + 1);
    }
    if (strncmp(t->text, mailto, sizeof mailto - 1) == 0) {
        t->len -= sizeof mailto - 1;
        memmove(t->text, t->text + sizeof mailto - 1, t->len + 1);
    }
    while (t->len > 0 && strchr(" .,;", t->text[t->len - 1]) != NULL) {
        t->len--;
    }
    for (size_t i = 0; i < t->len; i++) {
        if (t->text[i] != ' ') {
            t->text[n++] = t->text[i];
        }
    }
    t->changed = t->changed || n < t->len;
    t->text[n] = '\0';
    t->len = n;
}

/* Two labels or more of letters, digits and hyphens; the last begins with a letter. */
static bool
domain_ok(const char *text)
{
    size_t labels = 0;

    for (;;) {
        size_t n = strspn(text, LABEL_SIGNS);

        if (n == 0 || text[0] == '-' || text[n - 1] == '-') {
            return false;
        }
        labels++;
        if (text[n] == '\0') {
            return labels >= 2 && n >= 2 && is_letter(text[0]);
        }
        if (text[n] != '.') {
            return false;
        }
        text += n + 1;
    }
}

static bool
local_ok(const char *text, size_t len)
{
    if (len == 0 || len > LOCAL_MAX || strspn(text, LOCAL_SIGNS) != len ||
        text[0] == '.' || text[len - 1] == '.') {
        return false;
    }
    for (size_t i = 1; i < len; i++) {
        if (text[i] == '.' && text[i - 1] == '.') {
            return false;
        }
    }
    return true;
}

static enum tally_rule
mailbox_rule(const char *text, size_t len)
{
    if (tally_word_in(text, len, NO_MAILBOX)) {
        return TALLY_RULE_NOT_KNOWN;
    }
    if (tally_word_in(text, len, TEST_MAILBOX)) {
        return TALLY_RULE_TEST;
    }
    /* a@a.com */
    return len == 1 && text[2] == text[0] && text[3] == '.' ? TALLY_RULE_FILLER
                                                            : TALLY_RULE_NONE;
}

enum tally_reason
tally_normalise_email(const struct tally_field *f, struct tally_folded *in,
                      struct tally_value *out)
{
    const char *at;

    (void)f;
    if (tally_is_placeholder(in->text, in->len, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (tally_in_list(in->text, NO_CONTACT)) {
        return tally_value_placeholder(out, TALLY_RULE_NOT_KNOWN);
    }
    if (in->changed) { /* something was dropped, and every character counts here */
        return TALLY_VALUE_INVALID;
    }
    unwrap(in);
    at = strchr(in->text, '@');
    if (at == NULL || in->len > TALLY_VALUE_MAX ||
        !local_ok(in->text, (size_t)(at - in->text)) || !domain_ok(at + 1)) {
        return TALLY_VALUE_INVALID;
    }
    out->rule = mailbox_rule(in->text, (size_t)(at - in->text));
    return out->rule != TALLY_RULE_NONE
               ? TALLY_VALUE_PLACEHOLDER
               : tally_value_set(out, in->text, in->len, in->changed);
}

void
tally_contact_rules(struct tally_digest_state *st)
{
    static const char *const signs[] = {LOCAL_SIGNS, LABEL_SIGNS, NULL};

    tally_list_rules(st, LABELS);
    tally_list_rules(st, EXTENSIONS);
    tally_list_rules(st, NO_NUMBER);
    tally_list_rules(st, NO_CONTACT);
    tally_list_rules(st, NO_MAILBOX);
    tally_list_rules(st, TEST_MAILBOX);
    tally_list_rules(st, signs);
}
