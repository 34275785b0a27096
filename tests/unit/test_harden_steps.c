/*
 * Steps of hardening as a list: reading and writing, lengths, and what becomes of shares
 * of bits.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/harden_steps.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum tally_code
read_list(const char *text, struct tally_hardening *h, struct tally_err *err)
{
    struct tally_json_doc *doc = NULL;
    struct tally_json root;
    int rc;

    memset(err, 0, sizeof(*err));
    assert_int_equal(tally_json_parse(&doc, "steps", text, strlen(text), err), 0);
    root = tally_json_root(doc);
    rc = tally_hardening_read(&root, TALLY_E_SCHEMA, h, err);
    tally_json_doc_free(doc);
    return rc == 0 ? TALLY_OK : err->code;
}

static struct tally_hardening
steps(const char *text)
{
    struct tally_hardening h;
    struct tally_err err;

    if (read_list(text, &h, &err) != TALLY_OK) {
        fail_msg("%s", err.text);
    }
    return h;
}

static void
assert_refused(const char *text, enum tally_code code, const char *says)
{
    struct tally_hardening h;
    struct tally_err err;

    if (read_list(text, &h, &err) != code || strstr(err.text, says) == NULL) {
        fail_msg("%s: %s", text, err.text);
    }
}

static void
steps_are_written_as_they_are_read(void **state)
{
    static const char text[] =
        "[{\"f\":0.05,\"kind\":\"blip\"},{\"bits\":2048,\"kind\":\"diffusion\",\"t\":6},"
        "{\"kind\":\"fold\",\"times\":2},{\"kind\":\"wxor\",\"window\":3}]";
    struct tally_hardening h = steps(text);
    struct tally_jnode *node = tally_hardening_node(&h);
    char *back = tally_json_text(node, 0);
    char words[TALLY_HARDENING_TEXT];

    (void)state;
    assert_string_equal(back, text);
    tally_hardening_text(&h, words);
    assert_string_equal(words,
                        "noise on a share of 0.05 of the bits (BLIP), diffusion of "
                        "6 bits into each of 2048, XOR fold to a quarter, "
                        "XOR of windows of 3 bits");
    free(back);
    tally_jfree(node);
    h = steps("[{\"kind\":\"fold\"},{\"kind\":\"rule90\"},{\"kind\":\"resam\"},"
              "{\"kind\":\"permute\"}]");
    assert_int_equal(h.steps[0].times, 1);
    tally_hardening_text(&h, words);
    assert_string_equal(
        words, "XOR fold to a half, rule 90, resampling (RESAM), keyed permutation");
    h = steps("[]");
    tally_hardening_text(&h, words);
    assert_string_equal(words, "none");
    assert_string_equal(tally_harden_kind_name(TALLY_HARDEN_KINDS), "unknown");
}

static void
steps_that_break_a_rule_are_refused(void **state)
{
    (void)state;
    assert_refused("{}", TALLY_E_JSON, "steps");
    assert_refused("[{}]", TALLY_E_JSON, "kind");
    assert_refused("[{\"kind\":\"polish\"}]", TALLY_E_SCHEMA, "polish");
    assert_refused("[{\"kind\":\"balance\",\"t\":2}]", TALLY_E_JSON, "t");
    assert_refused("[{\"kind\":\"fold\",\"times\":0}]", TALLY_E_JSON, "times");
    assert_refused("[{\"kind\":\"fold\",\"times\":5}]", TALLY_E_JSON, "times");
    assert_refused("[{\"kind\":\"blip\"}]", TALLY_E_JSON, "f");
    assert_refused("[{\"kind\":\"blip\",\"f\":0}]", TALLY_E_JSON, "f");
    assert_refused("[{\"kind\":\"blip\",\"f\":1.01}]", TALLY_E_JSON, "f");
    assert_refused("[{\"kind\":\"wxor\"}]", TALLY_E_JSON, "window");
    assert_refused("[{\"kind\":\"wxor\",\"window\":0}]", TALLY_E_JSON, "window");
    assert_refused("[{\"kind\":\"rule90\"},{\"kind\":\"rule90\"}]", TALLY_E_SCHEMA,
                   "rule90 stands there twice");
    assert_refused("[{\"kind\":\"rule90\"},{\"kind\":\"fold\"},{\"kind\":\"resam\"},"
                   "{\"kind\":\"permute\"},{\"kind\":\"balance\"}]",
                   TALLY_E_SCHEMA, "at most 4");
}

static void
lengths_follow_from_the_steps(void **state)
{
    struct tally_hardening h = steps("[{\"kind\":\"fold\",\"times\":2}]");

    (void)state;
    assert_int_equal(tally_hardening_bits(&h, 2048), 512);
    assert_int_equal(tally_hardening_bits(&h, 256), 64);
    assert_int_equal(tally_hardening_bits(&h, 128), 0);
    h = steps("[{\"kind\":\"balance\"},{\"kind\":\"rule90\"}]");
    assert_int_equal(tally_hardening_bits(&h, 4096), 8192);
    assert_int_equal(tally_hardening_bits(&h, 8192), 0);
    h = steps("[{\"kind\":\"diffusion\",\"t\":16,\"bits\":1984}]");
    assert_int_equal(tally_hardening_bits(&h, 64), 1984);
    h.steps[0].t = 17;
    assert_int_equal(tally_hardening_bits(&h, 64), 0);
    h = steps("[{\"kind\":\"diffusion\",\"t\":6,\"bits\":1984},{\"kind\":\"fold\"}]");
    assert_int_equal(tally_hardening_bits(&h, 2048), 0);
    h = steps("[{\"kind\":\"wxor\",\"window\":32}]");
    assert_int_equal(tally_hardening_bits(&h, 128), 128);
    assert_int_equal(tally_hardening_bits(&h, 64), 0);
    h = steps("[]");
    assert_int_equal(tally_hardening_bits(&h, 2048), 2048);
}

/* Shares after steps, worked out by hand, and back again. */
static void
assert_shares(const char *text, double fill, double differing, double fill_after,
              double differing_after)
{
    struct tally_hardening h = steps(text);
    struct tally_harden_shares x = tally_hardening_shares(&h, h.n, fill, differing);

    assert_true(fabs(x.fill - fill_after) < 1e-9);
    assert_true(fabs(x.differing - differing_after) < 1e-9);
    assert_true(fabs(tally_hardening_before(&h, x.differing) - differing) < 1e-9);
}

