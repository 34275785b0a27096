/*
 * Parts of packages: heads that claim what cannot be, parts of several packages mixed,
 * cutting that cannot be done and leaves nothing.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/parts.h"

#include "bloom/base/bytes.h"
#include "tests/support/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SIZE 65536
#define LEN  (2 * SIZE + 10) /* three parts */

static bool stat_fails;

/* Stands in for the C library's. */
int
fstat(int fd, struct stat *st)
{
    if (stat_fails) {
        errno = EIO;
        return -1;
    }
    return fstatat(fd, "", st, AT_EMPTY_PATH);
}

static const char *const all[] = {"p.part-0001", "p.part-0002", "p.part-0003"};

static void
cut(const char *name)
{
    struct tally_err err = TALLY_ERR_INIT;
    size_t n = 0;
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, LEN), 0);
    assert_int_equal(pwrite(fd, name, strlen(name), 0), (ssize_t)strlen(name));
    assert_int_equal(close(fd), 0);
    assert_int_equal(tally_parts_cut(name, SIZE, true, &n, &err), 0);
    assert_int_equal(n, 3);
}

static void
refuses(const char *const *paths, size_t n, enum tally_code code, const char *text)
{
    struct tally_err err = TALLY_ERR_INIT;
    int fd = -1;

    assert_int_equal(tally_parts_join(paths, n, &fd, &err), -1);
    if (err.code != code || strstr(err.text, text) == NULL) {
        fail_msg("code %d, '%s' does not say '%s'", (int)err.code, err.text, text);
    }
}

static void
a_head_that_claims_what_cannot_be_is_refused(void **state)
{
    static const struct {
        off_t at;
        uint32_t value;
    } lies[] = {
        {0, 0},                  /* magic */
        {8, 2},                  /* version */
        {12, 0},                 /* number */
        {12, 4},                 /* more than there are */
        {16, 0},                 /* how many */
        {16, 10000},             /* more than may be */
        {36, SIZE + 1}, {40, 1}, /* length beyond four GiB */
    };

    (void)state;
    cut("p");
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        int fd = open(all[1], O_RDWR);
        uint8_t was[4], now[4];

        tally_le32_store(now, lies[i].value);
        assert_int_equal(pread(fd, was, 4, lies[i].at), 4);
        assert_int_equal(pwrite(fd, now, 4, lies[i].at), 4);
        refuses(all, 3, TALLY_E_CORRUPT, "p.part-0002: not a part");
        assert_int_equal(pwrite(fd, was, 4, lies[i].at), 4);
        assert_int_equal(close(fd), 0);
    }
    assert_int_equal(truncate(all[1], 50), 0);
    refuses(all, 3, TALLY_E_CORRUPT, "p.part-0002: not a part");
}

static void
what_lies_beside_the_first_part_is_looked_at_too(void **state)
{
    static const char *const gone[] = {"p.part-0001", "elsewhere"};
    struct tally_err err = TALLY_ERR_INIT;
    struct stat st;
    int fd = -1;

    (void)state;
    cut("p");
    cut("q");
    assert_int_equal(tally_parts_join(all, 1, &fd, &err), 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, LEN);
    assert_int_equal(close(fd), 0);
    assert_int_equal(rename("q.part-0003", "p.part-0003"), 0);
    refuses(all, 1, TALLY_E_POLICY, "p.part-0003: a part of another package");
    assert_int_equal(unlink("p.part-0003"), 0);
    refuses(all, 1, TALLY_E_CORRUPT, "part 3 of 3 is missing");
    refuses(gone, 2, TALLY_E_NO_FILE, "elsewhere");
    refuses(gone + 1, 1, TALLY_E_NO_FILE, "elsewhere");
    /* A name that is not one of parts: nothing is looked for beside it. */
    assert_int_equal(rename("p.part-0001", "p"), 0);
    refuses((const char *const[]){"p"}, 1, TALLY_E_CORRUPT, "part 2 of 3 is missing");
    assert_int_equal(rename("p", "another-long-name"), 0);
    refuses((const char *const[]){"another-long-name"}, 1, TALLY_E_CORRUPT,
            "part 2 of 3 is missing");
}

static void
a_file_that_is_no_part_is_a_whole_package(void **state)
{
    static const char *const one[] = {"short"};
    struct tally_err err = TALLY_ERR_INIT;
    int fd = -1;

    (void)state;
    tally_scratch_put("short", "x", 0600);
    assert_int_equal(tally_parts_join(one, 1, &fd, &err), 0);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    refuses((const char *const[]){"short", "short"}, 2, TALLY_E_CORRUPT, "short: not a");
}

static void
cutting_that_cannot_be_done_leaves_nothing(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    size_t n = 0;
    char deep[4200];

    (void)state;
    assert_int_equal(tally_parts_cut("absent", SIZE, false, &n, &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
    tally_scratch_put("p", "", 0600);
    assert_int_equal(tally_parts_cut("p", SIZE, false, &n, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    assert_int_equal(tally_parts_cut("p", 0, false, &n, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    assert_int_equal(truncate("p", (off_t)SIZE * (TALLY_PARTS_MAX + 1)), 0);
    assert_int_equal(tally_parts_cut("p", SIZE, false, &n, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    assert_int_equal(tally_scratch_count(), 1);
    /* The third part is in the way: the first two go again. */
    assert_int_equal(truncate("p", LEN), 0);
    tally_scratch_put("p.part-0003", "in the way", 0600);
    assert_int_equal(tally_parts_cut("p", SIZE, false, &n, &err), -1);
    assert_int_equal(err.code, TALLY_E_EXISTS);
    assert_int_equal(tally_scratch_count(), 2);
    tally_scratch_holds("p.part-0003", "in the way");
    /* A path that leaves no room for the number. */
    for (size_t i = 0; i + 2 < sizeof deep; i += 2) {
        memcpy(deep + i, "./", 2);
    }
    memcpy(deep + 4090, "p", 2);
    assert_int_equal(tally_parts_cut(deep, SIZE, false, &n, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    assert_non_null(strstr(err.text, "too long"));
}

static size_t
count_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    size_t n = 0;

    assert_non_null(d);
    while (readdir(d) != NULL) {
        n++;
    }
    assert_int_equal(closedir(d), 0);
    return n;
}

static void
what_cannot_be_measured_is_closed_again(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_part part;
    size_t n, before;

    (void)state;
    cut("p");
    before = count_descriptors();
    stat_fails = true;
    assert_int_equal(tally_parts_cut("p", SIZE, false, &n, &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
    assert_int_equal(tally_part_check(all[0], &part, &err), -1);
    assert_int_equal(err.code, TALLY_E_CORRUPT);
    stat_fails = false;
    assert_int_equal(count_descriptors(), before);
}

#define SCRATCH(f)                                                                       \
    cmocka_unit_test_setup_teardown(f, tally_scratch_enter, tally_scratch_leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH(a_head_that_claims_what_cannot_be_is_refused),
        SCRATCH(what_lies_beside_the_first_part_is_looked_at_too),
        SCRATCH(a_file_that_is_no_part_is_a_whole_package),
        SCRATCH(cutting_that_cannot_be_done_leaves_nothing),
        SCRATCH(what_cannot_be_measured_is_closed_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
