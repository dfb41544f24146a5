/* SPDX-License-Identifier: MIT
 *
 * What each account has in a mailbox, so that none takes the room of all: with n accounts that have
 * some of it, each may have 1/(n + 1) of what the others leave. So there always is some left for the
 * next one. The rule is dbus-broker's (src/util/user.c there).
 *
 * An account is a process that has proven that it is the sender, or all that merely claims to be
 * that process's: a forger takes nothing from the share of the one it claims to be.
 */
#ifndef COPYDATA_MAILBOX_SHARES_H
#define COPYDATA_MAILBOX_SHARES_H

#include "host.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of what there is a bounded amount in a mailbox. */
typedef enum cd_share_kind {
    CD_SHARE_MESSAGES,       /* that wait */
    CD_SHARE_BYTES,          /* of the frames they are in */
    CD_SHARE_TRANSFERS,      /* that are arriving in pieces */
    CD_SHARE_TRANSFER_BYTES, /* that these take, by what they announce */
    CD_SHARE_KINDS
} cd_share_kind;

typedef struct cd_account {
    struct cd_account *next;
    uint32_t id; /* the senders' account */
    bool proven;
    size_t uses; /* things that refer to it: frames and transfers */
    size_t has[CD_SHARE_KINDS];
} cd_account;

/* Start with all zero. */
typedef struct cd_shares {
    cd_account *first;
    size_t used[CD_SHARE_KINDS]; /* by all together */
} cd_shares;

/* The account of a sender, made when it has none, with one use more. NULL: no memory. */
cd_account *cd_shares_use(cd_shares *shares, const cd_sender *sender);

/* Gives a use back; the account goes with the last one. */
void cd_shares_drop(cd_shares *shares, cd_account *account);

/* Counts what an account gets, and gives back. */
void cd_shares_add(cd_shares *shares, cd_account *account, cd_share_kind what, size_t amount);
void cd_shares_remove(cd_shares *shares, cd_account *account, cd_share_kind what, size_t amount);

/* Whether so much more is within what all may have. */
bool cd_shares_fit(const cd_shares *shares, cd_share_kind what, size_t more, size_t limit);

/* Whether so much more is within what this account may have of that: its share, or `most` unless
 * that is 0. */
bool cd_shares_allow(const cd_shares *shares, const cd_account *account, cd_share_kind what,
                     size_t more, size_t limit, size_t most);

/* Whether one thing of so many bytes may be beyond the share of an account that has nothing: nobody
 * has anything, or it leaves a quarter of all for others. */
bool cd_shares_spare(const cd_shares *shares, cd_share_kind what, size_t bytes, size_t limit);

/* The most that an account may ever have of that, when it is alone. */
static inline size_t cd_shares_most(size_t limit, size_t most)
{
    return most > 0 ? most : limit / 2;
}

#endif
