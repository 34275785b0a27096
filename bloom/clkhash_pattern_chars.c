/*
 * What stands for characters in a pattern: escapes, sets, and characters themselves.
 * Where Python's and PCRE2's classes or cases differ, the characters are put one by one.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_pattern.h"
#include "bloom/clkhash_regex.h"

#include <string.h>

/* What str.isspace() takes for blanks, as the inside of a set. */
#define SPACES                                                                           \
    "\\x09-\\x0d\\x1c-\\x20\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}"          \
    "\\x{2029}\\x{202f}\\x{205f}\\x{3000}"

/* All the others. */
#define NOT_SPACES                                                                       \
    "\\x00-\\x08\\x0e-\\x1b\\x21-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}"                \
    "\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}"       \
    "\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}"

/* With the flag a: a character of a word on one side and none on the other. */
#define ASCII_WORD "[0-9A-Za-z_]"
#define ASCII_EDGE                                                                       \
    "(?:(?<=" ASCII_WORD ")(?!" ASCII_WORD ")|(?<!" ASCII_WORD ")(?=" ASCII_WORD "))"
#define ASCII_NO_EDGE                                                                    \
    "(?:(?<=" ASCII_WORD ")(?=" ASCII_WORD ")|(?<!" ASCII_WORD ")(?!" ASCII_WORD "))"

/* Python's \B is not in an empty text, and PCRE2's is: hence the (?!\A\z) behind it. */

/* Escapes that stand for several characters, as the inside of a set: NULL for what PCRE2
 * calls the same. */
struct several {
    char letter;
    const char *unicode;
    const char *ascii;
};
static const struct several SEVERAL[] = {
    {'d', NULL, "0-9"},
    {'D', NULL, "\\x00-\\x2f\\x3a-\\x{10ffff}"},
    {'s', SPACES, "\\x09-\\x0d\\x20"},
    {'S', NOT_SPACES, "\\x00-\\x08\\x0e-\\x1f\\x21-\\x{10ffff}"},
    {'w', NULL, "0-9A-Za-z_"},
    {'W', NULL, "\\x00-\\x2f\\x3a-\\x40\\x5b-\\x5e\\x60\\x7b-\\x{10ffff}"},
};

static int
put_char(struct clkhash_translation *t, uint32_t cp)
{
    return tally_buf_printf(t->out, t->err, "\\x{%x}", (unsigned)cp);
}

static bool
is_letter(char c)
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

/* Escapes. */

/* Exactly ${digits} hexadecimal digits as a character. */
static int
hex_escape(struct clkhash_translation *t, size_t start, size_t digits)
{
    uint32_t cp = 0;

    for (size_t i = 0; i < digits; i++) {
        int v = hex_value(clkhash_pattern_peek(t));

        if (v < 0) {
            return clkhash_pattern_refuse(t, start, "incomplete escape");
        }
        cp = cp << 4 | (uint32_t)v;
        t->i++;
    }
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF)) {
        return clkhash_pattern_refuse(t, start, "a character that does not exist");
    }
    return put_char(t, cp);
}

/* Escapes that mean the same inside and outside a set. */
static int
common_escape(struct clkhash_translation *t, size_t start, char c)
{
    static const char names[] = "afnrtv";
    static const uint32_t values[] = {7, 12, 10, 13, 9, 11};
    const char *known = strchr(names, c);

    if (c == 'x' || c == 'u' || c == 'U') {
        return hex_escape(t, start, c == 'x' ? 2 : c == 'u' ? 4 : 8);
    }
    if (known != NULL) {
        return put_char(t, values[known - names]);
    }
    if (c == 'N') {
        return clkhash_pattern_refuse(t, start,
                                      "\\N{NAME}, which is not known here (write the "
                                      "character itself, or \\uXXXX)");
    }
    if (is_letter(c) || is_number(c)) {
        return clkhash_pattern_refuse(t, start, "unknown escape");
    }
    if ((unsigned char)c >= 0x80) { /* the rest of the character follows as it is */
        return clkhash_pattern_put(t, &c, 1);
    }
    return put_char(t, (unsigned char)c);
}

/* Up to ${more} further octal digits after the value ${v}. */
static int
octal_escape(struct clkhash_translation *t, size_t start, uint32_t v, size_t more)
{
    while (more-- > 0 && is_octal(clkhash_pattern_peek(t))) {
        v = 8 * v + (uint32_t)(t->p[t->i++] - '0');
    }
    return v > 0377 ? clkhash_pattern_refuse(t, start, "octal escape out of range")
                    : put_char(t, v);
}

