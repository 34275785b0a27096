/*
 * Filters as JSON: the exact text of none, one and two, and that nothing is left of a
 * file that was given up.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clks.h"

#include "bloom/base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

static char folder[] = "/tmp/clks_XXXXXX";
static char path[64];

static int
make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/clks.json", folder);
    return 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void
assert_written(size_t filters, const char *want)
{
    static const uint8_t filter[] = {0xfb, 0xff, 0xbf, 0x80};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clks *c = NULL;
    uint8_t *data = NULL;
    size_t len = 0;

    assert_int_equal(tally_clks_open(&c, path, sizeof filter, false, &err), 0);
    for (size_t i = 0; i < filters; i++) {
        assert_int_equal(tally_clks_add(c, filter, &err), 0);
    }
    assert_int_equal(tally_clks_commit(c, &err), 0);
    tally_clks_free(c);
    assert_int_equal(tally_file_read(path, 1000, &data, &len, &err), 0);
    assert_string_equal((const char *)data, want);
    free(data);
    assert_int_equal(unlink(path), 0);
}

static void
clks_are_a_list_of_base64(void **state)
{
    (void)state;
    assert_written(0, "{\"clks\": []}\n");
    assert_written(1, "{\"clks\": [\"+/+/gA==\"]}\n");
    assert_written(2, "{\"clks\": [\"+/+/gA==\", \"+/+/gA==\"]}\n");
}

static void
clks_given_up_leave_no_file(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clks *c = NULL;

    (void)state;
    assert_int_equal(tally_clks_open(&c, path, 4, false, &err), 0);
    tally_clks_free(c);
    assert_int_equal(access(path, F_OK), -1);
    tally_clks_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clks_are_a_list_of_base64),
        cmocka_unit_test(clks_given_up_leave_no_file),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
