/*
 * What the files of the normalisation module share, and the schema reader's way to fold
 * values.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_NORMALISE_PRIVATE_H
#define TALLY_NORMALISE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/normalise.h"

/** Input bytes looked at: no identifier of a person comes near, and what lies behind is
 * cut off. */
#define TALLY_INPUT_MAX 1024
/** Room for their folded form: some signs fold to several letters. */
#define TALLY_FOLDED_MAX   4096
#define TALLY_FOLDED_SPARE 16

/** Folded text under work. Personal: wiped by tally_normalise. Text only ever shrinks. */
struct tally_folded {
    size_t len;
    size_t used;  /* bytes that ever held text: what there is to wipe */
    bool plain;   /* as it was folded, letters, digits and blanks only */
    bool word;    /* the same without blanks */
    bool changed; /* something was dropped or cut: OK becomes REPAIRED */
    const struct tally_date_reading *reading; /* NULL: the usual one */
    /* Lower-case ASCII, NUL-terminated; what lies behind may be read. */
    char text[TALLY_FOLDED_MAX + 1 + TALLY_FOLDED_SPARE];
};

/**
 * The rules of one field type: ${in} (blanks single and none at the ends, at least one
 * letter or digit) to ${out}->text through tally_value_set, and the reason as the result.
 * ${in} may be used as scratch.
 */
enum tally_reason tally_normalise_name(const struct tally_field *f,
                                       struct tally_folded *in, struct tally_value *out);
enum tally_reason tally_normalise_date(const struct tally_field *f,
                                       struct tally_folded *in, struct tally_value *out);
enum tally_reason tally_normalise_sex(const struct tally_field *f,
                                      struct tally_folded *in, struct tally_value *out);
enum tally_reason tally_normalise_postcode(const struct tally_field *f,
                                           struct tally_folded *in,
                                           struct tally_value *out);
enum tally_reason tally_normalise_address(const struct tally_field *f,
                                          struct tally_folded *in,
                                          struct tally_value *out);
enum tally_reason tally_normalise_nhs(const struct tally_field *f,
                                      struct tally_folded *in, struct tally_value *out);
enum tally_reason tally_normalise_chi(const struct tally_field *f,
                                      struct tally_folded *in, struct tally_value *out);
enum tally_reason tally_normalise_upn(const struct tally_field *f,
                                      struct tally_folded *in, struct tally_value *out);
enum tally_reason tally_normalise_uln(const struct tally_field *f,
                                      struct tally_folded *in, struct tally_value *out);
enum tally_reason tally_normalise_pnc(const struct tally_field *f,
                                      struct tally_folded *in, struct tally_value *out);
enum tally_reason tally_normalise_ni(const struct tally_field *f, struct tally_folded *in,
                                     struct tally_value *out);
enum tally_reason tally_normalise_telephone(const struct tally_field *f,
                                            struct tally_folded *in,
                                            struct tally_value *out);
enum tally_reason tally_normalise_email(const struct tally_field *f,
                                        struct tally_folded *in, struct tally_value *out);
enum tally_reason tally_normalise_integer(const struct tally_field *f,
                                          struct tally_folded *in,
                                          struct tally_value *out);
enum tally_reason tally_normalise_listed(const struct tally_field *f,
                                         struct tally_folded *in,
                                         struct tally_value *out);
enum tally_reason tally_normalise_text(const struct tally_field *f,
                                       struct tally_folded *in, struct tally_value *out);

/** Keep letters and digits, turn each character of ${blanks} into a blank, delete those
 * of ${deleted}, drop and note any other; then single blanks, none at the ends. */
void tally_folded_keep(struct tally_folded *t, const char *blanks, const char *deleted);

/** The same for punctuation that parts words, and that stands inside them, in names,
 * addresses and free text. */
#define TALLY_WORD_BREAKS " -.,/&()_:;+\"\t"
#define TALLY_WORD_MARKS  "'`"
void tally_folded_words(struct tally_folded *t);

