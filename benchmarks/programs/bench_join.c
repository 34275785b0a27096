/*
 * How fast the exact join is: the shipped tally_join_each(), timed whole, set-up
 * included, on two made-up sources, two encodings files, or two files of raw filters that
 * any other program can be timed on. Prints the median of several runs.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "benchmarks/filters.h"
#include "benchmarks/speed.h"
#include "bloom/base/json.h"
#include "bloom/encfile.h"
#include "bloom/rawfilters.h"
#include "linker/join_plan.h"
#include "linker/join_prefix.h"
#include "linker/join_sketch.h"

static const char usage_text[] =
    "usage: bench_join [OPTIONS] [A [B]]          encodings files\n"
    "       bench_join [OPTIONS] --raw A [B]      raw filters of --bits\n"
    "       bench_join [OPTIONS] --write A [B]    write made-up ones as raw filters\n"
    "  --n N             records a source (100000); with files, those in them\n"
    "  --bits N          bits a filter, a multiple of 64 (1024)\n"
    "  --uniform         filters of independent bits, in place of CLK-like ones\n"
    "  --self            join the first source with itself\n"
    "  --threshold T     Dice threshold (0.8)\n"
    "  --k N             keep the N best of either record (0: all)\n"
    "  --threads N       threads (0: one a processor)\n"
    "  --kernel NAME     portable, popcnt, avx2, avx512 or amx (the best)\n"
    "  --sketch NAME     whole, fold or another kind, in place of the plan\n"
    "  --width N         of so many bits (0: the best)\n"
    "  --early           give up early at the usual chance of a miss\n"
    "  --shards N        only the middle one of N shards, and what all would take\n"
    "  --memory MB       for pairs, the others are spilt (512)\n"
    "  --runs N          runs, of which the median counts (5)\n"
    "  --json            print JSON\n";

struct bench {
    size_t n;
    uint32_t bits;
    enum tally_filters_kind kind;
    bool self;
    bool json;
    bool raw;
    bool write;
    unsigned threads;
    unsigned runs;
    uint32_t shards; /* 0: the whole join */
    struct tally_join_options join;
    struct tally_encfile *files[2];
    struct tally_rawfilters filters[2];
    struct tally_matrix sides[2]; /* owned when made up */
};

static void
print_text(const struct bench *b, const struct tally_speed *r)
{
    printf(
        "%zu x %zu of %u bits, Dice >= %.3f, kernel %s, %u threads, median of %u runs\n"
        "%.3f s, %.3f CPU-s: %.0f million pairs a second, %.0f a CPU-second; %llu kept\n"
        "%s of %zu bits, %.0f candidates a million pairs, set up in %.3f s\n",
        b->sides[0].n, b->sides[b->self ? 0 : 1].n, b->sides[0].bits,
        (double)b->join.threshold_ppm / TALLY_PPM, b->join.kernel->name,
        tally_pool_threads(b->join.pool), b->runs, r->seconds, r->cpu_seconds,
        (double)r->join.compared / r->seconds / 1e6,
        (double)r->join.compared / r->cpu_seconds / 1e6, (unsigned long long)r->kept,
        r->join.sketch, r->join.width * 8,
        1e6 * (double)r->join.verified / (double)r->join.compared,
        r->join.set_up_seconds);
}

/* Processor seconds of the whole join: set-up once, and the rest for every shard. */
static double
all_shards(const struct bench *b, const struct tally_speed *r)
{
    return r->join.set_up_cpu + (r->cpu_seconds - r->join.set_up_cpu) * b->shards;
}

