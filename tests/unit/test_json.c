/*
 * Tests of reading and building JSON.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/json.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static struct tally_json_doc *
parse(const char *text)
{
    struct tally_json_doc *d = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_json_parse(&d, "doc", text, strlen(text), &err) != 0) {
        fail_msg("%s", err.text);
    }
    return d;
}

static struct tally_json
need(struct tally_json obj, const char *key)
{
    struct tally_json j = obj;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_json_need(&obj, key, &j, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return j;
}

static struct tally_json
at(struct tally_json arr, size_t i)
{
    struct tally_json j = arr;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_json_at(&arr, i, &j, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return j;
}

static void
assert_refused(const void *text, size_t len, const char *want)
{
    struct tally_json_doc *d = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_json_parse(&d, "doc", text, len, &err), -1);
    assert_int_equal(err.code, TALLY_E_JSON);
    assert_string_equal(err.text, want);
    assert_null(d);
}

/* A literal that may hold NULs, and its length. */
#define BYTES(literal) literal, sizeof literal - 1

static void
json_refuses_what_is_not_strict(void **state)
{
    (void)state;
    assert_refused(BYTES(""), "doc: the document is empty");
    assert_refused(BYTES("\xEF\xBB\xBF"), "doc: the document is empty");
    assert_refused(BYTES("{\"a\": 1,\n \"a\": 2}"),
                   "doc: line 2 column 4: a: stands there twice");
    assert_refused(
        BYTES("\xEF\xBB\xBF{\"f\": [{\"a\": 1}, {\"a\": \"b,:{\", \"w\": 2, \"w\": 3}]}"),
        "doc: line 1 column 42: f[1].w: stands there twice");
    assert_refused(BYTES("{\"c\": {\"k\": {\"l\": [1, 2]}, \"a\\\"\\n\": {}, \"k\": 1}}"),
                   "doc: line 1 column 43: c.k: stands there twice");
    assert_refused(BYTES("{} x"), "doc: line 1 column 4: end of file expected");
    assert_refused(
        BYTES("{\"a\": \"\\u0000\"}"),
        "doc: line 1 column 14: \\u0000 is not allowed without JSON_ALLOW_NUL");
    assert_refused(BYTES("{\"a\": 01}"), "doc: line 1 column 7: invalid token");
    assert_refused(BYTES("{\"a\":\n\n1e999}"),
                   "doc: line 3 column 5: real number overflow");
    assert_refused(BYTES("[99999999999999999999]"),
                   "doc: line 1 column 21: too big integer");
    assert_refused(BYTES("[1,]"), "doc: line 1 column 4: unexpected token");
    assert_refused(BYTES("\"text\""), "doc: line 1 column 6: '[' or '{' expected");
    assert_refused(BYTES("[\"\xFF\"]"),
                   "doc: line 1 column 2: unable to decode byte 0xff");
    assert_refused(BYTES("[1,\n2\0]"), "doc: line 2 column 2: a NUL byte");
}

static void
json_never_quotes_the_text_it_refuses(void **state)
{
    struct tally_json_doc *d = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    static const char text[] = "{\"key\": \"hunter2\" \"hunter3\"}";

    (void)state;
    assert_int_equal(tally_json_parse(&d, "doc", text, strlen(text), &err), -1);
    assert_null(strstr(err.text, "hunter"));
}

static void
json_refuses_deep_nesting_before_it_recurses(void **state)
{
    enum { DEEP = 100000 };
    char *text = malloc(DEEP + 1);
    struct tally_json_doc *d = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_non_null(text);
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    assert_int_equal(tally_json_parse(&d, "doc", text, 128, &err), 0);
    tally_json_doc_free(d);
    memset(text, '[', DEEP);
    text[5] = '\n';
    assert_refused(text, DEEP, "doc: line 2 column 60: nested more than 64 deep");
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    assert_refused(text, 130, "doc: line 1 column 65: nested more than 64 deep");
    strcpy(
        text,
        "[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[\"]");
    assert_int_equal(tally_json_parse(&d, "doc", text, strlen(text), &err), 0);
    tally_json_doc_free(d);
    free(text);
}

