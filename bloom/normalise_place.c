/*
 * Places: UK postcodes, repaired where a letter stands for a digit or the other way
 * round, and address lines with the usual words shortened to one form.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normalise_private.h"

#include <string.h>

#define INWARD      3 /* characters of the second half of a postcode */
#define OUTWARD_MAX 4
#define WHOLE_MAX   (OUTWARD_MAX + INWARD)
#define REPAIRS_MAX 2 /* more repairs than this make another postcode of it */

static const char *const NO_ABODE[] = {"no fixed abode",    "no fixed address",
                                       "of no fixed abode", "homeless",
                                       "rough sleeper",     NULL};
static const struct tally_words NO_ADDRESS = {
    .by = {
        [TALLY_LETTER('a')] = "address not known|address unknown|address withheld|"
                              "as above",
        [TALLY_LETTER('n')] = "no address|no known address|no postcode",
        [TALLY_LETTER('p')] = "postcode not known|postcode unknown",
        [TALLY_LETTER('s')] = "same|same address|same as above|see above",
    }};

static struct tally_screen NO_PLACES = {.words = {&NO_ADDRESS}, .lists = {NO_ABODE}};

/* Typed to get past a check of the shape. No such postcodes exist. */
static const char *const NO_POSTCODE[] = {"aa11aa", "xx11xx", "a11aa", "aa99aa", NULL};

/* The country pseudo-postcodes of the NHS, and their imitations. */
static const char *const PSEUDO_POSTCODE[] = {"zz99", "xx99", NULL};

/* Real postcodes of no ordinary shape: Girobank's, and the overseas territories'. */
static const char *const ODD_POSTCODE[] = {"gir0aa",  "ascn1zz", "bbnd1zz", "biqq1zz",
                                           "fiqq1zz", "pcrn1zz", "siqq1zz", "sthl1zz",
                                           "tkca1zz", NULL};

/* First halves by shape: a letter, 9 any digit, 1 a digit but zero, b and c letters that
 * no digit looks like, as no others end one (S does in W1S). When two shapes need as many
 * repairs, the first stands; the order follows how common they are. */
static const char OUTWARD[][OUTWARD_MAX + 1] = {"aa9", "aa19", "a9",
                                                "a19", "aa9c", "a9b"};
static const char INWARD_SHAPE[] = "9aa";

/* Look-alikes, letter then digit. For a 1, L comes before I, which stands in few places.
 */
static const char LOOK_ALIKES[] = "o0l1i1s5";

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

/* The letters that their words begin with, in the same order; and by letter which lengths
 * they have. */
static const char ABBREVIATED[] =
    "aafaabbbbcccccccccccddefggggggggghhhilllmmppprsssstttuvw";
