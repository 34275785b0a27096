/*
 * Reading packages: once through for the signature, and only then again for the content.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/base/interrupt.h"
#include "protocols/package_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct tally_package {
    int fd;
    char shown[256];
    struct tally_manifest manifest;
    uint8_t signer[TALLY_SIGN_PUBLIC_BYTES];
    uint8_t sealed_key[TALLY_SEALED_KEY_BYTES];
    uint8_t header[TALLY_STREAM_HEADER_BYTES];
    uint8_t digest[TALLY_DIGEST_BYTES]; /* of all that is signed */
    uint64_t stream;                    /* where the chunks begin */
    uint64_t end;                       /* where the signature begins */
};

static int
damaged(const struct tally_package *p, struct tally_err *err)
{
    tally_err_set(err, TALLY_E_CORRUPT,
                  "%s: not a Tallystick package, or cut or changed on its way", p->shown);
    return tally_err_hint(err, "ask its sender to send it again");
}

/* What stands before the chunks. It is read once: what is parsed are the very bytes that
 * were signed, even if the file changes meanwhile. The chunks are bound to it by their
 * key. */
struct front {
    uint8_t bytes[TALLY_PACKAGE_HEAD + TALLY_MANIFEST_MAX + TALLY_STREAM_HEADER_BYTES];
    size_t len; /* at least up to the chunks */
};

/* Digest of everything before the signature. */
static int
digest_signed(struct tally_package *p, const struct front *f, struct tally_err *err)
{
    struct tally_digest_state st;
    uint8_t chunk[32768];

    tally_digest_init(&st);
    tally_digest_update(&st, f->bytes, f->len);
    for (uint64_t at = f->len; at < p->end;) {
        size_t n = p->end - at < sizeof chunk ? (size_t)(p->end - at) : sizeof chunk;

        if (tally_interrupt_check(err) != 0 ||
            tally_pread_full(p->fd, chunk, n, at, err) != 0) {
            return -1;
        }
        tally_digest_update(&st, chunk, n);
        at += n;
    }
    tally_digest_final(&st, p->digest);
    return 0;
}

static int
read_front(struct tally_package *p, struct front *f, struct tally_err *err)
{
    struct stat st;

    if (fstat(p->fd, &st) != 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot look at %s", p->shown);
    }
    if (st.st_size < (off_t)(TALLY_PACKAGE_HEAD + TALLY_STREAM_HEADER_BYTES +
                             TALLY_STREAM_OVERHEAD + TALLY_SIGNATURE_BYTES)) {
        return damaged(p, err);
    }
    p->end = (uint64_t)st.st_size - TALLY_SIGNATURE_BYTES;
    f->len = p->end < sizeof f->bytes ? (size_t)p->end : sizeof f->bytes;
    return tally_pread_full(p->fd, f->bytes, f->len, 0, err);
}

/* The fixed head, as far as it must be believed to find the signature. */
static int
read_head(struct tally_package *p, const struct front *f, uint32_t *manifest_len,
          struct tally_err *err)
{
    const uint8_t *head = f->bytes;

    *manifest_len = tally_le32_load(head + 12);
    p->stream = TALLY_PACKAGE_HEAD + (uint64_t)*manifest_len + TALLY_STREAM_HEADER_BYTES;
    memcpy(p->signer, head + 16, sizeof p->signer);
    if (memcmp(head, TALLY_PACKAGE_MAGIC, 8) != 0 || *manifest_len > TALLY_MANIFEST_MAX ||
        p->stream + TALLY_STREAM_OVERHEAD > p->end) {
        return damaged(p, err);
    }
    if (tally_le32_load(head + 8) != TALLY_PACKAGE_VERSION) {
        tally_err_set(err, TALLY_E_CORRUPT, "%s: a package of a version not known here",
                      p->shown);
        return tally_err_hint(err, "use the version of Tallystick that its sender used");
    }
    return 0;
}

static int
check_signature(struct tally_package *p, const struct front *f, struct tally_err *err)
{
    uint8_t signature[TALLY_SIGNATURE_BYTES];

    if (digest_signed(p, f, err) != 0 ||
        tally_pread_full(p->fd, signature, sizeof signature, p->end, err) != 0) {
        return -1;
    }
    return tally_sign_verify(p->signer, TALLY_DOMAIN_SIGN_PACKAGE, p->digest, signature)
               ? 0
               : damaged(p, err);
}

static int
read_manifest(struct tally_package *p, const struct front *f, uint32_t len,
              struct tally_err *err)
{
    const uint8_t *text = f->bytes + TALLY_PACKAGE_HEAD;

    memcpy(p->header, text + len, sizeof p->header);
    return tally_manifest_parse(p->shown, (const char *)text, len, &p->manifest,
                                p->sealed_key, err);
}

int
tally_package_open(struct tally_package **out, int fd, const char *shown,
                   struct tally_err *err)
{
    struct tally_package *p = calloc(1, sizeof *p);
    uint32_t len = 0;
    struct front f;

    if (p == NULL) {
        return tally_err_nomem(err);
    }
    p->fd = fd;
    (void)snprintf(p->shown, sizeof p->shown, "%s", shown);
    if (read_front(p, &f, err) != 0 || read_head(p, &f, &len, err) != 0 ||
        check_signature(p, &f, err) != 0 || read_manifest(p, &f, len, err) != 0) {
        free(p);
        return -1;
    }
    *out = p;
    return 0;
}

const struct tally_manifest *
tally_package_manifest(const struct tally_package *p)
{
    return &p->manifest;
}

