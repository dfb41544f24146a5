/* SPDX-License-Identifier: MIT
 *
 * The membership counter (protocol, "Membership counter"): a hint to programs that keep a list of
 * peers that one has joined or left. Without it everything works, only slower.
 *
 * It is in a section that all programs of the same session and user may use, whatever their
 * integrity, and no other user. The first program makes it, which need not be one of us: so we use
 * it only if it is plain, writable memory. Any value in it is harmless.
 */
#ifndef COPYDATA_WIN_MEMBERSHIP_H
#define COPYDATA_WIN_MEMBERSHIP_H

#include "section.h"

#include <stdbool.h>
#include <windows.h>

#define CD_MEMBERSHIP_NAME L"Local\\copydata.membership"

typedef struct cd_membership {
    cd_section section;
    LONG64 *counter; /* NULL: no counter is available */
} cd_membership;

/* Opens or makes the counter with this name: CD_MEMBERSHIP_NAME except in specs. */
void cd_membership_open(cd_membership *membership, const wchar_t *name);
void cd_membership_close(cd_membership *membership);

/* Tells other programs that this endpoint has joined or left a channel. */
void cd_membership_changed(const cd_membership *membership);

/* The counter's value, read atomically in 32-bit programs too. False: there is no counter. */
bool cd_membership_value(const cd_membership *membership, LONG64 *value);

#endif
