/*
 * From Python's regular expressions to PCRE2's. The two are close; what differs is turned
 * into what means the same, and what only PCRE2 knows is refused as Python refuses it.
 * Nothing reaches PCRE2 that was not understood here. This file has groups, flags and
 * quantifiers; clkhash_pattern_chars.c has characters.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_pattern.h"

#include "bloom/clkhash_regex.h"

#include <string.h>

int
clkhash_pattern_refuse(const struct clkhash_translation *t, size_t at, const char *why)
{
    return tally_err_set(t->err, TALLY_E_SCHEMA,
                         "not a regular expression: %s at byte %zu", why, at);
}

int
clkhash_pattern_put(struct clkhash_translation *t, const char *text, size_t len)
{
    return tally_buf_append(t->out, text, len, t->err);
}

int
clkhash_pattern_put_text(struct clkhash_translation *t, const char *text)
{
    return clkhash_pattern_put(t, text, strlen(text));
}

bool
clkhash_pattern_at_end(const struct clkhash_translation *t)
{
    return t->i >= t->len;
}

char
clkhash_pattern_peek(const struct clkhash_translation *t)
{
    return clkhash_pattern_at_end(t) ? '\0' : t->p[t->i];
}

bool
clkhash_pattern_take(struct clkhash_translation *t, const char *text)
{
    size_t n = strlen(text);

    if (t->len - t->i < n || memcmp(t->p + t->i, text, n) != 0) {
        return false;
    }
    t->i += n;
    return true;
}

/* Groups and flags. */

/* After the "(" of group ${number} is put: flags that change in it end with it. */
static int
open_group(struct clkhash_translation *t, size_t number)
{
    if (t->depth == CLKHASH_PATTERN_DEPTH) {
        return clkhash_pattern_refuse(t, t->i, "groups in one another over the limit");
    }
    t->open[t->depth++] = (struct clkhash_group){number, t->now};
    return 0;
}

static int
close_group(struct clkhash_translation *t)
{
    const struct clkhash_group *g;

    if (t->depth == 0) {
        return clkhash_pattern_refuse(t, t->i - 1, "a ) without its (");
    }
    g = &t->open[--t->depth];
    t->now = g->flags;
    t->closed[g->number < CLKHASH_PATTERN_GROUPS ? g->number : 0] = true;
    t->repeatable = true;
    t->repeated = false;
    return clkhash_pattern_put_text(t, ")");
}

/* The name of a group up to ${close}, put between ${before} and ${after}. */
static int
name(struct clkhash_translation *t, char close, const char *before, const char *after)
{
    size_t start = t->i;
    size_t n;

    while (!clkhash_pattern_at_end(t) && clkhash_pattern_peek(t) != close) {
        t->i++;
    }
    n = t->i - start;
    if (clkhash_pattern_at_end(t) || n == 0) {
        return clkhash_pattern_refuse(t, start, "a group without its name");
    }
    t->i++;
    if (clkhash_pattern_put_text(t, before) != 0 ||
        clkhash_pattern_put(t, t->p + start, n) != 0) {
        return -1;
    }
    return clkhash_pattern_put_text(t, after);
}

/* The flags by letter; u is a that is off. NULL for a letter that is none. */
static bool *
flag_of(struct clkhash_flags *f, char letter)
{
    switch (letter) {
    case 'a':
    case 'u':
        return &f->ascii;
    case 'i':
        return &f->caseless;
    case 'm':
        return &f->multiline;
    case 's':
        return &f->dot_all;
    case 'x':
        return &f->verbose;
    default:
        return NULL;
    }
}

/* Read letters of flags into ${f}, turned ${on} or off, up to a sign that is none. ${set}
 * has a bit for each letter that was turned on. */
static int
read_flags(struct clkhash_translation *t, struct clkhash_flags *f, bool on, uint32_t *set)
{
    size_t start = t->i;
    bool *flag;

    while ((flag = flag_of(f, clkhash_pattern_peek(t))) != NULL) {
        char c = t->p[t->i++];
        uint32_t bit = UINT32_C(1) << (c - 'a');

        if (!on && (*set & bit) != 0) {
            return clkhash_pattern_refuse(t, start, "a flag that is turned on and off");
        }
        if (!on && flag == &f->ascii) {
            return clkhash_pattern_refuse(t, start, "flags a and u cannot be turned off");
        }
        *flag = on && c != 'u';
        *set |= on ? bit : 0;
    }
    if ((*set & 1) != 0 && (*set >> ('u' - 'a') & 1) != 0) {
        return clkhash_pattern_refuse(t, start, "the flags a and u together");
    }
    if (clkhash_pattern_peek(t) == 'L') {
        return clkhash_pattern_refuse(t, start, "the flag L, which is not for text");
    }
    return t->i > start ? 0
                        : clkhash_pattern_refuse(t, start, "an unknown kind of group");
}

