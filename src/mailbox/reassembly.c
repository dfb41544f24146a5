/* SPDX-License-Identifier: MIT */
#include "reassembly.h"

#include <stdlib.h>
#include <string.h>

static cd_transfer *find_of(const cd_reassembly *reassembly, const cd_sender *sender, uint32_t id,
                            bool proven)
{
    cd_transfer *transfer = reassembly->first;

    while (transfer != NULL &&
           (transfer->sender != sender->key || transfer->id != id ||
            transfer->account->id != sender->account || transfer->account->proven != proven))
        transfer = transfer->next;
    return transfer;
}

/* The transfer that a piece belongs to; NULL: none. A transfer that began before its sender had to
 * prove itself continues with proven pieces, but stays unproven. */
static cd_transfer *find(const cd_reassembly *reassembly, const cd_sender *sender,
                         const cd_fragment *fragment)
{
    cd_transfer *found = find_of(reassembly, sender, fragment->transfer, sender->proven);

    if (found == NULL && sender->proven && fragment->index > 1)
        found = find_of(reassembly, sender, fragment->transfer, false);
    return found;
}

static void link_transfer(cd_reassembly *reassembly, cd_transfer *transfer)
{
    transfer->next = reassembly->first;
    reassembly->first = transfer;
}

static void unlink_transfer(cd_reassembly *reassembly, const cd_transfer *transfer)
{
    cd_transfer **link = &reassembly->first;

    while (*link != transfer)
        link = &(*link)->next;
    *link = transfer->next;
}

/* Whether there is room for one more transfer, and within the account's share. */
static bool affordable(const cd_reassembly *reassembly, const cd_account *account, size_t total)
{
    const cd_limits *limits = reassembly->limits;
    const cd_shares *shares = reassembly->shares;
    const bool alone = account->has[CD_SHARE_TRANSFERS] == 0;

    return cd_shares_fit(shares, CD_SHARE_TRANSFERS, 1, limits->transfers) &&
           cd_shares_fit(shares, CD_SHARE_TRANSFER_BYTES, total, limits->transfer_bytes) &&
           (alone ||
            cd_shares_allow(shares, account, CD_SHARE_TRANSFERS, 1, limits->transfers, 0)) &&
           ((alone &&
             cd_shares_spare(shares, CD_SHARE_TRANSFER_BYTES, total, limits->transfer_bytes)) ||
            cd_shares_allow(shares, account, CD_SHARE_TRANSFER_BYTES, total, limits->transfer_bytes,
                            0));
}

/* A new transfer for an account, not yet in the list; NULL: no memory. */
static cd_transfer *make(cd_reassembly *reassembly, cd_account *account, size_t total)
{
    cd_transfer *transfer = calloc(1, sizeof *transfer);

    if (transfer == NULL)
        return NULL;
    transfer->block = cd_spare_take(reassembly->spare, total);
    if (transfer->block == NULL) {
        free(transfer);
        return NULL;
    }
    transfer->account = account;
    transfer->total = total;
    return transfer;
}

/* Starts a transfer with its first piece. CD_ACCEPTED: it is now the first in the list. */
static cd_verdict begin(cd_reassembly *reassembly, const cd_sender *sender,
                        const cd_fragment *fragment)
{
    const cd_limits *limits = reassembly->limits;
    cd_transfer *transfer = NULL;

    /* No more pieces than bytes, because a piece is never empty. */
    if (fragment->index != 1 || fragment->count == 0 || fragment->count > fragment->total)
        return CD_MALFORMED;
    if (fragment->total > limits->max_message || fragment->total > limits->transfer_bytes)
        return CD_TOO_LARGE;
    size_t total = (size_t)fragment->total;
    cd_account *account = cd_shares_use(reassembly->shares, sender);
    if (account == NULL)
        return CD_BUSY;
    if (affordable(reassembly, account, total))
        transfer = make(reassembly, account, total);
    if (transfer == NULL) {
        cd_shares_drop(reassembly->shares, account);
        return CD_BUSY;
    }
    transfer->sender = sender->key;
    transfer->id = fragment->transfer;
    transfer->count = fragment->count;
    link_transfer(reassembly, transfer);
    cd_shares_add(reassembly->shares, account, CD_SHARE_TRANSFERS, 1);
    cd_shares_add(reassembly->shares, account, CD_SHARE_TRANSFER_BYTES, total);
    return CD_ACCEPTED;
}

/* Whether this is the piece that is due. */
static bool due(const cd_transfer *transfer, const cd_fragment *fragment)
{
    size_t left = transfer->total - transfer->filled;
    bool last = fragment->index == transfer->count;

    return fragment->index == transfer->index + 1 && fragment->count == transfer->count &&
           fragment->total == transfer->total && fragment->size > 0 &&
           (last ? fragment->size == left : fragment->size < left);
}

void cd_reassembly_end(cd_reassembly *reassembly, cd_transfer *transfer, bool keep)
{
    cd_account *account = transfer->account;

    cd_shares_remove(reassembly->shares, account, CD_SHARE_TRANSFERS, 1);
    cd_shares_remove(reassembly->shares, account, CD_SHARE_TRANSFER_BYTES, transfer->total);
    cd_shares_drop(reassembly->shares, account);
    if (!keep)
        cd_spare_give(reassembly->spare, transfer->block);
    free(transfer);
}

/* Drops an incomplete transfer. */
static void drop(cd_reassembly *reassembly, cd_transfer *transfer)
{
    unlink_transfer(reassembly, transfer);
    cd_reassembly_end(reassembly, transfer, false);
}

cd_verdict cd_reassembly_add(cd_reassembly *reassembly, const cd_sender *sender,
                             const cd_fragment *fragment, cd_transfer **whole)
{
    *whole = NULL;
    if (sender->account == 0) /* the pieces belong to no sender */
        return CD_MALFORMED;
    cd_transfer *transfer = find(reassembly, sender, fragment);
    if (transfer == NULL) {
        cd_verdict verdict = begin(reassembly, sender, fragment);
        if (verdict != CD_ACCEPTED)
            return verdict;
        transfer = reassembly->first;
    }
    if (!due(transfer, fragment)) {
        drop(reassembly, transfer);
        return CD_MALFORMED;
    }
    memcpy(transfer->block->bytes + transfer->filled, fragment->bytes, fragment->size);
    transfer->filled += fragment->size;
    transfer->index = fragment->index;
    transfer->touched = reassembly->touched = reassembly->host->seconds();
    if (transfer->index == transfer->count) {
        unlink_transfer(reassembly, transfer);
        *whole = transfer;
    }
    return CD_ACCEPTED;
}

void cd_reassembly_undo(cd_reassembly *reassembly, cd_transfer *transfer,
                        const cd_fragment *fragment)
{
    transfer->filled -= fragment->size;
    transfer->index--;
    link_transfer(reassembly, transfer);
}

bool cd_reassembly_sweep(cd_reassembly *reassembly)
{
    const cd_host *host = reassembly->host;
    double now = host->seconds();
    cd_transfer *transfer = reassembly->first;

    while (transfer != NULL) {
        cd_transfer *next = transfer->next;
        if (now - transfer->touched > reassembly->limits->transfer_silence ||
            host->gone(transfer->sender))
            drop(reassembly, transfer);
        transfer = next;
    }
    if (reassembly->first == NULL && now - reassembly->touched > CD_SPARE_SECONDS)
        cd_spare_close(reassembly->spare);
    return reassembly->first != NULL || reassembly->spare->open;
}

void cd_reassembly_free(cd_reassembly *reassembly)
{
    while (reassembly->first != NULL)
        drop(reassembly, reassembly->first);
}
