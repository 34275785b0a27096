/*
 * Bytes: hexadecimal and the growing buffer. A buffer may hold personal values, so memory
 * it outgrows is wiped before it is given back; that is why it never uses realloc.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/bytes.h"

#include "bloom/base/secret.h"
#include "bloom/base/size.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST_CAP 256

void
tally_hex_encode(const uint8_t *in, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
    out[2 * len] = '\0';
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

bool
tally_hex_decode(const char *in, size_t in_len, uint8_t *out, size_t len)
{
    size_t digits;

    if (!tally_size_mul(len, 2, &digits) || in_len != digits) {
        return false;
    }
    /* Checked as a whole first: ${out} is written only on success. */
    for (size_t i = 0; i < in_len; i++) {
        if (hex_value(in[i]) < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(hex_value(in[2 * i]) << 4 | hex_value(in[2 * i + 1]));
    }
    return true;
}

/* Room for ${more} bytes after the ${b}->len that are there. */
static int
buf_reserve(struct tally_buf *b, size_t more, struct tally_err *err)
{
    size_t need;
    size_t cap = b->cap == 0 ? BUF_FIRST_CAP : b->cap;
    uint8_t *data;

    if (!tally_size_add(b->len, more, &need)) {
        return tally_err_nomem(err);
    }
    if (need <= b->cap) {
        return 0;
    }
    while (cap < need) {
        if (!tally_size_mul(cap, 2, &cap)) {
            cap = need;
        }
    }
    data = malloc(cap);
    if (data == NULL) {
        return tally_err_nomem(err);
    }
    if (b->len > 0) {
        memcpy(data, b->data, b->len);
    }
    if (b->data != NULL) {
        tally_wipe(b->data, b->cap);
        free(b->data);
    }
    b->data = data;
    b->cap = cap;
    return 0;
}

int
tally_buf_append(struct tally_buf *b, const void *p, size_t len, struct tally_err *err)
{
    if (len == 0) {
        return 0;
    }
    if (buf_reserve(b, len, err) != 0) {
        return -1;
    }
    memcpy(b->data + b->len, p, len);
    b->len += len;
    return 0;
}

int
tally_buf_printf(struct tally_buf *b, struct tally_err *err, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) {
        return tally_err_set(err, TALLY_E_BUG, "cannot format text");
    }
    /* One more byte than is kept: vsnprintf ends with a NUL. */
    if (buf_reserve(b, (size_t)n + 1, err) != 0) {
        return -1;
    }
    va_start(ap, fmt);
    vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
    return 0;
}

void
tally_buf_wipe(struct tally_buf *b)
{
    if (b->data != NULL) {
        tally_wipe(b->data, b->cap);
    }
    b->len = 0;
}

void
tally_buf_free(struct tally_buf *b)
{
    tally_buf_wipe(b);
    free(b->data);
    b->data = NULL;
    b->cap = 0;
}
