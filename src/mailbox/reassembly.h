/* SPDX-License-Identifier: MIT
 *
 * Messages that arrive in pieces (protocol, "Fragments"), until they are complete.
 */
#ifndef COPYDATA_MAILBOX_REASSEMBLY_H
#define COPYDATA_MAILBOX_REASSEMBLY_H

#include "host.h"
#include "limits.h"
#include "shares.h"
#include "spare.h"
#include "wire/fragment.h"
#include "wire/verdict.h"

/* A message whose pieces are still arriving. */
typedef struct cd_transfer {
    struct cd_transfer *next;
    uint64_t sender; /* its key */
    cd_account *account;
    uint32_t id; /* chosen by the sender */
    uint32_t count;
    uint32_t index; /* of the latest piece */
    size_t total;
    size_t filled;
    double touched;  /* when the latest piece arrived, in seconds */
    cd_block *block; /* from the spare; at least `total` bytes */
} cd_transfer;

/* Initialize to zero except for the first four. */
typedef struct cd_reassembly {
    const cd_host *host;
    const cd_limits *limits;
    cd_shares *shares;
    cd_spare *spare; /* where blocks come from */
    cd_transfer *first;
    double touched; /* when the latest piece of any transfer arrived, in seconds */
} cd_reassembly;

/*
 * Adds a piece. CD_ACCEPTED: it is stored. If it was the last one, *whole is the complete transfer;
 * the caller ends it with cd_reassembly_end or, to have the last piece sent again, gives it back
 * with cd_reassembly_undo. Otherwise *whole is NULL. CD_TOO_LARGE: the message is over the limit,
 * which its first piece shows. CD_BUSY: too much is arriving already, in all or from this account,
 * or there is no memory; nothing has changed. CD_MALFORMED: this is not the piece that was due, and
 * the transfer is dropped; or no sender has this key.
 */
cd_verdict cd_reassembly_add(cd_reassembly *reassembly, const cd_sender *sender,
                             const cd_fragment *fragment, cd_transfer **whole);

/* Removes the last piece, just added, from a complete transfer. */
void cd_reassembly_undo(cd_reassembly *reassembly, cd_transfer *transfer,
                        const cd_fragment *fragment);

/* Forgets a complete transfer. With `keep` its bytes have a new owner; otherwise they are freed. */
void cd_reassembly_end(cd_reassembly *reassembly, cd_transfer *transfer, bool keep);

/*
 * Drops transfers that have been silent too long or whose sender is gone; closes the spare when no
 * piece has arrived for a while. Returns whether anything is left to sweep later.
 */
bool cd_reassembly_sweep(cd_reassembly *reassembly);

/* Drops all transfers. */
void cd_reassembly_free(cd_reassembly *reassembly);

#endif
