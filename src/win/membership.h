/* SPDX-License-Identifier: MIT
 *
 * The membership counter (protocol, "Membership counter"): a hint to those who keep a list of
 * peers that somebody joined or left. Without it everything works, only slower.
 *
 * It is in a section that all programs of the same session and user may use, whatever their
 * integrity, and no other user. Whoever comes first makes it, which need not be one of us: so it is
 * used only when it is plain memory that can be written. Any value in it is harmless.
 */
#ifndef COPYDATA_WIN_MEMBERSHIP_H
#define COPYDATA_WIN_MEMBERSHIP_H

#include "section.h"

#include <stdbool.h>
#include <windows.h>

#define CD_MEMBERSHIP_NAME L"Local\\copydata.membership"

typedef struct cd_membership {
    cd_section section;
    LONG64 *counter; /* NULL: there is no counter to be had */
} cd_membership;

/* Opens the counter of this name, which is CD_MEMBERSHIP_NAME but for specs, or makes it. */
void cd_membership_open(cd_membership *membership, const wchar_t *name);
void cd_membership_close(cd_membership *membership);

/* Tells the others that this endpoint has joined or left a channel. */
void cd_membership_changed(const cd_membership *membership);

/* What it stands at, read in one piece by 32-bit programs too. False: there is no counter. */
bool cd_membership_value(const cd_membership *membership, LONG64 *value);

#endif
