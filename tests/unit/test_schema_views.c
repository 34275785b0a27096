/*
 * Views of a schema: what is read, what is refused, what the usual ones are, and that a
 * schema without any is what it was.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/schema.h"

#include "bloom/base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIELDS                                                                           \
    "{\"tallystick_schema\": 1, \"name\": \"t\", \"bits\": 1024,\n\"fields\": [\n"       \
    "{\"name\": \"forename\", \"type\": \"forename\", \"bits_per_token\": 10},\n"        \
    "{\"name\": \"born\", \"type\": \"date\", \"weight\": 2, \"bits_per_token\": 9}]"
#define VIEWS(...) FIELDS ",\n\"views\": [" __VA_ARGS__ "]}"
#define FULL                                                                             \
    "{\"name\": \"full\", \"fields\": [{\"name\": \"forename\", \"bits_per_token\": "    \
    "10}, {\"name\": \"born\", \"bits_per_token\": 9}]}"

static struct tally_schema *
parsed(const char *text)
{
    struct tally_schema *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_schema_parse(&s, "test.json", text, strlen(text), &err) != 0) {
        fail_msg("%s", err.text);
    }
    return s;
}

static struct tally_schema *
starter(const char *fields, const char *views)
{
    struct tally_schema *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_schema_new(&s, fields, "standard", views, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return s;
}

static void
a_schema_without_views_has_one_over_all_fields(void **state)
{
    struct tally_schema *s = parsed(FIELDS "}");
    char *text = tally_schema_text(s, 0);

    (void)state;
    assert_int_equal(s->nviews, 1);
    assert_true(s->views_implied);
    assert_string_equal(s->views[0].name, "full");
    assert_int_equal(s->views[0].required, 0);
    assert_int_equal(s->views[0].bits_per_token[0], 10);
    assert_int_equal(s->views[0].bits_per_token[1], 9);
    assert_null(strstr(text, "views"));
    free(text);
    tally_schema_free(s);
}

static void
views_are_read_with_their_defaults(void **state)
{
    struct tally_schema *s =
        parsed(VIEWS(FULL ", {\"name\": \"no-name_2\", \"required\": [\"born\"], "
                          "\"fields\": [{\"name\": \"born\", \"bits_per_token\": 20}]}"));
    struct tally_schema of_view;

    (void)state;
    assert_int_equal(s->nviews, 2);
    assert_false(s->views_implied);
    assert_string_equal(s->views[1].name, "no-name_2");
    assert_int_equal(s->views[1].required, 2);
    assert_int_equal(s->views[1].bits_per_token[0], 0);
    assert_int_equal(s->views[1].bits_per_token[1], 20);
    assert_true(s->views[1].weight[1] == 2);
    tally_schema_of_view(s, 1, &of_view);
    assert_int_equal(of_view.fields[0].bits_per_token, 0);
    assert_int_equal(of_view.fields[1].bits_per_token, 20);
    assert_true(tally_schema_expected_fill(&of_view) == tally_schema_view_fill(s, 1));
    assert_int_equal(tally_schema_warnings(&of_view, NULL, NULL) > 0, 1);
    tally_schema_free(s);
}

static void
views_come_back_from_their_text(void **state)
{
    struct tally_schema *s = starter("forename,surname,date_of_birth,sex,postcode",
                                     "full, no-address,no-surname");
    char *text = tally_schema_text(s, 2);
    struct tally_schema *again = parsed(text);

    (void)state;
    assert_memory_equal(s->digest, again->digest, sizeof s->digest);
    assert_int_equal(again->nviews, 3);
    assert_memory_equal(s->views, again->views, sizeof s->views);
    free(text);
    tally_schema_free(s);
    tally_schema_free(again);
}

static void
views_that_make_no_sense_are_refused(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {VIEWS(""), "0 views"},
        {VIEWS(FULL "," FULL), "two views called 'full'"},
        {VIEWS("{\"name\": \"Full\", \"fields\": []}"), "lower-case letters"},
        {VIEWS("{\"name\": \"a\", \"fields\": []}"), "needs a field"},
        {VIEWS("{\"name\": \"a\", \"fields\": [{\"name\": \"nix\", "
               "\"bits_per_token\": 2}]}"),
         "no field called 'nix'"},
        {VIEWS("{\"name\": \"a\", \"fields\": [{\"name\": \"born\", "
               "\"bits_per_token\": 2}, {\"name\": \"born\", \"bits_per_token\": 2}]}"),
         "'born' stands there twice"},
        {VIEWS("{\"name\": \"a\", \"fields\": [{\"name\": \"born\"}]}"),
         "bits_per_token"},
        {VIEWS("{\"name\": \"a\", \"fields\": [{\"name\": \"born\", "
               "\"bits_per_token\": 0}]}"),
         "views[0].fields[0].bits_per_token"},
        {VIEWS("{\"name\": \"a\", \"fields\": [{\"name\": \"born\", "
               "\"bits_per_token\": 256}]}"),
         "nearly all bits"},
        {VIEWS("{\"name\": \"a\", \"required\": [\"forename\"], \"fields\": [{\"name\": "
               "\"born\", \"bits_per_token\": 9}]}"),
         "not in it"},
        {VIEWS("{\"name\": \"a\", \"required\": [\"born\", \"born\"], \"fields\": "
               "[{\"name\": \"born\", \"bits_per_token\": 9}]}"),
         "twice"},
        {VIEWS("{\"name\": \"a\", \"key\": 1, \"fields\": []}"), "key"},
        {VIEWS(FULL ",{\"name\":\"b\"},{},{},{},{},{},{},{}"), "9 views"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tally_schema *s = NULL;
        struct tally_err err = TALLY_ERR_INIT;
        const char *text = cases[i].text;

        if (tally_schema_parse(&s, "test.json", text, strlen(text), &err) != -1 ||
            (err.code != TALLY_E_SCHEMA && err.code != TALLY_E_JSON) ||
            strstr(err.text, cases[i].says) == NULL) {
            fail_msg("case %zu: %s (%s)", i, err.text, tally_err_name(err.code));
        }
    }
}

static void
usual_views_share_the_filter_among_their_own_fields(void **state)
{
    struct tally_schema *s =
        starter("forename,surname,date_of_birth,sex,postcode,address,nhs_number",
                "full,no-address,no-surname,no-nhs-number");
    const struct tally_view *v = s->views;

    (void)state;
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(v[0].bits_per_token[i], s->fields[i].bits_per_token);
    }
    assert_int_equal(v[0].required, 0);
    /* neither postcode nor address; names and date of birth are required */
    assert_int_equal(v[1].bits_per_token[4] + v[1].bits_per_token[5], 0);
    assert_int_equal(v[1].required, 1 + 2 + 4);
    assert_true(v[1].bits_per_token[0] > v[0].bits_per_token[0]);
    assert_int_equal(v[2].bits_per_token[1], 0);
    assert_int_equal(v[2].required, 1 + 4 + 16);
    assert_int_equal(v[3].bits_per_token[6], 0);
    for (size_t i = 0; i < s->nviews; i++) {
        assert_true(tally_schema_view_fill(s, i) > 0.18);
        assert_true(tally_schema_view_fill(s, i) < 0.22);
    }
    tally_schema_free(s);
}

