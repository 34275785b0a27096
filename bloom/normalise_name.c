/*
 * Names. What different clerks write for one name must come out as one text, and no name
 * of a real person may vanish because it looks unusual.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normalise_private.h"

#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz"

/* In front of a name. Those that are forenames too (Prince, Earl, Major, Judge, Imam) are
 * not here. */
static const char *const TITLES[] = {
    "mr",       "mrs",    "miss", "ms",   "mx",   "mstr",  "mst",  "master", "mister",
    "dr",       "doctor", "prof", "sir",  "dame", "lord",  "lady", "rev",    "revd",
    "reverend", "fr",     "cllr", "capt", "sgt",  "cpl",   "pte",  "lt",     "professor",
    "smt",      "shri",   "mme",  "mlle", "herr", "rabbi", NULL};
static const char *const SUFFIXES[] = {"jnr", "snr", "jr",  "sr",  "ii",  "iii",
                                       "iv",  "esq", "mbe", "obe", "cbe", NULL};
/* Behind a full name too: SMITH John Mr. */
static const char *const TITLES_BEHIND[] = {"mr", "mrs", "miss", "ms", "mx", "dr", NULL};
/* Titles that nobody bears for a forename. */
static const char *const NO_FORENAME_TITLES[] = {"mr", "mrs", "miss", "ms",
                                                 "mx", "dr",  NULL};

/* Typed in place of any name. */
static const struct tally_words NOT_NAMED = {
    .by = {
        [TALLY_LETTER('f')] = "female unknown|first name|first name unknown|fnu|fnu lnu|"
                              "forename|forename unknown",
        [TALLY_LETTER('l')] = "last name|last name unknown|lnu",
        [TALLY_LETTER('m')] = "male unknown|mononym",
        [TALLY_LETTER('n')] = "name not known|name unknown|name withheld|no family name|"
                              "no first name|no forename|no given name|no last name|"
                              "no middle name|no name|no second name|no surname|noname|"
                              "not named|not yet named",
        [TALLY_LETTER('o')] = "one name only|only name",
        [TALLY_LETTER('s')] = "single name|surname|surname unknown",
        [TALLY_LETTER('u')] = "unknown female|unknown male|unknown person|unnamed",
        [TALLY_LETTER('x')] = "x|xx",
        [TALLY_LETTER('z')] = "zz",
    }};
static const struct tally_words BABY = {
    .by = {
        [TALLY_LETTER('b')] = "baby boy|baby female|baby girl|baby male|babyboy|babygirl",
        [TALLY_LETTER('f')] = "female baby|female infant",
        [TALLY_LETTER('i')] = "infant",
        [TALLY_LETTER('m')] = "male baby|male infant",
        [TALLY_LETTER('n')] = "new baby|new born|newborn",
        [TALLY_LETTER('s')] = "stillborn",
        [TALLY_LETTER('u')] = "unborn|unborn baby|unborn child",
    }};
static const struct tally_words TEST = {
    .by = {
        [TALLY_LETTER('d')] = "do not use|dummy patient",
        [TALLY_LETTER('j')] = "jane doe|joe bloggs|john doe",
        [TALLY_LETTER('t')] = "test client|test patient|test person|test pupil|"
                              "test record|test test|test user",
        [TALLY_LETTER('z')] = "zz test|zztest",
    }};
/* Typed in place of a forename; each is somebody's surname. */
static const struct tally_words NO_FORENAME = {
    .by = {
        [TALLY_LETTER('b')] = "baby|baby 1|baby 2|baby a|baby b|baby one|baby two|boy",
        [TALLY_LETTER('f')] = "female",
        [TALLY_LETTER('g')] = "girl",
        [TALLY_LETTER('m')] = "male",
        [TALLY_LETTER('t')] = "triplet 1|triplet 2|triplet 3|twin|twin 1|twin 2|twin a|"
                              "twin b|twin one|twin two",
    }};
static struct tally_screen NO_NAMES = {.words = {&NOT_NAMED, &BABY, &TEST, &NO_FORENAME},
                                       .lists = {NO_FORENAME_TITLES}};

/* Beginnings of a forename that names the mother instead. */
static const char *const BABY_OF[] = {"baby of ", "b/o ", NULL};

