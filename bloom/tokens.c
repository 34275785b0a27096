/*
 * Tokens. The bytes made here are hashed, so every one of them is part of the format: a
 * change makes old and new encodings incomparable and needs a new TALLY_SCHEMA_VERSION.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/tokens.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAD            '_'  /* stands for the edge of a word */
#define UNKNOWN        '-'  /* a digit of a date's missing part */
#define NOTHING        '\0' /* no character to skip: values hold no NUL */
#define BIGRAM         3    /* bytes, its mark among them */
#define WHOLE_MAX      250  /* so that a token's length, with its mark, fits a byte */
#define INWARD         3    /* characters of the second half of a postcode */
#define DISTRICT_MAX   4    /* longest postcode that is a first half alone */
#define INWARD_PLACE   10   /* of the second half, whatever the first half's length */
#define TOKEN_TEXT_MAX 24
#define RUN            2 /* characters of a positional piece */
#define YEAR           4 /* digits of a date's year */
#define DATE           8 /* of a whole date */

/* Append a token of ${len} bytes to piece ${piece}; the caller writes it in place: no
 * copies of a value are left behind. ${occurrence} counts the equal tokens before it. */
static uint8_t *
add(struct tally_tokens *t, size_t piece, size_t len, uint8_t occurrence)
{
    struct tally_token *token = &t->list[t->n++];

    token->at = (uint16_t)t->nbytes;
    token->len = (uint8_t)len;
    token->occurrence = occurrence;
    token->piece = (uint16_t)piece;
    t->nbytes += len;
    return t->bytes + token->at;
}

/* Bigrams met so far, by a hash: a bigram that is not marked is new. */
#define SEEN_BITS 4096u
struct seen {
    uint64_t words[SEEN_BITS / 64];
};

/* Mark a bigram. False when it is certain that it was not marked before. */
static bool
mark_seen(struct seen *s, uint8_t first, uint8_t second)
{
    unsigned h = (first * 67u + second) % SEEN_BITS;
    uint64_t bit = (uint64_t)1 << h % 64;
    bool marked = (s->words[h / 64] & bit) != 0;

    s->words[h / 64] |= bit;
    return marked;
}

/* How often the bigram of ${first} and ${second} stands among the tokens, all bigrams. */
static uint8_t
count_bigram(const struct tally_tokens *t, uint8_t first, uint8_t second)
{
    unsigned n = 0;

    for (size_t i = 0; i < t->nbytes; i += BIGRAM) {
        n += t->bytes[i + 1] == first && t->bytes[i + 2] == second;
    }
    return (uint8_t)n;
}

/* Two characters at a time, a pad before and behind each word: the order of words does
 * not matter, and where one begins does. */
static void
add_bigrams(struct tally_tokens *t, const char *text, size_t len)
{
    struct seen seen = {{0}};
    uint8_t first = PAD;

    for (size_t i = 0; i <= len; i++) {
        uint8_t second = i == len || text[i] == ' ' ? PAD : (uint8_t)text[i];

        if (first != PAD || second != PAD) {
            bool again = mark_seen(&seen, first, second);
            uint8_t *token =
                add(t, t->n, BIGRAM, again ? count_bigram(t, first, second) : 0);

            token[0] = 'b';
            token[1] = first;
            token[2] = second;
        }
        first = second;
    }
}

/* ${c} at ${place}: two digits, three from 100 on. */
static void
add_placed(struct tally_tokens *t, size_t piece, char c, unsigned place)
{
    uint8_t *token = add(t, piece, place < 100 ? 4 : 5, 0);

    *token++ = 'p';
    if (place >= 100) {
        *token++ = (uint8_t)('0' + place / 100);
    }
    *token++ = (uint8_t)('0' + place / 10 % 10);
    *token++ = (uint8_t)('0' + place % 10);
    *token = (uint8_t)c;
}

/* Every character and its place; ${skip} has no token. */
static void
add_positional(struct tally_tokens *t, const char *text, size_t len, char skip)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] != skip) {
            add_placed(t, i / RUN, text[i], (unsigned)i);
        }
    }
}

