/*
 * Members of an object on a line.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/json_flat.h"

#include <string.h>

#include "bloom/base/bytes.h"

#define COUNT_DIGITS 18

/* What comes after the string that begins at ${at}; NULL when it does not end. */
static const char *
after_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++) {
        at += *at == '\\' && at + 1 < end;
    }
    return at < end ? at + 1 : NULL;
}

/* The same for an object or a list. Whether its brackets match is not asked. */
static const char *
after_nested(const char *at, const char *end)
{
    size_t depth = 0;

    while (at != NULL && at < end) {
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at = *at == '"' ? after_string(at, end) : at + 1;
        if (depth == 0) {
            return at;
        }
    }
    return NULL;
}

/* The same for any value; a number or word goes on to the next bracket or comma. */
static const char *
after_value(const char *at, const char *end)
{
    const char *from = at;

    if (at < end && *at == '"') {
        return after_string(at, end);
    }
    if (at < end && (*at == '{' || *at == '[')) {
        return after_nested(at, end);
    }
    while (at<end && * at> ' ' && strchr("\",:{}[]", *at) == NULL) {
        at++;
    }
    return at > from ? at : NULL;
}

/* The member at ${at} into ${m}; what comes after it, or NULL. */
static const char *
read_member(struct tally_flat_member *m, const char *at, const char *end)
{
    const char *colon = at < end && *at == '"' ? after_string(at, end) : NULL;
    const char *after;

    if (colon == NULL || colon == end || *colon != ':') {
        return NULL;
    }
    after = after_value(colon + 1, end);
    if (after != NULL) {
        *m = (struct tally_flat_member){.name = at + 1,
                                        .name_len = (size_t)(colon - at) - 2,
                                        .value = colon + 1,
                                        .value_len = (size_t)(after - colon) - 1};
    }
    return after;
}

bool
tally_flat_read(struct tally_flat *out, const char *text, size_t len)
{
    const char *at = text, *end = text + len;

    out->n = 0;
    if (len < 2 || *at != '{') {
        return false;
    }
    do {
        if (out->n == TALLY_FLAT_MEMBERS_MAX) {
            return false;
        }
        at = read_member(&out->list[out->n++], at + 1, end);
    } while (at != NULL && at < end && *at == ',');
    return at != NULL && at + 1 == end && *at == '}';
}

static const struct tally_flat_member *
find(const struct tally_flat *f, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < f->n; i++) {
        if (f->list[i].name_len == len && memcmp(f->list[i].name, name, len) == 0) {
            return &f->list[i];
        }
    }
    return NULL;
}

/* What stands between the quotes of member ${name}, if it is a string. */
static const char *
quoted(const struct tally_flat *f, const char *name, size_t *len)
{
    const struct tally_flat_member *m = find(f, name);

    if (m == NULL || *m->value != '"') {
        return NULL;
    }
    *len = m->value_len - 2;
    return m->value + 1;
}

bool
tally_flat_is(const struct tally_flat *f, const char *name, const char *text)
{
    size_t len;
    const char *value = quoted(f, name, &len);

    return value != NULL && len == strlen(text) && memcmp(value, text, len) == 0;
}

bool
tally_flat_text(const struct tally_flat *f, const char *name, char *out, size_t size)
{
    size_t len;
    const char *value = quoted(f, name, &len);

    if (value == NULL || len >= size || memchr(value, '\\', len) != NULL) {
        return false;
    }
    memcpy(out, value, len);
    out[len] = '\0';
    return true;
}

bool
tally_flat_count(const struct tally_flat *f, const char *name, uint64_t *out)
{
    const struct tally_flat_member *m = find(f, name);
    uint64_t v = 0;

    if (m == NULL || m->value_len > COUNT_DIGITS ||
        (m->value_len > 1 && *m->value == '0')) {
        return false;
    }
    for (size_t i = 0; i < m->value_len; i++) {
        if (m->value[i] < '0' || m->value[i] > '9') {
            return false;
        }
        v = 10 * v + (uint64_t)(m->value[i] - '0');
    }
    *out = v;
    return true;
}

bool
tally_flat_hex(const struct tally_flat *f, const char *name, uint8_t *out, size_t len)
{
    size_t digits;
    const char *value = quoted(f, name, &digits);

    return value != NULL && digits == 2 * len &&
           tally_hex_decode(value, digits, out, len);
}
