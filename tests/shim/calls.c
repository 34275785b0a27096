/*
 * System calls: a seccomp filter traps those that the C library makes, the handler of
 * SIGSYS counts them and does, fails or halves them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/shim/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#if !defined(__x86_64__)
#error "the shim knows the system calls of x86-64 only"
#endif

static const struct {
    int nr;
    enum shim_class class;
} traps[] = {
    {SYS_write, SHIM_WRITE},      {SYS_pwrite64, SHIM_WRITE},   {SYS_writev, SHIM_WRITE},
    {SYS_fsync, SHIM_SYNC},       {SYS_fdatasync, SHIM_SYNC},   {SYS_read, SHIM_READ},
    {SYS_pread64, SHIM_READ},     {SYS_open, SHIM_OPEN},        {SYS_openat, SHIM_OPEN},
    {SYS_mkdir, SHIM_OPEN},       {SYS_mkdirat, SHIM_OPEN},     {SYS_rename, SHIM_RENAME},
    {SYS_renameat, SHIM_RENAME},  {SYS_renameat2, SHIM_RENAME}, {SYS_link, SHIM_RENAME},
    {SYS_linkat, SHIM_RENAME},    {SYS_ftruncate, SHIM_SPACE},  {SYS_mmap, SHIM_MMAP},
    {SYS_fallocate, SHIM_SPACE},  {SYS_getrandom, SHIM_ANY},    {SYS_unlink, SHIM_ANY},
    {SYS_unlinkat, SHIM_ANY},
};
#define NTRAPS (sizeof traps / sizeof *traps)

long
shim_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static bool
is_file(long fd)
{
    struct stat st;

    return shim_syscall(SYS_fstat, fd, (long)&st, 0, 0, 0, 0) == 0 &&
           S_ISREG(st.st_mode);
}

static bool
grows(long fd, long len)
{
    struct stat st;

    return shim_syscall(SYS_fstat, fd, (long)&st, 0, 0, 0, 0) == 0 && len > st.st_size;
}

/* Does this call need room on the disk? */
static bool
needs_space(enum shim_class class, long nr, const long a[6])
{
    switch (class) {
    case SHIM_WRITE:
        return a[0] != STDOUT_FILENO && is_file(a[0]);
    case SHIM_SPACE:
        return nr != SYS_ftruncate || grows(a[0], a[1]);
    case SHIM_RENAME:
        return true;
    case SHIM_OPEN:
        return nr == SYS_mkdir || nr == SYS_mkdirat ||
               (nr == SYS_open && (a[1] & O_CREAT) != 0) ||
               (nr == SYS_openat &&
                ((a[2] & O_CREAT) != 0 || (a[2] & O_TMPFILE) == O_TMPFILE));
    case SHIM_ALLOC:
    case SHIM_SYNC:
    case SHIM_READ:
    case SHIM_MMAP:
    case SHIM_ANY:
    case SHIM_CLASSES:
        break;
    }
    return false;
}

/* What is said to people on standard error always comes out. */
static enum shim_fate
decide(enum shim_class class, long nr, const long a[6], int *error)
{
    enum shim_fate fate = SHIM_PASS;

    if (!shim_armed() || (class == SHIM_WRITE && a[0] == STDERR_FILENO)) {
        return SHIM_PASS;
    }
    if (class != SHIM_ANY && class != SHIM_SPACE) {
        fate = shim_count(class, error);
    }
    if (fate == SHIM_PASS && needs_space(class, nr, a)) {
        fate = shim_count(SHIM_SPACE, error);
    }
    if (fate == SHIM_PASS) {
        fate = shim_count(SHIM_ANY, error);
    }
    return fate;
}

/* The call itself; random bytes may come from the seeded stream. */
static long
perform(long nr, const long a[6])
{
    static const char urandom[] = "/dev/urandom";

    if (nr == SYS_getrandom && shim_random((void *)a[0], (size_t)a[1])) {
        return a[1];
    }
    if (nr == SYS_openat && strcmp((const char *)a[1], urandom) == 0 &&
        shim_random(NULL, 0)) {
        return shim_syscall(nr, a[0], (long)"/dev/zero", a[2], a[3], 0, 0);
    }
    return shim_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static long
handle(enum shim_class class, long nr, const long a[6])
{
    bool counted = class == SHIM_WRITE || class == SHIM_READ;
    long half[6] = {a[0], a[1], a[2], a[3], a[4], a[5]};
    int error = 0;

    if (counted && nr != SYS_writev && a[2] > 1) {
        half[2] = a[2] / 2;
    }
    switch (decide(class, nr, a, &error)) {
    case SHIM_PASS:
        break;
    case SHIM_FAIL:
        return -error;
    case SHIM_SHORT:
        return perform(nr, half);
    case SHIM_KILL:
        if (class == SHIM_WRITE) {
            (void)perform(nr, half);
        }
        (void)shim_syscall(SYS_kill, shim_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0), SIGKILL,
                           0, 0, 0, 0);
        break;
    }
    return perform(nr, a);
}

