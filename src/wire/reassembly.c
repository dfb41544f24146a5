/* SPDX-License-Identifier: MIT */
#include "reassembly.h"

#include <stdlib.h>
#include <string.h>

static cd_transfer *find(const cd_reassembly *reassembly, uint64_t sender, uint32_t id)
{
    cd_transfer *transfer = reassembly->first;

    while (transfer != NULL && (transfer->sender != sender || transfer->id != id))
        transfer = transfer->next;
    return transfer;
}

/* Starts a transfer by its first piece. CD_ACCEPTED: it is the first in the list. */
static cd_verdict begin(cd_reassembly *reassembly, uint64_t sender, const cd_fragment *fragment)
{
    const cd_limits *limits = reassembly->limits;

    /* No more pieces than bytes: a piece is never empty. */
    if (fragment->index != 1 || fragment->count == 0 || fragment->count > fragment->total)
        return CD_MALFORMED;
    if (fragment->total > limits->max_message || fragment->total > limits->transfer_bytes)
        return CD_TOO_LARGE;
    size_t total = (size_t)fragment->total;
    if (reassembly->count >= limits->transfers ||
        total > limits->transfer_bytes - reassembly->bytes)
        return CD_BUSY;

    cd_transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL)
        return CD_BUSY;
    transfer->block = cd_spare_take(reassembly->spare, total);
    if (transfer->block == NULL) {
        free(transfer);
        return CD_BUSY;
    }
    transfer->next = reassembly->first;
    transfer->sender = sender;
    transfer->id = fragment->transfer;
    transfer->count = fragment->count;
    transfer->total = total;
    reassembly->first = transfer;
    reassembly->count++;
    reassembly->bytes += total;
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

cd_verdict cd_reassembly_add(cd_reassembly *reassembly, uint64_t sender,
                             const cd_fragment *fragment, double now, cd_transfer **whole)
{
    cd_transfer *transfer = find(reassembly, sender, fragment->transfer);

    *whole = NULL;
    if (transfer == NULL) {
        cd_verdict verdict = begin(reassembly, sender, fragment);
        if (verdict != CD_ACCEPTED)
            return verdict;
        transfer = reassembly->first;
    }
    if (!due(transfer, fragment)) {
        cd_reassembly_end(reassembly, transfer, false);
        return CD_MALFORMED;
    }
    memcpy(transfer->block->bytes + transfer->filled, fragment->bytes, fragment->size);
    transfer->filled += fragment->size;
    transfer->index = fragment->index;
    transfer->touched = reassembly->touched = now;
    if (transfer->index == transfer->count)
        *whole = transfer;
    return CD_ACCEPTED;
}

void cd_reassembly_undo(cd_transfer *transfer, const cd_fragment *fragment)
{
    transfer->filled -= fragment->size;
    transfer->index--;
}

void cd_reassembly_end(cd_reassembly *reassembly, cd_transfer *transfer, bool keep)
{
    cd_transfer **link = &reassembly->first;

    while (*link != transfer)
        link = &(*link)->next;
    *link = transfer->next;
    reassembly->count--;
    reassembly->bytes -= transfer->total;
    if (!keep)
        cd_spare_give(reassembly->spare, transfer->block);
    free(transfer);
}

bool cd_reassembly_sweep(cd_reassembly *reassembly, double now, bool (*gone)(uint64_t sender))
{
    cd_transfer *transfer = reassembly->first;

    while (transfer != NULL) {
        cd_transfer *next = transfer->next;
        if (now - transfer->touched > reassembly->limits->transfer_silence ||
            gone(transfer->sender))
            cd_reassembly_end(reassembly, transfer, false);
        transfer = next;
    }
    if (reassembly->first == NULL && now - reassembly->touched > CD_SPARE_SECONDS)
        cd_spare_close(reassembly->spare);
    return reassembly->first != NULL || reassembly->spare->open;
}

void cd_reassembly_free(cd_reassembly *reassembly)
{
    while (reassembly->first != NULL)
        cd_reassembly_end(reassembly, reassembly->first, false);
}
