/*
 * Changes merged into a schema: taken where a loaded schema may have them, refused else.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct tally_schema *
made(const char *profile)
{
    struct tally_schema *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(
        tally_schema_new(&s, "forename,surname,date_of_birth", profile, NULL, &err), 0);
    return s;
}

static void
a_change_replaces_what_it_names(void **state)
{
    struct tally_schema *s = made("standard");
    struct tally_schema *changed = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_schema_patch(&changed, s,
                                        "{\"name\": \"other\", \"hardening\": "
                                        "[{\"kind\": \"rule90\"}]}",
                                        &err),
                     0);
    assert_string_equal(changed->name, "other");
    assert_int_equal(changed->hardening.n, 1);
    assert_int_equal(changed->hardening.steps[0].kind, TALLY_HARDEN_RULE90);
    assert_int_equal(changed->nfields, s->nfields);
    assert_int_equal(changed->bits, s->bits);
    tally_schema_free(changed);
    tally_schema_free(s);
}

static void
null_takes_a_member_away(void **state)
{
    struct tally_schema *s = made("group");
    struct tally_schema *changed = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_false(s->views_implied);
    assert_int_equal(tally_schema_patch(&changed, s, "{\"views\": null}", &err), 0);
    assert_true(changed->views_implied);
    assert_int_equal(changed->nviews, 1);
    tally_schema_free(changed);
    tally_schema_free(s);
}

static void
a_change_that_breaks_a_rule_is_refused(void **state)
{
    static const char *const bad[][2] = {
        {"{\"bits\": 7}", "bits"},
        {"{\"fields\": null}", "fields"},
        {"{\"hardness\": 1}", "hardness"},
        {"{\"bits\": 512", "change to a schema"},
    };
    struct tally_schema *s = made("standard");

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tally_schema *changed = NULL;
        struct tally_err err = TALLY_ERR_INIT;

        assert_int_equal(tally_schema_patch(&changed, s, bad[i][0], &err), -1);
        assert_non_null(strstr(err.text, bad[i][1]));
        assert_null(changed);
    }
    tally_schema_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_replaces_what_it_names),
        cmocka_unit_test(null_takes_a_member_away),
        cmocka_unit_test(a_change_that_breaks_a_rule_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
