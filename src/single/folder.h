/* SPDX-License-Identifier: MIT
 *
 * Where a process is: file names among its arguments may be relative to that.
 */
#ifndef COPYDATA_SINGLE_FOLDER_H
#define COPYDATA_SINGLE_FOLDER_H

#include <stddef.h>

/* The current directory in UTF-8, which free frees; NULL when there is none or no memory. */
char *cd_folder_current(size_t *size);

#endif
