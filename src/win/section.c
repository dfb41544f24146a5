/* SPDX-License-Identifier: MIT */
#include "section.h"

#include <stdint.h>
#include <windows.h>

#include <psapi.h> /* after windows.h */

static bool is_of_file(void *view)
{
    wchar_t path[MAX_PATH];

    SetLastError(ERROR_SUCCESS);
    return GetMappedFileNameW(GetCurrentProcess(), view, path, MAX_PATH) != 0 ||
           GetLastError() == ERROR_INSUFFICIENT_BUFFER;
}

/* How many bytes can be touched without a fault; 0: none. */
static size_t plain_size(void *view, DWORD protection)
{
    MEMORY_BASIC_INFORMATION memory;

    if (VirtualQuery(view, &memory, sizeof memory) == 0 || memory.State != MEM_COMMIT ||
        memory.Type != MEM_MAPPED || memory.Protect != protection || is_of_file(view))
        return 0;
    return memory.RegionSize;
}

/* Maps the new or opened section; closes it if that fails. */
static bool map(cd_section *section, DWORD access, cd_failure *failure)
{
    section->view = MapViewOfFile(section->handle, access, 0, 0, section->size);
    if (section->view == NULL) {
        cd_fail_win32(failure, "MapViewOfFile", GetLastError());
        cd_section_close(section);
        return false;
    }
    return true;
}

/* Whether an object with that name exists, even if we may not open it. */
static bool is_taken(const wchar_t *name)
{
    HANDLE other = OpenFileMappingW(FILE_MAP_READ, FALSE, name);

    if (other == NULL)
        return GetLastError() != ERROR_FILE_NOT_FOUND;
    CloseHandle(other);
    return true;
}

static void explain(DWORD error, const wchar_t *name, cd_failure *failure)
{
    /* An object of another kind has the name, or a section we may not open. */
    if (error == ERROR_ALREADY_EXISTS || error == ERROR_INVALID_HANDLE ||
        (error == ERROR_ACCESS_DENIED && is_taken(name)))
        cd_fail(failure, "EXISTS", "the section's name is taken");
    else
        cd_fail_win32(failure, "CreateFileMapping", error);
}

bool cd_section_make(cd_section *section, const wchar_t *name, size_t size, cd_access_from from,
                     cd_failure *failure)
{
    SECURITY_ATTRIBUTES attributes = {
        .nLength = sizeof attributes,
        .lpSecurityDescriptor = cd_access_of_user(SECTION_ALL_ACCESS, from),
    };

    *section = (cd_section){.size = size, .writable = true};
    /* Never with the default access list and owner, which may lock other programs out. */
    if (attributes.lpSecurityDescriptor == NULL) {
        cd_fail_win32(failure, "the access list", GetLastError());
        return false;
    }
    section->handle = CreateFileMappingW(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE,
                                         (DWORD)((uint64_t)size >> 32), (DWORD)size, name);
    DWORD error = GetLastError();
    LocalFree(attributes.lpSecurityDescriptor);
    if (section->handle == NULL || error == ERROR_ALREADY_EXISTS) {
        explain(error, name, failure);
        cd_section_close(section);
        return false;
    }
    return map(section, FILE_MAP_READ | FILE_MAP_WRITE, failure);
}

bool cd_section_open(cd_section *section, const wchar_t *name, bool write, cd_failure *failure)
{
    const DWORD access = FILE_MAP_READ | (write ? FILE_MAP_WRITE : 0u);

    *section = (cd_section){.writable = write};
    section->handle = OpenFileMappingW(access, FALSE, name);
    if (section->handle == NULL) {
        DWORD error = GetLastError();
        if (error == ERROR_FILE_NOT_FOUND)
            cd_fail(failure, "ABSENT", "there is no section with that name");
        else
            cd_fail_win32(failure, "OpenFileMapping", error);
        return false;
    }
    if (!map(section, access, failure))
        return false;
    section->size = plain_size(section->view, write ? PAGE_READWRITE : PAGE_READONLY);
    if (section->size > 0)
        return true;
    cd_fail(failure, "UNSUPPORTED", "the section is backed by a file, or not fully committed");
    cd_section_close(section);
    return false;
}

void cd_section_close(cd_section *section)
{
    if (section->view != NULL)
        UnmapViewOfFile(section->view);
    if (section->handle != NULL)
        CloseHandle(section->handle);
    section->view = NULL;
    section->handle = NULL;
}
