/* SPDX-License-Identifier: MIT
 *
 * Named memory that programs of one session share.
 */
#ifndef COPYDATA_WIN_SECTION_H
#define COPYDATA_WIN_SECTION_H

#include "access.h"
#include "failure.h"

#include <stdbool.h>
#include <stddef.h>

/* Start with all zero: closed. */
typedef struct cd_section {
    HANDLE handle;
    char *view; /* NULL: closed. Others may write there at any time */
    size_t size;
    bool writable;
} cd_section;

/*
 * Makes one of `size` bytes, all zero, to read and write, which belongs to the user we run as and is
 * for the programs that `from` says. On failure fills in `failure`: EXISTS (the name is taken),
 * MEMORY, or what cd_fail_win32 says.
 */
bool cd_section_make(cd_section *section, const wchar_t *name, size_t size, cd_access_from from,
                     cd_failure *failure);

/*
 * Opens one that is there; its size is then a whole number of pages. A stranger's section may be of
 * pages that were never committed, or of a file, on a disk that can fail or be taken out: only memory
 * that can be touched without a fault is taken. On failure fills in `failure`: ABSENT (there is none),
 * UNSUPPORTED (it is not such memory), DENIED, MEMORY, or what cd_fail_win32 says.
 */
bool cd_section_open(cd_section *section, const wchar_t *name, bool write, cd_failure *failure);

/* From then on nothing is mapped. Idempotent. */
void cd_section_close(cd_section *section);

#endif
