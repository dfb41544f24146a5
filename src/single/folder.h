/* SPDX-License-Identifier: MIT
 *
 * The current directory: file names among a process's arguments may be relative to it.
 */
#ifndef COPYDATA_SINGLE_FOLDER_H
#define COPYDATA_SINGLE_FOLDER_H

#include <stddef.h>

/* The current directory in UTF-8, from malloc; NULL when there is none or no memory. */
char *cd_folder_current(size_t *size);

#endif