/* Beginnings that clerks write both joined and apart, as in Mc Donald and McDonald: by
 * type, since what begins a surname may be a forename or an initial of its own (Mac, Nic,
 * Al, O), and a full name in another order would join the wrong words. */
static const char *const JOINED_FORENAME[] = {"abdul", "abdel", "abdal", "abdur",
                                              "abd",   "mc",    NULL};
static const char *const JOINED_SURNAME[] = {"mc",    "mac", "nic",   "fitz",  "o",
                                             "al",    "el",  "abdul", "abdel", "abdal",
                                             "abdur", "abd", NULL};
static const char *const JOINED_FULL_NAME[] = {"mc", "mac", "fitz", NULL};

/* Words between two names that say how they belong together. */
static const char *const BETWEEN[] = {"nee", "aka", "formerly", NULL};

/* Short for one name among those who write it so. */
static const char *const SHORT_FORMS[] = {"md", "mohd", "muhd", "mhd", NULL};
static const char LONG_FORM[] = "mohammed";

static size_t
word_length(const char *text)
{
    return strcspn(text, " ");
}

static void
cut(struct tally_folded *t, size_t at, size_t n)
{
    t->len -= n;
    memmove(t->text + at, t->text + at + n, t->len - at + 1);
}

/* Titles from ${at} on go while a word remains behind them: "Dr Miss" keeps Miss, and a
 * surname Master stays. A hyphen makes a title part of a name: Master-Smith. */
static void
strip_titles(struct tally_folded *t, size_t at)
{
    for (;;) {
        const char *word = t->text + at;
        size_t n = strspn(word, LETTERS);
        size_t signs = strspn(word + n, " .,&/");

        if (n == 0 || signs == 0 || strpbrk(word + n + signs, LETTERS) == NULL ||
            !tally_word_in(word, n, TITLES)) {
            return;
        }
        cut(t, at, n + signs);
    }
}

/* Titles in front, and in a full name behind a comma: SMITH, Mr John. */
static void
strip_all_titles(struct tally_folded *t, enum tally_field_type type)
{
    strip_titles(t, 0);
    if (type == TALLY_FIELD_FULL_NAME) {
        for (size_t i = 0; i < t->len; i++) {
            if (t->text[i] == ',') {
                strip_titles(t, i + 1 + strspn(t->text + i + 1, " "));
            }
        }
    }
}

static void
strip_suffixes(struct tally_folded *t, enum tally_field_type type)
{
    char *last;

    while (last = strrchr(t->text, ' '),
           last != NULL && (tally_word_in(last + 1, strlen(last + 1), SUFFIXES) ||
                            (type == TALLY_FIELD_FULL_NAME &&
                             tally_word_in(last + 1, strlen(last + 1), TITLES_BEHIND)))) {
        *last = '\0';
        t->len = (size_t)(last - t->text);
    }
}

/* O' Brien: a blank behind an apostrophe that follows a letter by itself. */
static void
join_apostrophes(struct tally_folded *t)
{
    const char *at = strchr(t->text, '\'');

    while (at != NULL) {
        size_t i = (size_t)(at - t->text);

        if (i > 0 && t->text[i + 1] == ' ' && (i == 1 || t->text[i - 2] == ' ')) {
            cut(t, i + 1, 1);
        }
        at = strchr(t->text + i + 1, '\'');
    }
}

/* Take the blank out behind a beginning. */
static void
join_beginnings(struct tally_folded *t, enum tally_field_type type)
{
    const char *const *list = type == TALLY_FIELD_FORENAME  ? JOINED_FORENAME
                              : type == TALLY_FIELD_SURNAME ? JOINED_SURNAME
                                                            : JOINED_FULL_NAME;
    size_t at = 0;

    while (at < t->len) {
        size_t n = word_length(t->text + at);

        if (t->text[at + n] == ' ' && tally_word_in(t->text + at, n, list)) {
            cut(t, at + n, 1); /* and look again: Abd al is a beginning itself */
        } else {
            at += n + 1;
        }
    }
}

static void
drop_between(struct tally_folded *t)
{
    size_t at = word_length(t->text) + 1;

    while (at < t->len) {
        size_t n = word_length(t->text + at);

        if (t->text[at + n] == ' ' && tally_word_in(t->text + at, n, BETWEEN)) {
            cut(t, at, n + 1);
        } else {
            at += n + 1;
        }
    }
}

