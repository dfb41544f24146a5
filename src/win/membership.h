/* SPDX-License-Identifier: MIT
 *
 * The membership counter (protocol, "Membership counter"): a hint to those who keep a list of
 * peers that somebody joined or left. Without it everything works, only slower.
 */
#ifndef COPYDATA_WIN_MEMBERSHIP_H
#define COPYDATA_WIN_MEMBERSHIP_H

#include <windows.h>

typedef struct cd_membership {
    HANDLE section;
    LONG64 *counter; /* NULL: there is no counter to be had */
} cd_membership;

void cd_membership_open(cd_membership *membership);
void cd_membership_close(cd_membership *membership);

/* Tells the others that this endpoint has joined or left a channel. */
void cd_membership_changed(const cd_membership *membership);

#endif
