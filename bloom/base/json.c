/*
 * Reading JSON: jansson parses; what it does not do is here - a limit on nesting that is
 * checked before it recurses, paths, and the line of any value, found by walking the text
 * and the tree side by side once an error has to be told.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/json.h"

#include "bloom/base/file.h"
#include "bloom/base/json_place.h"
#include "bloom/base/secret.h"
#include "bloom/base/text.h"

#include <jansson.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a document's name or of a key shown in a message. */
#define SHOWN_MAX      200
#define PATH_MAX_BYTES sizeof(((struct tally_json *)0)->path)

struct tally_json_doc {
    char *name;
    char *text; /* NUL-terminated, for line numbers */
    size_t len;
    json_t *root;
};

/* jansson's memory, wiped before it is given back: a share of a key is JSON too. What is
 * freed does not say how long it was, so that stands before it. */
#define BEFORE alignof(max_align_t)

/* When memory runs out, jansson tells of a syntax error, or even leaves out characters of a
 * token that it has no room for and tells of nothing: so it is noted here. Without the last
 * character of a token it would end the program or read beyond the token. So while it reads,
 * what it asks for after a failure fails too, and a token up to RESERVE has its room, which
 * is a power of two, in any case. */
#define RESERVE 2048u

static _Thread_local bool out_of_memory;
static _Thread_local bool reading;
static _Thread_local size_t reserve_used;
static _Thread_local alignas(max_align_t) uint8_t reserve[3 * RESERVE];

static uint8_t *
from_reserve(size_t len)
{
    uint8_t *p = reserve + reserve_used;

    if (!reading || len < BEFORE || len > RESERVE || (len & (len - 1)) != 0 ||
        BEFORE + len > sizeof reserve - reserve_used) {
        return NULL;
    }
    reserve_used += BEFORE + len;
    return p;
}

static void *
wiped_alloc(size_t len)
{
    uint8_t *p = (reading && out_of_memory) || len > SIZE_MAX - BEFORE
                     ? NULL
                     : malloc(BEFORE + len);

    if (p == NULL) {
        out_of_memory = true;
        p = from_reserve(len);
        if (p == NULL) {
            return NULL;
        }
    }
    memcpy(p, &len, sizeof len);
    return p + BEFORE;
}

static void
wiped_free(void *p)
{
    size_t len;

    if (p == NULL) {
        return;
    }
    memcpy(&len, (uint8_t *)p - BEFORE, sizeof len);
    tally_wipe(p, len);
    if ((uint8_t *)p < reserve || (uint8_t *)p >= reserve + sizeof reserve) {
        free((uint8_t *)p - BEFORE);
    }
}

/* Before main, as what was taken from one allocator cannot go back to the other. */
__attribute__((constructor)) static void
use_wiped_memory(void)
{
    json_set_alloc_funcs(wiped_alloc, wiped_free);
}

/* jansson's message without the piece of the text it quotes, which may be private; of a
 * name that stands twice, the path. ${text} is what jansson read. */
static void
tell_syntax_error(const char *name, const char *text, const json_error_t *e,
                  struct tally_err *err)
{
    char why[sizeof e->text];
    char path[PATH_MAX_BYTES];
    char *near;

    if (json_error_code(e) == json_error_duplicate_key) {
        tally_json_member_path(text, (size_t)e->position, path, sizeof path);
        tally_err_set(err, TALLY_E_JSON, "%s: line %d column %d: %s: stands there twice",
                      name, e->line, e->column, path);
        return;
    }
    snprintf(why, sizeof why, "%s", e->text);
    near = strstr(why, " near ");
    if (near != NULL) {
        *near = '\0';
    }
    tally_err_set(err, TALLY_E_JSON, "%s: line %d column %d: %s", name,
                  e->line > 0 ? e->line : 1, e->column > 0 ? e->column : 1, why);
}

/* What jansson does not refuse: nesting that would make it recurse far, and a NUL between
 * tokens, which it steps over. */
static int
check_bytes(const struct tally_json_doc *d, struct tally_err *err)
{
    const char *nul = memchr(d->text, '\0', d->len);
    size_t deep = tally_json_too_deep(d->text, d->len);
    struct tally_json_place at;

    if (nul != NULL) {
        at = tally_json_place(d->text, (size_t)(nul - d->text));
        return tally_err_set(err, TALLY_E_JSON, "%s: line %zu column %zu: a NUL byte",
                             d->name, at.line, at.column);
    }
    if (deep < d->len) {
        at = tally_json_place(d->text, deep);
        return tally_err_set(err, TALLY_E_JSON,
                             "%s: line %zu column %zu: nested more than %d deep", d->name,
                             at.line, at.column, TALLY_JSON_DEPTH_MAX);
    }
    return 0;
}

