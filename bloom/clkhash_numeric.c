/*
 * The tokens of the numeric comparison. Nearly all values fit 64 bits; those that do not
 * take schoolbook arithmetic in base 10^9, of which decimal text is made without
 * division.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_number.h"

#include "bloom/base/pii.h"
#include "bloom/clkhash_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE        1000000000u
#define BASE_DIGITS 9u
/* Digits of a cell, of the precision, and of twice the resolution squared. */
#define DIGITS_MAX (TALLY_CLKHASH_CELL_MAX + TALLY_CLKHASH_PRECISION_MAX + 400u)
#define LIMBS_MAX  (DIGITS_MAX / BASE_DIGITS + 4u)

/* Sign and magnitude, least limb first, no leading zero limb; zero has no limb. */
struct big {
    bool negative;
    size_t n;
    uint32_t limb[LIMBS_MAX];
};

struct tally_clkhash_number {
    struct tally_pii *arena;
    int64_t resolution;
    int64_t precision;
    double scale; /* 10^precision */
    /* When all is small: the step between tokens and the next one. */
    int64_t small_step; /* 0: too large */
    bool small;
    int64_t next;
    /* Else the same as big numbers, and room to work. */
    struct big *step;
    struct big *value;
    struct big *work;
    struct big *divisor;
    char *text;
    char *digits; /* of the value, with room for the precision */
    char *token;
};

static void
big_trim(struct big *b)
{
    while (b->n > 0 && b->limb[b->n - 1] == 0) {
        b->n--;
    }
    if (b->n == 0) {
        b->negative = false;
    }
}

static void
big_read(struct big *b, const char *digits, size_t len)
{
    b->negative = len > 0 && digits[0] == '-';
    b->n = 0;
    digits += b->negative;
    len -= b->negative;
    while (len > 0) {
        size_t take = len < BASE_DIGITS ? len : BASE_DIGITS;
        uint32_t limb = 0;

        for (size_t i = len - take; i < len; i++) {
            limb = limb * 10 + (uint32_t)(digits[i] - '0');
        }
        TALLY_INVARIANT(b->n < LIMBS_MAX);
        b->limb[b->n++] = limb;
        len -= take;
    }
    big_trim(b);
}

static void
big_copy(struct big *to, const struct big *from)
{
    to->negative = from->negative;
    to->n = from->n;
    memcpy(to->limb, from->limb, from->n * sizeof from->limb[0]);
}

static void
big_multiply(struct big *b, uint32_t by)
{
    uint64_t carry = 0;

    for (size_t i = 0; i < b->n; i++) {
        carry += (uint64_t)b->limb[i] * by;
        b->limb[i] = (uint32_t)(carry % BASE);
        carry /= BASE;
    }
    if (carry > 0) {
        TALLY_INVARIANT(b->n < LIMBS_MAX);
        b->limb[b->n++] = (uint32_t)carry;
    }
    big_trim(b);
}

static uint32_t
big_divide_small(struct big *b, uint32_t by)
{
    uint64_t rest = 0;

    for (size_t i = b->n; i-- > 0;) {
        rest = rest * BASE + b->limb[i];
        b->limb[i] = (uint32_t)(rest / by);
        rest %= by;
    }
    big_trim(b);
    return (uint32_t)rest;
}

static int
big_compare(const struct big *a, const struct big *b)
{
    if (a->n != b->n) {
        return a->n < b->n ? -1 : 1;
    }
    for (size_t i = a->n; i-- > 0;) {
        if (a->limb[i] != b->limb[i]) {
            return a->limb[i] < b->limb[i] ? -1 : 1;
        }
    }
    return 0;
}

/* |a| += |b| */
static void
big_add(struct big *a, const struct big *b)
{
    uint32_t carry = 0;

    for (size_t i = 0; i < b->n || carry > 0; i++) {
        uint32_t sum;

        if (i == a->n) {
            TALLY_INVARIANT(a->n < LIMBS_MAX);
            a->limb[a->n++] = 0;
        }
        sum = a->limb[i] + (i < b->n ? b->limb[i] : 0) + carry;
        carry = sum >= BASE;
        a->limb[i] = carry ? sum - BASE : sum;
    }
}

/* |out| = |a| - |b|, which is not below zero. ${out} may be either. */
static void
big_subtract(struct big *out, const struct big *a, const struct big *b)
{
    size_t n = a->n;
    int64_t borrow = 0;

    for (size_t i = 0; i < n; i++) {
        int64_t d = (int64_t)a->limb[i] - (i < b->n ? b->limb[i] : 0) - borrow;

        borrow = d < 0;
        out->limb[i] = (uint32_t)(borrow ? d + BASE : d);
    }
    out->n = n;
}

