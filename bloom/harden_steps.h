/*
 * What may be done to a filter after its bits are set, as a schema or an encodings file
 * states it. What each step computes is in harden_*.h; docs/protocols/hardening.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_HARDEN_STEPS_H
#define TALLY_HARDEN_STEPS_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/json.h"

#define TALLY_HARDEN_STEPS_MAX 4
#define TALLY_DIFFUSION_T_MIN  2
#define TALLY_DIFFUSION_T_MAX  64
#define TALLY_FOLD_TIMES_MAX   4
#define TALLY_BLIP_F_MIN       0.001

enum tally_harden_kind {
    TALLY_HARDEN_DIFFUSION,
    TALLY_HARDEN_BALANCE,
    TALLY_HARDEN_FOLD,
    TALLY_HARDEN_RULE90,
    TALLY_HARDEN_RESAM,
    TALLY_HARDEN_BLIP,
    TALLY_HARDEN_PERMUTE,
    TALLY_HARDEN_WXOR,
    TALLY_HARDEN_KINDS
};

/** A step. Members that its kind does not have are 0. */
struct tally_harden_step {
    enum tally_harden_kind kind;
    uint32_t t;      /* diffusion: inputs of an output bit */
    uint32_t bits;   /* diffusion: output length, a multiple of 64 */
    uint32_t times;  /* fold: how often the filter is halved */
    uint32_t window; /* wxor: bits from one input of an output to the other */
    double f;        /* blip: share of the bits that a coin replaces, up to 1 */
};

/** The steps of a filter, in order: none is a plain encoding. A kind stands there once at
 * most. */
struct tally_hardening {
    size_t n;
    struct tally_harden_step steps[TALLY_HARDEN_STEPS_MAX];
};

const char *tally_harden_kind_name(enum tally_harden_kind k);

/** Read the JSON list ${list}. Lengths are not known here: see tally_hardening_bits.
 * TALLY_E_JSON, and ${code} for what breaks a rule. */
TALLY_NODISCARD int tally_hardening_read(const struct tally_json *list,
                                         enum tally_code code,
                                         struct tally_hardening *out,
                                         struct tally_err *err);

/** The same list, every member written out. */
struct tally_jnode *tally_hardening_node(const struct tally_hardening *h);

/** The step of ${kind}, or NULL. */
const struct tally_harden_step *tally_hardening_find(const struct tally_hardening *h,
                                                     enum tally_harden_kind kind);

/** Length in bits after step ${step} of a filter of ${bits}; 0 when the step cannot take
 * it: a length over TALLY_BITS_MAX or not a multiple of 64, or t or a window over a
 * quarter of it. */
uint32_t tally_harden_step_bits(const struct tally_harden_step *step, uint32_t bits);

/** The same after all steps. */
uint32_t tally_hardening_bits(const struct tally_hardening *h, uint32_t bits);

/** How many bits of the filter are XORed into one of the output: 1 without a step that
 * does. */
uint32_t tally_hardening_combined(const struct tally_hardening *h);

/** How two filters that differ in a share ${differing} of their bits, a share ${fill} of
 * which is set, differ and are filled after the first ${n} steps, on average. */
struct tally_harden_shares {
    double fill;
    double differing;
};
struct tally_harden_shares tally_hardening_shares(const struct tally_hardening *h,
                                                  size_t n, double fill,
                                                  double differing);

/** The share of bits that differed before all steps when ${differing} of them do after:
 * the inverse of tally_hardening_shares. At most .5; below 0 when less differ than the
 * noise of two equal filters makes differ. */
double tally_hardening_before(const struct tally_hardening *h, double differing);

/** Differential privacy of a coin that replaces a bit with probability ${f}: epsilon of
 * that one bit, ln((2 - f) / f). */
double tally_blip_epsilon(double f);

/** How many bits at step ${n} one bit of the filter reaches, at most (for resampling, on
 * average). */
double tally_hardening_reach(const struct tally_hardening *h, size_t n, uint32_t bits);

/** In words, for people: "diffusion of 6 bits into each of 2048, permutation". ${out}
 * holds TALLY_HARDENING_TEXT bytes. "none" without steps. */
#define TALLY_HARDENING_TEXT 256
void tally_hardening_text(const struct tally_hardening *h,
                          char out[TALLY_HARDENING_TEXT]);

#endif