static void
usual_views_that_there_cannot_be_are_refused(void **state)
{
    static const char *const lists[] = {
        "full,nothing", "no-address",
        "full,full",    "",
        "full,",        "no-forename,no-date,no-F",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct tally_schema *s = NULL;
        struct tally_err err = TALLY_ERR_INIT;

        assert_int_equal(
            tally_schema_new(&s, "forename,date_of_birth", "plain", lists[i], &err), -1);
        assert_int_equal(err.code, TALLY_E_USAGE);
    }
}

static void
count_about_views(void *ctx, const char *text)
{
    *(int *)ctx += strstr(text, "every view gives an attacker more") != NULL;
}

static void
more_than_one_view_is_warned_of(void **state)
{
    struct tally_schema *s = starter("forename,surname,date_of_birth", "full,no-surname");
    struct tally_schema *one = starter("forename,surname,date_of_birth", "full");
    int told = 0;

    (void)state;
    tally_schema_warnings(one, count_about_views, &told);
    assert_int_equal(told, 0);
    tally_schema_warnings(s, count_about_views, &told);
    assert_int_equal(told, 1);
    tally_schema_free(s);
    tally_schema_free(one);
}

static void
assert_views(const char *profile, const char *fields, const char *const *names, size_t n)
{
    struct tally_schema *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_schema_new(&s, fields, profile, NULL, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(s->nviews, n);
    for (size_t v = 0; v < n; v++) {
        assert_string_equal(s->views[v].name, names[v]);
        assert_true(tally_schema_view_fill(s, v) > .17 &&
                    tally_schema_view_fill(s, v) < .23);
    }
    tally_schema_free(s);
}

static void
profiles_make_a_view_for_each_field_or_group(void **state)
{
    static const char *const groups[] = {"full",    "forename", "surname", "birth",
                                         "address", "numbers",  "other"};
    static const char *const three[] = {"full", "names", "birth"};
    static const char *const fields[] = {"full", "forename", "dob"};
    struct tally_schema *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_views("group",
                 "forename,surname,sex,dob,postcode,address,nhs_number,note:text:0.5",
                 groups, 7);
    assert_views("group", "dob,full_name", three, 3);
    assert_views("attribute", "forename,dob", fields, 3);
    assert_int_equal(tally_schema_new(&s, "forename,dob", "attribute", NULL, &err), 0);
    assert_int_equal(s->views[0].required, 0);
    assert_int_equal(s->views[2].required, 2);
    assert_int_equal(s->views[2].bits_per_token[0], 0);
    assert_int_equal(s->hardening.n, 0);
    tally_schema_free(s);
    s = NULL;
    assert_int_equal(tally_schema_new(&s, "forename", "attribute", "full", &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    assert_int_equal(tally_schema_new(&s,
                                      "forename,surname,sex,dob,postcode,address,"
                                      "nhs_number,middle_name",
                                      "attribute", NULL, &err),
                     -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    assert_non_null(strstr(err.text, "8 views"));
    assert_null(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_schema_without_views_has_one_over_all_fields),
        cmocka_unit_test(views_are_read_with_their_defaults),
        cmocka_unit_test(views_come_back_from_their_text),
        cmocka_unit_test(views_that_make_no_sense_are_refused),
        cmocka_unit_test(usual_views_share_the_filter_among_their_own_fields),
        cmocka_unit_test(usual_views_that_there_cannot_be_are_refused),
        cmocka_unit_test(profiles_make_a_view_for_each_field_or_group),
        cmocka_unit_test(more_than_one_view_is_warned_of),
    };

    return cmocka_run_group_tests_name("schema views", tests, NULL, NULL);
}
