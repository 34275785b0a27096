/*
 * Looking at one value: what it looks like by itself, how a date is written, and the
 * small things that normalisation takes away and an owner may want to know of.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/profile_private.h"

#include "bloom/base/text.h"

#include <string.h>

#define LOOKED_AT   1024 /* bytes of a value, as normalisation has it */
#define SEX_LONGEST 14
#define DATE_RUNS   3

static const struct tally_field SEX = {.name = "sex", .type = TALLY_FIELD_SEX};
static const struct tally_field NHS = {.name = "nhs", .type = TALLY_FIELD_NHS_NUMBER};
static const struct tally_field DATE = {.name = "date", .type = TALLY_FIELD_DATE};
static const struct tally_field POSTCODE = {.name = "postcode",
                                            .type = TALLY_FIELD_POSTCODE};
static const struct tally_field TEXT = {.name = "text", .type = TALLY_FIELD_TEXT};

/* Usual in England and Wales by ONS baby names and surname shares (Open Government
 * Licence v3.0), in alphabetical order; each is next to unknown as the other kind of
 * name. Enough to tell two columns apart, and not meant to know anyone's name. */
static const char *const FORENAMES[] = {
    "aaron",    "abigail",   "aisha",     "alan",      "alfie",    "alice",
    "amelia",   "amy",       "angela",    "anna",      "anne",     "barbara",
    "bethany",  "brian",     "caroline",  "catherine", "charlie",  "charlotte",
    "chloe",    "christine", "claire",    "colin",     "deborah",  "derek",
    "edward",   "elizabeth", "ella",      "ellie",     "emily",    "emma",
    "ethan",    "fatima",    "gary",      "george",    "georgia",  "grace",
    "hannah",   "helen",     "holly",     "ian",       "jack",     "jacqueline",
    "jake",     "jamie",     "jane",      "janet",     "jennifer", "jessica",
    "joanne",   "jonathan",  "joshua",    "julie",     "karen",    "katherine",
    "kathleen", "katie",     "kevin",     "laura",     "lauren",   "liam",
    "lily",     "linda",     "lisa",      "louise",    "lucy",     "margaret",
    "mary",     "maryam",    "matthew",   "megan",     "mia",      "michelle",
    "molly",    "natalie",   "nathan",    "neil",      "nicola",   "noah",
    "olivia",   "oscar",     "pamela",    "patricia",  "pauline",  "peter",
    "rachel",   "rebecca",   "richard",   "ruby",      "samantha", "sandra",
    "sarah",    "sophie",    "stephanie", "steven",    "susan",    "timothy",
    "victoria", "william",   "zainab",    "zoe",       NULL};
static const char *const SURNAMES[] = {
    "adams",     "baker",      "barnes",    "barrett",   "bates",     "begum",
    "bell",      "bennett",    "booth",     "brown",     "burke",     "burns",
    "burton",    "butler",     "byrne",     "chapman",   "coleman",   "collins",
    "cook",      "cooke",      "cox",       "davidson",  "davies",    "davis",
    "dixon",     "donnelly",   "doyle",     "dunn",      "edwards",   "evans",
    "foster",    "freeman",    "gallagher", "gibson",    "gray",      "green",
    "griffiths", "hall",       "hawkins",   "hayes",     "henderson", "hill",
    "holmes",    "hopkins",    "houghton",  "hughes",    "hunt",      "johnson",
    "jones",     "knight",     "mccarthy",  "marsh",     "matthews",  "mills",
    "moore",     "morris",     "morrison",  "newman",    "nicholson", "palmer",
    "parry",     "patel",      "payne",     "pearce",    "pearson",   "phillips",
    "porter",    "powell",     "price",     "pritchard", "reynolds",  "rhodes",
    "richards",  "richardson", "roberts",   "robertson", "robinson",  "rogers",
    "saunders",  "shaw",       "simpson",   "smith",     "stephens",  "stephenson",
    "stevens",   "stevenson",  "sutton",    "thompson",  "thomson",   "turner",
    "walker",    "wallace",    "walsh",     "ward",      "watson",    "webster",
    "white",     "wilkinson",  "williams",  "willis",    "wood",      "woods",
    "wright",    NULL};

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
listed(const char *text, const char *const *list)
{
    for (; *list != NULL && **list <= text[0]; list++) {
        if (**list == text[0] && strcmp(text, *list) == 0) {
            return true;
        }
    }
    return false;
}

