/* SPDX-License-Identifier: MIT */
#include "spare.h"

#include <stdint.h>
#include <stdlib.h>

static void drop(cd_spare *spare)
{
    free(spare->block);
    spare->block = NULL;
}

cd_block *cd_spare_take(cd_spare *spare, size_t size)
{
    cd_block *block = spare->block;

    spare->open = true;
    if (block != NULL && size <= block->room && size >= block->room / 2) {
        spare->block = NULL;
        return block;
    }
    drop(spare); /* so that there are never two */
    if (size > SIZE_MAX - sizeof *block)
        return NULL;
    block = malloc(sizeof *block + size);
    if (block != NULL)
        block->room = size;
    return block;
}

void cd_spare_give(cd_spare *spare, cd_block *block)
{
    if (block == NULL)
        return;
    bool larger = spare->block == NULL || spare->block->room < block->room;
    if (!spare->open || !larger || block->room > CD_SPARE_MOST) {
        free(block);
        return;
    }
    drop(spare);
    spare->block = block;
}

void cd_spare_close(cd_spare *spare)
{
    drop(spare);
    spare->open = false;
}