/* Part of the value with a mark that says what it is. */
static void
add_marked(struct tally_tokens *t, size_t piece, char mark, const char *text, size_t len)
{
    uint8_t *token = add(t, piece, len + 1, 0);

    token[0] = (uint8_t)mark;
    memcpy(token + 1, text, len);
}

/* A part of a date, unless it is missing. */
static void
add_part(struct tally_tokens *t, size_t piece, char mark, const char *text, size_t len)
{
    if (text[0] != UNKNOWN) {
        add_marked(t, piece, mark, text, len);
    }
}

/* YYYYMMDD: digits in their places forgive a slip; year, month and day weigh whole
 * agreement; the pair without order forgives a swap. The year is a piece, the rest
 * another. */
static void
add_date(struct tally_tokens *t, const char *text)
{
    const char *month = text + YEAR;
    const char *day = month + 2;
    bool swap = memcmp(month, day, 2) > 0;

    for (unsigned i = 0; i < DATE; i++) {
        if (text[i] != UNKNOWN) {
            add_placed(t, i >= YEAR, text[i], i);
        }
    }
    add_part(t, 0, 'y', text, YEAR);
    add_part(t, 1, 'm', month, 2);
    add_part(t, 1, 'd', day, 2);
    if (month[0] != UNKNOWN && day[0] != UNKNOWN) {
        uint8_t *pair = add(t, 1, 5, 0);

        pair[0] = 's';
        memcpy(pair + 1, swap ? day : month, 2);
        memcpy(pair + 3, swap ? month : day, 2);
    }
}

static size_t
outward_of(size_t len)
{
    return len > DISTRICT_MAX ? len - INWARD : len;
}

/* The first half with the sector's digit is a piece, the unit another. */
static void
add_postcode(struct tally_tokens *t, const char *text, size_t len)
{
    size_t outward = outward_of(len);

    for (size_t i = 0; i < len; i++) {
        bool inward = i >= outward;

        add_placed(t, i > outward, text[i],
                   (unsigned)(inward ? INWARD_PLACE + i - outward : i));
    }
    add_marked(t, 0, 'o', text, outward);
    if (len > outward) {
        add_marked(t, 0, 'z', text, outward + 1);
    }
}

int64_t
tally_neighbourhood_step(int64_t distance)
{
    return (distance + TALLY_NEIGHBOURHOOD_STEPS - 1) / TALLY_NEIGHBOURHOOD_STEPS;
}

/* The multiples of the step from the value up to, but without, value + distance. Two
 * values share those that lie in both stretches, whose common length is distance -
 * |difference|. */
static void
add_neighbourhood(struct tally_tokens *t, int64_t distance, int64_t value)
{
    int64_t step = tally_neighbourhood_step(distance);
    int64_t rest = value % step;
    int64_t at = rest == 0 ? value : value - rest + (rest > 0 ? step : 0);

    for (; at < value + distance; at += step) {
        char number[TOKEN_TEXT_MAX];
        int len = snprintf(number, sizeof number, "%lld", (long long)at);

        add_marked(t, 0, 'n', number, (size_t)len);
    }
}

void
tally_tokenise(const struct tally_field *f, const struct tally_value *v,
               struct tally_tokens *out)
{
    out->n = 0;
    out->nbytes = 0;
    if (v->len == 0) {
        return;
    }
    switch (f->tokens) {
    case TALLY_TOKENS_BIGRAMS:
        add_bigrams(out, v->text, v->len);
        break;
    case TALLY_TOKENS_POSITIONAL:
        add_positional(out, v->text, v->len,
                       f->type == TALLY_FIELD_DATE ? UNKNOWN : NOTHING);
        break;
    case TALLY_TOKENS_DATE:
        add_date(out, v->text);
        break;
    case TALLY_TOKENS_POSTCODE:
        add_postcode(out, v->text, v->len);
        break;
    case TALLY_TOKENS_NEIGHBOURHOOD:
        add_neighbourhood(out, f->distance, strtoll(v->text, NULL, 10));
        break;
    default:
        add_marked(out, 0, 'w', v->text, v->len < WHOLE_MAX ? v->len : WHOLE_MAX);
        break;
    }
}

