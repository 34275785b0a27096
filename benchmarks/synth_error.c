/*
 * Typing, OCR and phonetic errors. Tables of our own after the keyboard and OCR tables of
 * pseudopeople (BSD-3-Clause) and the phonetic and OCR rules of sdglinkage (MIT).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/synth_error.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

struct rule {
    const char *from;
    const char *to;
};

/* Keys beside each letter and digit of a British keyboard. */
static const char *const neighbours[36] = {
    "qwsz",   "vghn",  "xdfv", "serfcx", "wsdr", "drtgvc", "ftyhbv", "gyujnb", "ujko",
    "huikmn", "jiolm", "kop",  "njk",    "bhjm", "iklp",   "ol",     "wa",     "edft",
    "awedxz", "rfgy",  "yhji", "cfgb",   "qase", "zsdc",   "tghu",   "asx",    "9p",
    "2q",     "13",    "24",   "35",     "46",   "57",     "68",     "79",     "80"};

static const struct rule ocr_rules[] = {
    {"m", "rn"}, {"rn", "m"}, {"cl", "d"}, {"d", "cl"}, {"w", "vv"}, {"vv", "w"},
    {"u", "v"},  {"v", "u"},  {"m", "n"},  {"h", "b"},  {"b", "h"},  {"c", "e"},
    {"e", "c"},  {"i", "l"},  {"l", "i"},  {"l", "1"},  {"i", "1"},  {"o", "0"},
    {"s", "5"},  {"g", "9"},  {"q", "9"},  {"z", "2"},  {"b", "6"},  {"t", "f"},
    {"f", "t"},  {"y", "v"},  {"a", "o"},  {"n", "ri"}, {"B", "8"},  {"S", "5"},
    {"O", "0"},  {"I", "1"},  {"Z", "2"},  {"G", "6"},  {"A", "4"},  {"0", "O"},
    {"1", "l"},  {"5", "S"},  {"8", "B"},  {"2", "Z"},  {"6", "G"},  {"4", "A"},
    {"D", "O"},  {"E", "F"},  {"F", "P"},  {"P", "F"},  {"R", "B"},  {"H", "N"},
    {"U", "V"}};

static const struct rule phonetic_rules[] = {
    {"ph", "f"},  {"f", "ph"},  {"ck", "k"}, {"c", "k"},    {"k", "c"},   {"th", "t"},
    {"ie", "y"},  {"y", "ie"},  {"ey", "y"}, {"ee", "i"},   {"ei", "i"},  {"ou", "o"},
    {"au", "o"},  {"oo", "u"},  {"ll", "l"}, {"l", "ll"},   {"nn", "n"},  {"n", "nn"},
    {"tt", "t"},  {"t", "tt"},  {"rr", "r"}, {"mm", "m"},   {"ss", "s"},  {"s", "z"},
    {"z", "s"},   {"v", "f"},   {"b", "p"},  {"d", "t"},    {"ia", "ya"}, {"ya", "ia"},
    {"ce", "se"}, {"gh", "g"},  {"wr", "r"}, {"kn", "n"},   {"ai", "ay"}, {"ay", "ai"},
    {"ea", "ee"}, {"igh", "y"}, {"sh", "s"}, {"sch", "sh"}, {"tz", "ts"}, {"x", "ks"},
    {"a", "e"},   {"e", "i"},   {"o", "u"},  {"h", ""},     {"e", ""},    {"w", ""}};

static bool
is_plain(char c)
{
    return isalnum((unsigned char)c) != 0 && ((unsigned char)c & 0x80) == 0;
}

/* The place of a random letter or digit; the first is chosen one time in ten only.
 * SIZE_MAX: none. */
