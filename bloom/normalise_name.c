/*
 * Names. What different clerks write for one name must come out as one text, and no name
 * of a real person may vanish because it looks unusual.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normalise_private.h"

#include <string.h>

static const char *const TITLES[] = {"mr",   "mrs",       "miss",   "ms",  "dr",
                                     "prof", "professor", "rev",    "sir", "dame",
                                     "lord", "lady",      "master", NULL};
static const char *const SUFFIXES[] = {"jnr", "snr", "jr",  "sr",
                                       "ii",  "iii", "esq", NULL};

/* Typed in place of any name. */
static const char *const NO_NAME[] = {"not named",
                                      "not yet named",
                                      "unnamed",
                                      "no name",
                                      "noname",
                                      "no surname",
                                      "no forename",
                                      "name unknown",
                                      "unknown male",
                                      "unknown female",
                                      "unborn",
                                      "unborn child",
                                      "unborn baby",
                                      "newborn",
                                      "new born",
                                      "new baby",
                                      "baby boy",
                                      "baby girl",
                                      "babyboy",
                                      "babygirl",
                                      "infant",
                                      "test test",
                                      "test patient",
                                      "do not use",
                                      "john doe",
                                      "jane doe",
                                      "joe bloggs",
                                      "x",
                                      "xx",
                                      "zz",
                                      "forename",
                                      "surname",
                                      "first name",
                                      "last name",
                                      NULL};
/* Typed in place of a forename; each is somebody's surname. */
static const char *const NO_FORENAME[] = {"baby",     "boy",      "girl",   "male",
                                          "female",   "twin",     "twin 1", "twin 2",
                                          "twin one", "twin two", "baby 1", "baby 2",
                                          "baby one", "baby two", NULL};
/* Beginnings that clerks write both joined and apart: Mc Donald, McDonald. */
static const char *const JOINED[] = {"mc", "mac", NULL};

static size_t
word_length(const char *text)
{
    return strcspn(text, " ");
}

static void
cut_front(struct tally_folded *t, size_t n)
{
    t->len -= n;
    memmove(t->text, t->text + n, t->len + 1);
}

/* Titles go while a word remains behind them: "Dr Miss" keeps Miss, and a surname Master
 * stays. */
static void
strip_titles(struct tally_folded *t)
{
    size_t n;

    while (n = word_length(t->text),
           t->text[n] == ' ' && tally_word_in(t->text, n, TITLES)) {
        cut_front(t, n + 1);
    }
}

static void
strip_suffixes(struct tally_folded *t)
{
    char *last;

    while (last = strrchr(t->text, ' '),
           last != NULL && tally_word_in(last + 1, strlen(last + 1), SUFFIXES)) {
        *last = '\0';
        t->len = (size_t)(last - t->text);
    }
}

/* Take the blank out behind Mc and Mac, and behind the O of a surname: O Brien is
 * O'Brien. Not in forenames and full names, where a lone O may be an initial. */
static void
join_prefixes(struct tally_folded *t, enum tally_field_type type)
{
    size_t at = 0;

    while (at < t->len) {
        size_t n = word_length(t->text + at);
        bool join = tally_word_in(t->text + at, n, JOINED) ||
                    (type == TALLY_FIELD_SURNAME && n == 1 && t->text[at] == 'o');

        if (join && t->text[at + n] == ' ') {
            memmove(t->text + at + n, t->text + at + n + 1, t->len - (at + n));
            t->len--;
        }
        at += word_length(t->text + at) + 1;
    }
}

static bool
is_no_name(const char *text, enum tally_field_type type)
{
    return tally_all_same(text, 3) || tally_in_list(text, NO_NAME) ||
           (type == TALLY_FIELD_FORENAME && tally_in_list(text, NO_FORENAME));
}

enum tally_reason
tally_normalise_name(const struct tally_field *f, struct tally_folded *in,
                     struct tally_value *out)
{
    if (tally_is_placeholder(in->text)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    tally_folded_keep(in, TALLY_WORD_BREAKS, TALLY_WORD_MARKS);
    strip_titles(in);
    strip_suffixes(in);
    join_prefixes(in, f->type);
    if (tally_is_placeholder(in->text) || is_no_name(in->text, f->type)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (strspn(in->text, "0123456789 ") == in->len) {
        return TALLY_VALUE_INVALID;
    }
    return tally_value_set(out, in->text, in->len, in->changed);
}

void
tally_name_rules(struct tally_digest_state *st)
{
    tally_list_rules(st, TITLES);
    tally_list_rules(st, SUFFIXES);
    tally_list_rules(st, NO_NAME);
    tally_list_rules(st, NO_FORENAME);
    tally_list_rules(st, JOINED);
}