static int
parse_into(struct tally_json_doc *d, bool wide, struct tally_err *err)
{
    /* Windows editors write a byte order mark; it is no part of the document. */
    size_t mark = d->len >= 3 && memcmp(d->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    json_error_t e;

    if (check_bytes(d, err) != 0) {
        return -1;
    }
    if (mark == d->len) {
        return tally_err_set(err, TALLY_E_JSON, "%s: the document is empty", d->name);
    }
    out_of_memory = false;
    reading = true;
    reserve_used = 0;
    d->root = json_loadb(d->text + mark, d->len - mark, JSON_REJECT_DUPLICATES, &e);
    if (d->root == NULL && wide && json_error_code(&e) == json_error_numeric_overflow) {
        d->root = json_loadb(d->text + mark, d->len - mark,
                             JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &e);
    }
    reading = false;
    if (out_of_memory) {
        return tally_err_nomem(err);
    }
    if (d->root == NULL) {
        tell_syntax_error(d->name, d->text + mark, &e, err);
        return -1;
    }
    return 0;
}

static int
parse(struct tally_json_doc **out, const char *name, const void *text, size_t len,
      bool wide, struct tally_err *err)
{
    struct tally_json_doc *d;
    char shown[SHOWN_MAX];

    tally_text_printable(name, shown, sizeof shown);
    if (len > TALLY_JSON_BYTES_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "%s: over %u bytes of JSON", shown,
                             TALLY_JSON_BYTES_MAX);
    }
    d = calloc(1, sizeof *d);
    if (d == NULL) {
        return tally_err_nomem(err);
    }
    d->len = len;
    d->name = strdup(shown);
    d->text = malloc(len + 1);
    if (d->name == NULL || d->text == NULL) {
        tally_err_nomem(err);
        goto fail;
    }
    if (len > 0) {
        memcpy(d->text, text, len);
    }
    d->text[len] = '\0';
    if (parse_into(d, wide, err) != 0) {
        goto fail;
    }
    *out = d;
    return 0;

fail:
    tally_json_doc_free(d);
    return -1;
}

int
tally_json_parse(struct tally_json_doc **out, const char *name, const void *text,
                 size_t len, struct tally_err *err)
{
    return parse(out, name, text, len, false, err);
}

int
tally_json_parse_wide(struct tally_json_doc **out, const char *name, const void *text,
                      size_t len, struct tally_err *err)
{
    return parse(out, name, text, len, true, err);
}

static int
load(struct tally_json_doc **out, const char *path, bool wide, struct tally_err *err)
{
    uint8_t *data;
    size_t len;
    int r;

    if (tally_file_read(path, TALLY_JSON_BYTES_MAX, &data, &len, err) != 0) {
        return -1;
    }
    r = parse(out, strcmp(path, "-") == 0 ? "standard input" : path, data, len, wide,
              err);
    tally_wipe(data, len);
    free(data);
    return r;
}

int
tally_json_load(struct tally_json_doc **out, const char *path, struct tally_err *err)
{
    return load(out, path, false, err);
}

int
tally_json_load_wide(struct tally_json_doc **out, const char *path, struct tally_err *err)
{
    return load(out, path, true, err);
}

void
tally_json_doc_free(struct tally_json_doc *d)
{
    if (d == NULL) {
        return;
    }
    json_decref(d->root);
    if (d->text != NULL) {
        tally_wipe(d->text, d->len); /* a share of a key is JSON too */
    }
    free(d->text);
    free(d->name);
    free(d);
}

struct tally_json
tally_json_root(const struct tally_json_doc *d)
{
    struct tally_json j = {.doc = d, .node = d->root};

    return j;
}

/* ${parent} and ${step}; a path too long to show ends early. */
static void
path_join(const char *parent, const char *step, char out[PATH_MAX_BYTES])
{
    size_t len = strlen(parent);

    memcpy(out, parent, len);
    tally_text_printable(step, out + len, PATH_MAX_BYTES - len);
}

static void
path_member(const char *parent, const char *key, char out[PATH_MAX_BYTES])
{
    char dotted[PATH_MAX_BYTES];

    path_join(parent, parent[0] == '\0' ? "" : ".", dotted);
    path_join(dotted, key, out);
}