/* Write out the first word when it is a short form. Behind a name the same letters may be
 * a degree. */
static void
write_out(struct tally_folded *t)
{
    size_t n = t->word ? t->len : word_length(t->text);
    size_t more = sizeof LONG_FORM - 1 - n;

    if (n < sizeof LONG_FORM && tally_word_in(t->text, n, SHORT_FORMS) &&
        t->len + more <= TALLY_FOLDED_MAX) {
        memmove(t->text + n + more, t->text + n, t->len - n + 1);
        memcpy(t->text, LONG_FORM, sizeof LONG_FORM - 1);
        t->len += more;
        t->used = t->used > t->len ? t->used : t->len + 1;
    }
}

static bool
begins_with(const char *text, const char *const *list)
{
    while (*list != NULL && strncmp(text, *list, strlen(*list)) != 0) {
        list++;
    }
    return *list != NULL;
}

static enum tally_rule
forename_rule(const char *text)
{
    if (tally_in_words(text, &NO_FORENAME)) {
        return TALLY_RULE_BABY;
    }
    return tally_in_list(text, NO_FORENAME_TITLES) ? TALLY_RULE_NOT_NAMED
                                                   : TALLY_RULE_NONE;
}

/* The rule by which ${text} is no name. */
static enum tally_rule
no_name_rule(const char *text, size_t len, enum tally_field_type type)
{
    if (tally_all_same(text, 3)) {
        return TALLY_RULE_REPEATED;
    }
    if (!tally_may_be_in(text, len, &NO_NAMES)) {
        return TALLY_RULE_NONE;
    }
    if (tally_in_words(text, &NOT_NAMED)) {
        return TALLY_RULE_NOT_NAMED;
    }
    if (tally_in_words(text, &BABY)) {
        return TALLY_RULE_BABY;
    }
    if (tally_in_words(text, &TEST)) {
        return TALLY_RULE_TEST;
    }
    return type == TALLY_FIELD_FORENAME ? forename_rule(text) : TALLY_RULE_NONE;
}

/* One form of the words of a name. Only a short form becomes of one word. */
static void
settle_words(struct tally_folded *t, enum tally_field_type type)
{
    if (!t->word) {
        strip_all_titles(t, type);
        if (!t->plain) {
            join_apostrophes(t);
        }
        tally_folded_words(t);
        strip_suffixes(t, type);
        if (type != TALLY_FIELD_FORENAME) {
            drop_between(t);
        }
        join_beginnings(t, type);
    }
    if (type != TALLY_FIELD_SURNAME) {
        write_out(t);
    }
}

enum tally_reason
tally_normalise_name(const struct tally_field *f, struct tally_folded *in,
                     struct tally_value *out)
{
    size_t len = in->len;

    if (tally_is_placeholder(in->text, in->len, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (f->type == TALLY_FIELD_FORENAME && !in->word && begins_with(in->text, BABY_OF)) {
        return tally_value_placeholder(out, TALLY_RULE_BABY);
    }
    settle_words(in, f->type);
    if ((!in->plain || in->len != len) && tally_is_placeholder(in->text, in->len, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    out->rule = no_name_rule(in->text, in->len, f->type);
    if (out->rule != TALLY_RULE_NONE) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (in->text[0] <= '9' && strspn(in->text, "0123456789 ") == in->len) {
        return TALLY_VALUE_INVALID;
    }
    return tally_value_set(out, in->text, in->len, in->changed);
}

void
tally_name_rules(struct tally_digest_state *st)
{
    static const char *const *const lists[] = {
        TITLES,  SUFFIXES,        TITLES_BEHIND,  NO_FORENAME_TITLES,
        BABY_OF, JOINED_FORENAME, JOINED_SURNAME, JOINED_FULL_NAME,
        BETWEEN, SHORT_FORMS};
    static const char *const long_form[] = {LONG_FORM, NULL};

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        tally_list_rules(st, lists[i]);
    }
    tally_list_rules(st, long_form);
    tally_words_rules(st, &NOT_NAMED);
    tally_words_rules(st, &BABY);
    tally_words_rules(st, &TEST);
    tally_words_rules(st, &NO_FORENAME);
}
