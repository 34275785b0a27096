/*
 * From Python's regular expressions to PCRE2's. The two are close; what differs is turned
 * into what means the same, and what only PCRE2 knows is refused as Python refuses it.
 * Nothing reaches PCRE2 that was not understood here.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_regex.h"

#include "bloom/clkhash_text.h"

#include <stdio.h>
#include <string.h>

/* What str.isspace() takes for blanks, as the inside of a character class. */
#define SPACES                                                                           \
    "\\x09-\\x0d\\x1c-\\x20\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}"          \
    "\\x{2029}\\x{202f}\\x{205f}\\x{3000}"

/* All the others. */
#define NOT_SPACES                                                                       \
    "\\x00-\\x08\\x0e-\\x1b\\x21-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}"                \
    "\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}"       \
    "\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}"

/* i and I with and without dots: without regard to case, Python takes all four for one,
 * and PCRE2 does not. */
#define DOTTED "iI\xc4\xb0\xc4\xb1"

struct translation {
    const char *p;
    size_t len;
    size_t i;
    size_t groups;   /* opened so far */
    bool repeatable; /* the last thing may take a quantifier */
    bool repeated;   /* it has one already */
    struct tally_clkhash_flags *flags;
    struct tally_buf *out;
    struct tally_err *err;
};

static int
refuse(const struct translation *t, size_t at, const char *why)
{
    return tally_err_set(t->err, TALLY_E_SCHEMA,
                         "not a regular expression: %s at byte %zu", why, at);
}

static int
put(struct translation *t, const char *text, size_t len)
{
    return tally_buf_append(t->out, text, len, t->err);
}

static int
put_text(struct translation *t, const char *text)
{
    return put(t, text, strlen(text));
}

static int
put_char(struct translation *t, uint32_t cp)
{
    return tally_buf_printf(t->out, t->err, "\\x{%x}", (unsigned)cp);
}

static bool
at_end(const struct translation *t)
{
    return t->i >= t->len;
}

static char
peek(const struct translation *t)
{
    return at_end(t) ? '\0' : t->p[t->i];
}

static bool
take(struct translation *t, const char *text)
{
    size_t n = strlen(text);

    if (t->len - t->i < n || memcmp(t->p + t->i, text, n) != 0) {
        return false;
    }
    t->i += n;
    return true;
}

static bool
is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_octal(char c)
{
    return c >= '0' && c <= '7';
}

static bool
is_number(char c)
{
    return c >= '0' && c <= '9';
}

static int
hex_value(char c)
{
    if (is_number(c)) {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly ${digits} hexadecimal digits as a character. */
static int
hex_escape(struct translation *t, size_t start, size_t digits)
{
    uint32_t cp = 0;

    for (size_t i = 0; i < digits; i++) {
        int v = hex_value(peek(t));

        if (v < 0) {
            return refuse(t, start, "incomplete escape");
        }
        cp = cp << 4 | (uint32_t)v;
        t->i++;
    }
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF)) {
        return refuse(t, start, "a character that does not exist");
    }
    return put_char(t, cp);
}

/* Escapes that mean the same inside and outside a class: 1 done, 0 not one, -1. */
static int
common_escape(struct translation *t, size_t start, char c)
{
    static const char names[] = "abfnrtv";
    static const uint32_t values[] = {7, 8, 12, 10, 13, 9, 11};
    const char *known = c == 'b' ? NULL : strchr(names, c);

    if (c == 'x' || c == 'u' || c == 'U') {
        return hex_escape(t, start, c == 'x' ? 2 : c == 'u' ? 4 : 8) == 0 ? 1 : -1;
    }
    if (known != NULL) {
        return put_char(t, values[known - names]) == 0 ? 1 : -1;
    }
    if (is_ascii_letter(c) || is_number(c)) {
        return 0;
    }
    if ((unsigned char)c >= 0x80) { /* the rest of the character follows as it is */
        return put(t, &c, 1) == 0 ? 1 : -1;
    }
    return put_char(t, (unsigned char)c) == 0 ? 1 : -1;
}

/* Up to ${more} further octal digits after the value ${v}. */
static int
octal_escape(struct translation *t, size_t start, uint32_t v, size_t more)
{
    while (more-- > 0 && is_octal(peek(t))) {
        v = 8 * v + (uint32_t)(t->p[t->i++] - '0');
    }
    return v > 0377 ? refuse(t, start, "octal escape out of range") : put_char(t, v);
}

