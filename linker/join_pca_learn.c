/*
 * Learning the directions of PCA sketches: covariances of columns by counting bits of a
 * sample, its principal subspace by orthogonal iteration, and an integer basis of it with
 * a bound on its norm.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_pca.h"

#include "bloom/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows of the sample, at most, and how many of them a row of the transposed sample has.
 */
#define SAMPLE_ROWS 16384
#define BLOCK_ROWS  ((size_t)TALLY_ROW_BYTES_MAX * 8)
#define SAMPLE_SEED 0x706361u

#define ITERATIONS 6

/* Lengths of integer directions. Sums of a row's bits stay below 2^27, since |W a| is at
 * most 2^20 times 64. */
#define SCALE 1048576.0

/* Rounding reaches this many standard deviations. */
#define REACH 4.0

/* Columns of a panel of covariances, and directions that pass it together. */
#define PANEL 8
#define PASS  4

typedef float lanes __attribute__((vector_size(16)));

struct learn {
    struct tally_pool *pool;
    size_t bits;      /* columns, a multiple of 64 */
    size_t row_bits;  /* and with those that only fill rows */
    size_t n;         /* rows of the sample */
    size_t blocks;    /* of BLOCK_ROWS of them */
    uint8_t *columns; /* by block: the transposed sample */
    double *mean;     /* of each column */
    float *cov;       /* by panel: bits x PANEL covariances */
    size_t ndirections;
    float *q;    /* directions, one after the other */
    float *next; /* what covariances make of them */
    struct tally_pca_model *model;
};

static uint8_t *
column_at(const struct learn *l, size_t block, size_t column)
{
    return l->columns + (block * l->bits + column) * TALLY_ROW_BYTES_MAX;
}

static void
transpose(struct learn *l, const uint8_t *rows, size_t stride)
{
    for (size_t i = 0; i < l->n; i++) {
        uint8_t bit = (uint8_t)(1u << i % 8);
        size_t at = i % BLOCK_ROWS / 8;

        for (size_t w = 0; w < l->bits / 64; w++) {
            uint64_t word;

            memcpy(&word, rows + i * stride + w * 8, sizeof word);
            for (; word != 0; word &= word - 1) {
                size_t column = w * 64 + (size_t)__builtin_ctzll(word);

                column_at(l, i / BLOCK_ROWS, column)[at] |= bit;
            }
        }
    }
}

/* In how many rows of the sample both columns are set. */
static uint64_t
both(const struct learn *l, const struct tally_kernel *k, size_t x, size_t y)
{
    uint64_t n = 0;

    for (size_t block = 0; block < l->blocks; block++) {
        n += k->and_popcount(column_at(l, block, x), column_at(l, block, y),
                             TALLY_ROW_BYTES_MAX);
    }
    return n;
}

/* One panel of covariances. */
static int
cov_panel(void *ctx, size_t panel, unsigned worker, struct tally_err *err)
{
    struct learn *l = ctx;
    const struct tally_kernel *k = tally_kernel_best();
    float *cov = l->cov + panel * l->bits * PANEL;

    (void)worker;
    (void)err;
    for (size_t y = 0; y < l->bits; y++) {
        for (size_t x = 0; x < PANEL; x++) {
            size_t column = panel * PANEL + x;

            cov[y * PANEL + x] = (float)((double)both(l, k, column, y) / (double)l->n -
                                         l->mean[column] * l->mean[y]);
        }
    }
    return 0;
}