/* \1 to \99 stand for groups, unless three octal digits make a character. */
static int
number_escape(struct clkhash_translation *t, size_t start, char first)
{
    size_t group = (size_t)(first - '0');

    if (first == '0') {
        return octal_escape(t, start, 0, 2);
    }
    if (is_number(clkhash_pattern_peek(t))) {
        if (is_octal(first) && is_octal(clkhash_pattern_peek(t)) && t->len - t->i > 1 &&
            is_octal(t->p[t->i + 1])) {
            return octal_escape(t, start, (uint32_t)group, 2);
        }
        group = 10 * group + (size_t)(t->p[t->i++] - '0');
    }
    if (!t->closed[group]) {
        return clkhash_pattern_refuse(
            t, start, "reference to a group that is not there, or still open");
    }
    if (t->now.caseless && t->now.ascii) {
        return clkhash_pattern_refuse(
            t, start, "reference to a group under the flags a and i together");
    }
    return tally_buf_printf(t->out, t->err, "\\g{%zu}", group);
}

/* The inside of a set for \d and its like; NULL when ${c} is none of them. */
static const char *
several(const struct clkhash_translation *t, char c, char same[3])
{
    for (size_t i = 0; i < sizeof SEVERAL / sizeof SEVERAL[0]; i++) {
        const char *text = t->now.ascii ? SEVERAL[i].ascii : SEVERAL[i].unicode;

        if (SEVERAL[i].letter == c) {
            memcpy(same, (const char[]){'\\', c, '\0'}, 3);
            return text != NULL ? text : same;
        }
    }
    return NULL;
}

int
clkhash_pattern_escape(struct clkhash_translation *t)
{
    size_t start = t->i - 1;
    char c = clkhash_pattern_peek(t);
    char same[3];
    const char *set;

    if (clkhash_pattern_at_end(t)) {
        return clkhash_pattern_refuse(t, start, "an escape without its character");
    }
    t->i++;
    t->repeatable = strchr("AZbB", c) == NULL;
    t->repeated = false;
    set = several(t, c, same);
    if (set != NULL) {
        return tally_buf_printf(t->out, t->err, "[%s]", set);
    }
    switch (c) {
    case 'A':
        return clkhash_pattern_put_text(t, "\\A");
    case 'Z':
        return clkhash_pattern_put_text(t, "\\z");
    case 'b':
        return clkhash_pattern_put_text(t, t->now.ascii ? ASCII_EDGE : "\\b");
    case 'B':
        return tally_buf_printf(t->out, t->err, "%s(?!\\A\\z)",
                                t->now.ascii ? ASCII_NO_EDGE : "\\B");
    default:
        return is_number(c) ? number_escape(t, start, c) : common_escape(t, start, c);
    }
}

/* An escape in a set; ${is_set} tells whether it stands for several characters. */
static int
set_escape(struct clkhash_translation *t, bool *is_set)
{
    size_t start = t->i - 1;
    char c = clkhash_pattern_peek(t);
    char same[3];
    const char *set;

    if (clkhash_pattern_at_end(t)) {
        return clkhash_pattern_refuse(t, start, "an escape without its character");
    }
    t->i++;
    set = several(t, c, same);
    *is_set = set != NULL;
    if (set != NULL) {
        return clkhash_pattern_put_text(t, set);
    }
    if (c == 'b') {
        return put_char(t, 8);
    }
    return is_octal(c) ? octal_escape(t, start, (uint32_t)(c - '0'), 2)
                       : common_escape(t, start, c);
}

/* Case. */

/* Without regard to case Python takes these four for one letter, and PCRE2 does not. */
static const char *const DOTTED[] = {"i", "I", "\xc4\xb0", "\xc4\xb1", NULL};

/* Whether ${set} has ${letter}; ${negated}: is of all that it has not. */
static bool
has(struct tally_clkhash_regex *set, bool negated, const char *letter)
{
    const uint8_t *text = (const uint8_t *)letter;

    return (tally_clkhash_regex_match(set, text, strlen(letter)) == 1) != negated;
}