/* \1 to \99 stand for groups, unless three octal digits make a character. */
static int
number_escape(struct translation *t, size_t start, char first)
{
    size_t group = (size_t)(first - '0');

    if (first == '0') {
        return octal_escape(t, start, 0, 2);
    }
    if (is_number(peek(t))) {
        if (is_octal(first) && is_octal(peek(t)) && t->len - t->i > 1 &&
            is_octal(t->p[t->i + 1])) {
            return octal_escape(t, start, (uint32_t)group, 2);
        }
        group = 10 * group + (size_t)(t->p[t->i++] - '0');
    }
    if (group > t->groups) {
        return refuse(t, start, "reference to a group that is not there");
    }
    return tally_buf_printf(t->out, t->err, "\\g{%zu}", group);
}

static int
escape(struct translation *t)
{
    size_t start = t->i - 1;
    char c = peek(t);
    int done;

    if (at_end(t)) {
        return refuse(t, start, "an escape without its character");
    }
    t->i++;
    t->repeatable = strchr("AZbB", c) == NULL;
    t->repeated = false;
    if (is_number(c)) {
        return number_escape(t, start, c);
    }
    if ((c == 's' || c == 'S') && !t->flags->ascii) {
        return put_text(t, c == 's' ? "[" SPACES "]" : "[^" SPACES "]");
    }
    if (c == 'Z') {
        return put_text(t, "\\z");
    }
    if (strchr("AbBdDsSwW", c) != NULL) {
        const char text[] = {'\\', c};

        return put(t, text, 2);
    }
    done = common_escape(t, start, c);
    return done == 0 ? refuse(t, start, "unknown escape") : done < 0 ? -1 : 0;
}

/* An escape in a class; ${set} tells whether it stands for several characters. */
static int
class_escape(struct translation *t, bool *set)
{
    size_t start = t->i - 1;
    char c = peek(t);
    int done;

    if (at_end(t)) {
        return refuse(t, start, "an escape without its character");
    }
    t->i++;
    *set = strchr("dDsSwW", c) != NULL;
    if ((c == 's' || c == 'S') && !t->flags->ascii) {
        return put_text(t, c == 's' ? SPACES : NOT_SPACES);
    }
    if (*set || c == 'b') {
        const char text[] = {'\\', c};

        return put(t, text, 2);
    }
    if (is_octal(c)) {
        return octal_escape(t, start, (uint32_t)(c - '0'), 2);
    }
    done = common_escape(t, start, c);
    return done == 0 ? refuse(t, start, "unknown escape") : done < 0 ? -1 : 0;
}

/* Whether the class that is put at ${from} matches some of DOTTED; ${all}: all of it. */
static bool
class_has_dotted(const struct translation *t, size_t from, bool all)
{
    static const char *const dotted[] = {"i", "I", "\xc4\xb0", "\xc4\xb1"};
    struct tally_clkhash_flags flags = {.caseless = true, .whole = true};
    struct tally_clkhash_regex *r = NULL;
    struct tally_err ignored = TALLY_ERR_INIT; /* what is wrong is told in the end */
    size_t n = 0;

    if (tally_clkhash_regex_create(&r, t->out->data + from, t->out->len - from, &flags,
                                   &ignored) != 0) {
        return all;
    }
    for (size_t i = 0; i < 4; i++) {
        n += tally_clkhash_regex_match(r, (const uint8_t *)dotted[i],
                                       strlen(dotted[i])) == 1;
    }
    tally_clkhash_regex_free(r);
    return all ? n == 4 : n > 0;
}

/* End the class that began at ${from}. */
static int
end_class(struct translation *t, size_t from)
{
    bool negated = t->out->data[from + 1] == '^';

    t->repeatable = true;
    t->repeated = false;
    if (put_text(t, "]") != 0) {
        return -1;
    }
    if (!t->flags->caseless || t->flags->ascii) {
        return 0;
    }
    if (negated ? class_has_dotted(t, from, true) : !class_has_dotted(t, from, false)) {
        return 0;
    }
    t->out->len--;
    return put_text(t, DOTTED "]");
}