/* One panel of covariances times all directions. */
static int
multiply_panel(void *ctx, size_t panel, unsigned worker, struct tally_err *err)
{
    struct learn *l = ctx;
    const lanes *cov = (const lanes *)(const void *)(l->cov + panel * l->bits * PANEL);

    (void)worker;
    (void)err;
    for (size_t k = 0; k < l->ndirections; k += PASS) {
        const float *q = l->q + k * l->bits;
        lanes sum[PASS][2] = {{{0}}};

        for (size_t y = 0; y < l->bits; y++) {
#pragma GCC unroll 4
            for (size_t x = 0; x < PASS; x++) {
                sum[x][0] += cov[2 * y] * q[x * l->bits + y];
                sum[x][1] += cov[2 * y + 1] * q[x * l->bits + y];
            }
        }
        for (size_t x = 0; x < PASS; x++) {
            memcpy(l->next + (k + x) * l->bits + panel * PANEL, sum[x], sizeof sum[x]);
        }
    }
    return 0;
}

static double
inner(const float *x, const float *y, size_t n)
{
    lanes sum[4] = {{0}};
    double total = 0;

    for (size_t i = 0; i < n; i += 16) {
        for (size_t v = 0; v < 4; v++) {
            lanes p;
            lanes r;

            memcpy(&p, x + i + v * 4, sizeof p);
            memcpy(&r, y + i + v * 4, sizeof r);
            sum[v] += p * r;
        }
    }
    for (size_t v = 0; v < 4; v++) {
        total += (double)sum[v][0] + sum[v][1] + sum[v][2] + sum[v][3];
    }
    return total;
}

static void
subtract(float *x, const float *y, double times, size_t n)
{
    const float t = (float)times;

    for (size_t i = 0; i < n; i += 4) {
        lanes p;
        lanes r;

        memcpy(&p, x + i, sizeof p);
        memcpy(&r, y + i, sizeof r);
        p -= r * t;
        memcpy(x + i, &p, sizeof p);
    }
}

/* Make ${n} directions orthonormal, one after the other. What is left of one that depends
 * on those before it is nothing: no harm is done by a direction that says nothing. */
static void
orthonormalise(float *q, size_t n, size_t bits)
{
    for (size_t k = 0; k < n; k++) {
        float *x = q + k * bits;
        double before = inner(x, x, bits);
        double left;

        for (size_t other = 0; other < k; other++) {
            subtract(x, q + other * bits, inner(x, q + other * bits, bits), bits);
        }
        left = inner(x, x, bits);
        left = left > 1e-8 * before && left > 1e-30 ? 1 / sqrt(left) : 0;
        for (size_t i = 0; i < bits; i++) {
            x[i] = (float)(x[i] * left);
        }
    }
}

/* About normal: the sum of twelve uniform numbers. */
static float
random_normal(uint64_t *state)
{
    double sum = -6;

    for (int i = 0; i < 12; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        sum += (double)(*state >> 11) * 0x1p-53;
    }
    return (float)sum;
}

static int
iterate(struct learn *l, struct tally_err *err)
{
    uint64_t state = SAMPLE_SEED;

    for (size_t i = 0; i < l->ndirections * l->bits; i++) {
        l->q[i] = random_normal(&state);
    }
    for (size_t round = 0; round < ITERATIONS; round++) {
        float *swap = l->q;

        if (tally_pool_run(l->pool, l->bits / PANEL, multiply_panel, l, err) != 0) {
            return -1;
        }
        l->q = l->next;
        l->next = swap;
        orthonormalise(l->q, l->ndirections, l->bits);
    }
    /* Once more, for how much of the variance the directions hold. */
    return tally_pool_run(l->pool, l->bits / PANEL, multiply_panel, l, err);
}

/* What one width is made from. */
struct turn {
    size_t width;
    size_t bits;
    float *q;   /* the directions turned */
    int32_t *w; /* times SCALE and rounded */
};

/* The first ${t->width} directions, turned at random inside the space they span. */
static void
turn_directions(const struct learn *l, struct turn *t)
{
    uint64_t state = SAMPLE_SEED + t->width;

    memset(t->q, 0, t->width * t->bits * sizeof *t->q);
    for (size_t k = 0; k < t->width; k++) {
        for (size_t other = 0; other < t->width; other++) {
            subtract(t->q + k * t->bits, l->q + other * t->bits,
                     (double)random_normal(&state), t->bits);
        }
    }
    orthonormalise(t->q, t->width, t->bits);
    orthonormalise(t->q, t->width, t->bits);
    for (size_t i = 0; i < t->width * t->bits; i++) {
        t->w[i] = (int32_t)lrint(t->q[i] * SCALE);
    }
}

