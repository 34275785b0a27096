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

/* Append a token; ${occurrence} counts the equal ones before it. */
static void
add(struct tally_tokens *t, const char *bytes, size_t len, uint8_t occurrence)
{
    struct tally_token *token = &t->list[t->n++];

    memcpy(t->bytes + t->nbytes, bytes, len);
    token->at = (uint16_t)t->nbytes;
    token->len = (uint8_t)len;
    token->occurrence = occurrence;
    t->nbytes += len;
}

/* How often ${bigram} stands among the tokens already, which are all bigrams. */
static uint8_t
count_bigram(const struct tally_tokens *t, const char bigram[BIGRAM])
{
    unsigned n = 0;

    for (size_t i = 0; i < t->nbytes; i += BIGRAM) {
        n += t->bytes[i + 1] == (uint8_t)bigram[1] &&
             t->bytes[i + 2] == (uint8_t)bigram[2];
    }
    return (uint8_t)n;
}

/* Two characters at a time, a pad before and behind each word: the order of words does
 * not matter, and where one begins does. */
static void
add_bigrams(struct tally_tokens *t, const char *text, size_t len)
{
    char bigram[BIGRAM] = {'b', PAD, PAD};

    for (size_t i = 0; i <= len; i++) {
        bool end = i == len || text[i] == ' ';

        bigram[2] = end ? PAD : text[i];
        if (bigram[1] != PAD || bigram[2] != PAD) {
            add(t, bigram, sizeof bigram, count_bigram(t, bigram));
        }
        bigram[1] = bigram[2];
    }
}

/* A character and its place, counted from ${place}: two digits, three from 100 on.
 * ${skip} has no token. */
static void
add_positional(struct tally_tokens *t, const char *text, size_t len, unsigned place,
               char skip)
{
    for (size_t i = 0; i < len; i++, place++) {
        char token[5] = {'p'};
        size_t n = 1;

        if (text[i] == skip) {
            continue;
        }
        if (place >= 100) {
            token[n++] = (char)('0' + place / 100);
        }
        token[n++] = (char)('0' + place / 10 % 10);
        token[n++] = (char)('0' + place % 10);
        token[n++] = text[i];
        add(t, token, n, 0);
    }
}

/* A marked piece of the value, unless it is unknown. */
static void
add_piece(struct tally_tokens *t, char mark, const char *text, size_t len)
{
    char token[TOKEN_TEXT_MAX];

    if (text[0] == UNKNOWN) {
        return;
    }
    token[0] = mark;
    memcpy(token + 1, text, len);
    add(t, token, len + 1, 0);
}

/* YYYYMMDD: digits in their places forgive a slip; year, month and day weigh whole
 * agreement; the pair without order forgives a swap. */
static void
add_date(struct tally_tokens *t, const char *text)
{
    const char *month = text + 4;
    const char *day = text + 6;
    bool swap = memcmp(month, day, 2) > 0;
    char pair[4];

    add_positional(t, text, 8, 0, UNKNOWN);
    add_piece(t, 'y', text, 4);
    add_piece(t, 'm', month, 2);
    add_piece(t, 'd', day, 2);
    if (month[0] != UNKNOWN && day[0] != UNKNOWN) {
        memcpy(pair, swap ? day : month, 2);
        memcpy(pair + 2, swap ? month : day, 2);
        add_piece(t, 's', pair, sizeof pair);
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

static void
add_whole(struct tally_tokens *t, const char *text, size_t len)
{
    char token[1 + WHOLE_MAX];

    if (len > WHOLE_MAX) {
        len = WHOLE_MAX;
    }
    token[0] = 'w';
    memcpy(token + 1, text, len);
    add(t, token, len + 1, 0);
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
        char token[TOKEN_TEXT_MAX];
        int n = snprintf(token, sizeof token, "n%lld", (long long)at);

        add(t, token, (size_t)n, 0);
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
        add_whole(out, v->text, v->len);
        break;
    }
}
