/*
 * Landlock and seccomp by their system calls: neither needs a library. Headers of older
 * systems lack the newer names, so the bits of Landlock stand here, by its version.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct tally_sandbox_state state;
static bool entered;

/* LeakSanitizer stops the process by ptrace at its end. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITISED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||               \
    __has_feature(memory_sanitizer)
#define SANITISED 1
#endif
#endif
#ifndef SANITISED
#define SANITISED 0
#endif

/* What the process may do with files: Landlock's rights, Linux 5.13 to 6.2. */
#define FS_EXECUTE    (1ull << 0)
#define FS_WRITE_FILE (1ull << 1)
#define FS_READ_FILE  (1ull << 2)
#define FS_READ_DIR   (1ull << 3)
#define FS_ALL_1      ((1ull << 13) - 1)
#define FS_REFER      (1ull << 13) /* version 2 */
#define FS_TRUNCATE   (1ull << 14) /* version 3 */
#define FS_DEVICES    (1ull << 6 | 1ull << 9 | 1ull << 10 | 1ull << 11)

#define NET_BIND_CONNECT 3ull /* version 4: TCP */
#define SCOPE_ALL        3ull /* version 6: abstract sockets, signals to others */

struct ruleset_attr {
    uint64_t fs;
    uint64_t net;
    uint64_t scoped;
};
struct path_attr {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed)); /* the kernel's layout */
#define RULESET_VERSION 1u
#define RULE_PATH       1

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

static bool
listed(const struct tally_sandbox *s, const char *folder)
{
    for (size_t i = s->n; i > 0; i--) {
        if (strcmp(s->folders[i - 1], folder) == 0) {
            return true;
        }
    }
    return false;
}

/* Takes ${folder}, which is malloced. */
static void
add(struct tally_sandbox *s, char *folder)
{
    if (folder == NULL) {
        s->failed = true;
    } else if (!listed(s, folder)) {
        if (s->n == s->cap) {
            size_t cap = s->cap == 0 ? 16 : 2 * s->cap;
            char **more = realloc(s->folders, cap * sizeof *more);

            if (more == NULL) {
                s->failed = true;
                free(folder);
                return;
            }
            s->folders = more;
            s->cap = cap;
        }
        s->folders[s->n++] = folder;
        return;
    }
    free(folder);
}

/* Cut the last part of ${path} off: "a/b" to "a", "/a" to "/", "a" to ".". */
static void
to_parent(char *path)
{
    size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    while (len > 0 && path[len - 1] != '/') {
        len--;
    }
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    if (len == 0) {
        path[len++] = '.';
    }
    path[len] = '\0';
}

/* The nearest folder at or above ${path}. */
static void
add_folder_of(struct tally_sandbox *s, const char *path)
{
    char *at = malloc(strlen(path) + 2);
    struct stat st;

    if (at == NULL) {
        s->failed = true;
        return;
    }
    strcpy(at, path);
    do {
        to_parent(at);
    } while ((stat(at, &st) != 0 || !S_ISDIR(st.st_mode)) && strcmp(at, "/") != 0 &&
             strcmp(at, ".") != 0);
    add(s, at);
}

void
tally_sandbox_allow(struct tally_sandbox *s, const char *path)
{
    struct stat st;
    char *real;

    if (path == NULL || path[0] == '\0' || strcmp(path, "-") == 0 ||
        strlen(path) >= PATH_MAX) {
        return;
    }
    if (stat(path, &st) != 0) {
        add_folder_of(s, path);
        return;
    }
    if (S_ISDIR(st.st_mode)) {
        add(s, strdup(path));
        return;
    }
    if (!S_ISREG(st.st_mode)) { /* a pipe, a terminal: itself, not what lies beside it */
        add(s, strdup(path));
        return;
    }
    add_folder_of(s, path);
    real = realpath(path, NULL);
    if (real != NULL) {
        add_folder_of(s, real);
        free(real);
    }
}

/* Below ${path}, or of the file itself; what is not there needs no rule. */
static void
allow_rights(int ruleset, const char *path, uint64_t rights)
{
    struct path_attr rule = {.allowed = rights};
    struct stat st;

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0) {
        return;
    }
    if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode)) {
        rule.allowed &= FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE;
    }
    (void)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule, 0);
    (void)close(rule.parent_fd);
}

