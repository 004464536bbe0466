/* SPDX-License-Identifier: Apache-2.0 */
#include "folder.h"

#include <dirent.h>
#include <string.h>

long tst_count_files(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return -1;
    long n = 0;
    for (struct dirent *e = readdir(dir); e; e = readdir(dir))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return n;
}