static int
print_json(const struct bench *b, const struct tally_speed *r, struct tally_err *err)
{
    struct tally_jnode *o = tally_jobject();
    struct rusage usage;
    char *text;

    (void)getrusage(RUSAGE_SELF, &usage);
    tally_jset_int(o, "records_a", (int64_t)b->sides[0].n);
    tally_jset_int(o, "records_b", (int64_t)b->sides[b->self ? 0 : 1].n);
    tally_jset_bool(o, "self", b->self);
    tally_jset_int(o, "bits", b->sides[0].bits);
    tally_jset_str(o, "filters",
                   b->files[0] != NULL                ? "encodings"
                   : b->raw                           ? "raw"
                   : b->kind == TALLY_FILTERS_UNIFORM ? "uniform"
                                                      : "clk");
    tally_jset_real(o, "threshold", (double)b->join.threshold_ppm / TALLY_PPM);
    tally_jset_int(o, "k", b->join.k);
    tally_jset_str(o, "kernel", b->join.kernel->name);
    tally_jset_int(o, "threads", tally_pool_threads(b->join.pool));
    tally_jset_int(o, "runs", b->runs);
    tally_jset_int(o, "compared", (int64_t)r->join.compared);
    tally_jset_int(o, "scanned", (int64_t)r->join.scanned);
    tally_jset_int(o, "verified", (int64_t)r->join.verified);
    tally_jset_int(o, "kept", (int64_t)r->kept);
    tally_jset_str(o, "sketch", r->join.sketch);
    tally_jset_int(o, "sketch_bits", (int64_t)r->join.width * 8);
    tally_jset_real(o, "miss_probability", r->join.miss_probability);
    tally_jset_real(o, "set_up_seconds", r->join.set_up_seconds);
    tally_jset_real(o, "amx_part_of_full_rate", r->join.amx_of_full);
    tally_jset_real(o, "median_seconds", r->seconds);
    tally_jset_real(o, "median_cpu_seconds", r->cpu_seconds);
    tally_jset_real(o, "set_up_cpu_seconds", r->join.set_up_cpu);
    if (b->shards != 0) {
        tally_jset_int(o, "shards", b->shards);
        tally_jset_real(o, "cpu_seconds_of_all", all_shards(b, r));
    }
    tally_jset_int(o, "compared_per_second",
                   (int64_t)((double)r->join.compared / r->seconds));
    tally_jset_int(o, "compared_per_cpu_second",
                   (int64_t)((double)r->join.compared / r->cpu_seconds));
    tally_jset_int(o, "peak_mb", usage.ru_maxrss / 1024);
    text = tally_json_text(o, 2);
    tally_jfree(o);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    printf("%s\n", text);
    free(text);
    return 0;
}

static const struct tally_kernel *
kernel_named(const char *name)
{
    for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
        if (strcmp(tally_cpu_name((enum tally_cpu_level)level), name) == 0) {
            return tally_kernel_at((enum tally_cpu_level)level);
        }
    }
    return NULL;
}

static const struct tally_sketch_kind *
sketch_named(const char *name)
{
    for (size_t i = 0; tally_sketch_kinds[i] != NULL; i++) {
        if (strcmp(tally_sketch_kinds[i]->name, name) == 0) {
            return tally_sketch_kinds[i];
        }
    }
    return NULL;
}

static int
load_raw(struct bench *b, int side, const char *path, struct tally_err *err)
{
    struct tally_rawfilters *f = &b->filters[side];

    if (tally_rawfilters_read(f, path, b->bits, err) != 0) {
        return -1;
    }
    b->sides[side] =
        (struct tally_matrix){f->rows, f->popcounts, f->n, f->stride, f->bits};
    return 0;
}

static int
write_raw(const struct tally_matrix *m, const char *path, struct tally_err *err)
{
    FILE *f = fopen(path, "wb");
    bool whole = f != NULL;

    for (size_t i = 0; whole && i < m->n; i++) {
        whole = fwrite(m->rows + i * m->stride, (m->bits + 7) / 8, 1, f) == 1;
    }
    if (f == NULL || fclose(f) != 0 || !whole) {
        return tally_err_errno(err, TALLY_E_IO, "cannot write '%s'", path);
    }
    return 0;
}

/* The side as a file has it, or made up. */
static int
load_side(struct bench *b, int side, const char *path, struct tally_err *err)
{
    const struct tally_enc_info *info;

    if (path != NULL && b->raw) {
        return load_raw(b, side, path, err);
    }
    if (path == NULL || b->write) {
        return tally_filters_make(&b->sides[side], b->kind, b->n, b->bits, (uint32_t)side,
                                  err);
    }
    if (tally_encfile_open(&b->files[side], path, err) != 0) {
        return -1;
    }
    info = tally_encfile_info(b->files[side]);
    b->sides[side] =
        (struct tally_matrix){.rows = tally_encfile_matrix(b->files[side]),
                              .popcounts = tally_encfile_popcounts(b->files[side]),
                              .n = info->views[0].rows,
                              .stride = info->stride,
                              .bits = info->bits};
    return 0;
}

static int
load(struct bench *b, char **paths, int npaths, struct tally_err *err)
{
    if (load_side(b, 0, npaths > 0 ? paths[0] : NULL, err) != 0) {
        return -1;
    }
    b->self = b->self || npaths == 1;
    if (b->self) {
        return 0;
    }
    if (load_side(b, 1, npaths > 1 ? paths[1] : NULL, err) != 0) {
        return -1;
    }
    if (b->files[0] != NULL && b->files[1] != NULL) {
        return tally_enc_compatible(tally_encfile_info(b->files[0]),
                                    tally_encfile_info(b->files[1]), err);
    }
    return 0;
}

static int
write_sides(const struct bench *b, char **paths, struct tally_err *err)
{
    if (write_raw(&b->sides[0], paths[0], err) != 0) {
        return -1;
    }
    return b->self ? 0 : write_raw(&b->sides[1], paths[1], err);
}

