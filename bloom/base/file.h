/*
 * Files: outputs that appear whole or not at all, inputs read with limits or mapped.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_FILE_H
#define TALLY_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bloom/base/err.h"

/**
 * An output file. Nothing is visible under its name until tally_outfile_commit: bytes go
 * to an unnamed (or hidden) temporary file in the same folder, which is synced and linked
 * into place. A NULL path writes to standard output instead, and commit only flushes.
 */
struct tally_outfile;

/** Open for ${path}. Without ${force} an existing file is refused (TALLY_E_EXISTS), now
 * and again at commit; what is not an ordinary file is refused always (TALLY_E_USAGE).
 * ${mode} is the permission, 0600 for anything personal or secret. */
TALLY_NODISCARD int tally_outfile_open(struct tally_outfile **out, const char *path,
                                       mode_t mode, bool force, struct tally_err *err);

/** Append through a 256 KiB buffer that is wiped when flushed. */
TALLY_NODISCARD int tally_outfile_write(struct tally_outfile *f, const void *p,
                                        size_t len, struct tally_err *err);

/** Append formatted text. */
TALLY_NODISCARD int tally_outfile_printf(struct tally_outfile *f, struct tally_err *err,
                                         const char *fmt, ...) TALLY_PRINTF(3, 4);

/** Write at an absolute offset, unbuffered; not for standard output (TALLY_E_USAGE). What
 * was appended before is flushed first and appending goes on where it was. Any thread,
 * once everything appended has been flushed by a first call. */
TALLY_NODISCARD int tally_outfile_pwrite(struct tally_outfile *f, uint64_t offset,
                                         const void *p, size_t len,
                                         struct tally_err *err);

/** Let the disk begin with ${len} bytes written at ${offset}, which soon will not be
 * written again: then the sync at the end is a short one. */
void tally_outfile_start(const struct tally_outfile *f, uint64_t offset, uint64_t len);

/** Bring what was written of ${nfiles} files to the disk, so that commit only has to give
 * names: for a caller that does something else before it, which must not be in vain. */
TALLY_NODISCARD int tally_outfile_sync(struct tally_outfile *const *files, size_t nfiles,
                                       struct tally_err *err);

/** Make ${nfiles} files appear, all or none: on error those already in place are removed
 * again, but for one that replaced another, which is whole. Each is synced, and its
 * folder. The objects must still be freed. */
TALLY_NODISCARD int tally_outfile_commit(struct tally_outfile *const *files,
                                         size_t nfiles, struct tally_err *err);

/** Release; an uncommitted file leaves nothing behind. NULL is no-op. */
void tally_outfile_free(struct tally_outfile *f);

/** An unnamed temporary file in the folder of ${beside} (or TMPDIR, /tmp when NULL), mode
 * 0600. */
TALLY_NODISCARD int tally_tmpfile(const char *beside, int *fd, struct tally_err *err);

/** What comes next of ${fd}: at most ${cap} bytes, 0 at the end, or -1: TALLY_E_IO
 * "cannot read ${shown}", or TALLY_E_INTERRUPTED when Ctrl-C came while waiting. */
TALLY_NODISCARD ptrdiff_t tally_read(int fd, void *to, size_t cap, const char *shown,
                                     struct tally_err *err);

/** BLAKE2b-256 of what comes of ${fd}, 32 bytes, and how many bytes it is of. Errors as
 * tally_read. */
TALLY_NODISCARD int tally_read_digest(int fd, const char *shown, uint8_t out[32],
                                      int64_t *bytes, struct tally_err *err);

/** Full pread/pwrite with EINTR and short counts handled. A short read is
 * TALLY_E_CORRUPT. */
TALLY_NODISCARD int tally_pread_full(int fd, void *p, size_t len, uint64_t offset,
                                     struct tally_err *err);
TALLY_NODISCARD int tally_pwrite_full(int fd, const void *p, size_t len, uint64_t offset,
                                      struct tally_err *err);

/** The whole of ${path} ("-" is standard input) into malloced memory with a NUL after it,
 * at most
 * ${limit} bytes (TALLY_E_LIMIT). Caller wipes if it must, and frees. */
TALLY_NODISCARD int tally_file_read(const char *path, size_t limit, uint8_t **data,
                                    size_t *len, struct tally_err *err);

/** As tally_file_read for a file that holds a secret: regular, not a link, owned by this
 * user, and no permission for group or others (TALLY_E_KEY with the chmod to run as
 * hint). */
TALLY_NODISCARD int tally_file_read_private(const char *path, size_t limit,
                                            uint8_t **data, size_t *len,
                                            struct tally_err *err);

/** Overwrite the regular file ${path} with random bytes, sync and remove it. Copies that
 * a drive, a filesystem or a backup kept of it are out of reach. Errors: TALLY_E_NO_FILE,
 * TALLY_E_USAGE (not a regular file, or a link), TALLY_E_IO. */
TALLY_NODISCARD int tally_file_destroy(const char *path, struct tally_err *err);

/** As tally_file_destroy for a file that may not stay, if there is one: where it cannot
 * be overwritten, on a full disk for instance, it is removed all the same. */
void tally_file_discard(const char *path);

/** A read-only mapping of a regular file. An empty file maps with len 0 and data
 * non-NULL. */
struct tally_map {
    const uint8_t *data;
    size_t len;
};
TALLY_NODISCARD int tally_map_open(struct tally_map *m, const char *path,
                                   struct tally_err *err);
void tally_map_close(struct tally_map *m);

/** Say that the ${len} bytes at ${p} of a mapping are done with for now, so that a file
 * that is read once does not fill memory; they come back when they are read again. */
void tally_map_release(const void *p, size_t len);

/** A path, formatted, to ${out}: of TALLY_PATH_BYTES bytes with the NUL. One that does
 * not fit is TALLY_E_USAGE. */
#define TALLY_PATH_BYTES 4096
TALLY_NODISCARD int tally_path_format(char out[TALLY_PATH_BYTES], struct tally_err *err,
                                      const char *fmt, ...) TALLY_PRINTF(3, 4);

/** The file name of ${path} without folder and last extension, at most ${cap}-1 bytes. */
void tally_path_stem(const char *path, char *out, size_t cap);

/** TALLY_E_USAGE when ${output} names the same file as ${input}, however it is spelt. */
TALLY_NODISCARD int tally_path_distinct(const char *input, const char *output,
                                        struct tally_err *err);

#endif