/** ${text} as the result, cut at TALLY_VALUE_MAX: OK, or REPAIRED when cut or ${changed}.
 */
enum tally_reason tally_value_set(struct tally_value *out, const char *text, size_t len,
                                  bool changed);

/** A long list of words and phrases of at most 31 characters by their first letter, each
 * string "one|three|two", ascending. */
#define TALLY_LETTERS   26
#define TALLY_NO_LETTER TALLY_LETTERS /* those that begin with something else */
#define TALLY_LETTER(c) ((c) - 'a')
struct tally_words {
    const char *by[TALLY_LETTERS + 1];
};

/** Whether ${text} is one of ${words}. */
bool tally_in_words(const char *text, const struct tally_words *words);

/** Several lists at once: every value is looked up in them, and nearly all are in none,
 * as their first letter and how long they are show. */
#define TALLY_SCREEN_MAX 4
struct tally_screen {
    const struct tally_words *words[TALLY_SCREEN_MAX + 1]; /* NULL-terminated */
    const char *const *lists[TALLY_SCREEN_MAX + 1];        /* so too, and each of them */
    /* Bit n: one that begins so has n characters. Found out when it is first asked for,
     * which bit 0 says. */
    _Atomic uint32_t lengths[TALLY_LETTERS + 1];
};

/** False when ${text}, of ${len} characters and a NUL, is in none of the lists of
 * ${screen}. */
bool tally_may_be_in(const char *text, size_t len, struct tally_screen *screen);

/** Whether ${text} is in the NULL-terminated ${list}. */
bool tally_in_list(const char *text, const char *const *list);

/** The same for the ${len} >= 1 characters at ${word}, none of them NUL. */
bool tally_word_in(const char *word, size_t len, const char *const *list);

/** Whether ${text} is one character ${least} times or more, as in "xxx" or "0000". */
bool tally_all_same(const char *text, size_t least);

/** Whether ${text}, of ${len} characters and a NUL, stands for "no value" in any field,
 * "unknown" or "n/a": then ${out} has the rule. */
bool tally_is_placeholder(const char *text, size_t len, struct tally_value *out);

/** TALLY_VALUE_PLACEHOLDER, by ${rule}. */
enum tally_reason tally_value_placeholder(struct tally_value *out, enum tally_rule rule);

/** Fit ${len} characters to ${shape}, where a is a letter, b one but O, I and L, c one
 * but these and S, 9 a digit and 1 a digit but zero: a look-alike is swapped for what the
 * shape asks (O and 0, I or L and 1, S and 5) and counted in ${repairs}. False when they
 * do not fit; ${out} is written all the same.
 */
bool tally_fit_shape(const char *text, size_t len, const char *shape, char *out,
                     unsigned *repairs);

/** Cut the fraction off a whole number that went through a spreadsheet: 12.0. */
void tally_folded_cut_zeros(struct tally_folded *t);

/** Fold ${text} as a value of an enumeration is, into ${out} of TALLY_VALUE_MAX + 1
 * bytes: false when nothing is left of it, when a sign was dropped, or when it is too
 * long. */
bool tally_normalise_plain(const char *text, char *out);

/** Add the rule tables of a file to the digest of the rules. */
void tally_name_rules(struct tally_digest_state *st);
void tally_date_rules(struct tally_digest_state *st);
void tally_place_rules(struct tally_digest_state *st);
void tally_code_rules(struct tally_digest_state *st);
void tally_number_rules(struct tally_digest_state *st);
void tally_contact_rules(struct tally_digest_state *st);
void tally_placeholder_rules(struct tally_digest_state *st);
void tally_words_rules(struct tally_digest_state *st, const struct tally_words *words);
/** The strings of a NULL-terminated list, each with its NUL. */
void tally_list_rules(struct tally_digest_state *st, const char *const *list);

#endif