static void
unload(struct bench *b)
{
    for (int side = 0; side < 2; side++) {
        if (b->files[side] == NULL && !b->raw) {
            tally_filters_free(&b->sides[side]);
        }
        tally_encfile_close(b->files[side]);
        tally_rawfilters_free(&b->filters[side]);
    }
    tally_pool_free(b->join.pool);
}

static const struct option OPTIONS[] = {{"n", required_argument, NULL, 'n'},
                                        {"bits", required_argument, NULL, 'b'},
                                        {"uniform", no_argument, NULL, 'u'},
                                        {"self", no_argument, NULL, 's'},
                                        {"threshold", required_argument, NULL, 't'},
                                        {"k", required_argument, NULL, 'k'},
                                        {"threads", required_argument, NULL, 'T'},
                                        {"kernel", required_argument, NULL, 'K'},
                                        {"sketch", required_argument, NULL, 'S'},
                                        {"width", required_argument, NULL, 'W'},
                                        {"early", no_argument, NULL, 'e'},
                                        {"shards", required_argument, NULL, 'N'},
                                        {"memory", required_argument, NULL, 'm'},
                                        {"raw", no_argument, NULL, 'R'},
                                        {"write", no_argument, NULL, 'w'},
                                        {"runs", required_argument, NULL, 'r'},
                                        {"json", no_argument, NULL, 'j'},
                                        {NULL, 0, NULL, 0}};

/* False when the command line makes no sense. */
static bool
parse(struct bench *b, int argc, char **argv)
{
    bool known = true;
    int c;

    while ((c = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
        switch (c) {
        case 'n':
            b->n = strtoul(optarg, NULL, 10);
            break;
        case 'b':
            b->bits = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'u':
            b->kind = TALLY_FILTERS_UNIFORM;
            break;
        case 's':
            b->self = true;
            break;
        case 't':
            b->join.threshold_ppm = (uint32_t)(strtod(optarg, NULL) * TALLY_PPM + .5);
            break;
        case 'k':
            b->join.k = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'T':
            b->threads = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'K':
            b->join.kernel = kernel_named(optarg);
            break;
        case 'S':
            b->join.sketch = sketch_named(optarg);
            known = known && b->join.sketch != NULL;
            break;
        case 'W':
            b->join.width = strtoul(optarg, NULL, 10) / 8;
            break;
        case 'e':
            b->join.miss_e12 = TALLY_MISS_DEFAULT_E12;
            break;
        case 'N':
            b->shards = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'm':
            b->join.memory = strtoul(optarg, NULL, 10) << 20;
            break;
        case 'R':
            b->raw = true;
            break;
        case 'w':
            b->write = true;
            break;
        case 'r':
            b->runs = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'j':
            b->json = true;
            break;
        default:
            return false;
        }
    }
    return known && b->join.kernel != NULL && b->runs >= 1 &&
           b->runs <= TALLY_SPEED_RUNS_MAX && b->bits >= 64 &&
           b->bits <= TALLY_BITS_MAX && b->bits % 64 == 0 && b->n <= UINT32_MAX &&
           b->shards <= TALLY_SHARDS_MAX && b->join.threshold_ppm >= 1 &&
           b->join.threshold_ppm <= TALLY_PPM && argc - optind <= 2 &&
           argc - optind >= (b->raw || b->write) && !(b->raw && b->write);
}

static int
measure(const struct bench *b, struct tally_speed *r, struct tally_err *err)
{
    const struct tally_matrix *second = b->self ? NULL : &b->sides[1];

    return b->shards == 0
               ? tally_speed_join(&b->sides[0], second, &b->join, b->runs, r, err)
               : tally_speed_shard(&b->sides[0], second, &b->join, b->shards, r, err);
}

int
main(int argc, char **argv)
{
    struct bench b = {
        .n = 100000,
        .bits = 1024,
        .runs = 5,
        .join = {.threshold_ppm = 800000, .kernel = tally_kernel_best()},
    };
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_speed r;
    int status;

    if (!parse(&b, argc, argv)) {
        fputs(usage_text, stderr);
        return 2;
    }
    status = tally_pool_create(&b.join.pool, b.threads, &err);
    if (status == 0) {
        status = load(&b, argv + optind, argc - optind, &err);
    }
    if (status == 0 && b.write) {
        status = write_sides(&b, argv + optind, &err);
        goto done;
    }
    if (status == 0) {
        status = measure(&b, &r, &err);
    }
    if (status == 0 && b.json) {
        status = print_json(&b, &r, &err);
    } else if (status == 0) {
        print_text(&b, &r);
    }
done:
    if (status != 0) {
        fprintf(stderr, "bench_join: %s\n", err.text);
    }
    unload(&b);
    return status == 0 ? 0 : 1;
}
