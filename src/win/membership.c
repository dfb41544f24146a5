/* SPDX-License-Identifier: MIT */
#include "membership.h"
#include "access.h"

#include <psapi.h> /* after windows.h */

static HANDLE open_section(const wchar_t *name)
{
    SECURITY_ATTRIBUTES attributes = {
        .nLength = sizeof attributes,
        .lpSecurityDescriptor = cd_access_of_user(SECTION_ALL_ACCESS, CD_ACCESS_FROM_LOW),
    };
    HANDLE section = NULL;

    /* Never with the default access list, which may lock others out: rather no counter. */
    if (attributes.lpSecurityDescriptor != NULL)
        section = CreateFileMappingW(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE, 0,
                                     sizeof(LONG64), name);
    /* Asks for less, of a section that somebody else made. */
    if (section == NULL)
        section = OpenFileMappingW(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, name);
    LocalFree(attributes.lpSecurityDescriptor);
    return section;
}

static bool is_of_file(void *view)
{
    wchar_t path[MAX_PATH];

    SetLastError(ERROR_SUCCESS);
    return GetMappedFileNameW(GetCurrentProcess(), view, path, MAX_PATH) != 0 ||
           GetLastError() == ERROR_INSUFFICIENT_BUFFER;
}

/*
 * Whether memory may be touched without a fault: a stranger's section may be of pages that were
 * never committed, or of a file, on a disk that can fail or be taken out.
 */
static bool is_plain(void *view)
{
    MEMORY_BASIC_INFORMATION memory;

    return VirtualQuery(view, &memory, sizeof memory) != 0 && memory.State == MEM_COMMIT &&
           memory.Type == MEM_MAPPED && memory.Protect == PAGE_READWRITE &&
           memory.RegionSize >= sizeof(LONG64) && !is_of_file(view);
}

void cd_membership_open(cd_membership *membership, const wchar_t *name)
{
    membership->counter = NULL;
    membership->section = open_section(name);
    if (membership->section == NULL)
        return;
    membership->counter = MapViewOfFile(membership->section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0,
                                        sizeof(LONG64));
    if (membership->counter == NULL || !is_plain(membership->counter))
        cd_membership_close(membership);
}

void cd_membership_close(cd_membership *membership)
{
    if (membership->counter != NULL)
        UnmapViewOfFile(membership->counter);
    if (membership->section != NULL)
        CloseHandle(membership->section);
    membership->counter = NULL;
    membership->section = NULL;
}

void cd_membership_changed(const cd_membership *membership)
{
    if (membership->counter != NULL)
        InterlockedIncrement64(membership->counter);
}

bool cd_membership_value(const cd_membership *membership, LONG64 *value)
{
    if (membership->counter == NULL)
        return false;
    *value = InterlockedCompareExchange64(membership->counter, 0, 0);
    return true;
}
