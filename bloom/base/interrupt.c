/*
 * Ctrl-C and SIGTERM: the handler only raises a flag. It is installed with SA_RESETHAND,
 * so that a second signal finds the default action and kills a program that does not
 * listen.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>

/* Lock-free, hence safe both in a handler and between threads. */
static atomic_bool interrupt_flag;

_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "the flag is set in a signal handler");

static void
interrupt_handler(int sig)
{
    struct sigaction dfl;

    /* SA_RESETHAND frees only the signal that came: Ctrl-C and then SIGTERM must kill
     * too. */
    memset(&dfl, 0, sizeof dfl);
    dfl.sa_handler = SIG_DFL;
    sigaction(sig == SIGINT ? SIGTERM : SIGINT, &dfl, NULL);
    atomic_store(&interrupt_flag, true);
}

void
tally_interrupt_install(void)
{
    struct sigaction sa;

    memset(&sa, 0, sizeof sa);
    sigemptyset(&sa.sa_mask);
    sa.sa_handler = interrupt_handler;
    sa.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    sa.sa_handler = SIG_IGN;
    sa.sa_flags = 0;
    sigaction(SIGPIPE, &sa, NULL);
}

bool
tally_interrupted(void)
{
    return atomic_load_explicit(&interrupt_flag, memory_order_relaxed);
}

int
tally_interrupt_check(struct tally_err *err)
{
    if (!tally_interrupted()) {
        return 0;
    }
    return tally_err_set(err, TALLY_E_INTERRUPTED, "interrupted");
}

void
tally_interrupt_set(bool on)
{
    atomic_store(&interrupt_flag, on);
}