static const uint16_t LENGTHS[TALLY_LETTERS] = {
    [TALLY_LETTER('a')] = 0x24c, [TALLY_LETTER('b')] = 0x320, [TALLY_LETTER('c')] = 0x1ac,
    [TALLY_LETTER('d')] = 0x28,  [TALLY_LETTER('e')] = 0x40,  [TALLY_LETTER('f')] = 0x28,
    [TALLY_LETTER('g')] = 0xe8,  [TALLY_LETTER('h')] = 0xa0,  [TALLY_LETTER('i')] = 0x400,
    [TALLY_LETTER('l')] = 0x34,  [TALLY_LETTER('m')] = 0x20,  [TALLY_LETTER('p')] = 0x70,
    [TALLY_LETTER('r')] = 0x10,  [TALLY_LETTER('s')] = 0x68,  [TALLY_LETTER('t')] = 0x88,
    [TALLY_LETTER('u')] = 0x20,  [TALLY_LETTER('v')] = 0x10,  [TALLY_LETTER('w')] = 0x10};

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
    bool want_digit = shape == '9' || shape == '1';

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
    return (shape == '1' && c == '0') || (shape == 'b' && strchr("oil", c) != NULL) ||
                   (shape == 'c' && strchr("oils", c) != NULL)
               ? '\0'
               : c;
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

    for (size_t i = 0; i < sizeof OUTWARD / sizeof OUTWARD[0] && best > 0; i++) {
        char tried[OUTWARD_MAX];
        unsigned n = 0;

        if (OUTWARD[i][len - 1] != '\0' && OUTWARD[i][len] == '\0' &&
            tally_fit_shape(text, len, OUTWARD[i], tried, &n) && n < best) {
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
is_no_place(const char *text, size_t len, struct tally_value *out)
{
    if (tally_is_placeholder(text, len, out)) {
        return true;
    }
    if (tally_may_be_in(text, len, &NO_PLACES)) {
        out->rule = tally_in_list(text, NO_ABODE)       ? TALLY_RULE_NO_ABODE
                    : tally_in_words(text, &NO_ADDRESS) ? TALLY_RULE_NO_ADDRESS
                                                        : TALLY_RULE_NONE;
    }
    return out->rule != TALLY_RULE_NONE;
}

/* What was typed to get past a check of the shape, blanks gone. */
static enum tally_rule
filler_rule(const char *text)
{
    if (tally_all_same(text, 2)) {
        return TALLY_RULE_REPEATED;
    }
    if (tally_word_in(text, strnlen(text, 4), PSEUDO_POSTCODE)) {
        return TALLY_RULE_PSEUDO_POSTCODE;
    }
    return tally_in_list(text, NO_POSTCODE) ? TALLY_RULE_FILLER : TALLY_RULE_NONE;
}

/* Whether the digits of a whole postcode of ${len} characters stand where a shape has
 * them: a bit for each character, the last lowest. */
static bool
has_shape(size_t len, unsigned digits)
{
    unsigned outward = digits >> INWARD;

    if ((digits & 7) != 4) { /* 9aa */
        return false;
    }
    switch (len - INWARD) {
    case 2: /* a9 */
        return outward == 1;
    case 3: /* aa9, a19, a9a */
        return outward == 1 || outward == 3 || outward == 2;
    case 4: /* aa19, aa9a */
        return outward == 3 || outward == 2;
    default:
        return false;
    }
}

/* Nearly all: two halves with a blank between them that fit a shape as they are, with no
 * letter at the end of the first that a digit looks like. ${text} gets them without the
 * blank. */
static bool
is_clean(const struct tally_folded *in, char text[WHOLE_MAX + 1])
{
    size_t outward = in->len - INWARD - 1;
    unsigned digits = 0;

    if (!in->plain || in->len < 2 + 1 + INWARD || in->len > WHOLE_MAX + 1 ||
        in->text[outward] != ' ') {
        return false;
    }
    memcpy(text, in->text, outward);
    memcpy(text + outward, in->text + outward + 1, INWARD + 1);
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] == ' ') {
            return false;
        }
        digits = digits << 1 | is_digit(text[i]);
    }
    return has_shape(in->len - 1, digits) && strchr("oils", text[outward - 1]) == NULL &&
           ((digits >> INWARD & 3) != 3 || text[outward - 2] != '0');
}

/* What ${in} is when its characters are fitted to a shape, into ${text}. */
static enum tally_reason
repair(struct tally_folded *in, char text[WHOLE_MAX + 1], struct tally_value *out)
{
    unsigned repairs = 0;
    size_t outward;

    if (in->len > WHOLE_MAX) {
        return TALLY_VALUE_INVALID;
    }
    outward = in->len > OUTWARD_MAX ? in->len - INWARD : in->len;
    if (!fit_outward(in->text, outward, text, &repairs) ||
        !tally_fit_shape(in->text + outward, in->len - outward, INWARD_SHAPE,
                         text + outward, &repairs) ||
        repairs > REPAIRS_MAX) {
        return TALLY_VALUE_INVALID;
    }
    return tally_value_set(out, text, in->len, in->changed || repairs > 0);
}

