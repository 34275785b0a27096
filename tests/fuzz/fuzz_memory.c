/*
 * Files in memory for the fuzz programs: what lies in the folder FUZZ_FOLDER, which is on
 * no disk, and temporary files. Put in the place of the system's calls by the linker's
 * --wrap; what concerns any other file goes on to the system. A descriptor of a file in
 * memory is beyond those that the system gives.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FUZZ_FOLDER "/tally-fuzz"
#define FIRST_FD    (1 << 20)
#define MOST        32 /* files, and descriptors */
#define LARGEST     ((size_t)16 << 20)

/* One file. An input is where the caller has it; what is written is its own. */
struct file {
    char name[32]; /* empty for a temporary file */
    const uint8_t *data;
    uint8_t *own;
    size_t len;
    size_t cap;
    bool there;
};

struct opened {
    struct file *file; /* NULL: the folder */
    size_t at;
    bool open;
};

static struct file files[MOST];
static struct opened descriptors[MOST];

int __real_open(const char *path, int flags, ...);
int __real_openat(int dirfd, const char *path, int flags, ...);
int __real_close(int fd);
int __real_access(const char *path, int mode);
int __real_fstat(int fd, struct stat *st);
int __real_stat(const char *path, struct stat *st);
int __real_fstatat(int dirfd, const char *path, struct stat *st, int flags);
int __real_ftruncate(int fd, off_t len);
off_t __real_lseek(int fd, off_t at, int whence);
ssize_t __real_read(int fd, void *to, size_t cap);
ssize_t __real_pread(int fd, void *to, size_t cap, off_t at);
ssize_t __real_write(int fd, const void *from, size_t len);
ssize_t __real_pwrite(int fd, const void *from, size_t len, off_t at);
int __real_mallopt(int what, int value);
int __wrap_open(const char *path, int flags, ...);
int __wrap_openat(int dirfd, const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_access(const char *path, int mode);
int __wrap_fstat(int fd, struct stat *st);
int __wrap_stat(const char *path, struct stat *st);
int __wrap_fstatat(int dirfd, const char *path, struct stat *st, int flags);
int __wrap_ftruncate(int fd, off_t len);
off_t __wrap_lseek(int fd, off_t at, int whence);
ssize_t __wrap_read(int fd, void *to, size_t cap);
ssize_t __wrap_pread(int fd, void *to, size_t cap, off_t at);
ssize_t __wrap_write(int fd, const void *from, size_t len);
ssize_t __wrap_pwrite(int fd, const void *from, size_t len, off_t at);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset);
int __wrap_munmap(void *p, size_t len);

/* The name of ${path} in the folder, "" for the folder, NULL for what is elsewhere. */
static const char *
inside(const char *path)
{
    size_t n = strlen(FUZZ_FOLDER);

    if (strncmp(path, FUZZ_FOLDER, n) != 0 || (path[n] != '/' && path[n] != '\0')) {
        return NULL;
    }
    return path[n] == '/' ? path + n + 1 : path + n;
}

static struct file *
find(const char *name)
{
    for (size_t i = 0; i < MOST; i++) {
        if (files[i].there && strcmp(files[i].name, name) == 0) {
            return &files[i];
        }
    }
    return NULL;
}

static struct file *
add(const char *name)
{
    for (size_t i = 0; i < MOST; i++) {
        if (!files[i].there) {
            files[i] = (struct file){.there = true};
            (void)snprintf(files[i].name, sizeof files[i].name, "%s", name);
            return &files[i];
        }
    }
    __builtin_trap(); /* more files than a target has */
}

static int
give(struct file *f)
{
    for (int i = 0; i < MOST; i++) {
        if (!descriptors[i].open) {
            descriptors[i] = (struct opened){f, 0, true};
            return FIRST_FD + i;
        }
    }
    __builtin_trap(); /* descriptors were not closed */
}

/* What ${fd} has open, NULL when it is the system's. */
static struct opened *
opened(int fd)
{
    struct opened *o;

    if (fd < FIRST_FD) {
        return NULL;
    }
    FUZZ_MUST(fd < FIRST_FD + MOST);
    o = &descriptors[fd - FIRST_FD];
    FUZZ_MUST(o->open); /* used after it was closed */
    return o;
}