static void
path_element(const char *parent, size_t i, char out[PATH_MAX_BYTES])
{
    char step[24];

    snprintf(step, sizeof step, "[%zu]", i);
    path_join(parent, step, out);
}

/* Where a value is looked for, and the offset in the text once it was met. */
struct search {
    const struct tally_json *target;
    const char *text;
    size_t i;
    bool found;
};

static void
skip_blanks(struct search *s)
{
    while (s->text[s->i] != '\0' && strchr(" \t\r\n", s->text[s->i]) != NULL) {
        s->i++;
    }
}

/* The offset past a value that is known to be valid. */
static void
skip_value(struct search *s)
{
    size_t len = s->target->doc->len;
    size_t depth = 0;

    do {
        char c = s->text[s->i];

        if (c == '"') {
            s->i = tally_json_skip_string(s->text, len, s->i);
        } else if (c == '{' || c == '[') {
            depth++;
            s->i++;
        } else if (c == '}' || c == ']') {
            depth--;
            s->i++;
        } else {
            s->i += strcspn(s->text + s->i, depth > 0 ? "\"{}[]" : ",}] \t\r\n");
        }
    } while (depth > 0 && s->i < len);
}

static void search_value(struct search *s, const json_t *node, const char *path);

/* After a member or element: true when another follows, with the offset at it. */
static bool
another_follows(struct search *s)
{
    skip_blanks(s);
    s->i++;
    return s->text[s->i - 1] == ',';
}

/* Members stand in the tree in the order of the text, because duplicates are refused. */
static void
search_object(struct search *s, const json_t *node, const char *path)
{
    json_t *object = (json_t *)(uintptr_t)node; /* the iterator writes nothing */
    char child[PATH_MAX_BYTES];

    s->i++;
    for (void *it = json_object_iter(object); it != NULL;
         it = json_object_iter_next(object, it)) {
        skip_blanks(s);
        s->i = tally_json_skip_string(s->text, s->target->doc->len, s->i);
        skip_blanks(s);
        s->i++;
        path_member(path, json_object_iter_key(it), child);
        search_value(s, json_object_iter_value(it), child);
        if (s->found || !another_follows(s)) {
            return;
        }
    }
}

static void
search_array(struct search *s, const json_t *node, const char *path)
{
    char child[PATH_MAX_BYTES];

    s->i++;
    for (size_t k = 0; k < json_array_size(node); k++) {
        path_element(path, k, child);
        search_value(s, json_array_get(node, k), child);
        if (s->found || !another_follows(s)) {
            return;
        }
    }
}

/* Depth is bounded by TALLY_JSON_DEPTH_MAX. A node alone is not enough to tell a place
 * by, because jansson shares its true, false and null; a path alone is not when it was
 * cut short. */
static void
search_value(struct search *s, const json_t *node, const char *path)
{
    skip_blanks(s);
    if (node == s->target->node && strcmp(path, s->target->path) == 0) {
        s->found = true;
    } else if (strncmp(path, s->target->path, strlen(path)) != 0) {
        skip_value(s);
    } else if (json_is_object(node) && json_object_size(node) > 0) {
        search_object(s, node, path);
    } else if (json_is_array(node) && json_array_size(node) > 0) {
        search_array(s, node, path);
    } else {
        skip_value(s);
    }
}

static size_t
line_of(const struct tally_json *j)
{
    struct search s = {.target = j, .text = j->doc->text};

    if (j->doc->len >= 3 && memcmp(s.text, "\xEF\xBB\xBF", 3) == 0) {
        s.i = 3;
    }
    search_value(&s, j->doc->root, "");
    return s.found ? tally_json_place(s.text, s.i).line : 1;
}

int
tally_json_err(const struct tally_json *j, struct tally_err *err, enum tally_code code,
               const char *fmt, ...)
{
    char what[TALLY_ERR_TEXT];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return tally_err_set(err, code, "%s: line %zu: %s%s%s", j->doc->name, line_of(j),
                         j->path, j->path[0] == '\0' ? "" : ": ", what);
}

static const char *
type_name(const json_t *node)
{
    switch (json_typeof(node)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "text";
    case JSON_INTEGER:
        return "a whole number";
    case JSON_REAL:
        return "a number with a fraction";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    default:
        return "null";
    }
}

static int
wrong_type(const struct tally_json *j, const char *want, struct tally_err *err)
{
    return tally_json_err(j, err, TALLY_E_JSON, "must be %s, not %s", want,
                          type_name(j->node));
}

