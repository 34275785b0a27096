/*
 * Normalisation, the frame: fold, tell missing from present, and hand over to the rules
 * of the field's type. docs/normalisation.md says the same in a table; change both
 * together and raise TALLY_NORMALISER_VERSION.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normalise.h"

#include "bloom/base/sixteen.h"
#include "bloom/base/text.h"
#include "bloom/normalise_private.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static const char *const REASONS[TALLY_REASONS] = {
    [TALLY_VALUE_OK] = "ok",
    [TALLY_VALUE_REPAIRED] = "repaired",
    [TALLY_VALUE_MISSING] = "missing",
    [TALLY_VALUE_PLACEHOLDER] = "placeholder",
    [TALLY_VALUE_INVALID] = "invalid",
    [TALLY_VALUE_IMPOSSIBLE] = "impossible",
    [TALLY_VALUE_CHECK_DIGIT] = "check digit",
};

static enum tally_reason (*const RULES[TALLY_FIELD_TYPES])(const struct tally_field *,
                                                           struct tally_folded *,
                                                           struct tally_value *) = {
    [TALLY_FIELD_FORENAME] = tally_normalise_name,
    [TALLY_FIELD_SURNAME] = tally_normalise_name,
    [TALLY_FIELD_FULL_NAME] = tally_normalise_name,
    [TALLY_FIELD_DATE] = tally_normalise_date,
    [TALLY_FIELD_SEX] = tally_normalise_sex,
    [TALLY_FIELD_POSTCODE] = tally_normalise_postcode,
    [TALLY_FIELD_ADDRESS] = tally_normalise_address,
    [TALLY_FIELD_NHS_NUMBER] = tally_normalise_nhs,
    [TALLY_FIELD_CHI_NUMBER] = tally_normalise_chi,
    [TALLY_FIELD_UPN] = tally_normalise_upn,
    [TALLY_FIELD_ULN] = tally_normalise_uln,
    [TALLY_FIELD_PNC_ID] = tally_normalise_pnc,
    [TALLY_FIELD_NATIONAL_INSURANCE] = tally_normalise_ni,
    [TALLY_FIELD_TELEPHONE] = tally_normalise_telephone,
    [TALLY_FIELD_EMAIL] = tally_normalise_email,
    [TALLY_FIELD_INTEGER] = tally_normalise_integer,
    [TALLY_FIELD_ENUMERATION] = tally_normalise_listed,
    [TALLY_FIELD_TEXT] = tally_normalise_text,
};

const char *
tally_reason_name(enum tally_reason r)
{
    return (unsigned)r < TALLY_REASONS ? REASONS[r] : "unknown";
}

static bool
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Single blanks, none at the ends; other control characters are dropped. */
static void
squeeze(struct tally_folded *t)
{
    size_t n = 0;

    t->plain = true;
    for (size_t i = 0; i < t->len; i++) {
        char c = t->text[i];

        if (is_alnum(c)) {
            t->text[n++] = c;
        } else if (is_blank(c)) {
            if (n > 0 && t->text[n - 1] != ' ') {
                t->text[n++] = ' ';
            }
        } else if (c > ' ' && c < 0x7f) {
            t->text[n++] = c;
            t->plain = false;
        } else {
            t->changed = true;
        }
    }
    t->len = n > 0 && t->text[n - 1] == ' ' ? n - 1 : n;
    t->text[t->len] = '\0';
    t->word = t->plain && memchr(t->text, ' ', t->len) == NULL;
}

/* What has been seen of a cell: a byte that is not zero, somewhere. */
struct seen {
    tally_sixteen odd; /* not printable ASCII, or a backtick */
    tally_sixteen sign;
    tally_sixteen blank;
    tally_sixteen gap; /* two blanks */
};

static bool
any(tally_sixteen x)
{
    tally_two_words h = (tally_two_words)x;

    return (h[0] | h[1]) != 0;
}

static tally_sixteen
blanks_of(tally_sixteen x)
{
    return (tally_sixteen)(x == ' ');
}

/* Of lower-case text. */
static tally_sixteen
alnums_of(tally_sixteen x)
{
    return (tally_sixteen)(x - 'a' < 26) | (tally_sixteen)(x - '0' < 10);
}

