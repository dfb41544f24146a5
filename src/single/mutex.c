/* SPDX-License-Identifier: MIT */
#include "mutex.h"
#include "win/access.h"
#include "win/text.h"
#include "wire/name.h"

#include <wchar.h>

#define PREFIX_UNITS (sizeof CD_MUTEX_PREFIX / sizeof(wchar_t) - 1)
#define PATH_UNITS   (PREFIX_UNITS + CD_NAME_MAX + 1)

/* The name of the mutex. Returns false when Windows cannot convert it. */
static bool path_of(wchar_t path[PATH_UNITS], const char *name, size_t size, cd_failure *failure)
{
    wchar_t units[CD_NAME_MAX];
    wchar_t *capitals = path + PREFIX_UNITS;
    int length = (int)cd_utf16(name, size, units, CD_NAME_MAX);
    int count = LCMapStringEx(LOCALE_NAME_INVARIANT, LCMAP_UPPERCASE, units, length, capitals,
                              CD_NAME_MAX, NULL, NULL, 0);

    if (count == 0) {
        cd_fail_win32(failure, "LCMapStringEx", GetLastError());
        return false;
    }
    wmemcpy(path, CD_MUTEX_PREFIX, PREFIX_UNITS);
    capitals[count] = L'\0';
    return true;
}

bool cd_mutex_open(cd_mutex *mutex, const char *name, size_t size, cd_failure *failure)
{
    wchar_t path[PATH_UNITS];
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};

    *mutex = (cd_mutex){NULL, false};
    if (!path_of(path, name, size, failure))
        return false;
    attributes.lpSecurityDescriptor = cd_access_of_user(MUTEX_ALL_ACCESS, CD_ACCESS_FROM_MEDIUM);
    /* Never with the default access list, which may lock ordinary instances out. */
    if (attributes.lpSecurityDescriptor == NULL) {
        cd_fail(failure, "SYSTEM", "Windows cannot make an access list for the mutex");
        return false;
    }
    mutex->handle = CreateMutexExW(&attributes, path, 0, SYNCHRONIZE | MUTEX_MODIFY_STATE);
    DWORD error = GetLastError();
    LocalFree(attributes.lpSecurityDescriptor);
    if (mutex->handle == NULL && error == ERROR_ACCESS_DENIED)
        cd_fail(failure, "DENIED", "a program of another user or of higher integrity has the name");
    else if (mutex->handle == NULL)
        cd_fail_win32(failure, "CreateMutexEx", error);
    return mutex->handle != NULL;
}

bool cd_mutex_take(cd_mutex *mutex)
{
    if (!mutex->owned) {
        DWORD result = WaitForSingleObject(mutex->handle, 0);
        mutex->owned = result == WAIT_OBJECT_0 || result == WAIT_ABANDONED;
    }
    return mutex->owned;
}

void cd_mutex_close(cd_mutex *mutex)
{
    if (mutex->handle == NULL)
        return;
    if (mutex->owned)
        ReleaseMutex(mutex->handle);
    CloseHandle(mutex->handle);
    *mutex = (cd_mutex){NULL, false};
}
