/* SPDX-License-Identifier: MIT
 *
 * Messages that arrive in pieces (protocol, "Fragments"), until they are whole.
 */
#ifndef COPYDATA_MAILBOX_REASSEMBLY_H
#define COPYDATA_MAILBOX_REASSEMBLY_H

#include "host.h"
#include "limits.h"
#include "shares.h"
#include "spare.h"
#include "wire/fragment.h"
#include "wire/verdict.h"

/* A message of which not all pieces have come. */
typedef struct cd_transfer {
    struct cd_transfer *next;
    uint64_t sender; /* its key */
    cd_account *account;
    uint32_t id; /* chosen by the sender */
    uint32_t count;
    uint32_t index; /* of the newest piece */
    size_t total;
    size_t filled;
    double touched;  /* when the newest piece came, in seconds */
    cd_block *block; /* the spare's; at least `total` bytes */
} cd_transfer;

/* Start with all zero but the first four. */
typedef struct cd_reassembly {
    const cd_host *host;
    const cd_limits *limits;
    cd_shares *shares;
    cd_spare *spare; /* where blocks come from */
    cd_transfer *first;
    double touched; /* when the newest piece of any came, in seconds */
} cd_reassembly;

/*
 * Adds a piece. CD_ACCEPTED: it is stored; if it was the last one, *whole is the transfer,
 * complete, which is the caller's: it ends it by cd_reassembly_end or, to have the last piece sent
 * again, gives it back by cd_reassembly_undo. Otherwise *whole is NULL. CD_TOO_LARGE: the message
 * is over the limit, told by its first piece. CD_BUSY: too much is arriving already, from all or
 * from this account, or no memory; nothing has changed. CD_MALFORMED: this is not the piece that
 * was due, and the transfer is no more; or nobody is by the sender's key.
 */
cd_verdict cd_reassembly_add(cd_reassembly *reassembly, const cd_sender *sender,
                             const cd_fragment *fragment, cd_transfer **whole);

/* Takes the last piece, which was just added, back out of a transfer that is complete. */
void cd_reassembly_undo(cd_reassembly *reassembly, cd_transfer *transfer,
                        const cd_fragment *fragment);

/* Forgets a transfer that is complete. With `keep` its bytes are another's now; otherwise they are
 * freed. */
void cd_reassembly_end(cd_reassembly *reassembly, cd_transfer *transfer, bool keep);

/*
 * Forgets the transfers that have been silent too long or whose sender is gone; closes the spare
 * when no piece came for a while. Returns whether there is anything left to sweep later.
 */
bool cd_reassembly_sweep(cd_reassembly *reassembly);

/* Forgets all. */
void cd_reassembly_free(cd_reassembly *reassembly);

#endif
