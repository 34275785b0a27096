/*
 * Places in the text of a JSON document.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/json_place.h"

#include "bloom/base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 64 /* bytes of a name in a path */

struct tally_json_place
tally_json_place(const char *text, size_t offset)
{
    struct tally_json_place at = {1, 1};

    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            at.line++;
            at.column = 1;
        } else {
            at.column++;
        }
    }
    return at;
}

size_t
tally_json_skip_string(const char *text, size_t len, size_t i)
{
    for (i++; i < len && text[i] != '"'; i++) {
        if (text[i] == '\\') {
            i++;
        }
    }
    return i < len ? i + 1 : len;
}

size_t
tally_json_too_deep(const char *text, size_t len)
{
    size_t depth = 0;
    size_t i = 0;

    while (i < len) {
        char c = text[i];

        if (c == '"') {
            i = tally_json_skip_string(text, len, i);
            continue;
        }
        if ((c == '{' || c == '[') && ++depth > TALLY_JSON_DEPTH_MAX) {
            return i;
        }
        if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
        i++;
    }
    return len;
}

/* An object or array that is open: the name of the member, between its quotes, or the
 * number of the element. */
struct level {
    bool array;
    bool named; /* the name is behind, and the value is next */
    size_t name;
    size_t name_len;
    size_t element;
};

static void
read_string(const char *text, size_t len, size_t *i, struct level *l)
{
    size_t end = tally_json_skip_string(text, len, *i);

    if (!l->array && !l->named) {
        l->name = *i + 1;
        l->name_len = end - *i - 2;
    }
    *i = end;
}

/* The levels that are open at ${len}: how many. */
static size_t
open_levels(const char *text, size_t len, struct level levels[TALLY_JSON_DEPTH_MAX + 1])
{
    size_t n = 0;
    size_t i = 0;

    levels[0] = (struct level){0}; /* what is outside all brackets */
    while (i < len) {
        struct level *l = &levels[n];
        char c = text[i];

        if (c == '"') {
            read_string(text, len, &i, l);
            continue;
        }
        if (c == '{' || c == '[') {
            levels[++n] = (struct level){.array = c == '['};
        } else if (c == '}' || c == ']') {
            n--;
        } else if (c == ',') {
            l->named = false;
            l->element++;
        } else if (c == ':') {
            l->named = true;
        }
        i++;
    }
    return n;
}

void
tally_json_member_path(const char *text, size_t len, char *out, size_t cap)
{
    struct level levels[TALLY_JSON_DEPTH_MAX + 1];
    size_t n = open_levels(text, len, levels);
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 1; i <= n && at < cap; i++) {
        const struct level *l = &levels[i];
        char name[SHOWN_MAX + 1], shown[SHOWN_MAX + 1];

        (void)snprintf(name, sizeof name, "%.*s", (int)l->name_len, text + l->name);
        tally_text_printable(name, shown, sizeof shown);
        at += (size_t)(l->array ? snprintf(out + at, cap - at, "[%zu]", l->element)
                                : snprintf(out + at, cap - at, "%s%s", i > 1 ? "." : "",
                                           shown));
    }
}
