/* SPDX-License-Identifier: MIT */
#include "membership.h"

void cd_membership_open(cd_membership *membership, const wchar_t *name)
{
    cd_section *section = &membership->section;
    cd_failure ignored; /* then there is no counter */

    membership->counter = NULL;
    if (!cd_section_make(section, name, sizeof(LONG64), CD_ACCESS_FROM_LOW, &ignored) &&
        !cd_section_open(section, name, true, &ignored))
        return;
    if (section->size >= sizeof(LONG64))
        membership->counter = (LONG64 *)(void *)section->view;
}

void cd_membership_close(cd_membership *membership)
{
    membership->counter = NULL;
    cd_section_close(&membership->section);
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
