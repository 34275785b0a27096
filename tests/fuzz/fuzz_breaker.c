/*
 * Breaks JSON in bytes, one place after the other: every member is left out, given twice,
 * gets another name, and every value is replaced by others. Where bytes are more than JSON
 * (a container, a signed line) the length stays if it can, so that the rest holds.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *const others[] = {
    "null",
    "true",
    "0",
    "-1",
    "2",
    "0.5",
    "70000",
    "4294967295",
    "9223372036854775807",
    "1e99",
    "\"\"",
    "\"x\"",
    "\"A b\"",
    "\"\\u0007\"",
    "\"2024-02-30\"",
    "\"0000000000000000000000000000000000000000000000000000000000000000\"",
    "[]",
    "{}",
    "[{}]",
    "[0,0]",
    "[\"x\",\"x\"]",
};
#define NOTHERS   (sizeof others / sizeof others[0])
#define LONG_LIST 20000

struct text {
    const uint8_t *data;
    size_t len;
    fuzz_run_fn *run;
    unsigned long ran;
};

/* Where the string that begins at ${at} ends, behind its quote; 0 when it does not. */
static size_t
string_end(const struct text *t, size_t at)
{
    for (size_t i = at + 1; i < t->len && t->data[i] >= ' '; i++) {
        if (t->data[i] == '\\') {
            i++;
        } else if (t->data[i] == '"') {
            return i + 1;
        }
    }
    return 0;
}

static size_t
blanks(const struct text *t, size_t at)
{
    while (at < t->len && memchr(" \t\r\n", t->data[at], 4) != NULL) {
        at++;
    }
    return at;
}

/* Where the value that begins at ${at} ends; 0 for none. */
static size_t
value_end(const struct text *t, size_t at)
{
    size_t depth = 0, end = at;

    while (end < t->len) {
        uint8_t c = t->data[end];

        if (c == '"') {
            end = string_end(t, end);
            if (end == 0) {
                return 0;
            }
        } else if (c == '{' || c == '[') {
            depth++;
            end++;
        } else if (depth > 0 && (c == '}' || c == ']')) {
            depth--;
            end++;
        } else if (depth > 0 || memchr("+-.0123456789Eaeflnrstu", c, 23) != NULL) {
            end++;
            continue;
        } else {
            return end > at ? end : 0;
        }
        if (depth == 0) {
            return end;
        }
    }
    return 0;
}

/* Run with the bytes from ${at} to ${end} replaced, by blanks too where that keeps the
 * length. */
static void
replace(struct text *t, size_t at, size_t end, const void *with, size_t n)
{
    size_t room = end - at, put = n < room ? room : n;
    size_t len = t->len - room + put;
    uint8_t *data = malloc(len);

    FUZZ_MUST(data != NULL);
    memcpy(data, t->data, at);
    memset(data + at, ' ', put);
    memcpy(data + at, with, n);
    memcpy(data + at + put, t->data + end, t->len - end);
    t->run(data, len);
    t->ran++;
    free(data);
}

static void
break_value(struct text *t, size_t at, size_t end)
{
    uint8_t word[600];

    for (size_t i = 0; i < NOTHERS; i++) {
        replace(t, at, end, others[i], strlen(others[i]));
    }
    if (t->data[at] == '[') { /* more than any list may hold */
        char *list = malloc(2 * LONG_LIST + 1);

        FUZZ_MUST(list != NULL);
        for (size_t i = 0; i < LONG_LIST; i++) {
            memcpy(list + 2 * i, i == 0 ? "[0" : ",0", 2);
        }
        list[2 * LONG_LIST] = ']';
        replace(t, at, end, list, 2 * LONG_LIST + 1);
        free(list);
    }
    memset(word, 'w', sizeof word);
    word[0] = word[sizeof word - 1] = '"';
    replace(t, at, end, word, sizeof word);
    if (t->data[at] == '"' && end - at > 3) { /* nearly the same text, and shorter */
        memcpy(word, t->data + at, end - at < sizeof word ? end - at : sizeof word);
        if (end - at < sizeof word) {
            word[end - at - 2] = word[end - at - 2] == '1' ? '2' : '1';
            replace(t, at, end, word, end - at);
            word[end - at - 2] = '"';
            replace(t, at, end, word, end - at - 1);
        }
    }
}

/* A member from its name at ${at}, whose value ends at ${end}. */
static void
break_member(struct text *t, size_t at, size_t name_end, size_t end)
{
    size_t from = at, to = blanks(t, end);
    uint8_t *twice = malloc(2 * (end - at) + 1);

    FUZZ_MUST(twice != NULL);
    memcpy(twice, t->data + at, end - at);
    twice[end - at] = ',';
    memcpy(twice + (end - at) + 1, t->data + at, end - at);
    replace(t, at, end, twice, 2 * (end - at) + 1);
    free(twice);
    if (to < t->len && t->data[to] == ',') {
        to++;
    } else { /* the last one: without the comma before it */
        to = end;
        while (from > 0 && memchr(" \t\r\n,", t->data[from - 1], 5) != NULL) {
            from--;
        }
    }
    replace(t, from, to, "", 0);
    replace(t, name_end - 2, name_end, "~\"", 2);
}

unsigned long
fuzz_break(const uint8_t *data, size_t len, fuzz_run_fn *run)
{
    struct text t = {data, len, run, 0};
    bool value = false; /* at a place where one begins */

    for (size_t at = 0; at < len; at++) {
        size_t end, colon;

        if (data[at] == '"') {
            end = string_end(&t, at);
            if (end == 0) {
                continue;
            }
            colon = blanks(&t, end);
            if (colon < len && data[colon] == ':') {
                size_t begin = blanks(&t, colon + 1), after = value_end(&t, begin);

                if (after > 0 && end - at > 2) {
                    break_member(&t, at, end, after);
                    break_value(&t, begin, after);
                }
            } else if (value) {
                break_value(&t, at, end);
            }
            at = end - 1;
            value = false;
        } else if (data[at] == '[' || data[at] == ',') {
            value = true;
        } else if (value && data[at] > ' ') {
            end = value_end(&t, at);
            if (end > 0) {
                break_value(&t, at, end);
            }
            value = false;
        }
    }
    return t.ran;
}
