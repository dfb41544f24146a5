/* SPDX-License-Identifier: MIT */
#include "single.h"
#include "win/access.h"
#include "win/text.h"
#include "wire/name.h"

#include <stdlib.h>
#include <wchar.h>

#define PREFIX_UNITS (sizeof CD_SINGLE_PREFIX / sizeof(wchar_t) - 1)
#define PATH_UNITS   (PREFIX_UNITS + CD_NAME_MAX + 1)

/* The name of the mutex. Returns false when Windows does not make it. */
static bool path_of(wchar_t path[PATH_UNITS], const char *name, size_t size)
{
    wchar_t units[CD_NAME_MAX];
    wchar_t *capitals = path + PREFIX_UNITS;

    wcscpy(path, CD_SINGLE_PREFIX);
    int count = LCMapStringEx(LOCALE_NAME_INVARIANT, LCMAP_UPPERCASE, units,
                              (int)cd_utf16(name, size, units, CD_NAME_MAX), capitals, CD_NAME_MAX,
                              NULL, NULL, 0);
    capitals[count] = L'\0';
    return count > 0;
}

bool cd_single_open(cd_single *single, const char *name, size_t size, cd_failure *failure)
{
    wchar_t path[PATH_UNITS];

    single->owned = false;
    single->mutex = NULL;
    if (!path_of(path, name, size)) {
        cd_fail_win32(failure, "LCMapStringEx", GetLastError());
        return false;
    }
    SECURITY_ATTRIBUTES attributes = {
        .nLength = sizeof attributes,
        .lpSecurityDescriptor = cd_access_of_user(MUTEX_ALL_ACCESS),
    };
    single->mutex = CreateMutexExW(&attributes, path, 0, SYNCHRONIZE | MUTEX_MODIFY_STATE);
    DWORD error = GetLastError();
    LocalFree(attributes.lpSecurityDescriptor);
    if (single->mutex == NULL)
        cd_fail_win32(failure, "CreateMutexExW", error);
    return single->mutex != NULL;
}

bool cd_single_take(cd_single *single)
{
    if (!single->owned) {
        DWORD result = WaitForSingleObject(single->mutex, 0);
        single->owned = result == WAIT_OBJECT_0 || result == WAIT_ABANDONED;
    }
    return single->owned;
}

void cd_single_close(cd_single *single)
{
    if (single->mutex == NULL)
        return;
    if (single->owned)
        ReleaseMutex(single->mutex);
    CloseHandle(single->mutex);
    single->mutex = NULL;
    single->owned = false;
}

void cd_foreground_allow(DWORD pid)
{
    AllowSetForegroundWindow(pid);
}

bool cd_foreground_take(HWND hwnd)
{
    if (IsIconic(hwnd))
        ShowWindowAsync(hwnd, SW_RESTORE); /* its thread may hang */
    return SetForegroundWindow(hwnd);
}

char *cd_current_directory(size_t *size)
{
    DWORD room = GetCurrentDirectoryW(0, NULL); /* with the terminator */
    wchar_t *units = malloc(room * sizeof *units);
    char *utf8 = malloc((size_t)room * 3);
    DWORD count = units != NULL && utf8 != NULL ? GetCurrentDirectoryW(room, units) : 0;

    /* More: another thread has just changed it. */
    *size = count > 0 && count < room ? cd_utf8(units, count, utf8, (size_t)room * 3) : 0;
    free(units);
    if (*size == 0) {
        free(utf8);
        return NULL;
    }
    return utf8;
}
