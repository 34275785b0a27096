/*
 * How fast the kernels scan: the shipped scans on random rows with needs that nothing
 * reaches, so that it is the scan alone. With --scans nothing is timed, for tools
 * that count instructions.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bloom/base/size.h"
#include "bloom/kernels/kernels.h"

#define TILE_A 512
#define TILE_B 2048
#define RUNS   200
#define NS_MAX 3e8 /* for one line */
#define ROOM   8   /* rows of hits, as a join has */

static const char usage_text[] =
    "usage: bench_kernels [OPTIONS]\n"
    "  --kernel NAME     portable, popcnt, avx2, avx512, amx or neon (all there are)\n"
    "  --bits N          bits a row, a multiple of 64; of int8_t 8 bits a number\n"
    "  --dot             multiply rows of int8_t in place of counting bits\n"
    "  --scans N         scan N times in silence, 64 rows by 2048\n"
    "  --compiler        say what this was built by\n"
    "Prints ns a pair: the least and the middle of up to 200 scans of 512 x 2048 rows.\n";

struct tile {
    size_t na;
    size_t nb;
    size_t row_bytes;
    uint8_t *a;
    uint8_t *packed;
    int32_t *need_a;
    int32_t *need_b;
    struct tally_hit *hits;
};

static void *
need_memory(size_t bytes)
{
    void *p = aligned_alloc(64, tally_size_align(bytes + 1, 64));

    if (p == NULL) {
        fprintf(stderr, "bench_kernels: out of memory\n");
        exit(1);
    }
    return p;
}

static void
fill(uint8_t *bytes, size_t n, uint64_t state)
{
    for (size_t i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (uint8_t)(state >> 56);
    }
}

static void
tile_make(struct tile *t, const struct tally_scan *scan, bool dot)
{
    /* Random rows have a quarter of their bits in common. Next to none has less set than
     * this, so that no kernel can tell beforehand. */
    int32_t need = dot ? TALLY_NEED_MAX : (int32_t)t->row_bytes * 8 * 7 / 16;
    uint8_t *b = need_memory(t->nb * t->row_bytes);

    t->a = need_memory(t->na * t->row_bytes);
    t->packed = need_memory(scan->pack_size(t->nb, t->row_bytes));
    t->need_a = need_memory(t->na * sizeof *t->need_a);
    t->need_b = need_memory(t->nb * sizeof *t->need_b);
    t->hits = need_memory(ROOM * t->nb * sizeof *t->hits);
    fill(t->a, t->na * t->row_bytes, 1);
    fill(b, t->nb * t->row_bytes, 2);
    for (size_t i = 0; i < t->na; i++) {
        t->need_a[i] = need;
    }
    memset(t->need_b, 0, t->nb * sizeof *t->need_b);
    scan->pack(b, t->need_b, t->nb, t->row_bytes, t->packed);
    free(b);
}

static void
tile_free(struct tile *t)
{
    free(t->a);
    free(t->packed);
    free(t->need_a);
    free(t->need_b);
    free(t->hits);
}

static void
scan_tile(const struct tally_scan *scan, const struct tile *t)
{
    size_t next;

    if (scan->scan(t->a, t->need_a, t->na, 0, t->packed, t->need_b, t->nb, t->row_bytes,
                   t->hits, ROOM * t->nb, &next) != 0 ||
        next != t->na) {
        fprintf(stderr, "bench_kernels: hits where there are none\n");
        exit(1);
    }
}

static double
now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int
ascending(const void *x, const void *y)
{
    double a = *(const double *)x;
    double b = *(const double *)y;

    return a < b ? -1 : a > b;
}

