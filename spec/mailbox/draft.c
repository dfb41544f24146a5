/* SPDX-License-Identifier: MIT */
#include "draft.h"
#include "native_host.h"
#include "wire/envelope.h"

#include <string.h>

/* The place of the next byte, with room for a head, `channel` and a body of `size` bytes. */
static cd_packer begin(cd_draft *draft, const char *channel, size_t size)
{
    size_t more = CD_FRAGMENT_HEAD + CD_PACK_MAX + strlen(channel) + size;

    CD_CHECK(more <= CD_DRAFT_ROOM - draft->size);
    return (cd_packer){draft->bytes + draft->size};
}

static void end(cd_draft *draft, cd_packer packer)
{
    draft->size = (size_t)(packer.at - draft->bytes);
}

static void pack_body(cd_packer *packer, const void *body, size_t size)
{
    cd_pack_bin(packer, size);
    cd_pack_bin_body(packer, body, size);
}

void cd_draft_notification(cd_draft *draft, const char *channel, const void *body, size_t size)
{
    cd_packer packer = begin(draft, channel, size);

    cd_notification_head(&packer, &(cd_address){channel, strlen(channel), false});
    pack_body(&packer, body, size);
    cd_pack_nil(&packer);
    end(draft, packer);
}

void cd_draft_request(cd_draft *draft, uint32_t msgid, const char *channel, const void *body,
                      size_t size)
{
    cd_packer packer = begin(draft, channel, size);

    cd_request_head(&packer, msgid, &(cd_address){channel, strlen(channel), false});
    pack_body(&packer, body, size);
    cd_pack_nil(&packer);
    end(draft, packer);
}

void cd_draft_response(cd_draft *draft, uint32_t msgid, const void *body, size_t size)
{
    cd_packer packer = begin(draft, "", size);

    cd_response_head(&packer, msgid);
    cd_pack_nil(&packer);
    pack_body(&packer, body, size);
    end(draft, packer);
}

void cd_draft_fragment(cd_draft *draft, const cd_fragment *fragment)
{
    cd_packer packer = begin(draft, "", fragment->size);

    cd_fragment_head(&packer, fragment);
    cd_pack_bin_body(&packer, fragment->bytes, fragment->size);
    end(draft, packer);
}
