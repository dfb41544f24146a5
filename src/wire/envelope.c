/* SPDX-License-Identifier: MIT */
#include "envelope.h"
#include "mp/grow.h"
#include "mp/read.h"

#include <stdlib.h>

static bool read_span(cd_reader *reader, const char *frame, cd_span *span)
{
    const char *bytes;
    size_t size;

    if (!cd_read_any(reader, &bytes, &size))
        return false;
    *span = (cd_span){(size_t)(bytes - frame), size};
    return true;
}

/* nil, or when the message was sent */
static bool read_sent(cd_reader *reader, cd_message *message)
{
    if (cd_read_nil(reader))
        return true;
    message->dated = cd_read_timestamp(reader, &message->sent);
    return message->dated;
}

/* All but the body are optional; further elements are ignored. */
bool cd_content_read(cd_reader *reader, const char *start, cd_message *message)
{
    uint32_t count;
    const char *bytes;
    size_t size;

    if (!cd_read_array(reader, &count) || count < 1 || !read_span(reader, start, &message->body))
        return false;
    if (count > 1 && !read_sent(reader, message))
        return false;
    if (count > 2 && !read_span(reader, start, &message->extras))
        return false;
    for (uint32_t i = 3; i < count; i++)
        if (!cd_read_any(reader, &bytes, &size))
            return false;
    return true;
}

static bool read_channel(cd_reader *reader, const char *frame, cd_message *message)
{
    const char *channel;
    size_t size;

    if (!cd_read_str(reader, &channel, &size))
        return false;
    message->channel = (cd_span){(size_t)(channel - frame), size};
    return true;
}

/* What follows the type in a notification. */
static bool read_notification(cd_reader *reader, const char *frame, cd_message *message)
{
    return read_channel(reader, frame, message) && cd_content_read(reader, frame, message);
}

/* What follows the type in a request: its number, and then as in a notification. */
static bool read_request(cd_reader *reader, const char *frame, cd_message *message)
{
    return cd_read_uint32(reader, &message->msgid) && read_notification(reader, frame, message);
}

/* What follows the type in a response: the request's number, error, result. */
static bool read_response(cd_reader *reader, const char *frame, cd_message *message)
{
    return cd_read_uint32(reader, &message->msgid) && read_span(reader, frame, &message->error) &&
           read_span(reader, frame, &message->body);
}

static bool read_message(cd_reader *reader, const char *frame, cd_message *message)
{
    uint32_t count;
    uint64_t type;

    if (!cd_read_array(reader, &count) || !cd_read_uint(reader, &type))
        return false;
    switch (type) {
    case CD_NOTIFICATION:
        message->type = CD_NOTIFICATION;
        return count == CD_NOTIFICATION_ELEMENTS && read_notification(reader, frame, message);
    case CD_REQUEST:
        message->type = CD_REQUEST;
        return count == CD_REQUEST_ELEMENTS && read_request(reader, frame, message);
    case CD_RESPONSE:
        message->type = CD_RESPONSE;
        return count == CD_RESPONSE_ELEMENTS && read_response(reader, frame, message);
    default: /* a fragment too: here it is not alone in its frame */
        return false;
    }
}

bool cd_message_begins(cd_message *message, const char *bytes, size_t size)
{
    cd_reader reader = cd_reader_of(bytes, size);
    uint32_t count;
    uint64_t type;

    if (!cd_read_array(&reader, &count) || !cd_read_uint(&reader, &type) || type > CD_NOTIFICATION)
        return false;
    message->type = (cd_message_type)type;
    if (type != CD_NOTIFICATION && !cd_read_uint32(&reader, &message->msgid))
        return false;
    return type == CD_RESPONSE || read_channel(&reader, bytes, message);
}

/* The place for the next message; NULL without memory. */
static cd_message *append(cd_messages *list)
{
    cd_message *items = cd_grow(list->items, &list->capacity, list->count, sizeof *items);

    if (items == NULL)
        return NULL;
    list->items = items;
    items[list->count] = (cd_message){0};
    return &items[list->count++];
}

cd_verdict cd_messages_read(cd_messages *list, const char *frame, size_t size, size_t most)
{
    cd_reader reader = cd_reader_of(frame, size);

    if (size == 0)
        return CD_MALFORMED;
    list->count = 0;
    while (cd_reader_left(&reader) > 0) {
        if (list->count == most)
            return CD_TOO_LARGE;
        cd_message *message = append(list);
        if (message == NULL)
            return CD_BUSY;
        if (!read_message(&reader, frame, message))
            return CD_MALFORMED;
    }
    return CD_ACCEPTED;
}

void cd_messages_free(cd_messages *list)
{
    free(list->items);
    *list = (cd_messages){NULL, 0, 0};
}

/* The beginning of [channel, [body, sent, extras]]. */
static void pack_address(cd_packer *packer, const cd_address *address)
{
    cd_pack_str(packer, address->channel_size);
    cd_pack_str_body(packer, address->channel, address->channel_size);
    cd_pack_array(packer, address->extras ? 3 : 2);
}

void cd_notification_head(cd_packer *packer, const cd_address *address)
{
    cd_pack_array(packer, CD_NOTIFICATION_ELEMENTS);
    cd_pack_uint8(packer, CD_NOTIFICATION);
    pack_address(packer, address);
}

#define MSGID_AT 2 /* in a request: past the array's header and the type */

/* In its longest form, so that the number can be replaced. */
static void pack_msgid(char *at, uint32_t msgid)
{
    at[0] = (char)0xce; /* uint 32 */
    for (int i = 1; i <= 4; i++)
        at[i] = (char)(msgid >> (32 - 8 * i) & 0xff);
}

void cd_request_head(cd_packer *packer, uint32_t msgid, const cd_address *address)
{
    cd_pack_array(packer, CD_REQUEST_ELEMENTS);
    cd_pack_uint8(packer, CD_REQUEST);
    pack_msgid(packer->at, msgid);
    packer->at += 5;
    pack_address(packer, address);
}

void cd_request_renumber(char *request, uint32_t msgid)
{
    pack_msgid(request + MSGID_AT, msgid);
}

void cd_response_head(cd_packer *packer, uint32_t msgid)
{
    cd_pack_array(packer, CD_RESPONSE_ELEMENTS);
    cd_pack_uint8(packer, CD_RESPONSE);
    cd_pack_uint32(packer, msgid);
}

void cd_envelope_tail(cd_packer *packer, const cd_timestamp *sent)
{
    cd_pack_timestamp(packer, sent);
}
