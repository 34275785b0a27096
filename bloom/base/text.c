/*
 * Unicode text. Decoding and validation are ours (Unicode 15, table 3-7: well-formed byte
 * sequences); decomposition and case folding are utf8proc's, one code point at a time, so
 * that no memory is taken and no copy of a personal value is left behind.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/text.h"

#include "bloom/base/fold_table.h"

#include <utf8proc.h>

#include <string.h>

/* NFKD never expands one code point to more than 18. */
#define EXPANSION_MAX 32

/* The code point at ${p} into ${cp}; its length in bytes, or 0 when it is not well
 * formed. */
static size_t
decode(const uint8_t *p, size_t len, uint32_t *cp)
{
    uint8_t b = p[0];
    uint8_t lo = 0x80;
    uint8_t hi = 0xBF;
    size_t n;

    if (b < 0x80) {
        *cp = b;
        return 1;
    }
    if (b < 0xC2 || b > 0xF4) {
        return 0;
    }
    n = b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
    if (len < n) {
        return 0;
    }
    /* The second byte rules out overlong forms, surrogates and what is above U+10FFFF. */
    lo = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : lo;
    hi = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : hi;
    if (p[1] < lo || p[1] > hi) {
        return 0;
    }
    *cp = (uint32_t)(b & (0xFF >> (n + 1))) << 6 | (p[1] & 0x3F);
    for (size_t i = 2; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
        *cp = *cp << 6 | (p[i] & 0x3F);
    }
    return n;
}

/* The length of the ASCII run at ${p}, to within the eight bytes that end it. */
static size_t
ascii_prefix(const uint8_t *p, size_t len)
{
    size_t i = 0;

    while (len - i >= 8) {
        uint64_t word;

        memcpy(&word, p + i, sizeof word);
        if ((word & 0x8080808080808080u) != 0) {
            break;
        }
        i += 8;
    }
    while (i < len && p[i] < 0x80) {
        i++;
    }
    return i;
}

size_t
tally_text_valid_prefix(const uint8_t *p, size_t len)
{
    size_t i = 0;

    while ((i += ascii_prefix(p + i, len - i)) < len) {
        uint32_t cp;
        size_t n = decode(p + i, len - i, &cp);

        if (n == 0) {
            return i;
        }
        i += n;
    }
    return len;
}

bool
tally_text_valid(const uint8_t *p, size_t len)
{
    return tally_text_valid_prefix(p, len) == len;
}

/* An ASCII byte folded; 0 when it is a control character, which is dropped. A backtick is
 * typed for an apostrophe. */
static uint8_t
fold_ascii(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return (uint8_t)(c + ('a' - 'A'));
    }
    if (c == '`') {
        return '\'';
    }
    if (c >= '\t' && c <= '\r') {
        return ' ';
    }
    return c >= ' ' && c < 0x7F ? c : 0;
}

#define EACH_BYTE 0x0101010101010101u
#define HIGH_BITS (EACH_BYTE * 0x80)

/* Whether some byte of ${x} is less than ${n}, at most 128. */
static uint64_t
any_less(uint64_t x, uint64_t n)
{
    return (x - EACH_BYTE * n) & ~x & HIGH_BITS;
}

/* Eight bytes folded at once, when all of them are printable ASCII that stays or becomes
 * lower case. */
static bool
fold_eight(const uint8_t *in, uint8_t *out)
{
    uint64_t x, from_a, after_z;

    memcpy(&x, in, sizeof x);
    if (((x & HIGH_BITS) | any_less(x, ' ') | any_less(x ^ EACH_BYTE * '`', 1) |
         any_less(x ^ EACH_BYTE * 0x7F, 1)) != 0) {
        return false;
    }
    from_a = x + EACH_BYTE * (0x80 - 'A');
    after_z = x + EACH_BYTE * (0x80 - 'Z' - 1);
    x |= ((from_a ^ after_z) & HIGH_BITS) >> 2; /* 20 hex makes a letter small */
    memcpy(out, &x, sizeof x);
    return true;
}

/* Where folded text goes. */
struct sink {
    uint8_t *out;
    size_t len;
    size_t cap;
    unsigned dropped;
};

static bool
sink_put(struct sink *s, uint8_t c)
{
    if (s->len == s->cap) {
        return false;
    }
    s->out[s->len++] = c;
    return true;
}

static bool
sink_ascii(struct sink *s, uint8_t c)
{
    uint8_t folded = fold_ascii(c);

    if (folded == 0) {
        s->dropped++;
        return true;
    }
    return sink_put(s, folded);
}

