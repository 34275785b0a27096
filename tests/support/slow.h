/*
 * Builds with a sanitiser are ten to forty times as slow: a test that says so walks the same
 * code there on fewer cases.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_SLOW_H
#define TALLY_TESTS_SLOW_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TALLY_SLOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||               \
    __has_feature(memory_sanitizer)
#define TALLY_SLOW 1
#endif
#endif

/* ${fast} of something, but ${slow} in a slow build. */
#ifdef TALLY_SLOW
#define TALLY_CASES(fast, slow) (slow)
#else
#define TALLY_CASES(fast, slow) (fast)
#endif

#endif
