/* SPDX-License-Identifier: MIT
 *
 * Named shared memory of a session.
 */
#ifndef COPYDATA_WIN_SECTION_H
#define COPYDATA_WIN_SECTION_H

#include "access.h"
#include "failure.h"

#include <stdbool.h>
#include <stddef.h>

/* Initialize to zero: closed. */
typedef struct cd_section {
    HANDLE handle;
    char *view; /* NULL: closed. Other programs may write here at any time */
    size_t size;
    bool writable;
} cd_section;

/*
 * Makes a section of `size` bytes, all zero, to read and write, owned by the user we run as and
 * open to the programs that `from` names. On failure fills in `failure`: EXISTS (the name is
 * taken), MEMORY, or what cd_fail_win32 says.
 */
bool cd_section_make(cd_section *section, const wchar_t *name, size_t size, cd_access_from from,
                     cd_failure *failure);

/*
 * Opens an existing section; its size is then a whole number of pages. A foreign section may have
 * pages that were never committed, or be backed by a file on a disk that can fail or be removed:
 * only memory that can be touched without a fault is accepted. On failure fills in `failure`:
 * ABSENT (there is none), UNSUPPORTED (it is not such memory), DENIED, MEMORY, or what
 * cd_fail_win32 says.
 */
bool cd_section_open(cd_section *section, const wchar_t *name, bool write, cd_failure *failure);

/* Unmaps it. Idempotent. */
void cd_section_close(cd_section *section);

#endif
