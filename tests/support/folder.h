/* SPDX-License-Identifier: Apache-2.0 */
/* Folders that tests write to. */
#ifndef TST_FOLDER_H
#define TST_FOLDER_H

#include <stddef.h>

/* How many names stand in a folder, so that nothing unexpected stays behind; -1: it cannot be read.
 */
long tst_count_files(const char *folder);

#endif