/* Tell PCRE2 which flags hold, and no others, up to ${end}: with a it is told to look at
 * case, and x is done with here. */
static int
put_flags(struct clkhash_translation *t, char end)
{
    return tally_buf_printf(t->out, t->err, "(?^%s%s%s%c",
                            t->now.caseless && !t->now.ascii ? "i" : "",
                            t->now.multiline ? "m" : "", t->now.dot_all ? "s" : "", end);
}

/* (?flags) in front of all, where only such flags, blanks under x and comments are. */
static int
flags_of_all(struct clkhash_translation *t, size_t at, const struct clkhash_flags *f)
{
    if (t->out->len > t->start || t->depth > 0) {
        return clkhash_pattern_refuse(t, at,
                                      "flags that do not stand in front of all (write "
                                      "(?i:...) for a part)");
    }
    t->now = *f;
    t->out->len = 0;
    if (put_flags(t, ')') != 0) {
        return -1;
    }
    t->start = t->out->len;
    return 0;
}

/* That, or (?flags-flags:...), a group. */
static int
flags(struct clkhash_translation *t)
{
    struct clkhash_flags changed = t->now;
    uint32_t set = 0;
    size_t start = t->i;

    if (clkhash_pattern_peek(t) != '-' && read_flags(t, &changed, true, &set) != 0) {
        return -1;
    }
    if (clkhash_pattern_take(t, ")")) {
        return flags_of_all(t, start, &changed);
    }
    if (clkhash_pattern_take(t, "-") && read_flags(t, &changed, false, &set) != 0) {
        return -1;
    }
    if (!clkhash_pattern_take(t, ":")) {
        return clkhash_pattern_refuse(t, t->i, "an unknown flag");
    }
    if (open_group(t, 0) != 0) {
        return -1;
    }
    t->now = changed;
    return put_flags(t, ':');
}

/* (?(1)yes|no) or (?(name)yes|no) */
static int
condition(struct clkhash_translation *t)
{
    size_t start = t->i;
    size_t digits = strspn(t->p + t->i, "0123456789");

    if (digits > 0 && digits < 4 && t->len - t->i > digits &&
        t->p[t->i + digits] == ')') {
        t->i += digits + 1;
        if (clkhash_pattern_put_text(t, "(?(") != 0) {
            return -1;
        }
        return clkhash_pattern_put(t, t->p + start, digits + 1);
    }
    return name(t, ')', "(?(<", ">)");
}

/* (?P=name), to a group that stands before it. */
static int
named_reference(struct clkhash_translation *t)
{
    size_t start = t->out->len;
    size_t from = t->i;
    size_t len;

    if (name(t, ')', "(?P<", ">") != 0) {
        return -1;
    }
    len = t->out->len - start;
    if (memmem(t->out->data, start, t->out->data + start, len) == NULL) {
        return clkhash_pattern_refuse(t, from, "reference to a group that is not there");
    }
    memcpy(t->out->data + start, "(?P=", 4);
    t->out->data[t->out->len - 1] = ')';
    t->repeatable = true;
    return 0;
}

/* What follows "(?", a comment apart. */
static int
special_group(struct clkhash_translation *t)
{
    static const char *const same[] = {":", "=", "!", "<=", "<!", ">"};

    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        if (clkhash_pattern_take(t, same[i])) {
            return tally_buf_printf(t->out, t->err, "(?%s", same[i]) != 0
                       ? -1
                       : open_group(t, 0);
        }
    }
    if (clkhash_pattern_take(t, "P<")) {
        t->groups++;
        return name(t, '>', "(?P<", ">") != 0 ? -1 : open_group(t, t->groups);
    }
    if (clkhash_pattern_take(t, "P=")) {
        return named_reference(t);
    }
    if (clkhash_pattern_take(t, "(")) {
        return condition(t) != 0 ? -1 : open_group(t, 0);
    }
    return flags(t);
}

/* A comment changes nothing: what stands before it can still be repeated. */
static int
comment(struct clkhash_translation *t)
{
    const char *end = memchr(t->p + t->i, ')', t->len - t->i);

    if (end == NULL) {
        return clkhash_pattern_refuse(t, t->i, "a comment that is not closed");
    }
    t->i = (size_t)(end - t->p) + 1;
    return 0;
}

