/*
 * For tests: a folder under /tmp, entered and removed.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/scratch.h"

#include "bloom/base/file.h"
#include "bloom/base/secret.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char start_folder[4096];
static char made_folder[48];
char tally_scratch_path[64];

int
tally_scratch_enter(void **state)
{
    static char folder[64];

    strcpy(folder, "/tmp/tally-test-file-XXXXXX");
    if (getcwd(start_folder, sizeof start_folder) == NULL || mkdtemp(folder) == NULL) {
        return -1;
    }
    *state = folder;
    return chdir(folder);
}

int
tally_scratch_leave(void **state)
{
    char command[128];

    if (chdir(start_folder) != 0) {
        return -1;
    }
    snprintf(command, sizeof command, "rm -rf '%s'", (const char *)*state);
    return system(command);
}

int
tally_scratch_make(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    strcpy(made_folder, "/tmp/tally-test-XXXXXX");
    if (mkdtemp(made_folder) == NULL) {
        return -1;
    }
    snprintf(tally_scratch_path, sizeof tally_scratch_path, "%s/file", made_folder);
    return tally_secret_init(&err);
}

int
tally_scratch_remove(void **state)
{
    (void)state;
    unlink(tally_scratch_path);
    return rmdir(made_folder);
}

int
tally_scratch_count(void)
{
    DIR *d = opendir(".");
    int n = 0;

    assert_non_null(d);
    while (readdir(d) != NULL) {
        n++;
    }
    closedir(d);
    return n - 2;
}

void
tally_scratch_put(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

void
tally_scratch_holds(const char *path, const char *text)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data = NULL;
    size_t len = 0;

    assert_int_equal(tally_file_read(path, 1 << 20, &data, &len, &err), 0);
    assert_int_equal(len, strlen(text));
    assert_string_equal((char *)data, text);
    free(data);
}
