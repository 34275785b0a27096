/*
 * Application ids of our SQLite files (offset 68 of the file, big-endian), kept here so
 * that 'tally inspect' can tell them apart without SQLite.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_MAGIC_H
#define TALLY_MAGIC_H

#define TALLY_APPLICATION_OFFSET 68
#define TALLY_APPLICATION_STORE  0x544c5953u /* "TLYS": the linker's store */
#define TALLY_APPLICATION_COHORT 0x544c5943u /* "TLYC": a cohort */

#endif