static void
time_scan(const struct tally_kernel *k, bool dot, size_t row_bytes)
{
    const struct tally_scan *scan = dot ? k->dot : &k->common;
    struct tile t = {.na = TILE_A, .nb = TILE_B, .row_bytes = row_bytes};
    double ns[RUNS];
    double total = 0;
    size_t n = 0;

    if (scan == NULL) {
        return;
    }
    tile_make(&t, scan, dot);
    while (n < 5 || (n < RUNS && total < NS_MAX)) {
        double start = now_ns();

        scan_tile(scan, &t);
        total += now_ns() - start;
        ns[n++] = (now_ns() - start) / (TILE_A * TILE_B);
    }
    qsort(ns, n, sizeof *ns, ascending);
    printf("%-9s %-5s %5zu %s  %8.4f  %8.4f\n", k->name, dot ? "dot" : "count",
           dot ? row_bytes : row_bytes * 8, dot ? "bytes" : "bits ", ns[0], ns[n / 2]);
    tile_free(&t);
}

static void
time_kernel(const struct tally_kernel *k, bool dot, size_t row_bytes)
{
    static const size_t counts[] = {32, 56, 64, 128, 256};

    if (row_bytes != 0) {
        time_scan(k, dot, row_bytes);
        return;
    }
    for (size_t i = 0; i < sizeof counts / sizeof counts[0] && !dot; i++) {
        time_scan(k, false, counts[i]);
    }
    for (row_bytes = 64; row_bytes <= TALLY_DOT_BYTES_MAX; row_bytes += 64) {
        time_scan(k, true, row_bytes);
    }
}

static int
scan_in_silence(const struct tally_kernel *k, bool dot, size_t row_bytes, long scans)
{
    const struct tally_scan *scan = dot ? k->dot : &k->common;
    struct tile t = {.na = 64, .nb = TILE_B, .row_bytes = row_bytes};

    if (scan == NULL || row_bytes == 0) {
        fprintf(stderr, "bench_kernels: --scans takes a kernel that can, and --bits\n");
        return 2;
    }
    tile_make(&t, scan, dot);
    for (long i = 0; i < scans; i++) {
        scan_tile(scan, &t);
    }
    tile_free(&t);
    return 0;
}

static void
print_compiler(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                     \
    !defined(__OPTIMIZE__)
    printf("not optimised\n");
#elif defined(__clang__)
    printf("clang %d\n", __clang_major__);
#else
    printf("gcc %d\n", __GNUC__);
#endif
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

int
main(int argc, char **argv)
{
    static const struct option options[] = {
        {"kernel", required_argument, NULL, 'k'}, {"bits", required_argument, NULL, 'b'},
        {"dot", no_argument, NULL, 'd'},          {"scans", required_argument, NULL, 's'},
        {"compiler", no_argument, NULL, 'c'},     {NULL, 0, NULL, 0}};
    const struct tally_kernel *k = NULL;
    size_t row_bytes = 0;
    long scans = -1;
    bool dot = false;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'k' && (k = kernel_named(optarg)) == NULL) {
            fprintf(stderr, "bench_kernels: no kernel '%s' here\n", optarg);
            return 1;
        } else if (option == 'b') {
            row_bytes = strtoul(optarg, NULL, 10) / 8;
        } else if (option == 'd') {
            dot = true;
        } else if (option == 's') {
            scans = strtol(optarg, NULL, 10);
        } else if (option == 'c') {
            print_compiler();
            return 0;
        } else if (option == '?') {
            fputs(usage_text, stderr);
            return 2;
        }
    }
    if (row_bytes % 8 != 0 ||
        row_bytes > (dot ? TALLY_DOT_BYTES_MAX : TALLY_ROW_BYTES_MAX) ||
        (dot && row_bytes % 64 != 0)) {
        fputs(usage_text, stderr);
        return 2;
    }
    if (scans >= 0 && k != NULL) {
        return scan_in_silence(k, dot, row_bytes, scans);
    }
    printf("kernel    score  width        least    middle  (ns a pair)\n");
    for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
        const struct tally_kernel *at = tally_kernel_at((enum tally_cpu_level)level);

        if (at != NULL && (k == NULL || k == at)) {
            time_kernel(at, dot, row_bytes);
        }
    }
    return 0;
}