static void
json_refuses_a_document_over_the_limit(void **state)
{
    struct tally_json_doc *d = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(
        tally_json_parse(&d, "doc", "[]", (size_t)TALLY_JSON_BYTES_MAX + 1, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
}

static void
json_reads_values_of_every_type(void **state)
{
    struct tally_json_doc *d =
        parse("\xEF\xBB\xBF{\"s\": \"Siân\", \"i\": -5, \"r\": 2.5,"
              "\"t\": true, \"f\": false, \"n\": null, \"l\": [1, 2]}");
    struct tally_json root = tally_json_root(d);
    struct tally_json j;
    struct tally_err err = TALLY_ERR_INIT;
    const char *s;
    int64_t i;
    double r;
    bool b;
    size_t n;

    (void)state;
    j = need(root, "s");
    assert_int_equal(tally_json_str(&j, 5, &s, &err), 0);
    assert_string_equal(s, "Siân");
    j = need(root, "i");
    assert_int_equal(tally_json_int(&j, -5, -5, &i, &err), 0);
    assert_int_equal(i, -5);
    assert_int_equal(tally_json_real(&j, -10, 0, &r, &err), 0);
    assert_true(r == -5.0);
    j = need(root, "r");
    assert_int_equal(tally_json_real(&j, 2.5, 2.5, &r, &err), 0);
    assert_true(r == 2.5);
    j = need(root, "t");
    assert_int_equal(tally_json_bool(&j, &b, &err), 0);
    assert_true(b);
    j = need(root, "f");
    assert_int_equal(tally_json_bool(&j, &b, &err), 0);
    assert_false(b);
    assert_false(tally_json_is_null(&j));
    j = need(root, "n");
    assert_true(tally_json_is_null(&j));
    j = need(root, "l");
    assert_int_equal(tally_json_length(&j, &n, &err), 0);
    assert_int_equal(n, 2);
    assert_int_equal(tally_json_find(&root, "absent", &j, &err), 0);
    assert_int_equal(err.code, TALLY_OK);
    tally_json_doc_free(d);
    tally_json_doc_free(NULL);
}

static const char SCHEMA[] = "{\n"
                             "  \"name\": \"a, \\\"b\\\" {[\",\n"
                             "  \"empty\": {}, \"none\": [],\n"
                             "  \"flags\": [true, true,\n"
                             "            true],\n"
                             "  \"fields\": [\n"
                             "    {\"name\": \"x\", \"weight\": 1},\n"
                             "    {\"name\": \"y\",\n"
                             "     \"weight\": [2,\n"
                             "       3.5e1]}\n"
                             "  ]\n"
                             "}\n";

static void
json_errors_name_line_and_path(void **state)
{
    struct tally_json_doc *d = parse(SCHEMA);
    struct tally_json root = tally_json_root(d);
    struct tally_json field = at(need(root, "fields"), 1);
    struct tally_json weight = need(field, "weight");
    struct tally_json j;
    struct tally_err err = TALLY_ERR_INIT;
    const char *s;
    int64_t i;
    double r;
    bool b;
    size_t n;

    (void)state;
    assert_int_equal(tally_json_int(&weight, 0, 9, &i, &err), -1);
    assert_string_equal(
        err.text, "doc: line 9: fields[1].weight: must be a whole number, not a list");
    assert_int_equal(err.code, TALLY_E_JSON);
    j = at(weight, 1);
    assert_int_equal(tally_json_real(&j, 0, 9.5, &r, &err), -1);
    assert_string_equal(err.text,
                        "doc: line 10: fields[1].weight[1]: must be from 0 to 9.5");
    j = at(weight, 0);
    assert_int_equal(tally_json_int(&j, 3, 9, &i, &err), -1);
    assert_string_equal(err.text,
                        "doc: line 9: fields[1].weight[0]: must be from 3 to 9");
    assert_int_equal(tally_json_at(&weight, 2, &j, &err), -1);
    assert_string_equal(err.text,
                        "doc: line 9: fields[1].weight: has 2 entries, and 3 are needed");
    assert_int_equal(tally_json_need(&field, "length", &j, &err), -1);
    assert_string_equal(err.text, "doc: line 8: fields[1]: 'length' is missing");
    j = need(field, "name");
    assert_int_equal(tally_json_length(&j, &n, &err), -1);
    assert_string_equal(err.text,
                        "doc: line 8: fields[1].name: must be a list, not text");
    assert_int_equal(tally_json_str(&j, 0, &s, &err), -1);
    assert_string_equal(err.text, "doc: line 8: fields[1].name: is longer than 0 bytes");
    assert_int_equal(tally_json_bool(&j, &b, &err), -1);
    assert_string_equal(err.text,
                        "doc: line 8: fields[1].name: must be true or false, not text");
    /* The three are one and the same value to the parser. */
    j = at(need(root, "flags"), 2);
    assert_int_equal(tally_json_str(&j, 9, &s, &err), -1);
    assert_string_equal(err.text,
                        "doc: line 5: flags[2]: must be text, not true or false");
    j = need(root, "none");
    assert_int_equal(tally_json_find(&j, "x", &j, &err), -1);
    assert_string_equal(err.text, "doc: line 3: none: must be an object, not a list");
    assert_int_equal(tally_json_str(&root, 9, &s, &err), -1);
    assert_string_equal(err.text, "doc: line 1: must be text, not an object");
    assert_int_equal(tally_json_err(&field, &err, TALLY_E_SCHEMA, "rule %d", 7), -1);
    assert_string_equal(err.text, "doc: line 8: fields[1]: rule 7");
    assert_int_equal(err.code, TALLY_E_SCHEMA);
    tally_json_doc_free(d);
}

/* Every value of ${j} must be found on the line that its text is on: each holds its own
 * line number, or begins with an entry that does. Returns how many were looked at. */
static size_t
assert_lines(struct tally_json j)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_json child;
    size_t n = 0;
    size_t seen = 0;
    int64_t line;
    char want[32];

    if (tally_json_length(&j, &n, &err) == 0) {
        for (size_t i = 0; i < n; i++) {
            seen += assert_lines(at(j, i));
        }
    } else if (tally_json_find(&j, "first", &child, &err) == 1) {
        seen += assert_lines(child);
        seen += assert_lines(need(j, "\"second\""));
    } else {
        assert_int_equal(tally_json_int(&j, 0, 1000, &line, &err), 0);
        tally_json_err(&j, &err, TALLY_E_JSON, "x");
        snprintf(want, sizeof want, "doc: line %d: ", (int)line);
        assert_memory_equal(err.text, want, strlen(want));
        seen++;
    }
    return seen;
}

static void
json_line_is_right_for_every_value(void **state)
{
    static const char text[] = "[\n"
                               "2, {\n"
                               "\"first\": [[], {}, [\"]}\",\n"
                               "\"\\\"\", 1.5e-3, null, true, false],\n"
                               "5],\n"
                               "\"other\" : {\"first\" : -0, \"a\":[{}]},\n"
                               "\"\\u0022second\\\"\":\r\n"
                               "\t8}, [8,\n"
                               "9,[\n"
                               "10\n"
                               "]] , 12 \n"
                               "]";
    struct tally_json_doc *d = parse(text);
    struct tally_json root = tally_json_root(d);
    struct tally_json object = at(root, 1);
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    tally_json_err(&object, &err, TALLY_E_JSON, "x");
    assert_string_equal(err.text, "doc: line 2: [1]: x");
    assert_int_equal(assert_lines(at(root, 0)), 1);
    assert_int_equal(assert_lines(at(need(object, "first"), 3)), 1);
    assert_int_equal(assert_lines(need(object, "\"second\"")), 1);
    assert_int_equal(assert_lines(at(root, 2)), 3);
    tally_json_doc_free(d);
}

static void
json_only_names_the_first_stranger(void **state)
{
    struct tally_json_doc *d = parse("{\"a\": 1,\n\"b\": {},\n\"c\": 2}");
    struct tally_json root = tally_json_root(d);
    struct tally_json j = need(root, "a");
    struct tally_err err = TALLY_ERR_INIT;
    static const char *const all[] = {"c", "b", "a", "d", NULL};
    static const char *const some[] = {"a", NULL};

    (void)state;
    assert_int_equal(tally_json_only(&root, all, &err), 0);
    assert_int_equal(tally_json_only(&root, some, &err), -1);
    assert_string_equal(err.text, "doc: line 2: b: unknown name");
    assert_int_equal(tally_json_only(&j, some, &err), -1);
    assert_string_equal(err.text,
                        "doc: line 1: a: must be an object, not a whole number");
    tally_json_doc_free(d);
}

static void
json_line_is_right_for_paths_too_long_to_show(void **state)
{
    char text[2048];
    char key[150];
    struct tally_json_doc *d;
    struct tally_json j;
    struct tally_err err = TALLY_ERR_INIT;
    int64_t i;

    (void)state;
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    snprintf(text, sizeof text, "{\"%s\": [0, {\"%s\": [1,\n2, {\"%s\":\n\"x\"}]}]}", key,
             key, key);
    d = parse(text);
    j = need(at(need(at(need(tally_json_root(d), key), 1), key), 2), key);
    assert_int_equal(tally_json_int(&j, 0, 9, &i, &err), -1);
    assert_non_null(strstr(err.text, "doc: line 3: kkkk"));
    tally_json_doc_free(d);
    d = parse("{\"a\\u001b\\n\":\n1}");
    j = need(tally_json_root(d), "a\x1B\n");
    assert_int_equal(tally_json_err(&j, &err, TALLY_E_JSON, "no"), -1);
    assert_string_equal(err.text, "doc: line 2: a??: no");
    tally_json_doc_free(d);
}

static void
json_load_reads_a_file(void **state)
{
    static const char path[] = "test_json.tmp";
    struct tally_json_doc *d = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    FILE *f = fopen(path, "w");

    (void)state;
    assert_non_null(f);
    fputs("{\"a\": [1]", f);
    fclose(f);
    assert_int_equal(tally_json_load(&d, path, &err), -1);
    assert_string_equal(err.text, "test_json.tmp: line 1 column 9: '}' expected");
    f = fopen(path, "a");
    assert_non_null(f);
    fputs("}\n", f);
    fclose(f);
    assert_int_equal(tally_json_load(&d, path, &err), 0);
    assert_string_equal(need(tally_json_root(d), "a").path, "a");
    tally_json_doc_free(d);
    unlink(path);
    assert_int_equal(tally_json_load(&d, path, &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
}

static void
assert_text(struct tally_jnode *n, unsigned indent, const char *want)
{
    char *text = tally_json_text(n, indent);

    assert_non_null(text);
    assert_string_equal(text, want);
    free(text);
}

static struct tally_jnode *
sample(void)
{
    struct tally_jnode *n = tally_jobject();
    struct tally_jnode *list = tally_jarray();
    struct tally_jnode *inner = tally_jobject();

    tally_jset_str(n, "z", "a \"quoted\" \\ \b\f\n\r\t\x01 \x7F Siân");
    tally_jset_str(n, "none", NULL);
    tally_jset_int(n, "big", INT64_MIN);
    tally_jset_bool(n, "yes", true);
    tally_jset_bool(n, "no", false);
    tally_jpush_int(list, 1);
    tally_jpush_real(list, 0.5);
    tally_jpush_str(list, "x");
    tally_jpush_str(list, NULL);
    tally_jpush(list, tally_jarray());
    tally_jset_real(inner, "é", NAN);
    tally_jset_real(inner, "b", -INFINITY);
    tally_jpush(list, inner);
    tally_jset(n, "list", list);
    tally_jset(n, "empty", tally_jobject());
    return n;
}

static void
json_text_compact_is_sorted(void **state)
{
    struct tally_jnode *n = sample();

    (void)state;
    assert_text(n, 0,
                "{\"big\":-9223372036854775808,\"empty\":{},"
                "\"list\":[1,0.5,\"x\",null,[],{\"b\":null,\"é\":null}],"
                "\"no\":false,\"none\":null,\"yes\":true,"
                "\"z\":\"a \\\"quoted\\\" \\\\ \\b\\f\\n\\r\\t\\u0001 \x7F Siân\"}");
    tally_jfree(n);
    tally_jfree(NULL);
}

static void
json_text_indented_keeps_the_order_set(void **state)
{
    struct tally_jnode *n = tally_jobject();
    struct tally_jnode *list = tally_jarray();

    (void)state;
    tally_jpush_int(list, 1);
    tally_jpush(list, tally_jobject());
    tally_jset_int(n, "b", 1);
    tally_jset(n, "a", list);
    tally_jset_int(n, "b", 2);
    assert_text(n, 2, "{\n  \"b\": 2,\n  \"a\": [\n    1,\n    {}\n  ]\n}");
    tally_jfree(n);
}

static void
json_reals_print_the_fewest_digits_that_read_back(void **state)
{
    static const struct {
        double value;
        const char *want;
    } cases[] = {
        {0.1, "0.1"},
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1.0, "1.0"},
        {100.0, "100.0"},
        {1e21, "1e+21"},
        {1.0 / 3, "0.3333333333333333"},
        {0.1 + 0.2, "0.30000000000000004"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {5e-324, "5e-324"},
        {123456789.125, "123456789.125"},
        {2.5e-7, "2.5e-07"},
        {0.000025, "0.000025"},
        {1e15, "1000000000000000.0"},
        {1234567890123456.25, "1234567890123456.2"},
        {9007199254740993.0, "9007199254740992.0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tally_jnode *n = tally_jarray();
        char want[64];

        tally_jpush_real(n, cases[i].value);
        snprintf(want, sizeof want, "[%s]", cases[i].want);
        assert_text(n, 0, want);
        tally_jfree(n);
    }
}

static void
json_text_reads_back_as_it_was(void **state)
{
    struct tally_jnode *n = sample();
    char *text = tally_json_text(n, 4);
    struct tally_json_doc *d = parse(text);
    struct tally_json list = need(tally_json_root(d), "list");
    struct tally_json z = need(tally_json_root(d), "z");
    struct tally_err err = TALLY_ERR_INIT;
    const char *s;
    size_t count;

    (void)state;
    assert_int_equal(tally_json_length(&list, &count, &err), 0);
    assert_int_equal(count, 6);
    assert_int_equal(tally_json_str(&z, 64, &s, &err), 0);
    assert_string_equal(s, "a \"quoted\" \\ \b\f\n\r\t\x01 \x7F Siân");
    tally_json_doc_free(d);
    free(text);
    tally_jfree(n);
}

static void
json_text_is_null_when_anything_was_lost(void **state)
{
    struct tally_jnode *n = tally_jobject();
    struct tally_jnode *list = tally_jarray();

    (void)state;
    assert_null(tally_json_text(NULL, 2));
    /* NULL stands for a node that there was no memory for. */
    tally_jpush(list, NULL);
    tally_jset(n, "list", list);
    assert_null(tally_json_text(n, 2));
    tally_jfree(n);
    tally_jset_int(NULL, "a", 1);
    tally_jset_str(NULL, "a", "b");
    tally_jset(NULL, "a", tally_jobject());
    tally_jpush(NULL, tally_jarray());
    tally_jpush_real(NULL, 1);
}

static void
json_text_mends_strings_that_are_not_utf8(void **state)
{
    struct tally_jnode *n = tally_jarray();

    (void)state;
    tally_jpush_str(n, "a\xFF"
                       "b");
    assert_text(n, 0, "[\"a?b\"]");
    tally_jfree(n);
}

/* The examples of RFC 7396, appendix A, in which both are objects, and one of two levels.
 */
static void
json_merge_is_that_of_the_rfc(void **state)
{
    static const char *const cases[][3] = {
        {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
        {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
        {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
        {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}",
         "{\"a\":{\"b\":\"d\"}}"},
        {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"{\"e\":null}", "{\"a\":1}", "{\"a\":1,\"e\":null}"},
        {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
        {"{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"c\":3}}", "{\"a\":{\"b\":1,\"c\":3}}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tally_json_doc *docs[2] = {0};
        struct tally_json roots[2];
        struct tally_err err = TALLY_ERR_INIT;
        struct tally_jnode *n;

        for (size_t d = 0; d < 2; d++) {
            assert_int_equal(tally_json_parse(&docs[d], "test", cases[i][d],
                                              strlen(cases[i][d]), &err),
                             0);
            roots[d] = tally_json_root(docs[d]);
        }
        n = tally_jcopy(&roots[0]);
        tally_jmerge(n, &roots[1]);
        assert_text(n, 0, cases[i][2]);
        tally_jfree(n);
        tally_json_doc_free(docs[0]);
        tally_json_doc_free(docs[1]);
    }
}

/* How often ${len} bytes at ${what} stand in the heap of this process. */
static unsigned
times_in_heap(const char *what, size_t len)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned n = 0;

    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        uintptr_t from, to;

        if (strstr(line, "[heap]") == NULL ||
            sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) != 2) {
            continue;
        }
        for (const char *p = (const char *)from; p + len <= (const char *)to; p++) {
            n += memcmp(p, what, len) == 0;
        }
    }
    (void)fclose(maps);
    return n;
}

static void
json_wipes_what_it_held(void **state)
{
    char text[96], share[65];
    struct tally_json_doc *d;
    struct tally_jnode *n, *copy;

    (void)state;
#if defined(__SANITIZE_ADDRESS__)
    skip(); /* its heap is elsewhere */
#endif
    for (size_t i = 0; i < 64; i++) {
        share[i] = "0123456789abcdef"[(i * 7 + i / 5) % 16];
    }
    share[64] = '\0';
    (void)snprintf(text, sizeof text, "{\"share\": \"%s\"}", share);
    d = parse(text);
    n = tally_jobject();
    tally_jset_str(n, "share", share);
    copy = tally_jcopy(&(struct tally_json){.doc = d, .node = tally_json_root(d).node});
    assert_true(times_in_heap(share + 16, 48) >= 3);
    tally_json_doc_free(d);
    tally_jfree(n);
    tally_jfree(copy);
    assert_int_equal(times_in_heap(share + 16, 48), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_wipes_what_it_held),
        cmocka_unit_test(json_refuses_what_is_not_strict),
        cmocka_unit_test(json_never_quotes_the_text_it_refuses),
        cmocka_unit_test(json_refuses_deep_nesting_before_it_recurses),
        cmocka_unit_test(json_refuses_a_document_over_the_limit),
        cmocka_unit_test(json_reads_values_of_every_type),
        cmocka_unit_test(json_errors_name_line_and_path),
        cmocka_unit_test(json_line_is_right_for_every_value),
        cmocka_unit_test(json_only_names_the_first_stranger),
        cmocka_unit_test(json_line_is_right_for_paths_too_long_to_show),
        cmocka_unit_test(json_load_reads_a_file),
        cmocka_unit_test(json_text_compact_is_sorted),
        cmocka_unit_test(json_text_indented_keeps_the_order_set),
        cmocka_unit_test(json_reals_print_the_fewest_digits_that_read_back),
        cmocka_unit_test(json_text_reads_back_as_it_was),
        cmocka_unit_test(json_text_is_null_when_anything_was_lost),
        cmocka_unit_test(json_text_mends_strings_that_are_not_utf8),
        cmocka_unit_test(json_merge_is_that_of_the_rfc),
    };

    return cmocka_run_group_tests(tests, tally_scratch_enter, tally_scratch_leave);
}
