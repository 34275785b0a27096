/*
 * Places: UK postcodes, repaired where a letter stands for a digit or the other way
 * round, and address lines with the usual words shortened to one form.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normalise_private.h"

#include <string.h>

#define INWARD      3 /* characters of the second half of a postcode */
#define OUTWARD_MAX 4
#define REPAIRS_MAX 2 /* more repairs than this make another postcode of it */

static const char *const NO_ABODE[] = {"no fixed abode",    "no fixed address",
                                       "of no fixed abode", "homeless",
                                       "rough sleeper",     NULL};
static const struct tally_words NO_ADDRESS = {{
    [TALLY_LETTER('a')] = "address not known|address unknown|address withheld|"
                          "as above",
    [TALLY_LETTER('n')] = "no address|no known address|no postcode",
    [TALLY_LETTER('p')] = "postcode not known|postcode unknown",
    [TALLY_LETTER('s')] = "same|same address|same as above|see above",
}};

/* Typed to get past a check of the shape. No such postcodes exist. */
static const char *const NO_POSTCODE[] = {"aa11aa", "xx11xx", "a11aa", "aa99aa", NULL};

/* The country pseudo-postcodes of the NHS, and their imitations. */
static const char *const PSEUDO_POSTCODE[] = {"zz99", "xx99", NULL};

/* Real postcodes of no ordinary shape: Girobank's, and the overseas territories'. */
static const char *const ODD_POSTCODE[] = {"gir0aa",  "ascn1zz", "bbnd1zz", "biqq1zz",
                                           "fiqq1zz", "pcrn1zz", "siqq1zz", "sthl1zz",
                                           "tkca1zz", NULL};

/* First halves by shape: a letter, 9 any digit, 1 a digit but zero. When two shapes need
 * as many repairs, the first stands; the order follows how common they are. */
static const char *const OUTWARD[] = {"aa9", "aa19", "a9", "a19", "aa9a", "a9a", NULL};
static const char INWARD_SHAPE[] = "9aa";

/* Look-alikes, letter then digit. */
static const char LOOK_ALIKES[] = "o0i1l1s5";

/* Word, short form. The first word of an address is shortened too: there "st" is Saint,
 * which comes to the same. */
static const char *const ABBREVIATIONS[] = {
    "apartment",  "flat",   "apt",       "flat", "flt",      "flat", "avenue",    "ave",
    "av",         "ave",    "boulevard", "blvd", "building", "bldg", "buildings", "bldg",
    "bldgs",      "bldg",   "circuit",   "cct",  "close",    "cl",   "clo",       "cl",
    "cottage",    "cott",   "cottages",  "cott", "cotts",    "cott", "court",     "ct",
    "crt",        "ct",     "crescent",  "cres", "cresc",    "cres", "cr",        "cres",
    "drive",      "dr",     "drv",       "dr",   "estate",   "est",  "floor",     "flr",
    "garden",     "gdns",   "gardens",   "gdns", "gdn",      "gdns", "gds",       "gdns",
    "grd",        "ground", "great",     "gt",   "grove",    "gr",   "grv",       "gr",
    "gro",        "gr",     "heights",   "hts",  "highway",  "hwy",  "house",     "hse",
    "industrial", "ind",    "lane",      "ln",   "la",       "ln",   "lower",     "lwr",
    "manor",      "mnr",    "mount",     "mt",   "parade",   "pde",  "park",      "pk",
    "place",      "pl",     "road",      "rd",   "saint",    "st",   "square",    "sq",
    "street",     "st",     "str",       "st",   "terrace",  "terr", "ter",       "terr",
    "tce",        "terr",   "upper",     "upr",  "view",     "vw",   "walk",      "wlk",
    NULL};

/* The letters that their words begin with, in the same order. */
static const char ABBREVIATED[] =
    "aafaabbbbcccccccccccddefggggggggghhhilllmmppprsssstttuvw";

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ${c} as the shape's character asks, swapped for its look-alike where that helps; '\0'
 * when nothing does. Counts a swap. */
static char
fit(char c, char shape, unsigned *repairs)
{
    bool want_digit = shape != 'a';

    if (is_digit(c) != want_digit) {
        const char *pair = LOOK_ALIKES;

        while (*pair != '\0' && pair[want_digit ? 0 : 1] != c) {
            pair += 2;
        }
        if (*pair == '\0') {
            return '\0';
        }
        c = pair[want_digit ? 1 : 0];
        ++*repairs;
    }
    return shape == '1' && c == '0' ? '\0' : c;
}

bool
tally_fit_shape(const char *text, size_t len, const char *shape, char *out,
                unsigned *repairs)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = fit(text[i], shape[i], repairs);
        if (out[i] == '\0') {
            return false;
        }
    }
    return true;
}

/* Fit a first half to the shape that needs the fewest repairs. */
static bool
fit_outward(const char *text, size_t len, char *out, unsigned *repairs)
{
    unsigned best = REPAIRS_MAX + 1;

    for (const char *const *shape = OUTWARD; *shape != NULL; shape++) {
        char tried[OUTWARD_MAX];
        unsigned n = 0;

        if (strlen(*shape) == len && tally_fit_shape(text, len, *shape, tried, &n) &&
            n < best) {
            best = n;
            memcpy(out, tried, len);
        }
    }
    *repairs += best;
    return best <= REPAIRS_MAX;
}

/* Cut a sector's digit, as in "po8 2": what is left is the district, which is less but
 * certain. */
