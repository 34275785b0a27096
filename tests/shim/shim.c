/*
 * What to do to which call: the environment, the counts, and the clock.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/shim/shim.h"

#include <sodium.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *const class_names[SHIM_CLASSES] = {
    "alloc", "sync", "open", "read", "write", "space", "rename", "mmap", "any"};

static atomic_ulong counts[SHIM_CLASSES];
static atomic_bool armed;
static enum shim_class fault_class = SHIM_CLASSES;
static unsigned long fault_at;
static bool fault_stays;
static enum shim_fate fault_fate;
static int fault_error;
static bool seeded;
static atomic_ulong random_state;
static bool clock_set;
static time_t clock_at;
/* Opened at the start: the command may shut itself off from other files. */
static int count_fd = -1;
static int dump_fd = -1;

enum shim_fate
shim_count(enum shim_class class, int *error)
{
    unsigned long n = atomic_fetch_add(&counts[class], 1) + 1;

    shim_site(class_names[class], n);
    if (class != fault_class || (fault_stays ? n < fault_at : n != fault_at)) {
        return SHIM_PASS;
    }
    *error = fault_error;
    return fault_fate;
}

bool
shim_armed(void)
{
    return atomic_load_explicit(&armed, memory_order_relaxed);
}

/* SplitMix64. */
bool
shim_random(void *out, size_t len)
{
    unsigned char *at = out;

    if (!seeded) {
        return false;
    }
    for (size_t i = 0; i < len; i += 8) {
        uint64_t z = atomic_fetch_add(&random_state, 0x9e3779b97f4a7c15u);

        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        z ^= z >> 31;
        memcpy(at + i, &z, len - i < 8 ? len - i : 8);
    }
    return true;
}

static void
die(const char *why)
{
    fprintf(stderr, "shim: %s\n", why);
    _exit(99);
}

static void
read_fault(const char *text)
{
    size_t len = strcspn(text, ":");
    char *end = NULL;

    for (int c = 0; c < SHIM_CLASSES; c++) {
        if (strlen(class_names[c]) == len && strncmp(class_names[c], text, len) == 0) {
            fault_class = (enum shim_class)c;
        }
    }
    if (fault_class == SHIM_CLASSES || text[len] != ':') {
        die("no such class in TALLY_SHIM_FAULT");
    }
    fault_at = strtoul(text + len + 1, &end, 10);
    fault_stays = *end == '+';
    end += fault_stays ? 1 : 0;
    if (*end != ':') {
        die("TALLY_SHIM_FAULT is CLASS:N[+]:WHAT");
    }
    if (strcmp(end + 1, "short") == 0) {
        fault_fate = SHIM_SHORT;
    } else if (strcmp(end + 1, "kill") == 0) {
        fault_fate = SHIM_KILL;
    } else {
        fault_fate = SHIM_FAIL;
        fault_error = atoi(end + 1);
    }
}

static int
open_named(const char *name)
{
    const char *path = getenv(name);
    int fd;

    if (path == NULL) {
        return -1;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        die("cannot write what it is to write");
    }
    return fd;
}

static void
serve(const char *text)
{
    const char *fault;
    int from = 0;
    int to = 0;

    if (sscanf(text, "%d,%d", &from, &to) != 2) {
        die("TALLY_SHIM_SERVE is FROM,TO");
    }
    fault = shim_serve(from, to);
    if (strcmp(fault, "-") != 0) {
        read_fault(fault);
    }
}

static void __attribute__((constructor)) begin(void)
{
    const char *text;

    count_fd = open_named("TALLY_SHIM_COUNT");
    dump_fd = open_named("TALLY_SHIM_DUMP");
    shim_sites_begin(open_named("TALLY_SHIM_SITES"));
    if (dump_fd >= 0) {
        shim_dump_prepare();
    }
    text = getenv("TALLY_SHIM_CLOCK");
    if (text != NULL) {
        clock_set = true;
        clock_at = (time_t)strtoll(text, NULL, 10);
    }
    text = getenv("TALLY_SHIM_SEED");
    if (text != NULL) {
        seeded = true;
        atomic_store(&random_state, strtoul(text, NULL, 10));
    }
    text = getenv("TALLY_SHIM_FAULT");
    if (text != NULL) {
        read_fault(text);
    }
    shim_trap_calls();
    text = getenv("TALLY_SHIM_SERVE");
    if (text != NULL) {
        serve(text);
    }
    atomic_store(&armed, true);
}

static void __attribute__((destructor)) end(void)
{
    atomic_store(&armed, false);
    if (dump_fd >= 0) {
        shim_dump(dump_fd);
    }
    for (int c = 0; c < SHIM_CLASSES && count_fd >= 0; c++) {
        (void)!dprintf(count_fd, "%s %lu\n", class_names[c], atomic_load(&counts[c]));
    }
}

int
clock_gettime(clockid_t id, struct timespec *t)
{
    if (clock_set && (id == CLOCK_REALTIME || id == CLOCK_MONOTONIC)) {
        *t = (struct timespec){.tv_sec = clock_at, .tv_nsec = 0};
        return 0;
    }
    if (shim_syscall(228, (long)id, (long)t, 0, 0, 0, 0) != 0) {
        errno = EINVAL;
        return -1;
    }
    return 0;
}

time_t
time(time_t *out)
{
    struct timespec t = {.tv_sec = 0, .tv_nsec = 0};

    (void)clock_gettime(CLOCK_REALTIME, &t);
    if (out != NULL) {
        *out = t.tv_sec;
    }
    return t.tv_sec;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec t = {.tv_sec = 0, .tv_nsec = 0};

    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    *out = (struct timeval){.tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000};
    return 0;
}

/* The pool blocks all signals in its threads; a trapped call with its signal blocked
 * would end the process. */
int
pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    static int (*next)(int, const sigset_t *, sigset_t *);
    sigset_t without;

    if (next == NULL) {
        next = (int (*)(int, const sigset_t *, sigset_t *))dlsym(RTLD_NEXT,
                                                                 "pthread_sigmask");
    }
    if (set == NULL || how == SIG_UNBLOCK) {
        return next(how, set, old);
    }
    without = *set;
    sigdelset(&without, SIGSYS);
    return next(how, &without, old);
}

/* The handler of trapped calls stays, whoever asks for its signal: cmocka does. */
sighandler_t
signal(int number, sighandler_t handler)
{
    struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;

    if (number == SIGSYS) {
        return SIG_DFL;
    }
    return sigaction(number, &sa, &old) == 0 ? old.sa_handler : SIG_ERR;
}

/* Argon2id as asked for, or at its least cost. */
int
crypto_pwhash(unsigned char *const out, unsigned long long outlen,
              const char *const passwd, unsigned long long passwdlen,
              const unsigned char *const salt, unsigned long long opslimit,
              size_t memlimit, int alg)
{
    static int (*next)(unsigned char *, unsigned long long, const char *,
                       unsigned long long, const unsigned char *, unsigned long long,
                       size_t, int);

    if (next == NULL) {
        next = (int (*)(unsigned char *, unsigned long long, const char *,
                        unsigned long long, const unsigned char *, unsigned long long,
                        size_t, int))dlsym(RTLD_NEXT, "crypto_pwhash");
    }
    if (getenv("TALLY_SHIM_PWHASH") != NULL) {
        opslimit = 1;
        memlimit = 8192;
    }
    return next(out, outlen, passwd, passwdlen, salt, opslimit, memlimit, alg);
}
