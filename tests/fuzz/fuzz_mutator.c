/*
 * A mutator for JSON: every other time a value or a name is replaced by another of the
 * same text or by one that is awkward, so that the text stays JSON and what is behind the
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

/* The token at or behind ${from}: where it begins, and its length; 0 for none. */
static size_t
token(const uint8_t *d, size_t len, size_t from, size_t *begin)
{
    for (size_t i = from; i < len; i++) {
        size_t end = i + 1;

        if (d[i] == '"') {
            while (end < len && d[end] != '"') {
                end += d[end] == '\\' ? 2 : 1;
            }
            *begin = i;
            return end < len ? end + 1 - i : 0;
        }
        if (plain(d[i])) {
            while (end < len && plain(d[end])) {
                end++;
            }
            *begin = i;
            return end - i;
        }
    }
    return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t cap, unsigned seed)
{
    uint32_t rng = seed;
    uint8_t with[256];
    size_t at, n, from, m;

    if (len < 2 || next(&rng) % 2 == 0) {
        return LLVMFuzzerMutate(data, len, cap);
    }
    n = token(data, len, next(&rng) % len, &at);
    if (n == 0) {
        return LLVMFuzzerMutate(data, len, cap);
    }
    if (next(&rng) % 2 == 0) {
        const char *a = awkward[next(&rng) % NAWKWARD];

        m = strlen(a);
        memcpy(with, a, m);
    } else {
        m = token(data, len, next(&rng) % len, &from);
        if (m == 0 || m > sizeof with) {
            return LLVMFuzzerMutate(data, len, cap);
        }
        memcpy(with, data + from, m);
    }
    if (len - n + m > cap) {
        return LLVMFuzzerMutate(data, len, cap);
    }
    memmove(data + at + m, data + at + n, len - at - n);
    memcpy(data + at, with, m);
    return len - n + m;
}
