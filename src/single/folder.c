/* SPDX-License-Identifier: MIT */
#include "folder.h"
#include "win/text.h"

#include <stdlib.h>
#include <windows.h>

char *cd_folder_current(size_t *size)
{
    DWORD room = GetCurrentDirectoryW(0, NULL); /* with the terminator */
    wchar_t *units = malloc(room * sizeof *units);
    char *utf8 = malloc((size_t)room * 3);
    DWORD count = units != NULL && utf8 != NULL ? GetCurrentDirectoryW(room, units) : 0;

    /* count >= room: another thread has just changed it. */
    *size = count > 0 && count < room ? cd_utf8(units, count, utf8, (size_t)room * 3) : 0;
    free(units);
    if (*size == 0) {
        free(utf8);
        return NULL;
    }
    return utf8;
}