/* Put all ${forms} of a letter when ${set} has some of them. */
static int
put_forms(struct clkhash_translation *t, struct tally_clkhash_regex *set, bool negated,
          const char *const *forms)
{
    bool any = false;

    for (size_t i = 0; forms[i] != NULL; i++) {
        any |= has(set, negated, forms[i]);
    }
    for (size_t i = 0; any && forms[i] != NULL; i++) {
        if (clkhash_pattern_put_text(t, forms[i]) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Without regard to case: add other forms of its letters to the set that is put at
 * ${from}, up to its "]". With the flag a PCRE2 looks at case, and letters of ASCII get
 * their other form here; else it knows all forms but DOTTED. */
static int
close_over_case(struct clkhash_translation *t, size_t from)
{
    struct tally_clkhash_flags flags = {.caseless = !t->now.ascii, .whole = true};
    bool negated = t->out->data[from + 1] == '^';
    struct tally_clkhash_regex *set = NULL;
    struct tally_err why = TALLY_ERR_INIT;
    int rc = 0;

    if (tally_clkhash_regex_create(&set, t->out->data + from, t->out->len - from, &flags,
                                   &why) != 0) {
        /* What is wrong with the set is told when all of the pattern is compiled. */
        return why.code == TALLY_E_SCHEMA ? 0 : tally_err_nomem(t->err);
    }
    t->out->len--;
    if (!t->now.ascii) {
        rc = put_forms(t, set, negated, DOTTED);
    }
    for (char c = 'a'; t->now.ascii && c <= 'z' && rc == 0; c++) {
        const char small[] = {c, '\0'}, capital[] = {(char)(c - 'a' + 'A'), '\0'};
        const char *const forms[] = {small, capital, NULL};

        rc = put_forms(t, set, negated, forms);
    }
    tally_clkhash_regex_free(set);
    return rc == 0 ? clkhash_pattern_put_text(t, "]") : -1;
}

/* Sets. */

/* One member. An inner "[" is a character like others in Python, and there are no POSIX
 * classes. ${is_set} tells whether it stands for several characters. */
static int
set_member(struct clkhash_translation *t, bool *is_set)
{
    char c = clkhash_pattern_peek(t);

    *is_set = false;
    t->i++;
    if (c == '\\') {
        return set_escape(t, is_set);
    }
    return strchr("[]:.=-^", c) != NULL ? put_char(t, (unsigned char)c)
                                        : clkhash_pattern_put(t, &c, 1);
}

/* The rest of a character of several bytes, whose first is put. */
static int
rest_of_character(struct clkhash_translation *t)
{
    size_t n = 0;

    while (((unsigned char)t->p[t->i + n] & 0xc0) == 0x80) {
        n++;
    }
    t->i += n;
    return clkhash_pattern_put(t, t->p + t->i - n, n);
}

/* A member, or two with a "-" between them, which does not stand in front of the "]". */
static int
set_range(struct clkhash_translation *t)
{
    bool first, second;
    size_t at;

    if (set_member(t, &first) != 0 || rest_of_character(t) != 0) {
        return -1;
    }
    at = t->i;
    if (t->len - t->i < 2 || t->p[at] != '-' || t->p[at + 1] == ']') {
        return 0;
    }
    t->i++;
    if (clkhash_pattern_put_text(t, "-") != 0 || set_member(t, &second) != 0 ||
        rest_of_character(t) != 0) {
        return -1;
    }
    return first || second ? clkhash_pattern_refuse(
                                 t, at, "a range that is not from one character to one")
                           : 0;
}

int
clkhash_pattern_set(struct clkhash_translation *t)
{
    size_t start = t->i - 1;
    size_t from = t->out->len;

    t->repeatable = true;
    t->repeated = false;
    if (clkhash_pattern_put_text(t, "[") != 0 ||
        (clkhash_pattern_take(t, "^") && clkhash_pattern_put_text(t, "^") != 0)) {
        return -1;
    }
    for (bool first = true; !clkhash_pattern_at_end(t); first = false) {
        if (!first && clkhash_pattern_take(t, "]")) {
            return clkhash_pattern_put_text(t, "]") != 0 ? -1
                   : t->now.caseless                     ? close_over_case(t, from)
                                                         : 0;
        }
        if (set_range(t) != 0) {
            return -1;
        }
    }
    return clkhash_pattern_refuse(t, start, "a set that is not closed");
}

int
clkhash_pattern_literal(struct clkhash_translation *t, char c)
{
    bool dotted = (c | 0x20) == 'i';

    t->repeatable = true;
    t->repeated = false;
    if (t->now.caseless && t->now.ascii && is_letter(c)) {
        return tally_buf_printf(t->out, t->err, "[%c%c]", c | 0x20, c & ~0x20);
    }
    if (t->now.caseless && !t->now.ascii &&
        (dotted || (c == '\xc4' && (clkhash_pattern_peek(t) == '\xb0' ||
                                    clkhash_pattern_peek(t) == '\xb1')))) {
        t->i += !dotted;
        return tally_buf_printf(t->out, t->err, "[%s%s%s%s]", DOTTED[0], DOTTED[1],
                                DOTTED[2], DOTTED[3]);
    }
    if ((unsigned char)c < 0x80 && !is_letter(c) && !is_number(c) && c != '.') {
        return put_char(t, (unsigned char)c);
    }
    return clkhash_pattern_put(t, &c, 1);
}
