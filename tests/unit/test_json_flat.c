/*
 * Members of an object on a line: what is read of it, and what is none.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/json_flat.h"

#include "bloom/base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool
read_text(struct tally_flat *f, const char *text)
{
    return tally_flat_read(f, text, strlen(text));
}

static void
members_are_found_at_their_own_depth(void **state)
{
    static const char text[] =
        "{\"a\":\"one\",\"b\":{\"a\":\"two\",\"n\":[1,{\"n\":2}]},\"n\":17,"
        "\"hex\":\"00ff7A\",\"t\":true,\"e\":\"}],\\\"n\\\":9\",\"z\":-1,\"f\":1.5}";
    struct tally_flat f;
    uint8_t bytes[3];
    char out[16];
    uint64_t n;

    (void)state;
    assert_true(read_text(&f, text));
    assert_int_equal(f.n, 8);
    assert_true(tally_flat_is(&f, "a", "one"));
    assert_false(tally_flat_is(&f, "a", "two"));
    assert_false(tally_flat_is(&f, "a", "on"));
    assert_false(tally_flat_is(&f, "n", "17"));
    assert_false(tally_flat_is(&f, "none", ""));
    assert_true(tally_flat_text(&f, "a", out, 4));
    assert_string_equal(out, "one");
    assert_false(tally_flat_text(&f, "a", out, 3));
    assert_false(tally_flat_text(&f, "b", out, sizeof out));
    assert_false(tally_flat_text(&f, "e", out, sizeof out)); /* holds escapes */
    assert_true(tally_flat_count(&f, "n", &n));
    assert_int_equal(n, 17);
    assert_false(tally_flat_count(&f, "z", &n));
    assert_false(tally_flat_count(&f, "f", &n));
    assert_false(tally_flat_count(&f, "a", &n));
    assert_false(tally_flat_count(&f, "t", &n));
    assert_true(tally_flat_hex(&f, "hex", bytes, sizeof bytes));
    assert_memory_equal(bytes, "\x00\xff\x7a", 3);
    assert_false(tally_flat_hex(&f, "hex", bytes, 2));
    assert_false(tally_flat_hex(&f, "a", bytes, 1));
    assert_false(tally_flat_hex(&f, "n", bytes, 1));
}

static void
counts_have_one_form(void **state)
{
    static const struct {
        const char *text;
        bool is;
        uint64_t n;
    } all[] = {
        {"0", true, 0},
        {"7", true, 7},
        {"999999999999999999", true, 999999999999999999u},
        {"1000000000000000000", false, 0},
        {"01", false, 0},
        {"00", false, 0},
        {"1e3", false, 0},
        {"0x1", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char text[64];
        struct tally_flat f;
        uint64_t n = 0;

        (void)snprintf(text, sizeof text, "{\"n\":%s}", all[i].text);
        assert_true(read_text(&f, text));
        assert_int_equal(tally_flat_count(&f, "n", &n), all[i].is);
        assert_int_equal(n, all[i].n);
    }
}

static void
what_is_no_object_on_a_line_is_refused(void **state)
{
    static const char *const all[] = {
        "",
        "{",
        "{}",
        "[]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1",
        "{\"a\":1,}",
        "{\"a\":1}}",
        "{\"a\":1} ",
        " {\"a\":1}",
        "{ \"a\":1}",
        "{\"a\" :1}",
        "{\"a\": 1}",
        "{\"a\":1 }",
        "{\"a\":1, \"b\":2}",
        "{\"a\":1 ,\"b\":2}",
        "{a:1}",
        "{\"a\":\"}",
        "{\"a\":\"\\\"}",
        "{\"a\":\"\\",
        "{\"a\":{\"b\":1}",
        "{\"a\":[\"]}",
        "{\"a\":\"b\"c}",
        "{\"a\"\"b\"}",
    };
    struct tally_flat f;

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (read_text(&f, all[i])) {
            fail_msg("read: %s", all[i]);
        }
    }
}

static void
there_is_room_for_so_many_members(void **state)
{
    for (int n = TALLY_FLAT_MEMBERS_MAX; n <= TALLY_FLAT_MEMBERS_MAX + 1; n++) {
        char text[1024] = "{";
        struct tally_flat f;

        for (int i = 0; i < n; i++) {
            size_t at = strlen(text);

            (void)snprintf(text + at, sizeof text - at, "%s\"m%d\":%d", i > 0 ? "," : "",
                           i, i);
        }
        strcat(text, "}");
        assert_int_equal(read_text(&f, text), n == TALLY_FLAT_MEMBERS_MAX);
    }
    (void)state;
}

/* Cut or changed anywhere, in memory of its very size: never beyond the end. */
static void
no_byte_beyond_the_end_is_read(void **state)
{
    static const char text[] =
        "{\"a\":\"x\\\"y\",\"b\":[{\"c\":\"d\"},2],\"n\":12,\"h\":\"ab\"}";
    size_t len = sizeof text - 1;

    (void)state;
    for (size_t n = 0; n <= len; n++) {
        for (size_t at = 0; at < n || at == 0; at++) {
            char *piece = malloc(n > 0 ? n : 1);
            struct tally_flat f;
            char out[8];
            uint64_t count;

            assert_non_null(piece);
            memcpy(piece, text, n);
            if (at < n) {
                piece[at] = "\"\\{}[]:,"[at % 8];
            }
            if (tally_flat_read(&f, piece, n)) {
                (void)tally_flat_text(&f, "a", out, sizeof out);
                (void)tally_flat_count(&f, "n", &count);
                for (size_t i = 0; i < f.n; i++) {
                    assert_true(f.list[i].value + f.list[i].value_len < piece + n);
                }
            }
            free(piece);
        }
    }
}

/* What the tool writes is read, and says the same. */
static void
objects_that_were_built_are_read(void **state)
{
    struct tally_jnode *o = tally_jobject(), *in = tally_jobject();
    struct tally_flat f;
    uint64_t n;
    char *text;

    (void)state;
    tally_jset_int(in, "n", 5);
    tally_jset_str(in, "quote", "\"\\\n");
    tally_jset(o, "inner", in);
    tally_jset_str(o, "what", "sent");
    tally_jset_str(o, "odd \" name", "\xC3\xA9");
    tally_jset_int(o, "n", 6);
    tally_jset_str(o, "null", NULL);
    text = tally_json_text(o, 0);
    assert_non_null(text);
    assert_true(read_text(&f, text));
    assert_int_equal(f.n, 5);
    assert_true(tally_flat_is(&f, "what", "sent"));
    assert_true(tally_flat_count(&f, "n", &n));
    assert_int_equal(n, 6);
    free(text);
    tally_jfree(o);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_at_their_own_depth),
        cmocka_unit_test(counts_have_one_form),
        cmocka_unit_test(what_is_no_object_on_a_line_is_refused),
        cmocka_unit_test(there_is_room_for_so_many_members),
        cmocka_unit_test(no_byte_beyond_the_end_is_read),
        cmocka_unit_test(objects_that_were_built_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