/* a = a + b, or a - b when ${minus}; with signs. */
static void
big_accumulate(struct big *a, const struct big *b, bool minus)
{
    bool negative = b->negative != minus;

    if (a->n == 0) {
        a->negative = negative;
    }
    if (a->negative == negative) {
        big_add(a, b);
    } else if (big_compare(a, b) >= 0) {
        big_subtract(a, a, b);
    } else {
        big_subtract(a, b, a);
        a->negative = negative;
    }
    big_trim(a);
}

/* One place of long division: take as many ${d} as go from the limbs of ${a} at ${at}. */
static void
divide_place(struct big *a, const struct big *d, size_t at)
{
    uint64_t top = (uint64_t)a->limb[at + d->n] * BASE + a->limb[at + d->n - 1];
    uint64_t guess = top / d->limb[d->n - 1]; /* never too small, at most two too large */
    uint64_t taken = 0;
    int64_t left;

    if (guess >= BASE) {
        guess = BASE - 1;
    }
    for (size_t i = 0; i < d->n; i++) {
        int64_t v;

        taken += guess * d->limb[i];
        v = (int64_t)a->limb[at + i] - (int64_t)(taken % BASE);
        taken = taken / BASE + (v < 0);
        a->limb[at + i] = (uint32_t)(v < 0 ? v + BASE : v);
    }
    left = (int64_t)a->limb[at + d->n] - (int64_t)taken;
    while (left < 0) { /* one too many was taken: give it back */
        uint32_t carry = 0;

        for (size_t i = 0; i < d->n; i++) {
            uint32_t sum = a->limb[at + i] + d->limb[i] + carry;

            carry = sum >= BASE;
            a->limb[at + i] = carry ? sum - BASE : sum;
        }
        left += carry;
    }
    a->limb[at + d->n] = (uint32_t)left;
}

/* |a| becomes its rest when divided by ${d}; ${d} is changed and changed back. */
static void
big_rest(struct big *a, struct big *d)
{
    uint32_t spread;

    a->negative = false;
    if (big_compare(a, d) < 0) {
        return;
    }
    if (d->n == 1) {
        uint32_t rest = big_divide_small(a, d->limb[0]);

        a->n = 1;
        a->limb[0] = rest;
        big_trim(a);
        return;
    }
    /* A large top limb keeps the guesses good (Knuth, volume 2, 4.3.1, algorithm D). */
    spread = BASE / (d->limb[d->n - 1] + 1);
    big_multiply(a, spread);
    big_multiply(d, spread);
    TALLY_INVARIANT(a->n < LIMBS_MAX);
    a->limb[a->n] = 0;
    for (size_t at = a->n - d->n + 1; at-- > 0;) {
        divide_place(a, d, at);
    }
    big_trim(a);
    (void)big_divide_small(a, spread);
    (void)big_divide_small(d, spread);
}

/* value += towards the nearest multiple of the step; a tie goes up. */
static void
big_round(struct tally_clkhash_number *n)
{
    struct big *m = n->work;

    big_copy(m, n->value);
    big_copy(n->divisor, n->step);
    big_rest(m, n->divisor);
    if (m->n == 0) {
        return;
    }
    if (n->value->negative) { /* the rest counts from the multiple below */
        big_subtract(m, n->step, m);
        big_trim(m);
    }
    big_copy(n->divisor, m);
    big_add(n->divisor, m);
    big_accumulate(n->value, m, true);
    if (big_compare(n->divisor, n->step) >= 0) {
        big_accumulate(n->value, n->step, false);
    }
}

static size_t
big_write(const struct big *b, char *out)
{
    size_t len = 0;

    if (b->n == 0) {
        out[0] = '0';
        return 1;
    }
    if (b->negative) {
        out[len++] = '-';
    }
    len += (size_t)sprintf(out + len, "%u", (unsigned)b->limb[b->n - 1]);
    for (size_t i = b->n - 1; i-- > 0;) {
        len += (size_t)sprintf(out + len, "%09u", (unsigned)b->limb[i]);
    }
    return len;
}

/* The most that all sums of the small way can come to. */
static bool
fits_small(const struct tally_clkhash_number *n)
{
    int64_t span;

    return n->step->n <= 2 &&
           !__builtin_mul_overflow((int64_t)(n->step->n > 1 ? n->step->limb[1] : 0) *
                                           BASE +
                                       (n->step->n > 0 ? n->step->limb[0] : 0),
                                   n->resolution + 2, &span) &&
           span < INT64_MAX / 4;
}

