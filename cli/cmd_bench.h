/*
 * The suites of tally bench.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_BENCH_H
#define TALLY_CLI_CMD_BENCH_H

#include "cli/cli.h"

/** Each takes the options after the name of the suite; ${argv}[0] is that name. */
int tally_bench_speed(int argc, char **argv, struct tally_err *err);
int tally_bench_quality(int argc, char **argv, struct tally_err *err);
int tally_bench_privacy(int argc, char **argv, struct tally_err *err);

#endif