static enum tally_reason
settle(struct tally_folded *in, char text[WHOLE_MAX + 1], struct tally_value *out)
{
    if (is_clean(in, text)) {
        out->rule = filler_rule(text);
        return out->rule != TALLY_RULE_NONE
                   ? TALLY_VALUE_PLACEHOLDER
                   : tally_value_set(out, text, in->len - 1, in->changed);
    }
    if (is_no_place(in->text, in->len, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    tally_folded_words(in);
    cut_sector(in);
    tally_folded_keep(in, "", " ");
    out->rule = filler_rule(in->text);
    if (out->rule != TALLY_RULE_NONE) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    return tally_in_list(in->text, ODD_POSTCODE)
               ? tally_value_set(out, in->text, in->len, in->changed)
               : repair(in, text, out);
}

enum tally_reason
tally_normalise_postcode(const struct tally_field *f, struct tally_folded *in,
                         struct tally_value *out)
{
    char text[WHOLE_MAX + 1];
    enum tally_reason reason;

    (void)f;
    reason = settle(in, text, out);
    tally_wipe(text, sizeof text);
    return reason;
}

/* The short form of a word, NULL when it has none. */
static const char *
short_form(const char *word, size_t len)
{
    size_t letter = (size_t)TALLY_LETTER((unsigned char)word[0]);

    if (letter >= TALLY_LETTERS || len >= 16 || (LENGTHS[letter] >> len & 1) == 0) {
        return NULL;
    }
    for (const char *at = strchr(ABBREVIATED, word[0]); at != NULL;
         at = strchr(at + 1, word[0])) {
        const char *const *pair = &ABBREVIATIONS[2 * (at - ABBREVIATED)];

        /* No word here has fewer than two letters. */
        if ((*pair)[1] == word[1] && strncmp(*pair, word, len) == 0 &&
            (*pair)[len] == '\0') {
            return pair[1];
        }
    }
    return NULL;
}

/* ${len} characters, of which most words have few: those behind them are copied too where
 * there is room. */
#define AT_ONCE TALLY_FOLDED_SPARE
static void
copy_word(char *to, size_t room, const char *word, size_t len)
{
    if (len <= AT_ONCE && room >= AT_ONCE) {
        memcpy(to, word, AT_ONCE);
    } else {
        memcpy(to, word, len);
    }
}

/* Word by word into ${out}, cut off where room ends. Returns the length. */
static size_t
shorten(const struct tally_folded *in, char out[TALLY_VALUE_MAX])
{
    size_t n = 0;

    for (size_t at = 0; at < in->len;) {
        const char *word = in->text + at;
        const char *end = memchr(word, ' ', in->len - at);
        size_t len = end != NULL ? (size_t)(end - word) : in->len - at;
        const char *form = short_form(word, len);
        size_t copied = form != NULL ? strlen(form) : len;

        if (n + 1 + copied > TALLY_VALUE_MAX) {
            break;
        }
        if (n > 0) {
            out[n++] = ' ';
        }
        if (form != NULL) {
            memcpy(out + n, form, copied);
        } else {
            copy_word(out + n, TALLY_VALUE_MAX - n, word, len);
        }
        n += copied;
        at += len + 1;
    }
    return n;
}

enum tally_reason
tally_normalise_address(const struct tally_field *f, struct tally_folded *in,
                        struct tally_value *out)
{
    size_t len;

    (void)f;
    if (!in->plain && tally_is_placeholder(in->text, in->len, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    tally_folded_words(in);
    if (is_no_place(in->text, in->len, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (tally_all_same(in->text, 3)) {
        return tally_value_placeholder(out, TALLY_RULE_REPEATED);
    }
    len = shorten(in, out->text);
    return tally_value_set(out, out->text, len, in->changed || in->len > TALLY_VALUE_MAX);
}

void
tally_place_rules(struct tally_digest_state *st)
{
    static const char *const look_alikes[] = {LOOK_ALIKES, NULL};

    TALLY_INVARIANT(ABBREVIATIONS[2 * (sizeof ABBREVIATED - 1)] == NULL);
    for (size_t i = 0; ABBREVIATED[i] != '\0'; i++) {
        const char *word = ABBREVIATIONS[2 * i];

        TALLY_INVARIANT(ABBREVIATED[i] == word[0] &&
                        (LENGTHS[TALLY_LETTER(word[0])] >> strlen(word) & 1) != 0);
    }

    tally_list_rules(st, NO_ABODE);
    tally_words_rules(st, &NO_ADDRESS);
    tally_list_rules(st, NO_POSTCODE);
    tally_list_rules(st, PSEUDO_POSTCODE);
    tally_list_rules(st, ODD_POSTCODE);
    for (size_t i = 0; i < sizeof OUTWARD / sizeof OUTWARD[0]; i++) {
        tally_digest_update(st, OUTWARD[i], strlen(OUTWARD[i]) + 1);
    }
    tally_list_rules(st, look_alikes);
    tally_list_rules(st, ABBREVIATIONS);
}
