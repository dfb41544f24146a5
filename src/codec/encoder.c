/* SPDX-License-Identifier: MIT */
#include "encoder.h"

#include <stdint.h>
#include <string.h>

void cd_encode_grow(cd_encoder *e, size_t more)
{
    size_t size = cd_written(e);
    if (more > SIZE_MAX - size)
        more = SIZE_MAX - size; /* cd_buffer_grow refuses it */
    cd_buffer_grow(e->L, e->buffer, size + more);
    e->packer.at = cd_written_at(e, size);
    e->end = e->buffer->bytes + e->buffer->capacity;
}

void cd_encode_move(cd_encoder *e, size_t position, size_t reserved, size_t needed)
{
    cd_encode_reserve(e, CD_PACK_MAX);
    char *from = cd_written_at(e, position + reserved);
    if (needed != reserved)
        memmove(from - reserved + needed, from, (size_t)(e->packer.at - from));
    e->packer.at += needed;
    e->packer.at -= reserved;
}

void cd_encode_ext_header(cd_encoder *e, const cd_where *up, size_t position, int type)
{
    size_t length = cd_written(e) - position - CD_EXT_RESERVED;
    if (length >= CD_PACK_COUNT_MAX) /* decoders add 1 to it */
        cd_where_error(e->L, up, "an object of 4 GiB and more");
    bool fixed = length == 1 || length == 2 || length == 4 || length == 8 || length == 16;
    cd_encode_move(e, position, CD_EXT_RESERVED,
                   fixed            ? 2
                   : length < 256   ? 3
                   : length < 65536 ? 4
                                    : 6);
    cd_packer header = {cd_written_at(e, position)};
    cd_pack_ext(&header, length, (int8_t)type);
}
