/* SPDX-License-Identifier: MIT
 *
 * What each account has in a mailbox, so that none takes the room of all.
 */
#ifndef COPYDATA_MAILBOX_SHARES_H
#define COPYDATA_MAILBOX_SHARES_H

#include <stddef.h>
#include <stdint.h>

typedef struct cd_account {
    struct cd_account *next;
    uint32_t id;
    size_t uses;     /* things that refer to it: frames and transfers */
    size_t messages; /* that wait */
    size_t bytes;    /* of the frames they are in */
    size_t transfers;
    size_t transfer_bytes;
} cd_account;

/* Start with all zero. */
typedef struct cd_shares {
    cd_account *first;
} cd_shares;

/* The account of this id, made when it has none, with one use more. NULL: no memory. */
cd_account *cd_shares_use(cd_shares *shares, uint32_t id);

/* Gives a use back; the account goes with the last one. */
void cd_shares_drop(cd_shares *shares, cd_account *account);

#endif