/* What follows a "[": up to its "]". An inner "[" is a character like others in Python.
 */
static int class(struct translation *t)
{
    size_t start = t->i - 1;
    size_t from = t->out->len;
    bool first = true;

    if (put_text(t, "[") != 0 || (take(t, "^") && put_text(t, "^") != 0)) {
        return -1;
    }
    for (; !at_end(t); first = false) {
        bool set = false;
        char c = t->p[t->i++];
        int status;

        if (c == ']' && !first) {
            return end_class(t, from);
        }
        if (c == '\\') {
            status = class_escape(t, &set);
        } else if (strchr("[]:.=", c) != NULL) { /* no POSIX classes */
            status = put_char(t, (unsigned char)c);
        } else {
            status = put(t, &c, 1);
        }
        if (status != 0) {
            return -1;
        }
        if (set && t->len - t->i > 1 && t->p[t->i] == '-' && t->p[t->i + 1] != ']') {
            return refuse(t, t->i, "a range that does not begin with one character");
        }
    }
    return refuse(t, start, "a set that is not closed");
}

/* The name of a group up to ${close}, put between ${before} and ${after}. */
static int
name(struct translation *t, char close, const char *before, const char *after)
{
    size_t start = t->i;
    size_t n;

    while (!at_end(t) && peek(t) != close) {
        t->i++;
    }
    n = t->i - start;
    if (at_end(t) || n == 0) {
        return refuse(t, start, "a group without its name");
    }
    t->i++;
    if (put_text(t, before) != 0 || put(t, t->p + start, n) != 0) {
        return -1;
    }
    return put_text(t, after);
}

/* (?flags) at the start of all. */
static int
flags(struct translation *t)
{
    size_t start = t->i;
    size_t n = strspn(t->p + start, "aimsux");
    const char *set = t->p + start;

    if (n == 0 || set[n] != ')') {
        return refuse(t, start, "an unknown kind of group");
    }
    if (t->out->len > 0) {
        return refuse(t, start, "flags that do not stand at the start");
    }
    t->i += n + 1;
    t->flags->ascii |= memchr(set, 'a', n) != NULL;
    t->flags->caseless |= memchr(set, 'i', n) != NULL;
    t->flags->multiline |= memchr(set, 'm', n) != NULL;
    t->flags->dot_all |= memchr(set, 's', n) != NULL;
    t->flags->verbose |= memchr(set, 'x', n) != NULL;
    return 0;
}

/* True when "(?" is followed by i, m, s, with a minus among them, and a colon. */
static bool
is_scoped(const struct translation *t)
{
    size_t n = strspn(t->p + t->i, "ims-");

    return t->len - t->i > n && t->p[t->i + n] == ':' && n > 0;
}

static int
scoped_flags(struct translation *t)
{
    size_t n = strspn(t->p + t->i, "ims-") + 1;

    if (t->p[t->i + n - 2] == '-') {
        return refuse(t, t->i, "a flag is missing");
    }
    t->i += n;
    return put_text(t, "(?") != 0 ? -1 : put(t, t->p + t->i - n, n);
}

/* (?(1)yes|no) or (?(name)yes|no) */
static int
condition(struct translation *t)
{
    size_t start = t->i;
    size_t digits = strspn(t->p + t->i, "0123456789");

    if (digits > 0 && digits < 4 && t->len - t->i > digits &&
        t->p[t->i + digits] == ')') {
        t->i += digits + 1;
        if (put_text(t, "(?(") != 0) {
            return -1;
        }
        return put(t, t->p + start, digits + 1);
    }
    return name(t, ')', "(?(<", ">)");
}

/* (?P=name), to a group that stands before it. */
static int
named_reference(struct translation *t)
{
    size_t start = t->out->len;
    size_t from = t->i;
    size_t len;

    if (name(t, ')', "(?P<", ">") != 0) {
        return -1;
    }
    len = t->out->len - start;
    if (memmem(t->out->data, start, t->out->data + start, len) == NULL) {
        return refuse(t, from, "reference to a group that is not there");
    }
    memcpy(t->out->data + start, "(?P=", 4);
    t->out->data[t->out->len - 1] = ')';
    t->repeatable = true;
    return 0;
}

