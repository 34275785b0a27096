/*
 * Runs a fuzz target over the files and folders named, as an ordinary test: what was
 * found once stays mended. Each file as it is, cut, and with every place of its JSON
 * broken.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static unsigned long ran;

static void
run(const uint8_t *data, size_t len)
{
    (void)LLVMFuzzerTestOneInput(data, len);
}

static void
run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(1u << 20);
    size_t len;

    FUZZ_MUST(f != NULL && data != NULL);
    len = fread(data, 1, 1u << 20, f);
    (void)fclose(f);
    /* In a block of its very length, so that a read beyond it shows; and cut short. */
    for (unsigned i = 0; i < 3; i++) {
        size_t n = i == 0 ? len : len * i / 3;
        uint8_t *exact = malloc(n > 0 ? n : 1);

        FUZZ_MUST(exact != NULL);
        memcpy(exact, data, n);
        (void)LLVMFuzzerTestOneInput(exact, n);
        free(exact);
        ran++;
    }
    ran += fuzz_break(data, len, run);
    free(data);
}

static void
run_path(const char *path)
{
    struct dirent **names = NULL;
    char inside[4096];
    struct stat st;
    int n;

    if (stat(path, &st) != 0) {
        fprintf(stderr, "cannot find %s\n", path);
        exit(1);
    }
    if (!S_ISDIR(st.st_mode)) {
        run_file(path);
        return;
    }
    n = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.') {
            (void)snprintf(inside, sizeof inside, "%s/%s", path, names[i]->d_name);
            run_path(inside);
        }
        free(names[i]);
    }
    free(names);
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        run_path(argv[i]);
    }
    if (ran == 0) {
        fprintf(stderr, "no input to replay\n");
        return 1;
    }
    printf("%lu executions\n", ran);
    return 0;
}