/* Exact in any order: sums of products stay below 2^53, since the directions are 2^20
 * long. */
static double
product(const int32_t *x, const int32_t *y, size_t n)
{
    double sum[4] = {0};

    for (size_t i = 0; i < n; i += 4) {
        for (size_t v = 0; v < 4; v++) {
            sum[v] += (double)x[i + v] * y[i + v];
        }
    }
    return sum[0] + sum[1] + sum[2] + sum[3];
}

/* The largest eigenvalue of W W^T is in one of Gershgorin's circles. */
static double
bound_norm2(const struct turn *t)
{
    double reach[TALLY_DOT_BYTES_MAX] = {0};
    double most = 0;

    for (size_t i = 0; i < t->width; i++) {
        for (size_t k = 0; k <= i; k++) {
            double shared =
                fabs(product(t->w + i * t->bits, t->w + k * t->bits, t->bits));

            reach[i] += shared;
            reach[k] += k < i ? shared : 0;
        }
    }
    for (size_t i = 0; i < t->width; i++) {
        most = reach[i] > most ? reach[i] : most;
    }
    return most;
}

/* Columns as projection takes them, and its start: what makes the mean row zero. */
static void
lay_out(const struct learn *l, const struct turn *t, int32_t *columns, int32_t *start)
{
    for (size_t k = 0; k < t->width; k++) {
        const int32_t *w = t->w + k * t->bits;
        int32_t *part = columns + k / 64 * 64 * l->row_bits + k % 64;
        double mean = 0;

        for (size_t y = 0; y < t->bits; y++) {
            part[y * 64] = w[y];
            mean += w[y] * l->mean[y];
        }
        start[k] = (int32_t)-lrint(mean);
    }
}

/* A step that lets int8_t reach as far as the numbers of most rows do. */
static int32_t
step_of(const struct learn *l, size_t width)
{
    double held = 0;
    double step;

    for (size_t k = 0; k < width; k++) {
        held += inner(l->q + k * l->bits, l->next + k * l->bits, l->bits);
    }
    step = REACH / 127 * SCALE * sqrt(fmax(held, 0) / (double)width);
    return (int32_t)fmin(fmax(ceil(step), SCALE / 512), SCALE);
}

static int
make_basis(void *ctx, size_t at, unsigned worker, struct tally_err *err)
{
    struct learn *l = ctx;
    struct tally_pca_basis *basis = &l->model->bases[at];
    struct tally_projection *p = &basis->projection;
    size_t n = p->width * l->bits;
    size_t bytes = p->width * l->row_bits * sizeof(int32_t);
    int32_t *columns = aligned_alloc(64, bytes);
    int32_t *start = aligned_alloc(64, p->width * sizeof *start);
    struct turn t = {p->width, l->bits, malloc(n * sizeof *t.q), malloc(n * sizeof *t.w)};
    int rc = 0;

    (void)worker;
    p->columns = columns;
    p->start = start;
    if (columns == NULL || start == NULL || t.q == NULL || t.w == NULL) {
        rc = tally_err_nomem(err);
    } else {
        memset(columns, 0, bytes);
        turn_directions(l, &t);
        basis->norm2 = bound_norm2(&t);
        lay_out(l, &t, columns, start);
        p->step = step_of(l, p->width);
    }
    free(t.q);
    free(t.w);
    return rc;
}

/* The sample, transposed, and the mean of each column. */
static int
take_sample(struct learn *l, const struct tally_matrix *a, const struct tally_matrix *b,
            struct tally_err *err)
{
    uint8_t *rows = aligned_alloc(TALLY_ROW_ALIGN, l->n * a->stride);
    const struct tally_kernel *k = tally_kernel_best();

