/* SPDX-License-Identifier: MIT */
#include "fragment.h"
#include "mp/read.h"
#include "types.h"

cd_frame_kind cd_fragment_read(cd_fragment *fragment, const char *frame, size_t size)
{
    cd_reader reader = cd_reader_of(frame, size);
    uint32_t count;
    uint64_t type;

    if (!cd_read_array(&reader, &count) || !cd_read_uint(&reader, &type) || type != CD_FRAGMENT)
        return CD_FRAME_MESSAGES;
    if (count == CD_FRAGMENT_ELEMENTS && cd_read_uint32(&reader, &fragment->transfer) &&
        cd_read_uint32(&reader, &fragment->index) && cd_read_uint32(&reader, &fragment->count) &&
        cd_read_uint(&reader, &fragment->total) &&
        cd_read_bin(&reader, &fragment->bytes, &fragment->size) && cd_reader_left(&reader) == 0)
        return CD_FRAME_PIECE;
    return CD_FRAME_NEITHER;
}

void cd_fragment_head(cd_packer *packer, const cd_fragment *fragment)
{
    cd_pack_array(packer, CD_FRAGMENT_ELEMENTS);
    cd_pack_uint8(packer, CD_FRAGMENT);
    cd_pack_uint32(packer, fragment->transfer);
    cd_pack_uint32(packer, fragment->index);
    cd_pack_uint32(packer, fragment->count);
    cd_pack_uint64(packer, fragment->total);
    cd_pack_bin(packer, fragment->size);
}
