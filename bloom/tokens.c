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
    token->piece = (uint8_t)piece;
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
 * not matter, and where one begins does. A word is a piece. */
static void
add_bigrams(struct tally_tokens *t, const char *text, size_t len)
{
    struct seen seen = {{0}};
    uint8_t first = PAD;
    size_t word = 0;

    for (size_t i = 0; i <= len; i++) {
        uint8_t second = i == len || text[i] == ' ' ? PAD : (uint8_t)text[i];

        if (first != PAD || second != PAD) {
            bool again = mark_seen(&seen, first, second);
            uint8_t *token =
                add(t, word, BIGRAM, again ? count_bigram(t, first, second) : 0);

            token[0] = 'b';
            token[1] = first;
            token[2] = second;
            word += second == PAD;
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

/* ${len} characters at ${at} that have as many tokens and ${more}. */
static struct tally_piece
piece_at(size_t at, size_t len, size_t more)
{
    return (struct tally_piece){
        .at = (uint8_t)at, .len = (uint8_t)len, .most_tokens = (uint16_t)(len + more)};
}

/* How often the bigram of ${first} and ${second} stands in the ${n} pieces of ${text}. */
static unsigned
count_before(const char *text, const struct tally_piece *pieces, size_t n, uint8_t first,
             uint8_t second)
{
    unsigned count = 0;

    for (size_t p = 0; p < n; p++) {
        const char *word = text + pieces[p].at;
        uint8_t before = PAD;

        for (size_t i = 0; i <= pieces[p].len; i++) {
            uint8_t c = i == pieces[p].len ? PAD : (uint8_t)word[i];

            count += before == first && c == second;
            before = c;
        }
    }
    return count;
}

/* What word ${n} of ${text} has in common with those before it: for each bigram, in two
 * bits, how often it stands in them. Where that does not fit, which is rare, the word is
 * alone. */
static void
look_before(struct tally_piece *pieces, size_t n, const char *text, struct seen *seen)
{
    struct tally_piece *p = &pieces[n];
    uint8_t first = PAD;

    for (size_t i = 0; i <= p->len; i++) {
        uint8_t second = i == p->len ? PAD : (uint8_t)text[p->at + i];

        if (mark_seen(seen, first, second)) {
            unsigned before = count_before(text, pieces, n, first, second);

            p->alone = p->alone || before > 3 || (before > 0 && i >= 16);
            p->beside |= i < 16 ? before << 2 * i : 0;
        }
        first = second;
    }
}

/* Where the word at ${at} ends: a pad by itself parts words as a blank does. */
static size_t
word_end(const char *text, size_t len, size_t at)
{
    while (at < len && text[at] != ' ' && text[at] != PAD) {
        at++;
    }
    return at;
}

/* Words, each with what it shares with those before it. */
static size_t
cut_words(const char *text, size_t len, struct tally_piece *out)
{
    struct seen seen;
    size_t n = 0;
    size_t end = word_end(text, len, 0);

    if (end == len) {
        out[0] = piece_at(0, len, 1);
        return 1;
    }
    memset(&seen, 0, sizeof(seen));
    for (size_t at = 0; at < len; at = end + 1) {
        end = word_end(text, len, at);
        if (end > at) {
            out[n] = piece_at(at, end - at, 1);
            look_before(out, n, text, &seen);
            n++;
        }
    }
    return n;
}

static size_t
cut_runs(size_t len, struct tally_piece *out)
{
    size_t n = 0;

    for (size_t at = 0; at < len; at += RUN) {
        out[n] = piece_at(at, len - at < RUN ? len - at : RUN, 0);
        out[n++].beside = (uint32_t)at;
    }
    return n;
}

/* A year has its four digits and itself, the rest of a date four and three more. */
static size_t
cut_date(struct tally_piece *out)
{
    out[0] = piece_at(0, YEAR, 1);
    out[1] = piece_at(YEAR, DATE - YEAR, 3);
    out[1].beside = YEAR;
    return 2;
}

/* The outward half with the sector's digit, which are two tokens besides, and the unit.
 * Where the one ends is part of what it is: m1 1 is not m11. */
static size_t
cut_postcode(size_t len, struct tally_piece *out)
{
    size_t outward = outward_of(len);
    size_t first = outward < len ? outward + 1 : len;

    out[0] = piece_at(0, first, 2);
    out[0].beside = (uint32_t)outward;
    if (first == len) {
        return 1;
    }
    out[1] = piece_at(first, len - first, 0);
    out[1].beside = UINT32_MAX;
    return 2;
}

static size_t
cut_whole(size_t len, size_t most_tokens, struct tally_piece *out)
{
    out[0] = piece_at(0, len, 0);
    out[0].most_tokens = (uint16_t)most_tokens;
    return 1;
}

size_t
tally_cut(const struct tally_field *f, const struct tally_value *v,
          struct tally_piece out[TALLY_PIECES_MAX])
{
    if (v->len == 0) {
        return 0;
    }
    switch (f->tokens) {
    case TALLY_TOKENS_BIGRAMS:
        return cut_words(v->text, v->len, out);
    case TALLY_TOKENS_POSITIONAL:
        return cut_runs(v->len, out);
    case TALLY_TOKENS_DATE:
        return cut_date(out);
    case TALLY_TOKENS_POSTCODE:
        return cut_postcode(v->len, out);
    case TALLY_TOKENS_NEIGHBOURHOOD:
        return cut_whole(v->len, TALLY_NEIGHBOURHOOD_STEPS, out);
    default:
        return cut_whole(v->len, 1, out);
    }
}