static void
allow_system(int ruleset, uint64_t all)
{
    static const char *const read_only[] = {
        "/usr", "/lib",         "/lib64",    "/etc/ssl",      "/proc",
        "/sys", "/dev/urandom", "/dev/zero", "/etc/localtime"};
    static const char *const devices[] = {"/dev/null", "/dev/tty", "/dev/full"};
    const char *tmpdir = getenv("TMPDIR");

    for (size_t i = 0; i < sizeof read_only / sizeof read_only[0]; i++) {
        allow_rights(ruleset, read_only[i], FS_READ_FILE | FS_READ_DIR);
    }
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        allow_rights(ruleset, devices[i], FS_READ_FILE | FS_WRITE_FILE);
    }
    if (tmpdir != NULL && tmpdir[0] != '\0') {
        allow_rights(ruleset, tmpdir, all);
    } else {
        allow_rights(ruleset, "/tmp", all);
        allow_rights(ruleset, "/var/tmp", all);
    }
}

/* Close all folders but those allowed. Nothing may be executed or made a device. */
static bool
enter_landlock(const struct tally_sandbox *s, int version)
{
    struct ruleset_attr attr = {.fs = FS_ALL_1};
    size_t size = offsetof(struct ruleset_attr, net);
    uint64_t all;
    int ruleset;
    bool done;

    attr.fs |= version >= 2 ? FS_REFER : 0;
    attr.fs |= version >= 3 ? FS_TRUNCATE : 0;
    if (version >= 4) {
        attr.net = NET_BIND_CONNECT;
        size = offsetof(struct ruleset_attr, scoped);
    }
    if (version >= 6) {
        attr.scoped = SCOPE_ALL;
        size = sizeof attr;
    }
    ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (ruleset < 0) {
        return false;
    }
    all = attr.fs & ~(FS_EXECUTE | FS_DEVICES);
    allow_system(ruleset, all);
    for (size_t i = 0; i < s->n; i++) {
        allow_rights(ruleset, s->folders[i], all);
    }
    done = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    (void)close(ruleset);
    return done;
}

/* System calls by what they are for. */
static const int closed[] = {
    /* the network, and processes beside */
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
    SYS_recvmmsg,
    /* another program */
    SYS_execve,
    SYS_execveat,
/* looking into others, and being moved out of reach */
#if !SANITISED
    SYS_ptrace,
#endif
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_pidfd_getfd,
    SYS_perf_event_open,
    SYS_userfaultfd,
    /* ways around this filter and around paths */
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    SYS_bpf,
    /* the system itself */
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsmount,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_quotactl,
    SYS_acct,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_syslog,
#ifdef SYS_iopl
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
#endif
};
#define NCLOSED (sizeof closed / sizeof closed[0])

#if defined(__x86_64__)
#define ARCH   AUDIT_ARCH_X86_64
#define NR_MAX 0x3FFFFFFFu /* above are the calls of the x32 interface */
#elif defined(__aarch64__)
#define ARCH   AUDIT_ARCH_AARCH64
#define NR_MAX 0xFFFFFFFEu
#endif

static bool
enter_seccomp(void)
{
#ifdef ARCH
    struct sock_filter f[NCLOSED + 7];
    struct sock_fprog prog = {.filter = f};
    unsigned n = 0;

    f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                          offsetof(struct seccomp_data, arch));
    f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                          offsetof(struct seccomp_data, nr));
    f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NR_MAX,
                                          (uint8_t)(NCLOSED + 1), 0);
    for (size_t i = 0; i < NCLOSED; i++) { /* to the last line, past the one before it */
        f[n++] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)closed[i], (uint8_t)(NCLOSED - i), 0);
    }
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    prog.len = (unsigned short)n;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0;
#else
    return false;
#endif
}

void
tally_sandbox_enter(struct tally_sandbox *s)
{
    const char *word = getenv("TALLY_SANDBOX");
    long version;

    if (!entered && !s->failed) {
        entered = true;
        state.off = word != NULL && strcmp(word, "off") == 0;
        if (!state.off && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
            version = syscall(SYS_landlock_create_ruleset, NULL, 0, RULESET_VERSION);
            state.everywhere = s->everywhere && version > 0;
            if (!s->everywhere && version > 0 && enter_landlock(s, (int)version)) {
                state.landlock = (int)version;
            }
            state.seccomp = enter_seccomp();
        }
    }
    for (size_t i = 0; i < s->n; i++) {
        free(s->folders[i]);
    }
    free(s->folders);
    *s = (struct tally_sandbox){.n = 0};
}

struct tally_sandbox_state
tally_sandbox_state(void)
{
    return state;
}
