/*
 * For tests: worked hex dumps in the documentation are what the code writes.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_HEXDUMP_H
#define TALLY_TESTS_HEXDUMP_H

/**
 * Fail unless the file ${path}, dumped sixteen bytes a line, is the block after the line
 * "<!-- dump -->" of the page ${doc} (a path from the root of the repository). The dump
 * that was expected is printed, ready to be pasted.
 */
void tally_hexdump_check(const char *doc, const char *path);

#endif
