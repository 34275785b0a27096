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

/* Append a token of ${len} bytes, which the caller writes in place: no copies of a value
 * are left behind. ${occurrence} counts the equal tokens before it. */
static uint8_t *
add(struct tally_tokens *t, size_t len, uint8_t occurrence)
{
    struct tally_token *token = &t->list[t->n++];

    token->at = (uint16_t)t->nbytes;
    token->len = (uint8_t)len;
    token->occurrence = occurrence;
    t->nbytes += len;
    return t->bytes + token->at;
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
    uint8_t first = PAD;

    for (size_t i = 0; i <= len; i++) {
        uint8_t second = i == len || text[i] == ' ' ? PAD : (uint8_t)text[i];

        if (first != PAD || second != PAD) {
            uint8_t *token = add(t, BIGRAM, count_bigram(t, first, second));

            token[0] = 'b';
            token[1] = first;
            token[2] = second;
        }
        first = second;
    }
}

/* A character and its place, counted from ${place}: two digits, three from 100 on.
 * ${skip} has no token. */
static void
add_positional(struct tally_tokens *t, const char *text, size_t len, unsigned place,
               char skip)
{
    for (size_t i = 0; i < len; i++, place++) {
        uint8_t *token;

        if (text[i] == skip) {
            continue;
        }
        token = add(t, place < 100 ? 4 : 5, 0);
        *token++ = 'p';
        if (place >= 100) {
            *token++ = (uint8_t)('0' + place / 100);
        }
        *token++ = (uint8_t)('0' + place / 10 % 10);
        *token++ = (uint8_t)('0' + place % 10);
        *token = (uint8_t)text[i];
    }
}

/* A piece of the value with a mark that says what it is. */
static void
add_piece(struct tally_tokens *t, char mark, const char *text, size_t len)
{
    uint8_t *token = add(t, len + 1, 0);

    token[0] = (uint8_t)mark;
    memcpy(token + 1, text, len);
}

/* A part of a date, unless it is missing. */
static void
add_part(struct tally_tokens *t, char mark, const char *text, size_t len)
{
    if (text[0] != UNKNOWN) {
        add_piece(t, mark, text, len);
    }
}

/* YYYYMMDD: digits in their places forgive a slip; year, month and day weigh whole
 * agreement; the pair without order forgives a swap. */
static void
add_date(struct tally_tokens *t, const char *text)
{
    const char *month = text + 4;
    const char *day = text + 6;
    bool swap = memcmp(month, day, 2) > 0;

    add_positional(t, text, 8, 0, UNKNOWN);
    add_part(t, 'y', text, 4);
    add_part(t, 'm', month, 2);
    add_part(t, 'd', day, 2);
    if (month[0] != UNKNOWN && day[0] != UNKNOWN) {
        uint8_t *pair = add(t, 5, 0);

        pair[0] = 's';
        memcpy(pair + 1, swap ? day : month, 2);
        memcpy(pair + 3, swap ? month : day, 2);
    }
}

static void
add_postcode(struct tally_tokens *t, const char *text, size_t len)
{
    size_t outward = len > DISTRICT_MAX ? len - INWARD : len;

    add_positional(t, text, outward, 0, NOTHING);
    add_positional(t, text + outward, len - outward, INWARD_PLACE, NOTHING);
    add_piece(t, 'o', text, outward);
    if (len > outward) {
        add_piece(t, 'z', text, outward + 1);
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

        add_piece(t, 'n', number, (size_t)len);
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
        add_positional(out, v->text, v->len, 0,
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
        add_piece(out, 'w', v->text, v->len < WHOLE_MAX ? v->len : WHOLE_MAX);
        break;
    }
}
