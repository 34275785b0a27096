/*
 * Sealing and opening packages: bench_seal [MEGABYTES [RUNS]] writes a file of random
 * bytes, makes a package of it and opens that again, all through the shipped functions,
 * and prints megabytes of content per second of processor time (medians), and the
 * greatest memory.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bloom/base/file.h"
#include "bloom/base/secret.h"
#include "protocols/package.h"

#define RUNS_MAX 99
#define MEGABYTE 1000000u

static double
cpu_seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int
fail(const struct tally_err *err)
{
    fprintf(stderr, "bench_seal: %s\n", err->text);
    return EXIT_FAILURE;
}

static int
compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* ${len} random bytes in a file without a name. */
static int
make_content(uint64_t len, int *fd, struct tally_err *err)
{
    static uint8_t chunk[MEGABYTE];

    if (tally_tmpfile(NULL, fd, err) != 0) {
        return -1;
    }
    for (uint64_t at = 0; at < len; at += sizeof chunk) {
        tally_random(chunk, sizeof chunk);
        if (tally_pwrite_full(*fd, chunk, sizeof chunk, at, err) != 0) {
            return -1;
        }
    }
    return 0;
}

struct keys {
    struct tally_identity from;
    struct tally_secret *own;
    uint8_t to[TALLY_SEAL_PUBLIC_BYTES];
};

static int
make_keys(struct keys *k, struct tally_err *err)
{
    if (tally_secret_create(&k->from.sign, TALLY_SIGN_SEED_BYTES, err) != 0 ||
        tally_seal_create(&k->own, k->to, err) != 0) {
        return -1;
    }
    tally_random(tally_secret_open(k->from.sign), TALLY_SIGN_SEED_BYTES);
    tally_secret_close(k->from.sign);
    return tally_sign_public(k->from.sign, k->from.card.sign, err);
}

static int
seal(const struct keys *k, int content, uint64_t len, const char *path,
     struct tally_err *err)
{
    struct tally_manifest m = {
        .kind = TALLY_PACKAGE_LINKAGE, .delivery = 1, .made = "2026-01-01"};
    struct tally_outfile *f = NULL;
    int rc = -1;

    if (tally_outfile_open(&f, path, 0600, true, err) == 0 &&
        tally_package_write(f, &m, k->to, &k->from, content, len, err) == 0) {
        rc = tally_outfile_commit(&f, 1, err);
    }
    tally_outfile_free(f);
    return rc;
}

static int
unseal(const struct keys *k, const char *path, struct tally_err *err)
{
    struct tally_package *p = NULL;
    uint64_t len = 0;
    int out = -1, rc = -1, fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot read %s", path);
    }
    if (tally_tmpfile(NULL, &out, err) == 0 &&
        tally_package_open(&p, fd, path, err) == 0) {
        rc = tally_package_unseal(p, k->own, out, &len, err);
    }
    tally_package_close(p);
    (void)close(fd);
    if (out >= 0) {
        (void)close(out);
    }
    return rc;
}

int
main(int argc, char **argv)
{
    uint64_t megabytes = argc > 1 ? strtoull(argv[1], NULL, 10) : 300;
    size_t runs = argc > 2 ? strtoull(argv[2], NULL, 10) : 5;
    double sealing[RUNS_MAX], opening[RUNS_MAX];
    struct tally_err err = TALLY_ERR_INIT;
    struct keys k = {.own = NULL};
    struct rusage usage;
    char path[] = "/tmp/bench-seal-XXXXXX";
    int content = -1, made = mkstemp(path);

    runs = runs < 1 ? 1 : runs > RUNS_MAX ? RUNS_MAX : runs;
    if (made < 0 || close(made) != 0 || tally_secret_init(&err) != 0 ||
        make_content(megabytes * MEGABYTE, &content, &err) != 0 ||
        make_keys(&k, &err) != 0) {
        return fail(&err);
    }
    for (size_t i = 0; i < runs; i++) {
        double start = cpu_seconds(), middle;

        if (seal(&k, content, megabytes * MEGABYTE, path, &err) != 0) {
            return fail(&err);
        }
        middle = cpu_seconds();
        if (unseal(&k, path, &err) != 0) {
            return fail(&err);
        }
        sealing[i] = middle - start;
        opening[i] = cpu_seconds() - middle;
    }
    (void)unlink(path);
    qsort(sealing, runs, sizeof *sealing, compare);
    qsort(opening, runs, sizeof *opening, compare);
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("%llu MB, %zu runs: seal %.0f MB/s, open %.0f MB/s, at most %ld MB resident\n",
           (unsigned long long)megabytes, runs, (double)megabytes / sealing[runs / 2],
           (double)megabytes / opening[runs / 2], usage.ru_maxrss / 1024);
    tally_identity_close(&k.from);
    tally_secret_free(k.own);
    return EXIT_SUCCESS;
}