int
tally_json_find(const struct tally_json *obj, const char *key, struct tally_json *out,
                struct tally_err *err)
{
    struct tally_json found = {.doc = obj->doc};

    if (!json_is_object((const json_t *)obj->node)) {
        return wrong_type(obj, "an object", err);
    }
    found.node = json_object_get(obj->node, key);
    if (found.node == NULL) {
        return 0;
    }
    path_member(obj->path, key, found.path);
    *out = found;
    return 1;
}

int
tally_json_need(const struct tally_json *obj, const char *key, struct tally_json *out,
                struct tally_err *err)
{
    int r = tally_json_find(obj, key, out, err);

    if (r == 0) {
        return tally_json_err(obj, err, TALLY_E_JSON, "'%s' is missing", key);
    }
    return r < 0 ? -1 : 0;
}

static bool
is_listed(const char *key, const char *const *keys)
{
    for (; *keys != NULL; keys++) {
        if (strcmp(key, *keys) == 0) {
            return true;
        }
    }
    return false;
}

int
tally_json_only(const struct tally_json *obj, const char *const *keys,
                struct tally_err *err)
{
    json_t *object = (json_t *)(uintptr_t)obj->node; /* the iterator writes nothing */

    if (!json_is_object(object)) {
        return wrong_type(obj, "an object", err);
    }
    for (void *it = json_object_iter(object); it != NULL;
         it = json_object_iter_next(object, it)) {
        const char *key = json_object_iter_key(it);
        struct tally_json member = {.doc = obj->doc};

        if (!is_listed(key, keys)) {
            member.node = json_object_iter_value(it);
            path_member(obj->path, key, member.path);
            return tally_json_err(&member, err, TALLY_E_JSON, "unknown name");
        }
    }
    return 0;
}

int
tally_json_length(const struct tally_json *arr, size_t *out, struct tally_err *err)
{
    if (!json_is_array((const json_t *)arr->node)) {
        return wrong_type(arr, "a list", err);
    }
    *out = json_array_size(arr->node);
    return 0;
}

int
tally_json_at(const struct tally_json *arr, size_t i, struct tally_json *out,
              struct tally_err *err)
{
    struct tally_json found = {.doc = arr->doc};
    size_t n = 0;

    if (tally_json_length(arr, &n, err) != 0) {
        return -1;
    }
    if (i >= n) {
        return tally_json_err(arr, err, TALLY_E_JSON,
                              "has %zu entries, and %zu are needed", n, i + 1);
    }
    found.node = json_array_get(arr->node, i);
    path_element(arr->path, i, found.path);
    *out = found;
    return 0;
}

int
tally_json_str(const struct tally_json *j, size_t max, const char **out,
               struct tally_err *err)
{
    if (!json_is_string((const json_t *)j->node)) {
        return wrong_type(j, "text", err);
    }
    if (json_string_length(j->node) > max) {
        return tally_json_err(j, err, TALLY_E_JSON, "is longer than %zu bytes", max);
    }
    *out = json_string_value(j->node);
    return 0;
}

int
tally_json_int(const struct tally_json *j, int64_t min, int64_t max, int64_t *out,
               struct tally_err *err)
{
    int64_t v;

    if (!json_is_integer((const json_t *)j->node)) {
        return wrong_type(j, "a whole number", err);
    }
    v = json_integer_value(j->node);
    if (v < min || v > max) {
        return tally_json_err(j, err, TALLY_E_JSON,
                              "must be from %" PRId64 " to %" PRId64, min, max);
    }
    *out = v;
    return 0;
}

int
tally_json_real(const struct tally_json *j, double min, double max, double *out,
                struct tally_err *err)
{
    double v;

    if (!json_is_number((const json_t *)j->node)) {
        return wrong_type(j, "a number", err);
    }
    v = json_number_value(j->node);
    if (v < min || v > max) {
        return tally_json_err(j, err, TALLY_E_JSON, "must be from %g to %g", min, max);
    }
    *out = v;
    return 0;
}

int
tally_json_bool(const struct tally_json *j, bool *out, struct tally_err *err)
{
    if (!json_is_boolean((const json_t *)j->node)) {
        return wrong_type(j, "true or false", err);
    }
    *out = json_is_true((const json_t *)j->node);
    return 0;
}

bool
tally_json_is_null(const struct tally_json *j)
{
    return json_is_null((const json_t *)j->node);
}