/* Buffers that are taken and given back in every execution stay with the program. */
__attribute__((constructor)) static void
keep_buffers(void)
{
    (void)__real_mallopt(M_MMAP_THRESHOLD, 1 << 30);
    (void)__real_mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

const char *
fuzz_dir(void)
{
    return FUZZ_FOLDER;
}

const char *
fuzz_named(const char *name, const uint8_t *data, size_t len)
{
    static char paths[MOST][sizeof FUZZ_FOLDER + sizeof files[0].name];
    struct file *f = find(name);
    char *path;

    if (f == NULL) {
        FUZZ_MUST(setenv("TMPDIR", FUZZ_FOLDER, 1) == 0);
        f = add(name);
    }
    f->data = data;
    f->len = len;
    path = paths[f - files];
    (void)snprintf(path, sizeof paths[0], "%s/%s", FUZZ_FOLDER, f->name);
    return path;
}

const char *
fuzz_file(unsigned i, const uint8_t *data, size_t len)
{
    static const char *const names[FUZZ_FILES] = {"input.0", "input.1", "input.2",
                                                  "input.3"};

    FUZZ_MUST(i < FUZZ_FILES);
    return fuzz_named(names[i], data, len);
}

int
__wrap_open(const char *path, int flags, ...)
{
    const char *name = inside(path);
    struct file *f;
    va_list ap;
    int mode;

    if (name == NULL) {
        va_start(ap, flags);
        mode = (flags & O_CREAT) != 0 ? va_arg(ap, int) : 0;
        va_end(ap);
        return __real_open(path, flags, mode);
    }
    if (name[0] == '\0') {
        return give(NULL);
    }
    f = find(name);
    if (f == NULL || (flags & O_EXCL) != 0) {
        errno = f == NULL ? ENOENT : EEXIST;
        return -1;
    }
    return give(f);
}

/* In the folder: a temporary file without a name. */
int
__wrap_openat(int dirfd, const char *path, int flags, ...)
{
    va_list ap;
    int mode;

    if (opened(dirfd) == NULL) {
        va_start(ap, flags);
        mode = va_arg(ap, int);
        va_end(ap);
        return __real_openat(dirfd, path, flags, mode);
    }
    FUZZ_MUST((flags & O_TMPFILE) == O_TMPFILE);
    return give(add(""));
}

int
__wrap_close(int fd)
{
    struct opened *o = opened(fd);

    if (o == NULL) {
        return __real_close(fd);
    }
    o->open = false;
    if (o->file != NULL && o->file->name[0] == '\0') {
        free(o->file->own);
        o->file->there = false;
    }
    return 0;
}

int
__wrap_access(const char *path, int mode)
{
    const char *name = inside(path);

    if (name == NULL) {
        return __real_access(path, mode);
    }
    errno = ENOENT;
    return name[0] == '\0' || find(name) != NULL ? 0 : -1;
}

/* A file, or with NULL the folder. */
static void
describe(const struct file *f, struct stat *st)
{
    memset(st, 0, sizeof *st);
    st->st_mode = f == NULL ? S_IFDIR | 0700 : S_IFREG | 0600;
    st->st_uid = geteuid();
    st->st_nlink = 1;
    st->st_size = f == NULL ? 0 : (off_t)f->len;
}

int
__wrap_fstat(int fd, struct stat *st)
{
    struct opened *o = opened(fd);

    if (o == NULL) {
        return __real_fstat(fd, st);
    }
    describe(o->file, st);
    st->st_ino = (ino_t)(fd - FIRST_FD + 1);
    return 0;
}

int
__wrap_stat(const char *path, struct stat *st)
{
    const char *name = inside(path);
    const struct file *f;

    if (name == NULL) {
        return __real_stat(path, st);
    }
    f = name[0] == '\0' ? NULL : find(name);
    if (f == NULL && name[0] != '\0') {
        errno = ENOENT;
        return -1;
    }
    describe(f, st);
    return 0;
}

/* Asked of an output file, which is not there yet. */
int
__wrap_fstatat(int dirfd, const char *path, struct stat *st, int flags)
{
    if (dirfd < 0 || opened(dirfd) == NULL) {
        return __real_fstatat(dirfd, path, st, flags);
    }
    errno = ENOENT;
    return -1;
}

/* Room for ${len} bytes in a file that may be written. */
static int
grow(struct file *f, size_t len)
{
    size_t cap = f->cap == 0 ? 4096 : f->cap;

    FUZZ_MUST(f->name[0] == '\0');
    if (len > LARGEST) {
        errno = ENOSPC;
        return -1;
    }
    while (cap < len) {
        cap *= 2;
    }
    if (cap > f->cap) {
        f->own = realloc(f->own, cap);
        FUZZ_MUST(f->own != NULL);
        memset(f->own + f->cap, 0, cap - f->cap);
        f->cap = cap;
        f->data = f->own;
    }
    if (len > f->len) {
        f->len = len;
    }
    return 0;
}

int
__wrap_ftruncate(int fd, off_t len)
{
    struct opened *o = opened(fd);

    if (o == NULL) {
        return __real_ftruncate(fd, len);
    }
    if (grow(o->file, (size_t)len) != 0) {
        return -1;
    }
    memset(o->file->own + len, 0, o->file->len - (size_t)len);
    o->file->len = (size_t)len;
    return 0;
}

off_t
__wrap_lseek(int fd, off_t at, int whence)
{
    struct opened *o = opened(fd);

    if (o == NULL) {
        return __real_lseek(fd, at, whence);
    }
    at += whence == SEEK_CUR   ? (off_t)o->at
          : whence == SEEK_END ? (off_t)o->file->len
                               : 0;
    FUZZ_MUST(at >= 0);
    o->at = (size_t)at;
    return at;
}

ssize_t
__wrap_pread(int fd, void *to, size_t cap, off_t at)
{
    struct opened *o = opened(fd);

    if (o == NULL) {
        return __real_pread(fd, to, cap, at);
    }
    if (at < 0 || (size_t)at >= o->file->len) {
        return 0;
    }
    if (cap > o->file->len - (size_t)at) {
        cap = o->file->len - (size_t)at;
    }
    memcpy(to, o->file->data + at, cap);
    return (ssize_t)cap;
}

ssize_t
__wrap_read(int fd, void *to, size_t cap)
{
    struct opened *o = opened(fd);
    ssize_t n;

    if (o == NULL) {
        return __real_read(fd, to, cap);
    }
    n = __wrap_pread(fd, to, cap, (off_t)o->at);
    o->at += (size_t)n;
    return n;
}

ssize_t
__wrap_pwrite(int fd, const void *from, size_t len, off_t at)
{
    struct opened *o = opened(fd);

    if (o == NULL) {
        return __real_pwrite(fd, from, len, at);
    }
    if (at < 0 || (size_t)at > LARGEST || grow(o->file, (size_t)at + len) != 0) {
        errno = ENOSPC;
        return -1;
    }
    if (len > 0) {
        memcpy(o->file->own + at, from, len);
    }
    return (ssize_t)len;
}

ssize_t
__wrap_write(int fd, const void *from, size_t len)
{
    struct opened *o = opened(fd);
    ssize_t n;

    if (o == NULL) {
        return __real_write(fd, from, len);
    }
    n = __wrap_pwrite(fd, from, len, (off_t)o->at);
    o->at += n > 0 ? (size_t)n : 0;
    return n;
}

/* Ordinary memory of its very length, that AddressSanitizer watches. */
void *
__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
    void *p = NULL;

    (void)at;
    (void)prot;
    (void)flags;
    if (posix_memalign(&p, 4096, len) != 0) {
        return MAP_FAILED;
    }
    if (fd < 0) {
        memset(p, 0, len);
    } else {
        FUZZ_MUST(__wrap_pread(fd, p, len, offset) == (ssize_t)len);
    }
    return p;
}

int
__wrap_munmap(void *p, size_t len)
{
    (void)len;
    free(p);
    return 0;
}