/* Sixteen characters in lower case. */
static tally_sixteen
fold_sixteen(tally_sixteen x, struct seen *seen)
{
    tally_sixteen capital = (tally_sixteen)(x - 'A' < 26);
    tally_sixteen small = x | (capital & 0x20);
    tally_sixteen blank = blanks_of(x);

    seen->sign |= ~(alnums_of(small) | blank);
    seen->odd |=
        (tally_sixteen)(x < ' ') | (tally_sixteen)(x > '~') | (tally_sixteen)(x == '`');
    seen->blank |= blank;
    return small;
}

/* ${len} <= 16 bytes in front of as many a's as fill the room. Loads that overlap read
 * nothing beside them. */
static tally_sixteen
load_short(const uint8_t *in, size_t len)
{
    static const uint8_t fill[] = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0aaaaaaaaaaaaaaaa";
    uint64_t low = 0, high = 0;

    if (len >= 8) {
        memcpy(&low, in, 8);
        memcpy(&high, in + len - 8, 8);
        high = len > 8 ? high >> 8 * (16 - len) : 0;
    } else {
        for (size_t i = len; i > 0; i--) {
            low = low << 8 | in[i - 1];
        }
    }
    return (tally_sixteen)(tally_two_words){low, high} |
           tally_sixteen_load(fill + 16 - len);
}

static void
fold_short(const uint8_t *in, size_t len, char *out, struct seen *seen)
{
    tally_sixteen x = load_short(in, len);
    tally_two_words blank = (tally_two_words)blanks_of(x);

    *(tally_sixteen *)(void *)out = fold_sixteen(x, seen);
    seen->gap = (tally_sixteen)(tally_two_words){
        blank[0] & (blank[0] >> 8 | blank[1] << 56), blank[1] & blank[1] >> 8};
}

/* The last sixteen overlap those before. */
static void
fold_long(const uint8_t *in, size_t len, char *out, struct seen *seen)
{
    for (size_t at = 0; at < len; at += 16) {
        bool last = at + 16 >= len;
        size_t from = last ? len - 16 : at;
        tally_sixteen x = tally_sixteen_load(in + from);
        tally_sixteen beside = tally_sixteen_load(last ? in + from - 1 : in + from + 1);

        *(tally_sixteen *)(void *)(out + from) = fold_sixteen(x, seen);
        seen->gap |= blanks_of(x) & blanks_of(beside);
    }
}

/* Nearly all cells: ${len} >= 1 bytes of printable ASCII, none of which folding changes
 * but for making it lower case. False when they are not: ${t} is spoilt then. */
static bool
fold_clean(struct tally_folded *t, const uint8_t *in, size_t len)
{
    struct seen seen = {{0}, {0}, {0}, {0}};

    if (len <= 16) {
        fold_short(in, len, t->text, &seen);
    } else {
        fold_long(in, len, t->text, &seen);
    }
    t->len = len;
    t->text[len] = '\0';
    t->plain = !any(seen.sign);
    t->word = t->plain && !any(seen.blank);
    if (any(seen.odd)) {
        return false;
    }
    if (any(seen.gap) || in[0] == ' ' || in[len - 1] == ' ') {
        squeeze(t);
    }
    return true;
}

/* Fold ${len} bytes into ${t}. False when that cannot be done, which only hostile text
 * brings about. */
static bool
fold(struct tally_folded *t, const uint8_t *in, size_t len)
{
    unsigned dropped = 0;
    ptrdiff_t n;

    t->changed = len > TALLY_INPUT_MAX;
    if (t->changed) {
        len = TALLY_INPUT_MAX;
        while (len > 0 && (in[len] & 0xc0) == 0x80) {
            len--; /* not through the middle of a character */
        }
    }
    t->used = len + 1;
    if (len > 0 && fold_clean(t, in, len)) {
        return true;
    }
    n = tally_text_fold(in, len, (uint8_t *)t->text, TALLY_FOLDED_MAX, &dropped);
    if (n < 0) {
        t->used = sizeof t->text;
        return false;
    }
    t->len = (size_t)n;
    t->used = t->len < len ? len + 1 : t->len + 1;
    t->changed = t->changed || dropped > 0;
    squeeze(t);
    return true;
}

