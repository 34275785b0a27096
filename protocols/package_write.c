/*
 * Writing packages: one pass, memory for one chunk.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/base/interrupt.h"
#include "protocols/package_impl.h"

#include <stdlib.h>
#include <string.h>

/* A package on its way: everything written is digested. */
struct writer {
    struct tally_outfile *f;
    struct tally_digest_state digest;
    struct tally_stream stream;
    int fd;
    uint64_t len;    /* of the content */
    uint64_t padded; /* of the stream: length, content, zeros */
    uint64_t at;     /* in the stream */
    uint8_t in[TALLY_STREAM_CHUNK];
    uint8_t out[TALLY_STREAM_CHUNK + TALLY_STREAM_OVERHEAD];
};

static int
put(struct writer *w, const void *p, size_t len, struct tally_err *err)
{
    tally_digest_update(&w->digest, p, len);
    return tally_outfile_write(w->f, p, len, err);
}

/* The next ${n} bytes of the stream into w->in. */
static int
fill(struct writer *w, size_t n, struct tally_err *err)
{
    size_t done = 0;

    if (w->at == 0) {
        tally_le64_store(w->in, w->len);
        done = 8;
    }
    if (done < n && w->at + done < 8 + w->len) {
        uint64_t from = w->at + done - 8;
        size_t take = w->len - from < n - done ? (size_t)(w->len - from) : n - done;

        if (tally_pread_full(w->fd, w->in + done, take, from, err) != 0) {
            return -1;
        }
        done += take;
    }
    memset(w->in + done, 0, n - done);
    return 0;
}

static int
put_stream(struct writer *w, struct tally_err *err)
{
    while (w->at < w->padded) {
        uint64_t left = w->padded - w->at;
        size_t n = left < TALLY_STREAM_CHUNK ? (size_t)left : TALLY_STREAM_CHUNK;

        if (tally_interrupt_check(err) != 0 || fill(w, n, err) != 0) {
            return -1;
        }
        tally_stream_push(&w->stream, w->in, n, n == left, w->out);
        if (put(w, w->out, n + TALLY_STREAM_OVERHEAD, err) != 0) {
            return -1;
        }
        w->at += n;
    }
    return 0;
}

static int
put_head(struct writer *w, const struct tally_manifest *m,
         const uint8_t to_seal[TALLY_SEAL_PUBLIC_BYTES],
         const struct tally_identity *from, struct tally_err *err)
{
    uint8_t head[TALLY_PACKAGE_HEAD], header[TALLY_STREAM_HEADER_BYTES];
    uint8_t sealed_key[TALLY_SEALED_KEY_BYTES];
    char *text;
    int rc = -1;

    if (tally_stream_seal(&w->stream, to_seal, sealed_key, header, err) != 0) {
        return -1;
    }
    text = tally_manifest_text(m, sealed_key);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    TALLY_INVARIANT(strlen(text) <= TALLY_MANIFEST_MAX);
    memcpy(head, TALLY_PACKAGE_MAGIC, 8);
    tally_le32_store(head + 8, TALLY_PACKAGE_VERSION);
    tally_le32_store(head + 12, (uint32_t)strlen(text));
    memcpy(head + 16, from->card.sign, TALLY_SIGN_PUBLIC_BYTES);
    if (put(w, head, sizeof head, err) == 0 && put(w, text, strlen(text), err) == 0) {
        rc = put(w, header, sizeof header, err);
    }
    free(text);
    return rc;
}

int
tally_package_write(struct tally_outfile *f, const struct tally_manifest *m,
                    const uint8_t to_seal[TALLY_SEAL_PUBLIC_BYTES],
                    const struct tally_identity *from, int fd, uint64_t len,
                    struct tally_err *err)
{
    struct writer *w = aligned_alloc(64, (sizeof *w + 63) / 64 * 64);
    uint8_t digest[TALLY_DIGEST_BYTES], signature[TALLY_SIGNATURE_BYTES];
    int rc = -1;

    if (w == NULL) {
        return tally_err_nomem(err);
    }
    memset(w, 0, sizeof *w);
    w->f = f;
    w->fd = fd;
    w->len = len;
    w->padded = tally_padded(len + 8);
    tally_digest_init(&w->digest);
    if (put_head(w, m, to_seal, from, err) == 0 && put_stream(w, err) == 0) {
        tally_digest_final(&w->digest, digest);
        if (tally_sign(from->sign, TALLY_DOMAIN_SIGN_PACKAGE, digest, signature, err) ==
            0) {
            rc = tally_outfile_write(f, signature, sizeof signature, err);
        }
    }
    tally_stream_end(&w->stream);
    tally_wipe(w, sizeof *w);
    free(w);
    return rc;
}