static int
group(struct clkhash_translation *t)
{
    if (clkhash_pattern_take(t, "?#")) {
        return comment(t);
    }
    t->repeatable = false;
    t->repeated = false;
    if (clkhash_pattern_take(t, "?")) {
        return special_group(t);
    }
    t->groups++;
    return clkhash_pattern_put_text(t, "(") != 0 ? -1 : open_group(t, t->groups);
}

/* Quantifiers. */

/* {m}, {m,}, {,n} or {m,n} at the offset: its bytes, or 0 when "{" is only a character.
 */
static size_t
braces(const struct clkhash_translation *t, size_t from)
{
    const char *s = t->p + from; /* after the "{"; the text ends with a NUL */
    size_t n = strspn(s, "0123456789");
    size_t all = n;

    if (s[n] == ',') {
        all += 1 + strspn(s + n + 1, "0123456789");
    } else if (n == 0) {
        return 0;
    }
    return s[all] == '}' ? all + 1 : 0;
}

static int
put_braces(struct clkhash_translation *t, size_t n)
{
    const char *s = t->p + t->i;

    t->i += n;
    if (n == 2 && s[0] == ',') {
        return clkhash_pattern_put_text(t, "*");
    }
    if (clkhash_pattern_put_text(t, s[0] == ',' ? "{0" : "{") != 0) {
        return -1;
    }
    return clkhash_pattern_put(t, s, n);
}

/* A quantifier that begins with ${c}, and the sign after it that makes it lazy or
 * possessive. */
static int
quantifier(struct clkhash_translation *t, char c)
{
    size_t start = t->i - 1;
    size_t n = c == '{' ? braces(t, t->i) : 0;

    if (t->repeated) {
        return clkhash_pattern_refuse(t, start, "two quantifiers in a row");
    }
    if (!t->repeatable) {
        return clkhash_pattern_refuse(t, start, "a quantifier with nothing to repeat");
    }
    t->repeated = true;
    if ((c == '{' ? put_braces(t, n) : clkhash_pattern_put(t, &c, 1)) != 0) {
        return -1;
    }
    if (clkhash_pattern_take(t, "?")) {
        return clkhash_pattern_put_text(t, "?");
    }
    return clkhash_pattern_take(t, "+") ? clkhash_pattern_put_text(t, "+") : 0;
}

/* With the flag x, blanks and comments outside sets do not count. */
static bool
skip_verbose(struct clkhash_translation *t, char c)
{
    if (!t->now.verbose) {
        return false;
    }
    if (c == '#') {
        while (!clkhash_pattern_at_end(t) && clkhash_pattern_peek(t) != '\n') {
            t->i++;
        }
        return true;
    }
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int
step(struct clkhash_translation *t)
{
    char c = t->p[t->i++];

    if (skip_verbose(t, c)) {
        return 0;
    }
    switch (c) {
    case '\\':
        return clkhash_pattern_escape(t);
    case '[':
        return clkhash_pattern_set(t);
    case '(':
        return group(t);
    case ')':
        return close_group(t);
    case '*':
    case '+':
    case '?':
        return quantifier(t, c);
    case '{':
        return braces(t, t->i) > 0 ? quantifier(t, c) : clkhash_pattern_literal(t, c);
    case '^':
    case '$':
    case '|':
        t->repeatable = false;
        t->repeated = false;
        return clkhash_pattern_put(t, &c, 1);
    default:
        return clkhash_pattern_literal(t, c);
    }
}

/* The whole of ${pattern} to ${out}. */
static int
translate(const char *pattern, struct tally_buf *out, struct tally_err *err)
{
    struct clkhash_translation t = {
        .p = pattern, .len = strlen(pattern), .out = out, .err = err};

    while (!clkhash_pattern_at_end(&t)) {
        if (step(&t) != 0) {
            return -1;
        }
    }
    return t.depth == 0 ? 0
                        : clkhash_pattern_refuse(&t, t.len, "a group that is not closed");
}

int
tally_clkhash_regex_python(struct tally_clkhash_regex **out, const char *pattern,
                           struct tally_err *err)
{
    const struct tally_clkhash_flags flags = {.whole = true};
    struct tally_buf text = {0};
    int rc = translate(pattern, &text, err);

    if (rc == 0) {
        rc = tally_clkhash_regex_create(
            out, text.data != NULL ? text.data : (const uint8_t *)"", text.len, &flags,
            err);
    }
    tally_buf_free(&text);
    return rc;
}