/* A code is a number of CODE_BITS, here of two characters, under another of three. */
#define CHARACTER(c) ((unsigned char)(c) & ((1u << TALLY_CODE_BITS / 2) - 1))

static uint32_t
code_of(unsigned which, unsigned first, unsigned second)
{
    return which << TALLY_CODE_BITS | first << TALLY_CODE_BITS / 2 | second;
}

/* Bigrams, under their occurrence. */
static size_t
code_bigrams(const char *text, size_t len, struct tally_bigram_counts *counts,
             uint32_t *out)
{
    unsigned first = PAD, most = 0;
    size_t n = 0;

    for (size_t i = 0; i <= len; i++) { /* behind the text is a NUL */
        unsigned second = CHARACTER(text[i]) <= ' ' ? PAD : CHARACTER(text[i]);

        if (first != PAD || second != PAD) {
            uint32_t code = code_of(0, first, second);
            unsigned before = counts->of[code]++;

            most |= before;
            out[n++] = code | before << TALLY_CODE_BITS;
        }
        first = second;
    }
    for (size_t i = 0; i < n; i++) {
        counts->of[out[i] & ((1u << TALLY_CODE_BITS) - 1)] = 0;
    }
    return most < TALLY_CODES >> TALLY_CODE_BITS ? n : 0;
}

/* Runs of two characters, or one at the end, under their place. */
static size_t
code_runs(const char *text, size_t len, uint32_t *out)
{
    size_t n = (len + RUN - 1) / RUN;

    if (n > TALLY_CODES >> TALLY_CODE_BITS) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) { /* behind the text is a NUL */
        out[i] =
            code_of((unsigned)i, CHARACTER(text[RUN * i]), CHARACTER(text[RUN * i + 1]));
    }
    return n;
}

/* Four digits, of which a missing one counts as the eleventh. */
static uint32_t
digits_of(const char *text)
{
    uint32_t number = 0;

    for (size_t i = 0; i < 4; i++) {
        number = 11 * number + (text[i] == UNKNOWN ? 10 : (uint32_t)(text[i] - '0'));
    }
    return number;
}

/* The year of a date, and under 1 its month and day. */
static size_t
code_date(const char *text, uint32_t *out)
{
    out[0] = digits_of(text);
    out[1] = digits_of(text + YEAR) | 1u << TALLY_CODE_BITS;
    return 2;
}

size_t
tally_code(const struct tally_field *f, const struct tally_value *v,
           struct tally_bigram_counts *counts, uint32_t out[TALLY_PIECES_MAX])
{
    if (v->len == 0) {
        return 0;
    }
    switch (f->tokens) {
    case TALLY_TOKENS_BIGRAMS:
        return code_bigrams(v->text, v->len, counts, out);
    case TALLY_TOKENS_POSITIONAL:
        return code_runs(v->text, v->len, out);
    case TALLY_TOKENS_DATE:
        return code_date(v->text, out);
    default:
        return 0;
    }
}

bool
tally_has_codes(const struct tally_field *f)
{
    return f->tokens == TALLY_TOKENS_BIGRAMS || f->tokens == TALLY_TOKENS_POSITIONAL ||
           f->tokens == TALLY_TOKENS_DATE;
}

/* The outward half of a postcode with the sector's digit is a piece, the unit another.
 * Where the half ends is part of what it is: m1 1 is not m11. Anything else is one piece.
 */
size_t
tally_cut(const struct tally_field *f, const struct tally_value *v,
          struct tally_piece out[TALLY_CUT_MAX])
{
    size_t outward = outward_of(v->len);
    size_t first =
        f->tokens == TALLY_TOKENS_POSTCODE && outward < v->len ? outward + 1 : v->len;

    if (v->len == 0) {
        return 0;
    }
    out[0] = (struct tally_piece){.len = (uint8_t)first, .beside = (uint8_t)outward};
    if (first == v->len) {
        return 1;
    }
    out[1] = (struct tally_piece){
        .at = (uint8_t)first, .len = (uint8_t)(v->len - first), .beside = UINT8_MAX};
    return 2;
}