static void
cut_sector(struct tally_folded *t)
{
    if (t->len >= 4 && t->text[t->len - 2] == ' ' && is_digit(t->text[t->len - 1])) {
        t->len -= 2;
        t->text[t->len] = '\0';
        t->changed = true;
    }
}

/* Whether ${text} says that there is no place: then ${out} has the rule. */
static bool
is_no_place(const char *text, struct tally_value *out)
{
    if (tally_is_placeholder(text, out)) {
        return true;
    }
    out->rule = tally_in_list(text, NO_ABODE)       ? TALLY_RULE_NO_ABODE
                : tally_in_words(text, &NO_ADDRESS) ? TALLY_RULE_NO_ADDRESS
                                                    : TALLY_RULE_NONE;
    return out->rule != TALLY_RULE_NONE;
}

/* What was typed to get past a check of the shape, blanks gone. */
static enum tally_rule
filler_rule(const char *text)
{
    if (tally_all_same(text, 2)) {
        return TALLY_RULE_REPEATED;
    }
    if (tally_word_in(text, strlen(text) < 4 ? strlen(text) : 4, PSEUDO_POSTCODE)) {
        return TALLY_RULE_PSEUDO_POSTCODE;
    }
    return tally_in_list(text, NO_POSTCODE) ? TALLY_RULE_FILLER : TALLY_RULE_NONE;
}

enum tally_reason
tally_normalise_postcode(const struct tally_field *f, struct tally_folded *in,
                         struct tally_value *out)
{
    char text[OUTWARD_MAX + INWARD];
    enum tally_reason reason;
    unsigned repairs = 0;
    size_t outward;

    (void)f;
    if (is_no_place(in->text, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    tally_folded_keep(in, TALLY_WORD_BREAKS, TALLY_WORD_MARKS);
    cut_sector(in);
    tally_folded_keep(in, "", " ");
    out->rule = filler_rule(in->text);
    if (out->rule != TALLY_RULE_NONE) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (tally_in_list(in->text, ODD_POSTCODE)) {
        return tally_value_set(out, in->text, in->len, in->changed);
    }
    if (in->len > OUTWARD_MAX + INWARD) {
        return TALLY_VALUE_INVALID;
    }
    outward = in->len > OUTWARD_MAX ? in->len - INWARD : in->len;
    if (!fit_outward(in->text, outward, text, &repairs) ||
        !tally_fit_shape(in->text + outward, in->len - outward, INWARD_SHAPE,
                         text + outward, &repairs) ||
        repairs > REPAIRS_MAX) {
        return TALLY_VALUE_INVALID;
    }
    reason = tally_value_set(out, text, in->len, in->changed || repairs > 0);
    tally_wipe(text, sizeof text);
    return reason;
}

static const char *
short_form(const char *word, size_t len)
{
    const char *at = strchr(ABBREVIATED, word[0]);

    for (; at != NULL; at = strchr(at + 1, word[0])) {
        const char *const *pair = &ABBREVIATIONS[2 * (at - ABBREVIATED)];

        /* No word here has fewer than two letters. */
        if ((*pair)[1] == word[1] && strncmp(*pair, word, len) == 0 &&
            (*pair)[len] == '\0') {
            return pair[1];
        }
    }
    return NULL;
}

/* Word by word into ${out}, which holds TALLY_FOLDED_MAX characters: a short form is
 * never more than one character longer than its word. Returns the length, cut off where
 * room ends. */
static size_t
shorten(const struct tally_folded *in, char *out, size_t cap)
{
    size_t n = 0;

    for (size_t at = 0; at < in->len;) {
        size_t len = strcspn(in->text + at, " ");
        const char *word = short_form(in->text + at, len);
        size_t copied = word != NULL ? strlen(word) : len;

        if (n + 1 + copied > cap) {
            break;
        }
        if (n > 0) {
            out[n++] = ' ';
        }
        memcpy(out + n, word != NULL ? word : in->text + at, copied);
        n += copied;
        at += len + 1;
    }
    return n;
}

enum tally_reason
tally_normalise_address(const struct tally_field *f, struct tally_folded *in,
                        struct tally_value *out)
{
    char text[TALLY_VALUE_MAX];
    enum tally_reason reason;
    size_t len;
    size_t whole;

    (void)f;
    if (!in->plain && tally_is_placeholder(in->text, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    tally_folded_keep(in, TALLY_WORD_BREAKS, TALLY_WORD_MARKS);
    if (is_no_place(in->text, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (tally_all_same(in->text, 3)) {
        return tally_value_placeholder(out, TALLY_RULE_REPEATED);
    }
    len = shorten(in, text, sizeof text);
    whole = in->len;
    reason = tally_value_set(out, text, len, in->changed || whole > sizeof text);
    tally_wipe(text, sizeof text);
    return reason;
}

void
tally_place_rules(struct tally_digest_state *st)
{
    static const char *const look_alikes[] = {LOOK_ALIKES, NULL};

    for (size_t i = 0; i < sizeof ABBREVIATED; i++) { /* the NUL goes with the end */
        TALLY_INVARIANT(ABBREVIATIONS[2 * i] == NULL
                            ? ABBREVIATED[i] == '\0'
                            : ABBREVIATED[i] == ABBREVIATIONS[2 * i][0]);
    }

    tally_list_rules(st, NO_ABODE);
    tally_words_rules(st, &NO_ADDRESS);
    tally_list_rules(st, NO_POSTCODE);
    tally_list_rules(st, PSEUDO_POSTCODE);
    tally_list_rules(st, ODD_POSTCODE);
    tally_list_rules(st, OUTWARD);
    tally_list_rules(st, look_alikes);
    tally_list_rules(st, ABBREVIATIONS);
}
