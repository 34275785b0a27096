/*
 * Made-up raw filters for timing: bench_filters clk|uniform N BITS SOURCE FILE. What they
 * are like stands in benchmarks/filters.h; the same arguments give the same file, which
 * any program can read.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/filters.h"
#include "bloom/base/file.h"
#include "bloom/schema.h"

static int
write_rows(const char *path, const struct tally_matrix *m, struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    int status = tally_outfile_open(&f, path, 0600, true, err);

    for (size_t i = 0; status == 0 && i < m->n; i++) {
        status = tally_outfile_write(f, m->rows + i * m->stride, m->bits / 8, err);
    }
    if (status == 0) {
        status = tally_outfile_commit(&f, 1, err);
    }
    tally_outfile_free(f);
    return status;
}

int
main(int argc, char **argv)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_matrix m;
    unsigned long n = argc == 6 ? strtoul(argv[2], NULL, 10) : 0;
    unsigned long bits = argc == 6 ? strtoul(argv[3], NULL, 10) : 0;
    enum tally_filters_kind kind;

    if (bits < 64 || bits > TALLY_BITS_MAX || bits % 64 != 0 || n > UINT32_MAX) {
        fputs("usage: bench_filters clk|uniform N BITS SOURCE FILE\n", stderr);
        return 2;
    }
    kind = strcmp(argv[1], "uniform") == 0 ? TALLY_FILTERS_UNIFORM : TALLY_FILTERS_CLK;
    if (tally_filters_make(&m, kind, n, (uint32_t)bits,
                           (uint32_t)strtoul(argv[4], NULL, 10), &err) != 0) {
        fprintf(stderr, "bench_filters: %s\n", err.text);
        return 1;
    }
    if (write_rows(argv[5], &m, &err) != 0) {
        fprintf(stderr, "bench_filters: %s\n", err.text);
        return 1;
    }
    tally_filters_free(&m);
    return 0;
}