unsigned
tally_name_mark(const char *text)
{
    if (listed(text, FORENAMES)) {
        return TALLY_MARK_FORENAME;
    }
    return listed(text, SURNAMES) ? TALLY_MARK_SURNAME : 0;
}

size_t
tally_characters(const uint8_t *p, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        n += (p[i] & 0xc0) != 0x80;
    }
    return n;
}

/* A blank at ${p}: its length in bytes, else 0. U+00A0 comes with text from web pages. */
static size_t
blank_at(const uint8_t *p, size_t len)
{
    if (len > 0 && (p[0] == ' ' || (p[0] >= '\t' && p[0] <= '\r'))) {
        return 1;
    }
    return len > 1 && p[0] == 0xc2 && p[1] == 0xa0 ? 2 : 0;
}

struct tally_cell
tally_trimmed(struct tally_cell cell)
{
    size_t n;

    while ((n = blank_at(cell.data, cell.len)) > 0) {
        cell.data += n;
        cell.len -= n;
    }
    while (cell.len > 0) {
        if (blank_at(cell.data + cell.len - 1, 1) > 0) {
            cell.len--;
        } else if (cell.len > 1 && blank_at(cell.data + cell.len - 2, 2) == 2) {
            cell.len -= 2;
        } else {
            break;
        }
    }
    return cell;
}

/* The most bytes that are looked at, not through the middle of a character. */
static size_t
looked_at(const uint8_t *p, size_t len)
{
    if (len > LOOKED_AT) {
        len = LOOKED_AT;
        while (len > 0 && (p[len] & 0xc0) == 0x80) {
            len--;
        }
    }
    return len;
}

bool
tally_outside_alphabet(const uint8_t *p, size_t len, struct tally_value_scratch *s)
{
    unsigned dropped = 0;
    bool plain = true;

    len = looked_at(p, len);
    for (size_t i = 0; i < len && plain; i++) {
        plain = (p[i] >= ' ' && p[i] < 0x7f) || (p[i] >= '\t' && p[i] <= '\r');
    }
    return !plain &&
           (tally_text_fold(p, len, s->folded, sizeof s->folded, &dropped) < 0 ||
            dropped > 0);
}

enum tally_letter_case
tally_case_of(const uint8_t *p, size_t len)
{
    size_t upper = 0, lower = 0;

    for (size_t i = 0; i < len; i++) {
        upper += p[i] >= 'A' && p[i] <= 'Z';
        lower += p[i] >= 'a' && p[i] <= 'z';
    }
    /* A letter by itself is an initial or a code. */
    if (upper + lower < 2) {
        return TALLY_CASE_NONE;
    }
    return lower == 0   ? TALLY_CASE_UPPER
           : upper == 0 ? TALLY_CASE_LOWER
                        : TALLY_CASE_MIXED;
}

/* What kinds of characters a value has. */
struct makeup {
    size_t letters; /* those beyond ASCII among them */
    size_t digits;
    size_t joining; /* what stands between the words of a name */
    size_t at;
    size_t other;
};

static struct makeup
makeup_of(const uint8_t *p, size_t len)
{
    struct makeup m = {0};

    for (size_t i = 0; i < len; i++) {
        if (is_digit(p[i])) {
            m.digits++;
        } else if (is_letter(p[i]) || p[i] >= 0x80) {
            m.letters++;
        } else if (p[i] == '@') {
            m.at++;
        } else if (strchr(" -'`.,", p[i]) != NULL) {
            m.joining++;
        } else {
            m.other++;
        }
    }
    return m;
}

static enum tally_reason
reason_as(const struct tally_field *f, const uint8_t *p, size_t len,
          struct tally_value_scratch *s)
{
    tally_normalise(f, NULL, p, len, &s->value);
    return s->value.reason;
}

static bool
is_as(const struct tally_field *f, const uint8_t *p, size_t len,
      struct tally_value_scratch *s)
{
    return reason_as(f, p, len, s) == TALLY_VALUE_OK;
}