void
tally_folded_keep(struct tally_folded *t, const char *blanks, const char *deleted)
{
    size_t n = 0;

    if (t->word || (t->plain && blanks[0] == ' ')) {
        return; /* there is nothing but what stays */
    }
    for (size_t i = 0; i < t->len; i++) {
        char c = t->text[i];

        if (is_alnum(c)) {
            t->text[n++] = c;
        } else if (c == blanks[0] || strchr(blanks, c) != NULL) { /* mostly blanks */
            if (n > 0 && t->text[n - 1] != ' ') {
                t->text[n++] = ' ';
            }
        } else if (strchr(deleted, c) == NULL) {
            t->changed = true;
        }
    }
    t->len = n > 0 && t->text[n - 1] == ' ' ? n - 1 : n;
    t->text[t->len] = '\0';
}

/* What becomes of a character between words and in them: itself, a blank, or nothing,
 * which is not said of a mark. */
#define MARK    ((char)0x80)
#define SAME(c) [c] = (c)
static const char WORDS[128] = {
    SAME('0'),   SAME('1'),    SAME('2'),     SAME('3'),    SAME('4'),   SAME('5'),
    SAME('6'),   SAME('7'),    SAME('8'),     SAME('9'),    SAME('a'),   SAME('b'),
    SAME('c'),   SAME('d'),    SAME('e'),     SAME('f'),    SAME('g'),   SAME('h'),
    SAME('i'),   SAME('j'),    SAME('k'),     SAME('l'),    SAME('m'),   SAME('n'),
    SAME('o'),   SAME('p'),    SAME('q'),     SAME('r'),    SAME('s'),   SAME('t'),
    SAME('u'),   SAME('v'),    SAME('w'),     SAME('x'),    SAME('y'),   SAME('z'),
    [' '] = ' ', ['-'] = ' ',  ['.'] = ' ',   [','] = ' ',  ['/'] = ' ', ['&'] = ' ',
    ['('] = ' ', [')'] = ' ',  ['_'] = ' ',   [':'] = ' ',  [';'] = ' ', ['+'] = ' ',
    ['"'] = ' ', ['\t'] = ' ', ['\''] = MARK, ['`'] = MARK,
};

/* Take out the characters of ${gaps}, of which the lowest bit is the first. */
static void
take_out(struct tally_folded *t, uint64_t gaps)
{
    size_t n = 0, from = 0;

    for (; gaps != 0; gaps &= gaps - 1) {
        size_t gap = (size_t)__builtin_ctzll(gaps);

        memmove(t->text + n, t->text + from, gap - from);
        n += gap - from;
        from = gap + 1;
    }
    memmove(t->text + n, t->text + from, t->len - from);
    t->len = n + t->len - from;
}

/* Nearly all: at most 64 characters, of which those that do not stay are blanks. False
 * when there are others; what has been made a blank by then is to be one. */
static bool
words_at_once(struct tally_folded *t)
{
    uint64_t blanks = 0;

    if (t->len > 64) {
        return false;
    }
    for (size_t at = 0; at < t->len; at += 16) {
        tally_sixteen x = tally_sixteen_load(t->text + at);
        uint32_t others = ~tally_sixteen_bits(alnums_of(x)) & 0xffff;

        if (t->len - at < 16) {
            others &= (1u << (t->len - at)) - 1;
        }
        blanks |= (uint64_t)others << at;
        for (; others != 0; others &= others - 1) {
            char *c = t->text + at + __builtin_ctz(others);

            if (WORDS[*c & 127] != ' ') {
                return false;
            }
            *c = ' ';
        }
    }
    take_out(t, blanks & (blanks << 1 | 1));
    return true;
}

/* Where words end cannot be foreseen: there is no branch on that. */
static void
words_one_by_one(struct tally_folded *t)
{
    bool other = false;
    char last = ' ';
    size_t n = 0;

    for (size_t i = 0; i < t->len; i++) {
        char c = WORDS[t->text[i] & 127];
        bool gap = (c == ' ') & (last == ' ');
        bool kept = (c > 0) & !gap;

        other |= c == '\0';
        t->text[n] = c;
        n += kept;
        last = kept ? c : last;
    }
    t->changed = t->changed || other;
    t->len = n;
}

