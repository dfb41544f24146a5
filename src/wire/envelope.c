/* SPDX-License-Identifier: MIT */
#include "envelope.h"
#include "mp/read.h"

#include <stdlib.h>
#include <string.h>

/* How many elements each type of message has; from the table of the protocol. */
static const uint32_t elements[] = {
    [CD_REQUEST] = 4,
    [CD_RESPONSE] = 4,
    [CD_NOTIFICATION] = 3,
    [CD_FRAGMENT] = 6,
};

static bool read_span(cd_reader *reader, const char *frame, cd_span *span)
{
    const char *bytes;
    size_t size;

    if (!cd_read_any(reader, &bytes, &size))
        return false;
    *span = (cd_span){(size_t)(bytes - frame), size};
    return true;
}

/* [body, sent], where `sent` may be left out and more may follow, which we ignore */
static bool read_content(cd_reader *reader, const char *frame, cd_message *message)
{
    uint32_t count;
    const char *bytes;
    size_t size;

    if (!cd_read_array(reader, &count) || count < 1 || !read_span(reader, frame, &message->body))
        return false;
    message->dated = count > 1;
    if (count > 1 && !cd_read_timestamp(reader, &message->sent))
        return false;
    for (uint32_t i = 2; i < count; i++)
        if (!cd_read_any(reader, &bytes, &size))
            return false;
    return true;
}

/* What follows the type in a notification. */
static bool read_notification(cd_reader *reader, const char *frame, cd_message *message)
{
    const char *channel;
    size_t size;

    if (!cd_read_str(reader, &channel, &size))
        return false;
    message->channel = (cd_span){(size_t)(channel - frame), size};
    return read_content(reader, frame, message);
}

/* A number that must fit 32 bits. */
static bool read_uint32(cd_reader *reader, uint32_t *number)
{
    uint64_t wide;

    if (!cd_read_uint(reader, &wide) || wide > UINT32_MAX)
        return false;
    *number = (uint32_t)wide;
    return true;
}

/* What follows the type in a request: its number, and then as in a notification. */
static bool read_request(cd_reader *reader, const char *frame, cd_message *message)
{
    return read_uint32(reader, &message->msgid) && read_notification(reader, frame, message);
}

/* What follows the type in a response: the request's number, error, result. */
static bool read_response(cd_reader *reader, const char *frame, cd_message *message)
{
    return read_uint32(reader, &message->msgid) && read_span(reader, frame, &message->error) &&
           read_span(reader, frame, &message->body);
}

static bool read_message(cd_reader *reader, const char *frame, cd_message *message)
{
    uint32_t count;
    uint64_t type;

    if (!cd_read_array(reader, &count) || !cd_read_uint(reader, &type))
        return false;
    if (type >= sizeof elements / sizeof elements[0] || count != elements[type])
        return false;
    message->type = (cd_message_type)type;
    switch (message->type) {
    case CD_NOTIFICATION:
        return read_notification(reader, frame, message);
    case CD_REQUEST:
        return read_request(reader, frame, message);
    case CD_RESPONSE:
        return read_response(reader, frame, message);
    case CD_FRAGMENT: /* not alone in its frame */
    default:
        return false;
    }
}

/* The place for the next message; NULL when there is no memory. */
static cd_message *append(cd_messages *list)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? 2 * list->capacity : 8;
        cd_message *items = realloc(list->items, capacity * sizeof *items);
        if (items == NULL)
            return NULL;
        list->items = items;
        list->capacity = capacity;
    }
    cd_message *message = &list->items[list->count++];
    memset(message, 0, sizeof *message);
    return message;
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

cd_frame_kind cd_fragment_read(cd_fragment *fragment, const char *frame, size_t size)
{
    cd_reader reader = cd_reader_of(frame, size);
    uint32_t count;
    uint64_t type;

    if (!cd_read_array(&reader, &count) || !cd_read_uint(&reader, &type) || type != CD_FRAGMENT)
        return CD_FRAME_MESSAGES;
    if (count == elements[CD_FRAGMENT] && read_uint32(&reader, &fragment->transfer) &&
        read_uint32(&reader, &fragment->index) && read_uint32(&reader, &fragment->count) &&
        cd_read_uint(&reader, &fragment->total) &&
        cd_read_bin(&reader, &fragment->bytes, &fragment->size) && cd_reader_left(&reader) == 0)
        return CD_FRAME_PIECE;
    return CD_FRAME_NEITHER;
}

void cd_messages_free(cd_messages *list)
{
    free(list->items);
    *list = (cd_messages){NULL, 0, 0};
}

/* [channel, [body, sent]], as it begins */
static void pack_address(cd_packer *packer, const char *channel, size_t channel_size)
{
    cd_pack_str(packer, channel_size);
    cd_pack_str_body(packer, channel, channel_size);
    cd_pack_array(packer, 2);
}

void cd_notification_head(cd_packer *packer, const char *channel, size_t channel_size)
{
    cd_pack_array(packer, elements[CD_NOTIFICATION]);
    cd_pack_uint8(packer, CD_NOTIFICATION);
    pack_address(packer, channel, channel_size);
}

#define MSGID_AT 2 /* in a request: past the array's header and the type */

/* In its longest form, so that the number can be replaced. */
static void pack_msgid(char *at, uint32_t msgid)
{
    at[0] = (char)0xce; /* uint 32 */
    for (int i = 1; i <= 4; i++)
        at[i] = (char)(msgid >> (32 - 8 * i) & 0xff);
}

void cd_request_head(cd_packer *packer, uint32_t msgid, const char *channel, size_t channel_size)
{
    cd_pack_array(packer, elements[CD_REQUEST]);
    cd_pack_uint8(packer, CD_REQUEST);
    pack_msgid(packer->at, msgid);
    packer->at += 5;
    pack_address(packer, channel, channel_size);
}

void cd_request_renumber(char *request, uint32_t msgid)
{
    pack_msgid(request + MSGID_AT, msgid);
}

void cd_response_head(cd_packer *packer, uint32_t msgid)
{
    cd_pack_array(packer, elements[CD_RESPONSE]);
    cd_pack_uint8(packer, CD_RESPONSE);
    cd_pack_uint32(packer, msgid);
}

void cd_envelope_tail(cd_packer *packer, const cd_timestamp *sent)
{
    cd_pack_timestamp(packer, sent);
}

void cd_fragment_head(cd_packer *packer, const cd_fragment *fragment)
{
    cd_pack_array(packer, elements[CD_FRAGMENT]);
    cd_pack_uint8(packer, CD_FRAGMENT);
    cd_pack_uint32(packer, fragment->transfer);
    cd_pack_uint32(packer, fragment->index);
    cd_pack_uint32(packer, fragment->count);
    cd_pack_uint64(packer, fragment->total);
    cd_pack_bin(packer, fragment->size);
}