    if (rows == NULL) {
        return tally_err_nomem(err);
    }
    tally_sketch_sample(a, b, l->n, SAMPLE_SEED, rows);
    memset(l->columns, 0, l->blocks * l->bits * TALLY_ROW_BYTES_MAX);
    transpose(l, rows, a->stride);
    for (size_t column = 0; column < l->bits; column++) {
        l->mean[column] = (double)both(l, k, column, column) / (double)l->n;
    }
    free(rows);
    return 0;
}

static uint32_t
most_set(const struct tally_matrix *m)
{
    uint32_t most = 0;

    for (size_t i = 0; i < m->n; i++) {
        most = m->popcounts[i] > most ? m->popcounts[i] : most;
    }
    return most;
}

/* A model with the widths there are, and the room to learn them in. */
static int
learn_begin(struct learn *l, const struct tally_matrix *a, const struct tally_matrix *b,
            uint32_t threshold_ppm, struct tally_err *err)
{
    size_t widths[TALLY_SKETCH_WIDTHS];
    size_t room;

    l->n = a->n + b->n < SAMPLE_ROWS ? a->n + b->n : SAMPLE_ROWS;
    l->blocks = (l->n + BLOCK_ROWS - 1) / BLOCK_ROWS;
    l->model = calloc(1, sizeof *l->model);
    if (l->model == NULL) {
        return tally_err_nomem(err);
    }
    l->model->most = most_set(a) + most_set(b);
    l->model->n = tally_pca_widths(a->bits, threshold_ppm, widths);
    TALLY_INVARIANT(l->model->n > 0);
    for (size_t i = 0; i < l->model->n; i++) {
        l->model->bases[i].projection =
            (struct tally_projection){.row_bytes = a->stride, .width = widths[i]};
    }
    l->ndirections = widths[l->model->n - 1];
    room = l->ndirections * l->bits * sizeof(float);
    l->columns =
        aligned_alloc(TALLY_ROW_ALIGN, l->blocks * l->bits * TALLY_ROW_BYTES_MAX);
    l->mean = malloc(l->bits * sizeof *l->mean);
    l->cov = aligned_alloc(TALLY_ROW_ALIGN, l->bits * l->bits * sizeof *l->cov);
    l->q = aligned_alloc(TALLY_ROW_ALIGN, room);
    l->next = aligned_alloc(TALLY_ROW_ALIGN, room);
    return l->columns != NULL && l->mean != NULL && l->cov != NULL && l->q != NULL &&
                   l->next != NULL
               ? 0
               : tally_err_nomem(err);
}

static void
learn_end(struct learn *l)
{
    free(l->columns);
    free(l->mean);
    free(l->cov);
    free(l->q);
    free(l->next);
    tally_pca_forget(l->model);
}

int
tally_pca_learn(const struct tally_matrix *a, const struct tally_matrix *b,
                uint32_t threshold_ppm, struct tally_pool *pool, void **model,
                struct tally_err *err)
{
    struct learn l = {
        .pool = pool, .bits = tally_size_align(a->bits, 64), .row_bits = a->stride * 8};
    int rc = -1;

    if (learn_begin(&l, a, b, threshold_ppm, err) == 0 &&
        take_sample(&l, a, b, err) == 0 &&
        tally_pool_run(pool, l.bits / PANEL, cov_panel, &l, err) == 0 &&
        iterate(&l, err) == 0 &&
        tally_pool_run(pool, l.model->n, make_basis, &l, err) == 0) {
        *model = l.model;
        l.model = NULL;
        rc = 0;
    }
    learn_end(&l);
    return rc;
}

void
tally_pca_forget(void *model)
{
    struct tally_pca_model *m = model;

    for (size_t i = 0; m != NULL && i < m->n; i++) {
        free((void *)(uintptr_t)m->bases[i].projection.columns);
        free((void *)(uintptr_t)m->bases[i].projection.start);
    }
    free(m);
}
