/*
 * The pool: the caller is worker 0, the others wait on a condition. Chunks are handed out
 * by a counter, so those started are always 0 to n without a gap; that makes the lowest
 * failed chunk, and with it the error, the same whatever the number of threads.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/pool.h"

#include "bloom/base/interrupt.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pool_worker {
    struct tally_pool *pool;
    unsigned index;
    pthread_t thread;
};

struct tally_pool {
    unsigned nthreads;
    unsigned nstarted; /* threads that exist: workers 1 to nstarted */
    struct pool_worker *workers;

    pthread_mutex_t lock; /* guards what follows, down to the job */
    pthread_cond_t work;
    pthread_cond_t idle;
    uint64_t run; /* number of the present run: a worker takes part in each once */
    unsigned busy;
    bool quit;
    size_t failed_chunk;
    struct tally_err failed_err;

    /* The job: written before a run begins, read by the workers. */
    size_t nchunks;
    tally_pool_fn *fn;
    void *ctx;
    atomic_size_t next;
    atomic_bool stop;
};

static unsigned
pool_processors(void)
{
    cpu_set_t set;
    long n;

    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        n = CPU_COUNT(&set);
    } else {
        n = sysconf(_SC_NPROCESSORS_ONLN);
    }
    return n < 1 ? 1 : n > TALLY_THREADS_MAX ? TALLY_THREADS_MAX : (unsigned)n;
}

static void
pool_record_failure(struct tally_pool *p, size_t chunk, const struct tally_err *err)
{
    atomic_store(&p->stop, true);
    pthread_mutex_lock(&p->lock);
    if (chunk < p->failed_chunk) {
        p->failed_chunk = chunk;
        p->failed_err = *err;
    }
    pthread_mutex_unlock(&p->lock);
}

/* Take chunks until there are none or the run is stopped. A chunk that has been taken is
 * always run: skipping it could lose the lowest failure. */
static void
pool_work(struct tally_pool *p, unsigned worker)
{
    struct tally_err err;

    while (!atomic_load(&p->stop) && !tally_interrupted()) {
        size_t chunk = atomic_fetch_add(&p->next, 1);

        if (chunk >= p->nchunks) {
            return;
        }
        err = (struct tally_err)TALLY_ERR_INIT;
        if (p->fn(p->ctx, chunk, worker, &err) != 0) {
            pool_record_failure(p, chunk, &err);
        }
    }
}

static void *
pool_main(void *arg)
{
    struct pool_worker *w = arg;
    struct tally_pool *p = w->pool;
    uint64_t seen = 0;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->run == seen && !p->quit) {
            pthread_cond_wait(&p->work, &p->lock);
        }
        if (p->quit) {
            break;
        }
        seen = p->run;
        pthread_mutex_unlock(&p->lock);
        pool_work(p, w->index);
        pthread_mutex_lock(&p->lock);
        p->busy--;
        if (p->busy == 0) {
            pthread_cond_signal(&p->idle);
        }
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Start the threads with every signal blocked: Ctrl-C goes to the main thread, where it
 * ends a blocking read. */
static int
pool_start_threads(struct tally_pool *p)
{
    sigset_t all;
    sigset_t old;
    int rc = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (rc == 0 && p->nstarted + 1 < p->nthreads) {
        struct pool_worker *w = &p->workers[p->nstarted];

        w->pool = p;
        w->index = p->nstarted + 1;
        rc = pthread_create(&w->thread, NULL, pool_main, w);
        if (rc == 0) {
            p->nstarted++;
        }
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc;
}

int
tally_pool_create(struct tally_pool **out, unsigned nthreads, struct tally_err *err)
{
    struct tally_pool *p;
    int rc;

    if (nthreads > TALLY_THREADS_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "at most %d threads, not %u",
                             TALLY_THREADS_MAX, nthreads);
    }
    p = calloc(1, sizeof *p);
    if (p == NULL) {
        return tally_err_nomem(err);
    }
    p->nthreads = nthreads == 0 ? pool_processors() : nthreads;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->idle, NULL);
    atomic_init(&p->next, 0);
    atomic_init(&p->stop, false);
    p->workers = calloc(p->nthreads, sizeof *p->workers);
    if (p->workers == NULL) {
        tally_pool_free(p);
        return tally_err_nomem(err);
    }
    rc = pool_start_threads(p);
    if (rc != 0) {
        tally_err_set(err, TALLY_E_IO, "cannot start %u threads: %s", p->nthreads,
                      strerror(rc));
        tally_err_hint(err, "ask for fewer with --threads");
        tally_pool_free(p);
        return -1;
    }
    *out = p;
    return 0;
}

int
tally_pool_run(struct tally_pool *p, size_t nchunks, tally_pool_fn *fn, void *ctx,
               struct tally_err *err)
{
    pthread_mutex_lock(&p->lock);
    TALLY_INVARIANT(p->busy == 0);
    p->nchunks = nchunks;
    p->fn = fn;
    p->ctx = ctx;
    p->failed_chunk = SIZE_MAX;
    atomic_store(&p->next, 0);
    atomic_store(&p->stop, false);
    if (p->nstarted > 0) {
        p->busy = p->nstarted;
        p->run++;
        pthread_cond_broadcast(&p->work);
    }
    pthread_mutex_unlock(&p->lock);

    pool_work(p, 0);

    pthread_mutex_lock(&p->lock);
    while (p->busy > 0) {
        pthread_cond_wait(&p->idle, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);

    if (p->failed_chunk != SIZE_MAX) {
        *err = p->failed_err;
        return -1;
    }
    return atomic_load(&p->next) < nchunks ? tally_interrupt_check(err) : 0;
}

unsigned
tally_pool_threads(const struct tally_pool *p)
{
    return p->nthreads;
}

void
tally_pool_free(struct tally_pool *p)
{
    if (p == NULL) {
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->quit = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->nstarted; i++) {
        pthread_join(p->workers[i].thread, NULL);
    }
    pthread_cond_destroy(&p->idle);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
    free(p->workers);
    free(p);
}