static void
shares_of_bits_are_followed_through_the_steps(void **state)
{
    struct tally_hardening h = steps("[{\"kind\":\"blip\",\"f\":0.1}]");

    (void)state;
    assert_shares("[]", .2, .1, .2, .1);
    assert_shares("[{\"kind\":\"permute\"}]", .2, .1, .2, .1);
    assert_shares("[{\"kind\":\"rule90\"}]", .2, .1, .32, .18);
    assert_shares("[{\"kind\":\"wxor\",\"window\":7}]", .2, .1, .32, .18);
    assert_shares("[{\"kind\":\"diffusion\",\"t\":3,\"bits\":64}]", .2, .1, .392, .244);
    assert_shares("[{\"kind\":\"fold\",\"times\":2}]", .2, .1, .4352, .2952);
    assert_shares("[{\"kind\":\"balance\"}]", .2, .1, .5, .1);
    /* .1 flipped on either side: alike .8 * .81. */
    assert_shares("[{\"kind\":\"blip\",\"f\":0.1}]", .2, .1, .23, .176);
    assert_shares("[{\"kind\":\"blip\",\"f\":0.1},{\"kind\":\"resam\"}]", .2, .1,
                  2 * .23 * .77, 2 * .176 * .824);
    assert_true(tally_hardening_before(&h, .05) < 0);
    assert_true(tally_hardening_before(&h, .6) == .5);
}

static void
noise_is_stated_in_epsilon(void **state)
{
    struct tally_hardening h =
        steps("[{\"kind\":\"diffusion\",\"t\":6,\"bits\":1024},{\"kind\":\"rule90\"},"
              "{\"kind\":\"blip\",\"f\":0.1}]");

    (void)state;
    assert_true(fabs(tally_blip_epsilon(.1) - 2.944438979) < 1e-9);
    assert_true(fabs(tally_blip_epsilon(1)) < 1e-12);
    assert_true(tally_hardening_reach(&h, 0, 2048) == 1);
    assert_true(tally_hardening_reach(&h, 1, 2048) == 3);
    assert_true(tally_hardening_reach(&h, 2, 2048) == 6);
    assert_int_equal(tally_hardening_combined(&h), 12);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_written_as_they_are_read),
        cmocka_unit_test(steps_that_break_a_rule_are_refused),
        cmocka_unit_test(lengths_follow_from_the_steps),
        cmocka_unit_test(shares_of_bits_are_followed_through_the_steps),
        cmocka_unit_test(noise_is_stated_in_epsilon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
