/* SPDX-License-Identifier: MIT */
#include "membership.h"

#define SECTION_NAME L"Local\\copydata.membership"

void cd_membership_open(cd_membership *membership)
{
    membership->counter = NULL;
    membership->section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
                                             sizeof(LONG64), SECTION_NAME);
    if (membership->section != NULL)
        membership->counter = MapViewOfFile(membership->section, FILE_MAP_READ | FILE_MAP_WRITE,
                                            0, 0, sizeof(LONG64));
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
