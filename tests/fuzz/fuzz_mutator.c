/*
 * A mutator for JSON: every other time a value, whole objects and arrays too, or a name
 * is replaced by another of the same text or by one that is awkward, or a member or
 * element is taken out or given twice, so that the text stays JSON and what is behind the
 * parser is reached. Otherwise libFuzzer's own.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t cap);

static const char *const awkward[] = {
    "0",
    "-1",
    "1",
    "2",
    "63",
    "64",
    "65",
    "255",
    "256",
    "1023",
    "4096",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "-0.0",
    "0.5",
    "1e-300",
    "true",
    "false",
    "null",
    "{}",
    "[]",
    "[[]]",
    "\"\"",
    "\"a\"",
    "\"\\u0000\"",
    "\"\\u202e\"",
    "\"../../x\"",
    "\"=1+1\"",
    "\"2024-02-30\"",
    "\"0000-00-00\"",
    "[1,1]",
    "[null]",
    "{\"\":0}",
};
#define NAWKWARD (sizeof awkward / sizeof awkward[0])

static uint32_t
next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static bool
plain(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
           c == '+' || c == 'E';
}

/* Behind the string that begins at ${at}; beyond ${len} when it does not end. */
static size_t
behind_string(const uint8_t *d, size_t len, size_t at)
{
    size_t end = at + 1;

    while (end < len && d[end] != '"') {
        end += d[end] == '\\' ? 2 : 1;
    }
    return end + 1;
}

/* Behind the object or array that begins at ${at}. */
static size_t
behind_tree(const uint8_t *d, size_t len, size_t at)
{
    size_t deep = 0, end = at;

    while (end < len) {
        if (d[end] == '"') {
            end = behind_string(d, len, end);
            continue;
        }
        deep += d[end] == '{' || d[end] == '[';
        deep -= d[end] == '}' || d[end] == ']';
        end++;
        if (deep == 0) {
            return end;
        }
    }
    return len + 1;
}

static size_t
behind_word(const uint8_t *d, size_t len, size_t at)
{
    while (at < len && plain(d[at])) {
        at++;
    }
    return at;
}

/* The value or name at or behind ${from}: where it begins, and its length; 0 for none. */
static size_t
token(const uint8_t *d, size_t len, size_t from, size_t *begin)
{
    for (size_t i = from; i < len; i++) {
        size_t end = 0;

        if (d[i] == '"') {
            end = behind_string(d, len, i);
        } else if (d[i] == '{' || d[i] == '[') {
            end = behind_tree(d, len, i);
        } else if (plain(d[i])) {
            end = behind_word(d, len, i);
        }
        if (end > 0) {
            *begin = i;
            return end <= len ? end - i : 0;
        }
    }
    return 0;
}

/* What can be taken out or given twice: an element, or a member from its name on. Its
 * length, from ${at} on where there is a token of ${n}; 0 when it is neither. */
static size_t
part(const uint8_t *d, size_t len, size_t at, size_t n)
{
    size_t value, m;

    if (at > 0 && d[at - 1] == ':') {
        return 0;
    }
    if (at + n >= len || d[at + n] != ':') {
        return n;
    }
    m = token(d, len, at + n + 1, &value);
    return m > 0 ? value + m - at : 0;
}

static size_t
take_out(uint8_t *d, size_t len, size_t at, size_t n)
{
    if (at + n < len && d[at + n] == ',') {
        n++;
    } else if (at > 0 && d[at - 1] == ',') {
        at--;
        n++;
    }
    memmove(d + at, d + at + n, len - at - n);
    return len - n;
}

/* 0 when there is no room. */
static size_t
give_twice(uint8_t *d, size_t len, size_t cap, size_t at, size_t n)
{
    if (n + 1 > cap - len) {
        return 0;
    }
    memmove(d + at + n + 1, d + at, len - at);
    d[at + n] = ',';
    return len + n + 1;
}

/* 0 when there is no room. */
static size_t
replace(uint8_t *d, size_t len, size_t cap, size_t at, size_t n, const void *with,
        size_t m)
{
    if (len - n + m > cap) {
        return 0;
    }
    memmove(d + at + m, d + at + n, len - at - n);
    memcpy(d + at, with, m);
    return len - n + m;
}

/* 0 when nothing was changed. */
static size_t
change(uint8_t *data, size_t len, size_t cap, uint32_t *rng)
{
    static uint8_t with[4096];
    size_t at, from, m, n = token(data, len, next(rng) % len, &at);
    size_t whole = n > 0 ? part(data, len, at, n) : 0;

    if (n == 0) {
        return 0;
    }
    if (whole > 0 && next(rng) % 3 == 0) {
        return next(rng) % 4 != 0 ? take_out(data, len, at, whole)
                                  : give_twice(data, len, cap, at, whole);
    }
    if (next(rng) % 2 == 0) {
        const char *a = awkward[next(rng) % NAWKWARD];

        return replace(data, len, cap, at, n, a, strlen(a));
    }
    m = token(data, len, next(rng) % len, &from);
    if (m == 0 || m > sizeof with) {
        return 0;
    }
    memcpy(with, data + from, m);
    return replace(data, len, cap, at, n, with, m);
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t cap, unsigned seed)
{
    uint32_t rng = seed;
    size_t changed = len >= 2 && next(&rng) % 2 != 0 ? change(data, len, cap, &rng) : 0;

    return changed > 0 ? changed : LLVMFuzzerMutate(data, len, cap);
}