/* One code point as decomposition left it. */
static bool
sink_decomposed(struct sink *s, uint32_t cp)
{
    const char *to;

    if (cp < 0x80) {
        return sink_ascii(s, (uint8_t)cp);
    }
    to = tally_fold_lookup(cp);
    if (to == NULL) {
        s->dropped++;
        return true;
    }
    for (; *to != '\0'; to++) {
        if (!sink_put(s, (uint8_t)*to)) {
            return false;
        }
    }
    return true;
}

/* Because every mark is stripped, the order of marks does not matter and each code point
 * decomposes by itself. */
static bool
sink_codepoint(struct sink *s, uint32_t cp)
{
    utf8proc_int32_t parts[EXPANSION_MAX];
    int boundary = 0;
    utf8proc_ssize_t n;

    /* The acute accent, typed for an apostrophe, would decompose to a blank. */
    if (cp == 0xB4) {
        return sink_put(s, '\'');
    }
    n = utf8proc_decompose_char((utf8proc_int32_t)cp, parts, EXPANSION_MAX,
                                UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                    UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK |
                                    UTF8PROC_IGNORE,
                                &boundary);
    TALLY_INVARIANT(n >= 0 && n <= EXPANSION_MAX);
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        if (!sink_decomposed(s, (uint32_t)parts[i])) {
            return false;
        }
    }
    return true;
}

ptrdiff_t
tally_text_fold(const uint8_t *in, size_t len, uint8_t *out, size_t cap,
                unsigned *dropped)
{
    struct sink s = {.out = out, .cap = cap};
    size_t i = 0;

    while (i < len) {
        uint32_t cp;
        size_t n;

        if (len - i >= 8 && cap - s.len >= 8 && fold_eight(in + i, out + s.len)) {
            i += 8;
            s.len += 8;
            continue;
        }
        if (in[i] < 0x80) {
            if (!sink_ascii(&s, in[i++])) {
                return -1;
            }
            continue;
        }
        n = decode(in + i, len - i, &cp);
        if (n == 0 || !sink_codepoint(&s, cp)) {
            return -1;
        }
        i += n;
    }
    *dropped = s.dropped;
    return (ptrdiff_t)s.len;
}

const char *
tally_text_unicode_version(void)
{
    return utf8proc_unicode_version();
}

/* ${cp} from U+0080 to U+FFFF as UTF-8 at ${out}; its length. */
static size_t
encode(uint32_t cp, uint8_t out[3])
{
    if (cp < 0x800) {
        out[0] = (uint8_t)(0xC0 | cp >> 6);
        out[1] = (uint8_t)(0x80 | (cp & 0x3F));
        return 2;
    }
    out[0] = (uint8_t)(0xE0 | cp >> 12);
    out[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3F));
    out[2] = (uint8_t)(0x80 | (cp & 0x3F));
    return 3;
}

/* Windows-1252 from 80 to 9F; 0 where it defines nothing. The rest is Latin-1. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

ptrdiff_t
tally_text_from_1252(const uint8_t *in, size_t len, uint8_t *out, size_t cap, size_t *bad)
{
    size_t used = 0;
    size_t i = 0;

    while (i < len) {
        size_t plain = ascii_prefix(in + i, len - i);
        uint8_t bytes[3];
        uint32_t cp;
        size_t n;

        if (cap - used < plain) {
            *bad = len;
            return -1;
        }
        memcpy(out + used, in + i, plain);
        used += plain;
        i += plain;
        if (i == len) {
            break;
        }
        cp = in[i] < 0xA0 ? windows_1252[in[i] - 0x80] : in[i];
        if (cp == 0) {
            *bad = i;
            return -1;
        }
        n = encode(cp, bytes);
        if (cap - used < n) {
            *bad = len;
            return -1;
        }
        memcpy(out + used, bytes, n);
        used += n;
        i++;
    }
    return (ptrdiff_t)used;
}

/* Characters that would change what a line of a terminal or a page shows. */
static bool
is_disruptive(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x61C || cp == 0x200E ||
           cp == 0x200F || (cp >= 0x2028 && cp <= 0x202E) ||
           (cp >= 0x2066 && cp <= 0x2069);
}

void
tally_text_printable(const char *in, char *out, size_t cap)
{
    const uint8_t *p = (const uint8_t *)in;
    size_t len = strlen(in);
    size_t used = 0;

    while (len > 0) {
        uint32_t cp;
        size_t n = decode(p, len, &cp);
        bool replace = n == 0 || is_disruptive(cp);
        size_t need = replace ? 1 : n;

        n = n == 0 ? 1 : n;
        if (used + need >= cap) {
            break;
        }
        if (replace) {
            out[used] = '?';
        } else {
            memcpy(out + used, p, n);
        }
        used += need;
        p += n;
        len -= n;
    }
    if (cap > 0) {
        out[used] = '\0';
    }
}