static enum tally_look
look_with_digits(const struct makeup *m, const uint8_t *p, size_t len,
                 struct tally_value_scratch *s)
{
    if (m->letters == 0 && m->digits == 10 && is_as(&NHS, p, len, s)) {
        return TALLY_LOOK_NHS;
    }
    if (m->digits >= 4 && len <= 40) {
        enum tally_reason r = reason_as(&DATE, p, len, s);

        if (r == TALLY_VALUE_OK || r == TALLY_VALUE_IMPOSSIBLE) {
            return TALLY_LOOK_DATE; /* 03/25/1990 is a date in the wrong order */
        }
        if (r == TALLY_VALUE_PLACEHOLDER) {
            return TALLY_LOOK_NOTHING;
        }
    }
    if (m->letters >= 2 && len <= 10 && is_as(&POSTCODE, p, len, s)) {
        return TALLY_LOOK_POSTCODE;
    }
    return m->digits == len ? TALLY_LOOK_NUMBER : TALLY_LOOK_TEXT;
}

enum tally_look
tally_look_of(const uint8_t *p, size_t len, struct tally_value_scratch *s)
{
    struct tally_cell cell = tally_trimmed((struct tally_cell){p, looked_at(p, len)});
    struct makeup m = makeup_of(cell.data, cell.len);

    if (m.letters + m.digits == 0) {
        return TALLY_LOOK_NOTHING;
    }
    if (m.at == 1 && memchr(cell.data, '.', cell.len) != NULL) {
        return TALLY_LOOK_EMAIL;
    }
    if (m.digits > 0) {
        return look_with_digits(&m, cell.data, cell.len, s);
    }
    if (cell.len <= SEX_LONGEST && is_as(&SEX, cell.data, cell.len, s)) {
        return TALLY_LOOK_SEX;
    }
    if (reason_as(&TEXT, cell.data, cell.len, s) == TALLY_VALUE_PLACEHOLDER) {
        return TALLY_LOOK_NOTHING;
    }
    return m.other + m.at == 0 ? TALLY_LOOK_WORDS : TALLY_LOOK_TEXT;
}

/* A run of digits or of letters. */
struct run {
    size_t len;
    unsigned number; /* of at most two digits */
    bool letters;
};

static size_t
runs_of(const uint8_t *p, size_t len, struct run runs[DATE_RUNS])
{
    size_t n = 0, i = 0;

    while (i < len && n < DATE_RUNS) {
        struct run r = {0, 0, is_letter(p[i])};

        if (!r.letters && !is_digit(p[i])) {
            i++;
            continue;
        }
        for (; i < len && (r.letters ? is_letter(p[i]) : is_digit(p[i])); i++) {
            r.number = r.letters || r.len >= 2 ? r.number : r.number * 10 + (p[i] - '0');
            r.len++;
        }
        runs[n++] = r;
    }
    return n;
}

static enum tally_date_order
order_of(unsigned first, unsigned second)
{
    if (first == second || first == 0 || second == 0 || first > 31 || second > 31) {
        return TALLY_ORDER_NONE;
    }
    if (first > 12) {
        return second > 12 ? TALLY_ORDER_NONE : TALLY_ORDER_DAY_FIRST;
    }
    return second > 12 ? TALLY_ORDER_MONTH_FIRST : TALLY_ORDER_EITHER;
}

void
tally_date_shape(const uint8_t *p, size_t len, enum tally_date_style *style,
                 enum tally_date_order *order)
{
    struct run r[DATE_RUNS] = {{0}};
    size_t n = runs_of(p, len, r);

    *order = TALLY_ORDER_NONE;
    *style = TALLY_STYLE_OTHER;
    if (n >= 1 && !r[0].letters && r[0].len == 8) {
        *style = TALLY_STYLE_COMPACT;
    } else if (n < DATE_RUNS) {
        return;
    } else if ((r[0].letters && r[0].len >= 3) || (r[1].letters && r[1].len >= 3) ||
               (r[2].letters && r[2].len >= 3)) {
        *style = TALLY_STYLE_MONTH_NAME;
    } else if (r[0].letters || r[1].letters || r[2].letters || r[1].len > 2) {
        return;
    } else if (r[0].len == 4 && r[2].len <= 2) {
        *style = TALLY_STYLE_YEAR_FIRST;
    } else if (r[0].len <= 2 && (r[2].len == 4 || r[2].len == 2)) {
        *style = r[2].len == 4 ? TALLY_STYLE_YEAR_LAST : TALLY_STYLE_SHORT_YEAR;
        *order = order_of(r[0].number, r[1].number);
    }
}