static size_t
pick_place(struct tally_synth_rng *r, const char *text)
{
    size_t len = strlen(text);

    if (len < 2) {
        return SIZE_MAX;
    }
    for (int tries = 0; tries < 8; tries++) {
        size_t i = tally_synth_below(r, (uint32_t)len);

        if (is_plain(text[i]) && (i > 0 || tally_synth_percent(r, 10))) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* A key beside ${c}, in its case. */
static char
neighbour(struct tally_synth_rng *r, char c)
{
    const char *keys = isdigit((unsigned char)c)
                           ? neighbours[26 + c - '0']
                           : neighbours[tolower((unsigned char)c) - 'a'];
    char out = keys[tally_synth_below(r, (uint32_t)strlen(keys))];

    return (char)(isupper((unsigned char)c) ? toupper((unsigned char)out) : out);
}

/* Put ${c} before place ${i}, if there is room. */
static void
insert(char *text, size_t cap, size_t i, char c)
{
    size_t len = strlen(text);

    if (len + 2 <= cap) {
        memmove(text + i + 1, text + i, len - i + 1);
        text[i] = c;
    }
}

static void
swap_with_next(char *text, size_t i)
{
    char c = text[i];

    if (is_plain(text[i + 1])) {
        text[i] = text[i + 1];
        text[i + 1] = c;
    }
}

void
tally_synth_typo(struct tally_synth_rng *r, char *text, size_t cap)
{
    size_t i = pick_place(r, text);
    uint32_t kind = tally_synth_below(r, 10);

    if (i == SIZE_MAX) {
        return;
    }
    if (kind < 4) {
        text[i] = neighbour(r, text[i]);
    } else if (kind < 6) {
        swap_with_next(text, i);
    } else if (kind < 8) {
        memmove(text + i, text + i + 1, strlen(text + i));
    } else {
        insert(text, cap, i + 1, kind == 8 ? neighbour(r, text[i]) : text[i]);
    }
}

/* Where ${from} stands at or after place ${start}, going round. SIZE_MAX: nowhere. */
static size_t
find_from(const char *text, const char *from, size_t start)
{
    const char *p = strstr(text + start, from);

    if (p == NULL) {
        p = strstr(text, from);
    }
    return p == NULL ? SIZE_MAX : (size_t)(p - text);
}

static void
apply_rules(struct tally_synth_rng *r, const struct rule *rules, uint32_t nrules,
            char *text, size_t cap)
{
    size_t len = strlen(text);

    if (len < 3) {
        return;
    }
    for (int tries = 0; tries < 12; tries++) {
        const struct rule *rule = &rules[tally_synth_below(r, nrules)];
        size_t at = find_from(text, rule->from, tally_synth_below(r, (uint32_t)len));
        size_t from = strlen(rule->from);
        size_t to = strlen(rule->to);

        if (at != SIZE_MAX && len - from + to + 1 <= cap) {
            memmove(text + at + to, text + at + from, len - at - from + 1);
            memcpy(text + at, rule->to, to);
            return;
        }
    }
}

void
tally_synth_ocr(struct tally_synth_rng *r, char *text, size_t cap)
{
    apply_rules(r, ocr_rules, sizeof ocr_rules / sizeof ocr_rules[0], text, cap);
}

void
tally_synth_phonetic(struct tally_synth_rng *r, char *text, size_t cap)
{
    apply_rules(r, phonetic_rules, sizeof phonetic_rules / sizeof phonetic_rules[0], text,
                cap);
}

void
tally_synth_digit(struct tally_synth_rng *r, char *text)
{
    size_t len = strlen(text);

    for (int tries = 0; tries < 8 && len > 0; tries++) {
        size_t i = tally_synth_below(r, (uint32_t)len);

        if (isdigit((unsigned char)text[i])) {
            char c = text[i];

            if (tally_synth_percent(r, 70)) {
                c = c == '0' || (c < '9' && tally_synth_percent(r, 50)) ? (char)(c + 1)
                                                                        : (char)(c - 1);
            } else {
                c = (char)('0' + (c - '0' + 1 + (int)tally_synth_below(r, 9)) % 10);
            }
            text[i] = c;
            return;
        }
    }
}

void
tally_synth_shorten(struct tally_synth_rng *r, char *text)
{
    char *mark = strpbrk(text, "-' ");
    uint32_t kind = tally_synth_below(r, 3);

    if (mark == NULL) {
        return;
    }
    if (kind == 0 && *mark == '-') {
        *mark = '\0';
    } else if (kind == 1 && *mark != ' ') {
        *mark = ' ';
    } else {
        memmove(mark, mark + 1, strlen(mark));
    }
}
