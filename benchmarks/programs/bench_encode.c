/*
 * How fast the encoder is, from CSV on disk to encodings file on disk: the shipped
 * tally_encode(), timed whole. bench_encode FILE.csv SCHEMA [THREADS [RUNS]] prints one
 * JSON object. The file is encoded RUNS times (5) under a key made for the purpose; the
 * median counts.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "benchmarks/speed.h"
#include "bloom/base/secret.h"

static int
measure(const char *csv, const struct tally_schema *schema, struct tally_pool *pool,
        unsigned runs, struct tally_err *err)
{
    char hardening[TALLY_HARDENING_TEXT];
    struct tally_speed speed;
    struct rusage usage;

    if (tally_speed_encode(csv, schema, pool, runs, &speed, err) != 0) {
        return -1;
    }
    tally_hardening_text(&schema->hardening, hardening);
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("{\"records\": %llu, \"fields\": %zu, \"bits\": %u, \"hardening\": \"%s\", "
           "\"threads\": %u, \"runs\": %u, \"median_seconds\": %.3f, "
           "\"median_cpu_seconds\": %.3f, \"records_per_second\": %.0f, "
           "\"peak_mb\": %.0f}\n",
           (unsigned long long)speed.work, schema->nfields,
           (unsigned)tally_schema_output_bits(schema), hardening,
           tally_pool_threads(pool), runs, speed.seconds, speed.cpu_seconds,
           (double)speed.work / speed.seconds, (double)usage.ru_maxrss / 1024);
    return 0;
}

int
main(int argc, char **argv)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_schema *schema = NULL;
    struct tally_pool *pool = NULL;
    unsigned threads = argc > 3 ? (unsigned)atoi(argv[3]) : 2;
    unsigned runs = argc > 4 ? (unsigned)atoi(argv[4]) : 5;
    int status = -1;

    if (argc < 3 || runs == 0 || runs > TALLY_SPEED_RUNS_MAX) {
        fprintf(stderr, "usage: bench_encode FILE.csv SCHEMA [THREADS [RUNS]]\n");
        return 2;
    }
    if (tally_secret_init(&err) == 0 && tally_schema_load(&schema, argv[2], &err) == 0 &&
        tally_pool_create(&pool, threads, &err) == 0) {
        status = measure(argv[1], schema, pool, runs, &err);
    }
    if (status != 0) {
        fprintf(stderr, "bench_encode: %s\n", err.text);
    }
    tally_pool_free(pool);
    tally_schema_free(schema);
    return status == 0 ? 0 : 1;
}
