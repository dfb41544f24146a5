/* SPDX-License-Identifier: MIT */
#include "proof.h"
#include "mp/pack.h"
#include "mp/read.h"
#include "types.h"

#include <string.h>

bool cd_proof_read(cd_proof *proof, size_t *taken, const char *frame, size_t size)
{
    cd_reader reader = cd_reader_of(frame, size);
    uint32_t count;
    uint64_t type;

    *taken = 0;
    if (!cd_read_array(&reader, &count) || !cd_read_uint(&reader, &type) || type != CD_PROOF)
        return true;
    if (count != CD_PROOF_ELEMENTS || !cd_read_uint(&reader, &proof->nonce) ||
        !cd_read_uint(&reader, &proof->token))
        return false;
    *taken = (size_t)(reader.at - frame);
    return true;
}

size_t cd_proof_write(const cd_proof *proof, char *frame)
{
    char bytes[4 * CD_PACK_MAX];
    cd_packer packer = {bytes};

    cd_pack_array(&packer, CD_PROOF_ELEMENTS);
    cd_pack_uint8(&packer, CD_PROOF);
    cd_pack_uint64(&packer, proof->nonce);
    cd_pack_uint64(&packer, proof->token);
    size_t size = (size_t)(packer.at - bytes);
    memcpy(frame - size, bytes, size);
    return size;
}
