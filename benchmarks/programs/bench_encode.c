/*
 * How fast the encoder is, from CSV on disk to encodings file on disk: the shipped
 * tally_encode(), timed whole. bench_encode FILE.csv SCHEMA [THREADS [RUNS]] prints one
 * JSON object. The file is encoded RUNS times (5) under a key made for the purpose; the
 * median counts.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bloom/base/file.h"
#include "bloom/encode.h"
#include "bloom/keyfile.h"

#define RUNS_MAX 99

struct bench {
    const char *csv;
    const char *out;
    struct tally_schema *schema;
    struct tally_secret *key;
    struct tally_pool *pool;
};

static double
now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
once(const struct bench *b, double *seconds, uint64_t *records, struct tally_err *err)
{
    const struct tally_csv_options options = {0};
    struct tally_mapping mapping;
    struct tally_csv *csv = NULL;
    struct tally_encode_summary sum;
    double start = now();
    int status = -1;

    if (tally_csv_open(&csv, b->csv, &options, err) == 0 &&
        tally_mapping_guess(&mapping, b->schema, csv, err) == 0) {
        struct tally_encode_job job = {.csv = csv,
                                       .schema = b->schema,
                                       .mapping = &mapping,
                                       .key = b->key,
                                       .source = "bench",
                                       .id_column = -1,
                                       .out = b->out,
                                       .force = true,
                                       .pool = b->pool};

        status = tally_encode(&job, &sum, err);
    }
    tally_csv_free(csv);
    *seconds = now() - start;
    *records = status == 0 ? sum.records : 0;
    return status;
}

static int
ascending(const void *x, const void *y)
{
    double a = *(const double *)x;
    double b = *(const double *)y;

    return a < b ? -1 : a > b;
}

static int
measure(const struct bench *b, unsigned runs, struct tally_err *err)
{
    char hardening[TALLY_HARDENING_TEXT];
    double seconds[RUNS_MAX];
    uint64_t records = 0;
    struct rusage usage;
    double median;

    for (unsigned i = 0; i < runs; i++) {
        if (once(b, &seconds[i], &records, err) != 0) {
            return -1;
        }
    }
    qsort(seconds, runs, sizeof *seconds, ascending);
    median = seconds[runs / 2];
    tally_hardening_text(&b->schema->hardening, hardening);
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("{\"records\": %llu, \"fields\": %zu, \"bits\": %u, \"hardening\": \"%s\", "
           "\"threads\": %u, \"runs\": %u, \"median_seconds\": %.3f, "
           "\"records_per_second\": %.0f, \"peak_mb\": %.0f}\n",
           (unsigned long long)records, b->schema->nfields,
           (unsigned)tally_schema_output_bits(b->schema), hardening,
           tally_pool_threads(b->pool), runs, median, (double)records / median,
           (double)usage.ru_maxrss / 1024);
    return 0;
}

static int
random_key(struct tally_secret **key, struct tally_err *err)
{
    if (tally_secret_create(key, TALLY_KEY_BYTES, err) != 0) {
        return -1;
    }
    tally_random(tally_secret_open(*key), TALLY_KEY_BYTES);
    tally_secret_close(*key);
    return 0;
}

int
main(int argc, char **argv)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct bench b = {0};
    char out[4096];
    unsigned threads = argc > 3 ? (unsigned)atoi(argv[3]) : 2;
    unsigned runs = argc > 4 ? (unsigned)atoi(argv[4]) : 5;
    int status = -1;

    if (argc < 3 || runs == 0 || runs > RUNS_MAX) {
        fprintf(stderr, "usage: bench_encode FILE.csv SCHEMA [THREADS [RUNS]]\n");
        return 2;
    }
    (void)snprintf(out, sizeof out, "%s.bench.enc", argv[1]);
    b.csv = argv[1];
    b.out = out;
    if (tally_secret_init(&err) == 0 &&
        tally_schema_load(&b.schema, argv[2], &err) == 0 &&
        random_key(&b.key, &err) == 0 && tally_pool_create(&b.pool, threads, &err) == 0) {
        status = measure(&b, runs, &err);
    }
    if (status != 0) {
        fprintf(stderr, "bench_encode: %s\n", err.text);
    }
    (void)remove(out);
    tally_pool_free(b.pool);
    tally_secret_free(b.key);
    tally_schema_free(b.schema);
    return status == 0 ? 0 : 1;
}