/* What follows "(?". */
static int
special_group(struct translation *t)
{
    static const char *const same[] = {":", "=", "!", "<=", "<!", ">"};

    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        if (take(t, same[i])) {
            return put_text(t, "(?") != 0 ? -1 : put_text(t, same[i]);
        }
    }
    if (take(t, "P<")) {
        t->groups++;
        return name(t, '>', "(?P<", ">");
    }
    if (take(t, "P=")) {
        return named_reference(t);
    }
    if (take(t, "(")) {
        return condition(t);
    }
    if (take(t, "#")) {
        const char *end = memchr(t->p + t->i, ')', t->len - t->i);

        if (end == NULL) {
            return refuse(t, t->i, "a comment that is not closed");
        }
        t->i = (size_t)(end - t->p) + 1;
        return 0;
    }
    return is_scoped(t) ? scoped_flags(t) : flags(t);
}

static int
group(struct translation *t)
{
    if (take(t, "?")) {
        if (peek(t) != '#') { /* a comment changes nothing */
            t->repeatable = false;
            t->repeated = false;
        }
        return special_group(t);
    }
    t->repeatable = false;
    t->repeated = false;
    t->groups++;
    return put_text(t, "(");
}

/* {m}, {m,}, {,n} or {m,n} at the offset: its bytes, or 0 when "{" is only a character.
 */
static size_t
braces(const struct translation *t, size_t from)
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
put_braces(struct translation *t, size_t n)
{
    const char *s = t->p + t->i;

    t->i += n;
    if (n == 2 && s[0] == ',') {
        return put_text(t, "*");
    }
    if (put_text(t, s[0] == ',' ? "{0" : "{") != 0) {
        return -1;
    }
    return put(t, s, n);
}

/* A quantifier that begins with ${c}, and the sign after it that makes it lazy or
 * possessive. */
static int
quantifier(struct translation *t, char c)
{
    size_t start = t->i - 1;
    size_t n = c == '{' ? braces(t, t->i) : 0;

    if (t->repeated) {
        return refuse(t, start, "two quantifiers in a row");
    }
    if (!t->repeatable) {
        return refuse(t, start, "a quantifier with nothing to repeat");
    }
    t->repeated = true;
    if ((c == '{' ? put_braces(t, n) : put(t, &c, 1)) != 0) {
        return -1;
    }
    if (take(t, "?")) {
        return put_text(t, "?");
    }
    return take(t, "+") ? put_text(t, "+") : 0;
}

/* With the flag x, blanks and comments outside sets do not count. */
static bool
skip_verbose(struct translation *t, char c)
{
    if (!t->flags->verbose) {
        return false;
    }
    if (c == '#') {
        while (!at_end(t) && peek(t) != '\n') {
            t->i++;
        }
        return true;
    }
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int
literal(struct translation *t, char c)
{
    t->repeatable = true;
    t->repeated = false;
    if (t->flags->caseless && !t->flags->ascii &&
        (c == 'i' || c == 'I' ||
         (c == '\xc4' && (peek(t) == '\xb0' || peek(t) == '\xb1')))) {
        t->i += c == '\xc4';
        return put_text(t, "[" DOTTED "]");
    }
    if ((unsigned char)c < 0x80 && !is_ascii_letter(c) && !is_number(c) && c != '.') {
        return put_char(t, (unsigned char)c);
    }
    return put(t, &c, 1);
}

static int
step(struct translation *t)
{
    char c = t->p[t->i++];

    if (skip_verbose(t, c)) {
        return 0;
    }
    switch (c) {
    case '\\':
        return escape(t);
    case '[':
        return class(t);
    case '(':
        return group(t);
    case '*':
    case '+':
    case '?':
        return quantifier(t, c);
    case '{':
        return braces(t, t->i) > 0 ? quantifier(t, c) : literal(t, c);
    case '^':
    case '$':
    case '|':
    case ')':
        t->repeatable = c == ')';
        t->repeated = false;
        return put(t, &c, 1);
    default:
        return literal(t, c);
    }
}

int
tally_clkhash_pattern(const char *pattern, struct tally_buf *out,
                      struct tally_clkhash_flags *f, struct tally_err *err)
{
    struct translation t = {.p = pattern, .len = strlen(pattern), .flags = f, .out = out};

    t.err = err;
    while (!at_end(&t)) {
        if (step(&t) != 0) {
            return -1;
        }
    }
    return 0;
}
