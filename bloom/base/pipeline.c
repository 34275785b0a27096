/*
 * The pipeline: every thread of the pool takes the next thing that can be done until
 * there is none. What has to be done in order comes first, as others wait for it: ending
 * a batch, which makes room, then beginning one.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/pipeline.h"

#include "bloom/base/interrupt.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* A batch on its way. */
struct place {
    size_t parts;
    size_t taken; /* parts begun, */
    size_t done;  /* and done */
};

enum step { STEP_BEGIN, STEP_PART, STEP_END };

/* Something to do; ${batch} counts from the first on. */
struct task {
    enum step step;
    uint64_t batch;
    size_t part;
};

struct run {
    const struct tally_pipeline *pipeline;
    void *ctx;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t change;
    uint64_t begun; /* batches begun, */
    uint64_t taken; /* the first of which parts are left to take, */
    uint64_t ended; /* and ended */
    bool beginning;
    bool ending;
    bool no_more;
    struct place places[TALLY_PIPELINE_BATCHES_MAX];

    bool failed;
    struct task failure; /* the first by batch, step and part */
    struct tally_err err;
};

static struct place *
place_of(struct run *r, uint64_t batch)
{
    return &r->places[batch % r->pipeline->nbatches];
}

/* Whether work on ${batch} is still of use. */
static bool
wanted(const struct run *r, uint64_t batch)
{
    return !r->failed || batch < r->failure.batch;
}

static bool
can_end(struct run *r)
{
    const struct place *p = place_of(r, r->ended);

    return !r->ending && r->ended < r->begun && p->done == p->parts &&
           wanted(r, r->ended);
}

static bool
can_begin(const struct run *r)
{
    return !r->beginning && !r->no_more && !r->failed &&
           r->begun - r->ended < r->pipeline->nbatches;
}

/* The next thing that can be done now. */
static bool
next_task(struct run *r, struct task *t)
{
    if (can_end(r)) {
        r->ending = true;
        *t = (struct task){STEP_END, r->ended, 0};
        return true;
    }
    if (can_begin(r)) {
        r->beginning = true;
        *t = (struct task){STEP_BEGIN, r->begun, 0};
        return true;
    }
    if (r->taken < r->begun && wanted(r, r->taken)) {
        struct place *p = place_of(r, r->taken);

        *t = (struct task){STEP_PART, r->taken, p->taken++};
        r->taken += p->taken == p->parts;
        return true;
    }
    return false;
}

/* Nothing is at work that others could wait for. */
static bool
at_rest(const struct run *r)
{
    for (uint64_t b = r->ended; b < r->begun; b++) {
        const struct place *p = &r->places[b % r->pipeline->nbatches];

        if (p->done < p->taken) {
            return false;
        }
    }
    return !r->beginning && !r->ending;
}

/* Wait for something to do. False when all is done, or will not be. */
static bool
take_task(struct run *r, struct task *t)
{
    bool found = false;

    pthread_mutex_lock(&r->lock);
    while (!tally_interrupted() && !(found = next_task(r, t)) && !at_rest(r)) {
        pthread_cond_wait(&r->change, &r->lock);
    }
    pthread_mutex_unlock(&r->lock);
    return found;
}

static bool
comes_before(const struct task *a, const struct task *b)
{
    if (a->batch != b->batch) {
        return a->batch < b->batch;
    }
    return a->step != b->step ? a->step < b->step : a->part < b->part;
}

static void
finish_begin(struct run *r, uint64_t batch, size_t parts, bool failed)
{
    r->beginning = false;
    r->no_more = parts == 0;
    if (parts > 0 && !failed) {
        *place_of(r, batch) = (struct place){.parts = parts};
        r->begun++;
    }
}

static void
finish_task(struct run *r, const struct task *t, size_t parts,
            const struct tally_err *err)
{
    pthread_mutex_lock(&r->lock);
    if (t->step == STEP_BEGIN) {
        finish_begin(r, t->batch, parts, err != NULL);
    } else if (t->step == STEP_PART) {
        place_of(r, t->batch)->done++;
    } else {
        r->ending = false;
        r->ended += err == NULL;
    }
    if (err != NULL && (!r->failed || comes_before(t, &r->failure))) {
        r->failed = true;
        r->failure = *t;
        r->err = *err;
    }
    pthread_cond_broadcast(&r->change);
    pthread_mutex_unlock(&r->lock);
}

/* A thread's share. What goes wrong is kept in ${ctx}, for the order of threads says
 * nothing. */
static int
work(void *ctx, size_t chunk, unsigned worker, struct tally_err *unused)
{
    struct run *r = ctx;
    const struct tally_pipeline *p = r->pipeline;
    struct task t;

    (void)chunk;
    (void)unused;
    while (take_task(r, &t)) {
        struct tally_err err = TALLY_ERR_INIT;
        size_t place = (size_t)(t.batch % p->nbatches), parts = 0;
        int rc = t.step == STEP_BEGIN  ? p->begin(r->ctx, place, &parts, &err)
                 : t.step == STEP_PART ? p->part(r->ctx, place, t.part, worker, &err)
                                       : p->end(r->ctx, place, &err);

        finish_task(r, &t, parts, rc != 0 ? &err : NULL);
    }
    return 0;
}

int
tally_pipeline_run(struct tally_pool *pool, const struct tally_pipeline *p, void *ctx,
                   struct tally_err *err)
{
    struct run r = {.pipeline = p, .ctx = ctx};
    int rc;

    TALLY_INVARIANT(p->nbatches >= 1 && p->nbatches <= TALLY_PIPELINE_BATCHES_MAX);
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.change, NULL);
    rc = tally_pool_run(pool, tally_pool_threads(pool), work, &r, err);
    pthread_cond_destroy(&r.change);
    pthread_mutex_destroy(&r.lock);
    if (rc == 0 && r.failed) {
        *err = r.err;
        rc = -1;
    }
    return rc != 0 ? rc : tally_interrupt_check(err);
}