static int
allocate(struct tally_clkhash_number *n, struct tally_err *err)
{
    size_t text = TALLY_CLKHASH_CELL_MAX + 64;
    size_t total = 4 * sizeof(struct big) + text + 2 * DIGITS_MAX + 1024;

    if (tally_pii_create(&n->arena, total, err) != 0) {
        return -1;
    }
    n->step = tally_pii_alloc(n->arena, sizeof(struct big));
    n->value = tally_pii_alloc(n->arena, sizeof(struct big));
    n->work = tally_pii_alloc(n->arena, sizeof(struct big));
    n->divisor = tally_pii_alloc(n->arena, sizeof(struct big));
    n->text = tally_pii_alloc(n->arena, text);
    n->digits = tally_pii_alloc(n->arena, DIGITS_MAX + 64);
    n->token = tally_pii_alloc(n->arena, DIGITS_MAX + 64);
    TALLY_INVARIANT(n->token != NULL);
    return 0;
}

int
tally_clkhash_number_create(struct tally_clkhash_number **out, const char *distance,
                            int64_t resolution, int64_t precision, struct tally_err *err)
{
    struct tally_clkhash_number *n = calloc(1, sizeof *n);
    char scale[16];

    if (n == NULL) {
        return tally_err_nomem(err);
    }
    if (allocate(n, err) != 0) {
        free(n);
        return -1;
    }
    n->resolution = resolution;
    n->precision = precision;
    (void)snprintf(scale, sizeof scale, "1e%d", (int)precision);
    n->scale = strtod(scale, NULL);
    big_read(n->step, distance, strlen(distance));
    if (fits_small(n)) {
        n->small_step = strtoll(distance, NULL, 10);
    }
    *out = n;
    return 0;
}

/* The value times 10^precision as decimal text in n->digits: its length, or -1. */
static ptrdiff_t
scaled(struct tally_clkhash_number *n, const uint8_t *text, size_t len)
{
    ptrdiff_t have = tally_clkhash_int(text, len, n->digits);
    double v;

    if (have >= 0) {
        if (!(have == 1 && n->digits[0] == '0')) {
            memset(n->digits + have, '0', (size_t)n->precision);
            have += (ptrdiff_t)n->precision;
        }
        return have;
    }
    if (!tally_clkhash_float(text, len, n->text, &v)) {
        return -1;
    }
    v = n->precision > 0 ? rint(v * n->scale) : trunc(v);
    return isfinite(v) ? (ptrdiff_t)tally_clkhash_whole(v, n->digits) : -1;
}

static void
begin_small(struct tally_clkhash_number *n, int64_t v)
{
    int64_t m = v % n->small_step;

    if (m < 0) {
        m += n->small_step;
    }
    v -= m;
    if (m != 0 && 2 * m >= n->small_step) {
        v += n->small_step;
    }
    n->next = v - n->resolution * n->small_step;
}

bool
tally_clkhash_number_begin(struct tally_clkhash_number *n, const uint8_t *text,
                           size_t len)
{
    ptrdiff_t have = scaled(n, text, len);
    int64_t v = 0;

    if (have < 0) {
        return false;
    }
    if (n->small_step > 0 && have <= 18) {
        n->digits[have] = '\0';
        v = strtoll(n->digits, NULL, 10);
        n->small = !__builtin_mul_overflow(v, 2 * n->resolution, &v) &&
                   v < INT64_MAX / 4 && v > INT64_MIN / 4;
    } else {
        n->small = false;
    }
    if (n->small) {
        begin_small(n, v);
        return true;
    }
    big_read(n->value, n->digits, (size_t)have);
    big_multiply(n->value, (uint32_t)(2 * n->resolution));
    big_round(n);
    for (int64_t i = 0; i < n->resolution; i++) {
        big_accumulate(n->value, n->step, true);
    }
    return true;
}

const char *
tally_clkhash_number_next(struct tally_clkhash_number *n, size_t *len)
{
    if (n->small) {
        char *end = n->token + 24;
        char *p = end;
        uint64_t v = n->next < 0 ? -(uint64_t)n->next : (uint64_t)n->next;

        do {
            *--p = (char)('0' + v % 10);
            v /= 10;
        } while (v > 0);
        if (n->next < 0) {
            *--p = '-';
        }
        n->next += n->small_step;
        *len = (size_t)(end - p);
        return p;
    }
    *len = big_write(n->value, n->token);
    big_accumulate(n->value, n->step, false);
    return n->token;
}

void
tally_clkhash_number_free(struct tally_clkhash_number *n)
{
    if (n == NULL) {
        return;
    }
    tally_pii_free(n->arena);
    free(n);
}