static void
on_trap(int sig, siginfo_t *info, void *context)
{
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
    const long a[6] = {r[REG_RDI], r[REG_RSI], r[REG_RDX],
                       r[REG_R10], r[REG_R8],  r[REG_R9]};
    long nr = info->si_syscall;
    int saved = errno;
    enum shim_class class = SHIM_ANY;

    (void)sig;
    for (size_t i = 0; i < NTRAPS; i++) {
        if (traps[i].nr == nr) {
            class = traps[i].class;
        }
    }
    r[REG_RAX] = handle(class, nr, a);
    errno = saved;
}

/* Where the code of the C library lies. */
static void
find_libc(uint64_t *low, uint64_t *high)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[4200];
    char rights[8];
    unsigned long from;
    unsigned long to;

    *low = 0;
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (strstr(line, "/libc.so.6") != NULL &&
            sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 && rights[2] == 'x') {
            *low = from;
            *high = to;
        }
    }
    if (f != NULL) {
        fclose(f);
    }
    if (*low == 0) {
        fprintf(stderr, "shim: cannot find the C library\n");
        _exit(99);
    }
}

static struct sock_filter program[64];
static unsigned short nprogram;

static void
emit(uint16_t code, uint32_t k, unsigned yes, unsigned no)
{
    program[nprogram++] =
        (struct sock_filter){.code = code, .jt = (uint8_t)yes, .jf = (uint8_t)no, .k = k};
}

/* Trap when the instruction lies in [low, high), of one upper half. */
static void
emit_range(uint64_t low, uint64_t high)
{
    size_t at = offsetof(struct seccomp_data, instruction_pointer);

    emit(BPF_LD | BPF_W | BPF_ABS, (uint32_t)at + 4, 0, 0);
    emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(low >> 32), 0, 4);
    emit(BPF_LD | BPF_W | BPF_ABS, (uint32_t)at, 0, 0);
    emit(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)low, 0, 2);
    emit(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)(high - 1), 1, 0);
    emit(BPF_RET | BPF_K, SECCOMP_RET_TRAP, 0, 0);
}

static void
build_filter(void)
{
    uint64_t low = 0;
    uint64_t high = 0;
    uint64_t border;

    find_libc(&low, &high);
    border = (high - 1) & ~(uint64_t)UINT32_MAX;
    emit(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    for (size_t i = 0; i < NTRAPS; i++) {
        emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)traps[i].nr, (unsigned)(NTRAPS - i), 0);
    }
    emit(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    if (border > low) {
        emit_range(low, border);
        emit_range(border, high);
    } else {
        emit_range(low, high);
    }
    emit(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

void
shim_trap_calls(void)
{
    struct sock_fprog prog = {.len = 0, .filter = program};
    struct sigaction sa;

    memset(&sa, 0, sizeof sa);
    sa.sa_sigaction = on_trap;
    sa.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigemptyset(&sa.sa_mask);
    build_filter();
    prog.len = nprogram;
    if (sigaction(SIGSYS, &sa, NULL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) != 0) {
        perror("shim: cannot trap system calls");
        _exit(99);
    }
}

static FILE *maps;

void
shim_dump_prepare(void)
{
    maps = fopen("/proc/self/maps", "r");
    if (maps == NULL) {
        perror("shim: cannot read what memory there is");
        _exit(99);
    }
}

void
shim_dump(int fd)
{
    static char line[4200];
    unsigned long from;
    unsigned long to;
    char rights[8];

    while (fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[0] != 'r' ||
            rights[1] != 'w') {
            continue;
        }
        while (from < to) { /* what cannot be read stops it: the next page then */
            ssize_t n = write(fd, (const void *)from, to - from); /* NOLINT */

            from += n > 0 ? (unsigned long)n : 4096;
        }
    }
}