void
tally_folded_words(struct tally_folded *t)
{
    if (t->plain) {
        return; /* there is nothing but what stays */
    }
    if (!words_at_once(t)) {
        words_one_by_one(t);
    }
    t->len -= t->len > 0 && t->text[t->len - 1] == ' ';
    t->text[t->len] = '\0';
}

void
tally_folded_cut_zeros(struct tally_folded *t)
{
    size_t n = t->plain ? 0 : strspn(t->text, "0123456789");

    if (n > 0 && t->text[n] == '.' && strspn(t->text + n + 1, "0") == t->len - n - 1) {
        t->text[n] = '\0';
        t->len = n;
    }
}

enum tally_reason
tally_value_set(struct tally_value *out, const char *text, size_t len, bool changed)
{
    if (len > TALLY_VALUE_MAX) {
        len = TALLY_VALUE_MAX;
        changed = true;
    }
    if (text != out->text) { /* where some rules write it at once */
        memcpy(out->text, text, len);
    }
    out->text[len] = '\0';
    out->len = (uint8_t)len;
    return changed ? TALLY_VALUE_REPAIRED : TALLY_VALUE_OK;
}

bool
tally_in_list(const char *text, const char *const *list)
{
    for (; *list != NULL; list++) {
        /* The first letter rules nearly all out, and lists are walked for every value. */
        if (**list == text[0] && strcmp(text, *list) == 0) {
            return true;
        }
    }
    return false;
}

static size_t
letter_of(const char *text)
{
    bool letter = text[0] >= 'a' && text[0] <= 'z';

    return letter ? (size_t)TALLY_LETTER(text[0]) : TALLY_NO_LETTER;
}

static uint32_t
length_bit(size_t len)
{
    TALLY_INVARIANT(len > 0 && len < 32);
    return (uint32_t)1 << len;
}

/* The lengths of what begins with letter ${i}, and bit 0. */
static uint32_t
measure(const struct tally_screen *s, size_t i)
{
    uint32_t lengths = 1;

    for (size_t k = 0; s->words[k] != NULL; k++) {
        const char *words = s->words[k]->by[i];

        while (words != NULL) {
            const char *end = strchr(words, '|');

            lengths |= length_bit(end != NULL ? (size_t)(end - words) : strlen(words));
            words = end != NULL ? end + 1 : NULL;
        }
    }
    for (size_t k = 0; s->lists[k] != NULL; k++) {
        for (const char *const *at = s->lists[k]; *at != NULL; at++) {
            lengths |= letter_of(*at) == i ? length_bit(strlen(*at)) : 0;
        }
    }
    return lengths;
}

/* Threads may measure the same lists twice, and find the same. */
bool
tally_may_be_in(const char *text, size_t len, struct tally_screen *s)
{
    size_t i = letter_of(text);
    uint32_t lengths = atomic_load_explicit(&s->lengths[i], memory_order_relaxed);

    if (lengths == 0) {
        lengths = measure(s, i);
        atomic_store_explicit(&s->lengths[i], lengths, memory_order_relaxed);
    }
    return len > 0 && len < 32 && (lengths >> len & 1) != 0;
}

bool
tally_in_words(const char *text, const struct tally_words *words)
{
    const char *at = words->by[letter_of(text)];

    while (at != NULL) {
        size_t n = 0;

        while (text[n] != '\0' && at[n] == text[n]) {
            n++;
        }
        if (at[n] == '\0' || at[n] == '|') {
            if (text[n] == '\0') {
                return true;
            }
        } else if (text[n] < at[n]) {
            return false; /* and before all that follow */
        }
        at = strchr(at + n, '|');
        at = at != NULL ? at + 1 : NULL;
    }
    return false;
}

bool
tally_word_in(const char *word, size_t len, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (**list == word[0] && strncmp(*list, word, len) == 0 && (*list)[len] == '\0') {
            return true;
        }
    }
    return false;
}

bool
tally_all_same(const char *text, size_t least)
{
    size_t n = 1;

    while (text[0] != '\0' && text[n] == text[0]) {
        n++;
    }
    return text[0] != '\0' && text[n] == '\0' && n >= least;
}