const uint8_t *
tally_package_digest(const struct tally_package *p)
{
    return p->digest;
}

/* Whether ${party} may send a ${kind}, called ${source}. */
static bool
may_send(const struct tally_agreed_party *party, enum tally_package_kind kind,
         const char *source)
{
    if (kind == TALLY_PACKAGE_LINKMAP || kind == TALLY_PACKAGE_REQUEST) {
        return (party->roles & TALLY_AS_LINKER) != 0 && source[0] == '\0';
    }
    return (party->roles & TALLY_AS_OWNER) != 0 &&
           strcmp(party->sends.source, source) == 0;
}

static const struct tally_agreed_party *
sender_of(const struct tally_package *p, const struct tally_agreement *a)
{
    for (size_t i = 0; i < a->nparties; i++) {
        const struct tally_card *card = &a->parties[i].card;

        if (memcmp(card->sign, p->signer, sizeof p->signer) == 0 &&
            memcmp(card->fingerprint, p->manifest.from, sizeof p->manifest.from) == 0) {
            return &a->parties[i];
        }
    }
    return NULL;
}

int
tally_package_admit(const struct tally_package *p, const struct tally_agreement *a,
                    const struct tally_card *self, enum tally_package_kind kind,
                    const struct tally_agreed_party **from, struct tally_err *err)
{
    const struct tally_manifest *m = &p->manifest;

    if (memcmp(m->agreement, a->digest, sizeof m->agreement) != 0) {
        return tally_err_set(err, TALLY_E_POLICY,
                             "%s: sent under another agreement than %s", p->shown,
                             a->reference);
    }
    *from = sender_of(p, a);
    if (*from == NULL) {
        return tally_err_set(err, TALLY_E_KEY, "%s: signed by no party of the agreement",
                             p->shown);
    }
    if (memcmp(m->to, self->fingerprint, sizeof m->to) != 0) {
        tally_err_set(err, TALLY_E_KEY, "%s: sealed to another party than %s", p->shown,
                      self->name);
        return tally_err_hint(err, "linkage parts and answers are for the linker, payload "
                                   "parts and link maps for the analyst");
    }
    if (m->kind != kind) {
        return tally_err_set(err, TALLY_E_POLICY, "%s: a %s, where a %s is due", p->shown,
                             tally_package_kind_name(m->kind),
                             tally_package_kind_name(kind));
    }
    return may_send(*from, kind, m->source)
               ? 0
               : tally_err_set(err, TALLY_E_POLICY, "%s: not for %s to send", p->shown,
                               (*from)->card.name);
}

/* Decrypting. */

struct reader {
    const struct tally_package *p;
    struct tally_stream stream;
    int out_fd;
    uint64_t len;     /* of the content, once it is known */
    uint64_t written; /* of it */
    bool begun;
    uint8_t in[TALLY_STREAM_CHUNK + TALLY_STREAM_OVERHEAD];
    uint8_t out[TALLY_STREAM_CHUNK];
};

/* A decrypted chunk: the length first, then content, then padding that must be zero. */
static int
take_chunk(struct reader *r, size_t n, struct tally_err *err)
{
    size_t at = 0, take;

    if (!r->begun) {
        if (n < 8) {
            return damaged(r->p, err);
        }
        r->len = tally_le64_load(r->out);
        r->begun = true;
        at = 8;
    }
    take = r->len - r->written < n - at ? (size_t)(r->len - r->written) : n - at;
    if (tally_pwrite_full(r->out_fd, r->out + at, take, r->written, err) != 0) {
        return -1;
    }
    r->written += take;
    for (at += take; at < n; at++) {
        if (r->out[at] != 0) {
            return damaged(r->p, err);
        }
    }
    return 0;
}

static int
read_stream(struct reader *r, struct tally_err *err)
{
    bool last = false;

    for (uint64_t at = r->p->stream; at < r->p->end;) {
        uint64_t left = r->p->end - at;
        size_t n = left < sizeof r->in ? (size_t)left : sizeof r->in;

        if (tally_interrupt_check(err) != 0 ||
            tally_pread_full(r->p->fd, r->in, n, at, err) != 0) {
            return -1;
        }
        if (last || n < TALLY_STREAM_OVERHEAD ||
            !tally_stream_pull(&r->stream, r->in, n, r->out, &last)) {
            return damaged(r->p, err);
        }
        if (take_chunk(r, n - TALLY_STREAM_OVERHEAD, err) != 0) {
            return -1;
        }
        at += n;
    }
    return last && r->begun && r->written == r->len ? 0 : damaged(r->p, err);
}

int
tally_package_unseal(const struct tally_package *p, struct tally_secret *own, int out_fd,
                     uint64_t *len, struct tally_err *err)
{
    struct reader *r = aligned_alloc(64, (sizeof *r + 63) / 64 * 64);
    int rc = -1;

    if (r == NULL) {
        return tally_err_nomem(err);
    }
    memset(r, 0, sizeof *r);
    r->p = p;
    r->out_fd = out_fd;
    if (tally_stream_unseal(&r->stream, own, p->sealed_key, p->header, err) != 0) {
        tally_err_wrap(err, "%s", p->shown);
    } else if (read_stream(r, err) == 0) {
        *len = r->len;
        rc = 0;
    }
    tally_stream_end(&r->stream);
    tally_wipe(r, sizeof *r);
    free(r);
    return rc;
}

void
tally_package_close(struct tally_package *p)
{
    free(p);
}
