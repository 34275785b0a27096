/*
 * Key files: written private, read back, and refused when they are wrong in any way.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/keyfile.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* The worked example of docs/protocols/keyfile.md: key bytes 00 01 02 ... 1f. */
#define EXAMPLE_KEY   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define EXAMPLE_CHECK "6061eebd299e2f70"

static const char *const path = tally_scratch_path;

static void
write_text(const char *text)
{
    FILE *f;

    unlink(path);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

/* The code of reading as ${purpose}; no digit of the key may reach the error. */
static enum tally_code
read_code(enum tally_key_purpose purpose, struct tally_err *err)
{
    struct tally_secret *key = NULL;

    memset(err, 0, sizeof(*err));
    if (tally_keyfile_read(path, purpose, &key, err) == 0) {
        tally_secret_free(key);
        return TALLY_OK;
    }
    assert_null(key);
    assert_null(strstr(err->text, "0001020304"));
    assert_null(strstr(err->hint, "0001020304"));
    return err->code;
}

static void
keyfile_is_read_back_as_it_was_made(void **state)
{
    struct tally_secret *a = NULL, *b = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct stat st;

    (void)state;
    unlink(path);
    assert_int_equal(tally_keyfile_create(path, TALLY_KEY_LINKAGE, false, &err), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(tally_keyfile_read(path, TALLY_KEY_LINKAGE, &a, &err), 0);
    assert_int_equal(tally_secret_len(a), TALLY_KEY_BYTES);
    assert_int_equal(tally_keyfile_create(path, TALLY_KEY_LINKAGE, false, &err), -1);
    assert_int_equal(err.code, TALLY_E_EXISTS);
    assert_int_equal(tally_keyfile_create(path, TALLY_KEY_LINKAGE, true, &err), 0);
    assert_int_equal(tally_keyfile_read(path, TALLY_KEY_LINKAGE, &b, &err), 0);
    assert_false(tally_secret_equal(a, b));
    tally_secret_free(a);
    tally_secret_free(b);
}

static void
keyfile_of_another_purpose_is_refused(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    unlink(path);
    assert_int_equal(tally_keyfile_create(path, TALLY_KEY_RELEASE, false, &err), 0);
    assert_int_equal(read_code(TALLY_KEY_RELEASE, &err), TALLY_OK);
    assert_int_equal(read_code(TALLY_KEY_LINKAGE, &err), TALLY_E_KEY);
    assert_non_null(strstr(err.text, "this is a release key, not a linkage key"));
}

static void
keyfile_example_of_the_documentation_is_read(void **state)
{
    struct tally_secret *key = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    const uint8_t *p;
    size_t i;

    (void)state;
    write_text("tallystick linkage key 1\r\n# secret\r\n\nkey " EXAMPLE_KEY
               "  \ncheck " EXAMPLE_CHECK);
    assert_int_equal(tally_keyfile_read(path, TALLY_KEY_LINKAGE, &key, &err), 0);
    p = tally_secret_open(key);
    for (i = 0; i < TALLY_KEY_BYTES; i++) {
        assert_int_equal(p[i], i);
    }
    tally_secret_close(key);
    tally_secret_free(key);
}

static void
keyfile_with_a_wrong_line_is_refused(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"", "not a Tallystick linkage key"},
        {"id,forename\n", "not a Tallystick linkage key"},
        {"tallystick linkage key 2\nkey " EXAMPLE_KEY "\ncheck " EXAMPLE_CHECK "\n",
         "not a Tallystick linkage key"},
        {"tallystick linkage key 1\n", "missing"},
        {"tallystick linkage key 1\nkey " EXAMPLE_KEY "\n", "missing"},
        {"tallystick linkage key 1\ncheck " EXAMPLE_CHECK "\n", "missing"},
        {"tallystick linkage key 1\nkey 00\ncheck " EXAMPLE_CHECK "\n", "64 hexadecimal"},
        {"tallystick linkage key 1\nkey " EXAMPLE_KEY "00\ncheck " EXAMPLE_CHECK "\n",
         "64 hexadecimal"},
        {"tallystick linkage key 1\nkey " EXAMPLE_KEY "\ncheck zz\n", "16 hexadecimal"},
        {"tallystick linkage key 1\nkey " EXAMPLE_KEY "\ncheck 6061EEBD299E2F70\n",
         "16 hexadecimal"},
        {"tallystick linkage key 1\nkey " EXAMPLE_KEY "\nkey " EXAMPLE_KEY
         "\ncheck " EXAMPLE_CHECK "\n",
         "does not belong"},
        {"tallystick linkage key 1\nkey " EXAMPLE_KEY "\ncheck " EXAMPLE_CHECK "\nmore\n",
         "does not belong"},
        {"tallystick linkage key 1\nkey " EXAMPLE_KEY "\ncheck 0000000000000000\n",
         "does not match its check value"},
        /* right for a linkage key, wrong under the other title */
        {"tallystick release key 1\nkey " EXAMPLE_KEY "\ncheck " EXAMPLE_CHECK "\n",
         "this is a release key"},
    };
    struct tally_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_text(cases[i].text);
        assert_int_equal(read_code(TALLY_KEY_LINKAGE, &err), TALLY_E_KEY);
        assert_non_null(strstr(err.text, cases[i].says));
    }
    assert_int_equal(read_code(TALLY_KEY_RELEASE, &err), TALLY_E_KEY);
    assert_non_null(strstr(err.text, "does not match its check value"));
}

static void
keyfile_with_a_single_wrong_digit_is_refused(void **state)
{
    char text[] =
        "tallystick linkage key 1\nkey " EXAMPLE_KEY "\ncheck " EXAMPLE_CHECK "\n";
    size_t first = strlen("tallystick linkage key 1\nkey ");
    struct tally_err err;
    size_t i;

    (void)state;
    for (i = 0; i < 64; i++) {
        char was = text[first + i];

        text[first + i] = was == '7' ? '8' : '7';
        write_text(text);
        text[first + i] = was;
        assert_int_equal(read_code(TALLY_KEY_LINKAGE, &err), TALLY_E_KEY);
    }
}

static void
keyfile_open_to_others_is_refused(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    unlink(path);
    assert_int_equal(read_code(TALLY_KEY_LINKAGE, &err), TALLY_E_NO_FILE);
    assert_int_equal(tally_keyfile_create(path, TALLY_KEY_LINKAGE, false, &err), 0);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(read_code(TALLY_KEY_LINKAGE, &err), TALLY_E_KEY);
    assert_non_null(strstr(err.hint, "chmod"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keyfile_is_read_back_as_it_was_made),
        cmocka_unit_test(keyfile_of_another_purpose_is_refused),
        cmocka_unit_test(keyfile_example_of_the_documentation_is_read),
        cmocka_unit_test(keyfile_with_a_wrong_line_is_refused),
        cmocka_unit_test(keyfile_with_a_single_wrong_digit_is_refused),
        cmocka_unit_test(keyfile_open_to_others_is_refused),
    };

    return cmocka_run_group_tests(tests, tally_scratch_make, tally_scratch_remove);
}