bool
tally_normalise_plain(const char *text, char *out)
{
    struct tally_folded t;

    if (!fold(&t, (const uint8_t *)text, strlen(text)) || t.len == 0 || t.changed ||
        t.len > TALLY_VALUE_MAX) {
        return false;
    }
    memcpy(out, t.text, t.len + 1);
    return true;
}

static bool
has_alnum(const char *text)
{
    while (*text != '\0' && !is_alnum(*text)) {
        text++;
    }
    return *text != '\0';
}

/* What there is before any rule of a type: nothing, only punctuation ("-", "."; but a
 * split date whose parts are all empty arrives as "//"), or only signs that no alphabet
 * here has. */
static enum tally_reason
reason_without_text(const struct tally_field *f, const struct tally_folded *t,
                    struct tally_value *out)
{
    if (t->changed) {
        return TALLY_VALUE_INVALID;
    }
    if (t->len == 0 || (f->type == TALLY_FIELD_DATE && strspn(t->text, "/ ") == t->len)) {
        return TALLY_VALUE_MISSING;
    }
    return tally_value_placeholder(out, TALLY_RULE_PUNCTUATION);
}

void
tally_normalise(const struct tally_field *f, const struct tally_date_reading *reading,
                const uint8_t *in, size_t len, struct tally_value *out)
{
    struct tally_folded t;

    t.reading = reading;
    out->rule = TALLY_RULE_NONE;
    out->len = 0;
    out->text[0] = '\0';
    if (!fold(&t, in, len)) {
        out->reason = TALLY_VALUE_INVALID;
    } else if (!has_alnum(t.text)) {
        out->reason = reason_without_text(f, &t, out);
    } else {
        out->reason = RULES[f->type](f, &t, out);
        if (out->reason != TALLY_VALUE_OK && out->rule == TALLY_RULE_NONE &&
            memchr(in, '|', len) != NULL) {
            out->rule = TALLY_RULE_BAR;
        }
    }
    tally_wipe(t.text, t.used);
    tally_wipe_registers();
}

void
tally_list_rules(struct tally_digest_state *st, const char *const *list)
{
    for (; *list != NULL; list++) {
        tally_digest_update(st, *list, strlen(*list) + 1);
    }
}

/* Whether the words of ${text} ascend, on which finding them relies. */
static bool
ascends(const char *text)
{
    const char *next = strchr(text, '|');

    while (next != NULL) {
        size_t n = 0;

        next++;
        while (text[n] == next[n]) {
            n++;
        }
        if (text[n] != '|' && text[n] > next[n]) {
            return false;
        }
        text = next;
        next = strchr(text, '|');
    }
    return true;
}

void
tally_words_rules(struct tally_digest_state *st, const struct tally_words *words)
{
    for (size_t i = 0; i <= TALLY_LETTERS; i++) {
        const char *text = words->by[i] != NULL ? words->by[i] : "";

        TALLY_INVARIANT(ascends(text));
        tally_digest_update(st, text, strlen(text) + 1);
    }
}

void
tally_normaliser_digest(uint8_t out[TALLY_DIGEST_BYTES])
{
    static const char *const signs[] = {TALLY_WORD_BREAKS, TALLY_WORD_MARKS, NULL};
    struct tally_digest_state st;
    char versions[96];
    int n = snprintf(
        versions, sizeof versions, "tallystick normaliser %d fold %d unicode %s",
        TALLY_NORMALISER_VERSION, TALLY_FOLD_VERSION, tally_text_unicode_version());

    for (const char *c = signs[0]; *c != '\0'; c++) {
        TALLY_INVARIANT(WORDS[(unsigned char)*c] == ' ');
    }
    for (const char *c = signs[1]; *c != '\0'; c++) {
        TALLY_INVARIANT(WORDS[(unsigned char)*c] == MARK);
    }
    tally_digest_init(&st);
    tally_digest_update(&st, versions, (size_t)n + 1);
    tally_list_rules(&st, signs);
    tally_placeholder_rules(&st);
    tally_name_rules(&st);
    tally_date_rules(&st);
    tally_place_rules(&st);
    tally_code_rules(&st);
    tally_number_rules(&st);
    tally_contact_rules(&st);
    tally_digest_final(&st, out);
}
