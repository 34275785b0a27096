/*
 * Building JSON: jansson holds the values; the text is written here, because its digests
 * need one exact form and jansson prints reals with a fixed number of digits.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/json.h"

#include "bloom/base/bytes.h"
#include "bloom/base/text.h"

#include <jansson.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value and whether anything that belongs to it was lost for want of memory. */
struct tally_jnode {
    json_t *value;
    bool failed;
};

static struct tally_jnode *
node_new(json_t *value)
{
    struct tally_jnode *n = calloc(1, sizeof *n);

    if (n == NULL) {
        json_decref(value);
        return NULL;
    }
    n->value = value;
    n->failed = value == NULL;
    return n;
}

/* jansson refuses text that is not UTF-8, which a file name may be. */
static json_t *
string_new(const char *s)
{
    size_t len = strlen(s);
    json_t *value;
    char *fixed;

    if (tally_text_valid((const uint8_t *)s, len)) {
        return json_stringn(s, len);
    }
    fixed = malloc(len + 1);
    if (fixed == NULL) {
        return NULL;
    }
    tally_text_printable(s, fixed, len + 1);
    value = json_string(fixed);
    free(fixed);
    return value;
}

static json_t *
real_new(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

/* Takes ${value} over; NULL means it was lost. */
static void
set_value(struct tally_jnode *obj, const char *key, json_t *value)
{
    if (obj == NULL) {
        json_decref(value);
        return;
    }
    if (json_object_set_new(obj->value, key, value) != 0) {
        obj->failed = true;
    }
}

static void
push_value(struct tally_jnode *arr, json_t *value)
{
    if (arr == NULL) {
        json_decref(value);
        return;
    }
    if (json_array_append_new(arr->value, value) != 0) {
        arr->failed = true;
    }
}

/* The value of ${n}, which is freed; a loss in it becomes a loss in ${parent}. */
static json_t *
take_value(struct tally_jnode *parent, struct tally_jnode *n)
{
    json_t *value = n == NULL ? NULL : n->value;

    if (parent != NULL && (n == NULL || n->failed)) {
        parent->failed = true;
    }
    free(n);
    return value;
}

struct tally_jnode *
tally_jobject(void)
{
    return node_new(json_object());
}

struct tally_jnode *
tally_jarray(void)
{
    return node_new(json_array());
}

/* Objects go at most as deep as the parser lets them. */
static bool
merge(json_t *target, const json_t *patch)
{
    const char *key;
    json_t *value;
    bool ok = true;

    json_object_foreach((json_t *)patch, key, value)
    {
        json_t *old = json_object_get(target, key);

        if (json_is_null(value)) {
            (void)json_object_del(target, key);
        } else if (!json_is_object(value)) {
            ok = json_object_set_new(target, key, json_deep_copy(value)) == 0 && ok;
        } else {
            if (!json_is_object(old)) {
                ok = json_object_set_new(target, key, json_object()) == 0 && ok;
                old = json_object_get(target, key);
            }
            ok = old != NULL && merge(old, value) && ok;
        }
    }
    return ok;
}

void
tally_jmerge(struct tally_jnode *target, const struct tally_json *patch)
{
    if (target != NULL && !merge(target->value, (const json_t *)patch->node)) {
        target->failed = true;
    }
}

struct tally_jnode *
tally_jcopy(const struct tally_json *j)
{
    return node_new(json_deep_copy((const json_t *)j->node));
}

void
tally_jset_str(struct tally_jnode *obj, const char *key, const char *value)
{
    set_value(obj, key, value == NULL ? json_null() : string_new(value));
}

void
tally_jset_int(struct tally_jnode *obj, const char *key, int64_t value)
{
    set_value(obj, key, json_integer(value));
}

void
tally_jset_real(struct tally_jnode *obj, const char *key, double value)
{
    set_value(obj, key, real_new(value));
}

void
tally_jset_bool(struct tally_jnode *obj, const char *key, bool value)
{
    set_value(obj, key, json_boolean(value));
}

void
tally_jset(struct tally_jnode *obj, const char *key, struct tally_jnode *value)
{
    set_value(obj, key, take_value(obj, value));
}

void
tally_jpush(struct tally_jnode *arr, struct tally_jnode *value)
{
    push_value(arr, take_value(arr, value));
}

void
tally_jpush_str(struct tally_jnode *arr, const char *value)
{
    push_value(arr, value == NULL ? json_null() : string_new(value));
}

void
tally_jpush_int(struct tally_jnode *arr, int64_t value)
{
    push_value(arr, json_integer(value));
}

void
tally_jpush_real(struct tally_jnode *arr, double value)
{
    push_value(arr, real_new(value));
}

void
tally_jfree(struct tally_jnode *n)
{
    if (n != NULL) {
        json_decref(n->value);
        free(n);
    }
}

/* The text being written. An error of the buffer sticks. */
struct writer {
    struct tally_buf buf;
    struct tally_err err;
    unsigned indent; /* 0: compact, keys sorted */
};

static void
write_bytes(struct writer *w, const char *p, size_t len)
{
    if (w->err.code == TALLY_OK) {
        (void)!tally_buf_append(&w->buf, p, len, &w->err);
    }
}

static void
write_text(struct writer *w, const char *s)
{
    write_bytes(w, s, strlen(s));
}

static void
write_string(struct writer *w, const char *s)
{
    static const char named[] = "\"\\\b\f\n\r\t";
    static const char *const escapes[] = {"\\\"", "\\\\", "\\b", "\\f",
                                          "\\n",  "\\r",  "\\t"};

    write_text(w, "\"");
    for (; *s != '\0'; s++) {
        const char *at = strchr(named, *s);
        char code[8];

        if (at != NULL) {
            write_text(w, escapes[at - named]);
        } else if ((unsigned char)*s < 0x20) {
            snprintf(code, sizeof code, "\\u%04x", (unsigned)*s);
            write_text(w, code);
        } else {
            write_bytes(w, s, 1);
        }
    }
    write_text(w, "\"");
}

/* The fewest digits that read back as the same number, and always as a real. */
static void
write_real(struct writer *w, double v)
{
    char text[48];
    int after = 0; /* digits after the first */
    int exponent;

    do {
        snprintf(text, sizeof text, "%.*e", after, v);
    } while (strtod(text, NULL) != v && ++after < 17);
    exponent = atoi(strchr(text, 'e') + 1);
    if (exponent >= -5 && exponent < 16) {
        snprintf(text, sizeof text, "%.*f", after > exponent ? after - exponent : 1, v);
    }
    write_text(w, text);
}

static void
write_newline(struct writer *w, unsigned depth)
{
    if (w->indent > 0) {
        write_text(w, "\n");
        for (unsigned i = 0; i < depth * w->indent; i++) {
            write_text(w, " ");
        }
    }
}

static void write_value(struct writer *w, const json_t *v, unsigned depth);

static void
write_array(struct writer *w, const json_t *v, unsigned depth)
{
    write_text(w, "[");
    for (size_t i = 0; i < json_array_size(v); i++) {
        write_text(w, i == 0 ? "" : ",");
        write_newline(w, depth + 1);
        write_value(w, json_array_get(v, i), depth + 1);
    }
    write_newline(w, depth);
    write_text(w, "]");
}

static int
compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of ${v} in the order they are written; NULL when out of memory. */
static const char **
ordered_keys(const json_t *v, bool sorted)
{
    json_t *object = (json_t *)(uintptr_t)v; /* the iterator writes nothing */
    const char **keys = calloc(json_object_size(v), sizeof *keys);
    size_t n = 0;

    if (keys == NULL) {
        return NULL;
    }
    for (void *it = json_object_iter(object); it != NULL;
         it = json_object_iter_next(object, it)) {
        keys[n++] = json_object_iter_key(it);
    }
    if (sorted) {
        qsort(keys, n, sizeof *keys, compare_keys);
    }
    return keys;
}

static void
write_object(struct writer *w, const json_t *v, unsigned depth)
{
    const char **keys = ordered_keys(v, w->indent == 0);

    if (keys == NULL) {
        tally_err_nomem(&w->err);
        return;
    }
    write_text(w, "{");
    for (size_t i = 0; i < json_object_size(v); i++) {
        write_text(w, i == 0 ? "" : ",");
        write_newline(w, depth + 1);
        write_string(w, keys[i]);
        write_text(w, w->indent > 0 ? ": " : ":");
        write_value(w, json_object_get(v, keys[i]), depth + 1);
    }
    write_newline(w, depth);
    write_text(w, "}");
    free(keys);
}

static void
write_value(struct writer *w, const json_t *v, unsigned depth)
{
    char number[24];

    switch (json_typeof(v)) {
    case JSON_OBJECT:
        if (json_object_size(v) > 0) {
            write_object(w, v, depth);
        } else {
            write_text(w, "{}");
        }
        break;
    case JSON_ARRAY:
        if (json_array_size(v) > 0) {
            write_array(w, v, depth);
        } else {
            write_text(w, "[]");
        }
        break;
    case JSON_STRING:
        write_string(w, json_string_value(v));
        break;
    case JSON_INTEGER:
        snprintf(number, sizeof number, "%" PRId64, (int64_t)json_integer_value(v));
        write_text(w, number);
        break;
    case JSON_REAL:
        write_real(w, json_real_value(v));
        break;
    default:
        write_text(w, json_is_true(v) ? "true" : json_is_false(v) ? "false" : "null");
    }
}

char *
tally_json_text(const struct tally_jnode *n, unsigned indent)
{
    struct writer w = {.indent = indent};

    if (n == NULL || n->failed) {
        return NULL;
    }
    write_value(&w, n->value, 0);
    write_bytes(&w, "", 1);
    if (w.err.code != TALLY_OK) {
        tally_buf_free(&w.buf);
        return NULL;
    }
    return (char *)w.buf.data;
}
