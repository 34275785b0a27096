/*
 * The one file that includes PCRE2, left out of a build without TALLY_LEGACY. Limits make
 * a pattern that takes for ever an error; there is no JIT, so no memory is made
 * executable.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdlib.h>

#define MATCH_STEPS_MAX 2000000u
#define MATCH_KIB_MAX   16384u

struct tally_clkhash_regex {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
};

static uint32_t
options(const struct tally_clkhash_flags *flags)
{
    uint32_t o = PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED | PCRE2_NEVER_BACKSLASH_C |
                 PCRE2_ALT_CIRCUMFLEX;

    o |= flags->caseless ? PCRE2_CASELESS : 0;
    o |= flags->whole ? PCRE2_ENDANCHORED : 0;
    return o;
}

static int
compile(struct tally_clkhash_regex *r, const void *pattern, size_t len,
        const struct tally_clkhash_flags *flags, struct tally_err *err)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    PCRE2_UCHAR why[128] = "";
    PCRE2_SIZE offset = 0;
    int number = 0;

    if (context == NULL || pcre2_set_newline(context, PCRE2_NEWLINE_LF) != 0) {
        pcre2_compile_context_free(context);
        return tally_err_nomem(err);
    }
    r->code = pcre2_compile(pattern, len, options(flags), &number, &offset, context);
    pcre2_compile_context_free(context);
    if (r->code == NULL) {
        if (number == PCRE2_ERROR_HEAP_FAILED) {
            return tally_err_nomem(err);
        }
        (void)pcre2_get_error_message(number, why, sizeof why);
        return tally_err_set(err, TALLY_E_SCHEMA, "not a regular expression: %s",
                             (const char *)why);
    }
    return 0;
}

int
tally_clkhash_regex_create(struct tally_clkhash_regex **out, const void *pattern,
                           size_t len, const struct tally_clkhash_flags *flags,
                           struct tally_err *err)
{
    struct tally_clkhash_regex *r = calloc(1, sizeof *r);

    if (r == NULL) {
        return tally_err_nomem(err);
    }
    if (compile(r, pattern, len, flags, err) != 0) {
        tally_clkhash_regex_free(r);
        return -1;
    }
    r->match = pcre2_match_data_create_from_pattern(r->code, NULL);
    r->limits = pcre2_match_context_create(NULL);
    if (r->match == NULL || r->limits == NULL) {
        tally_clkhash_regex_free(r);
        return tally_err_nomem(err);
    }
    (void)pcre2_set_match_limit(r->limits, MATCH_STEPS_MAX);
    (void)pcre2_set_heap_limit(r->limits, MATCH_KIB_MAX);
    *out = r;
    return 0;
}

int
tally_clkhash_regex_match(struct tally_clkhash_regex *r, const uint8_t *text, size_t len)
{
    int rc = pcre2_match(r->code, text, len, 0, PCRE2_NO_UTF_CHECK, r->match, r->limits);

    if (rc == PCRE2_ERROR_NOMEMORY) {
        return -2;
    }
    return rc > 0 ? 1 : rc == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

bool
tally_clkhash_regex_group(const struct tally_clkhash_regex *r, size_t i, size_t *start,
                          size_t *end)
{
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(r->match);

    if (i >= pcre2_get_ovector_count(r->match) || at[2 * i] == PCRE2_UNSET) {
        return false;
    }
    *start = at[2 * i];
    *end = at[2 * i + 1];
    return true;
}

void
tally_clkhash_regex_free(struct tally_clkhash_regex *r)
{
    if (r == NULL) {
        return;
    }
    pcre2_match_context_free(r->limits);
    pcre2_match_data_free(r->match);
    pcre2_code_free(r->code);
    free(r);
}
