/* SPDX-License-Identifier: MIT
 *
 * What each account has in a mailbox, so that none takes all the room: if n accounts use some of
 * it, each may have 1/(n + 1) of what the others leave. So some is always left for the next one.
 * The rule is dbus-broker's (src/util/user.c there).
 *
 * An account is a process that has proven that it is the sender, or all senders that merely claim
 * to be that process: a forger takes nothing from the share of the process it claims to be.
 */
#ifndef COPYDATA_MAILBOX_SHARES_H
#define COPYDATA_MAILBOX_SHARES_H

#include "host.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a mailbox has a limited amount of. */
typedef enum cd_share_kind {
    CD_SHARE_MESSAGES,       /* messages that wait */
    CD_SHARE_BYTES,          /* bytes of the frames these are in */
    CD_SHARE_TRANSFERS,      /* messages that are arriving in pieces */
    CD_SHARE_TRANSFER_BYTES, /* bytes these take, by their announced size */
    CD_SHARE_KINDS
} cd_share_kind;

typedef struct cd_account {
    struct cd_account *next;
    uint32_t id; /* the senders' account */
    bool proven;
    size_t uses; /* references to it: frames and transfers */
    size_t has[CD_SHARE_KINDS];
} cd_account;

/* Initialize to zero. */
typedef struct cd_shares {
    cd_account *first;
    size_t used[CD_SHARE_KINDS]; /* by all together */
} cd_shares;

/* The account of a sender, created if needed, with one more use. NULL: no memory. */
cd_account *cd_shares_use(cd_shares *shares, const cd_sender *sender);

/* Gives back a use; the last one frees the account. */
void cd_shares_drop(cd_shares *shares, cd_account *account);

/* Count what an account gets and gives back. */
void cd_shares_add(cd_shares *shares, cd_account *account, cd_share_kind what, size_t amount);
void cd_shares_remove(cd_shares *shares, cd_account *account, cd_share_kind what, size_t amount);

/* Whether `more` still fits within the limit for all accounts. */
bool cd_shares_fit(const cd_shares *shares, cd_share_kind what, size_t more, size_t limit);

/* Whether `more` still fits within this account's part: its share, or `most` unless that is 0. */
bool cd_shares_allow(const cd_shares *shares, const cd_account *account, cd_share_kind what,
                     size_t more, size_t limit, size_t most);

/* Whether one thing of this size may exceed the share of an account that has nothing: if no account
 * has anything, or if it leaves a quarter of all for others. */
bool cd_shares_spare(const cd_shares *shares, cd_share_kind what, size_t bytes, size_t limit);

/* The most an account may ever have, when it is the only one. */
static inline size_t cd_shares_most(size_t limit, size_t most)
{
    return most > 0 ? most : limit / 2;
}

#endif
