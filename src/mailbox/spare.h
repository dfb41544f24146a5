/* SPDX-License-Identifier: MIT
 *
 * The memory of large messages. One block is kept for the next message, because the system maps and
 * clears every page of a new one, which takes a fifth of the time of the whole transfer.
 */
#ifndef COPYDATA_MAILBOX_SPARE_H
#define COPYDATA_MAILBOX_SPARE_H

#include "limits.h"

#include <stdbool.h>
#include <stddef.h>

#define CD_SPARE_MOST    (CD_MAX_MESSAGE + CD_ENVELOPE_ROOM) /* bytes of a kept block */
#define CD_SPARE_SECONDS 3.0                                 /* after the last piece */

/* From malloc; owned by the caller that took it. */
typedef struct cd_block {
    size_t room; /* size of `bytes` */
    char bytes[];
} cd_block;

/* Initialize to zero. */
typedef struct cd_spare {
    cd_block *block; /* the kept block; NULL: none */
    bool open;       /* blocks given back are kept, until cd_spare_close */
} cd_spare;

/*
 * A block of at least `size` bytes: the kept one, if at least half of it is needed, otherwise a new
 * one. NULL: no memory. Opens the spare.
 */
cd_block *cd_spare_take(cd_spare *spare, size_t size);

/* Accepts a block back; keeps it if it has at most CD_SPARE_MOST bytes. NULL: does nothing. */
void cd_spare_give(cd_spare *spare, cd_block *block);

/* Frees the kept block; keeps none from now on. */
void cd_spare_close(cd_spare *spare);

#endif
