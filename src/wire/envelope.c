/* SPDX-License-Identifier: MIT */
#include "envelope.h"
#include "read.h"

#include <stdlib.h>
#include <string.h>

/* How many elements each type of message has; from the table of the protocol. */
static const uint32_t elements[] = {
    [CD_REQUEST] = 4,
    [CD_RESPONSE] = 4,
    [CD_NOTIFICATION] = 3,
    [CD_FRAGMENT] = 6,
};

/* [body, sent], where `sent` may be left out and more may follow, which we ignore */
static bool read_content(cd_reader *reader, const char *frame, cd_message *message)
{
    uint32_t count;
    const char *bytes;
    size_t size;

    if (!cd_read_array(reader, &count) || count < 1 || !cd_read_any(reader, &bytes, &size))
        return false;
    message->body = (cd_span){(size_t)(bytes - frame), size};
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
    uint32_t number;

    return read_uint32(reader, &number) && read_notification(reader, frame, message);
}

/* What follows the type in a response: the request's number, error, result. */
static bool read_response(cd_reader *reader)
{
    uint32_t number;
    const char *bytes;
    size_t size;

    return read_uint32(reader, &number) && cd_read_any(reader, &bytes, &size) &&
           cd_read_any(reader, &bytes, &size);
}

static cd_verdict read_message(cd_reader *reader, const char *frame, cd_message *message)
{
    uint32_t count;
    uint64_t type;

    if (!cd_read_array(reader, &count) || !cd_read_uint(reader, &type))
        return CD_MALFORMED;
    if (type >= sizeof elements / sizeof elements[0] || count != elements[type])
        return CD_MALFORMED;
    switch ((cd_message_type)type) {
    case CD_NOTIFICATION:
        return read_notification(reader, frame, message) ? CD_ACCEPTED : CD_MALFORMED;
    case CD_REQUEST: /* this version takes neither */
        return read_request(reader, frame, message) ? CD_REFUSED : CD_MALFORMED;
    case CD_RESPONSE:
        return read_response(reader) ? CD_REFUSED : CD_MALFORMED;
    case CD_FRAGMENT: /* not alone in its frame */
    default:
        return CD_MALFORMED;
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
    cd_verdict verdict = CD_ACCEPTED;

    if (size == 0)
        return CD_MALFORMED;
    list->count = 0;
    while (cd_reader_left(&reader) > 0) {
        if (list->count == most)
            return CD_TOO_LARGE;
        cd_message *message = append(list);
        if (message == NULL)
            return CD_BUSY;
        cd_verdict one = read_message(&reader, frame, message);
        if (one == CD_MALFORMED)
            return one;
        if (one != CD_ACCEPTED)
            verdict = one;
    }
    return verdict;
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

void cd_envelope_head(cd_packer *packer, const char *channel, size_t channel_size)
{
    cd_pack_array(packer, elements[CD_NOTIFICATION]);
    cd_pack_uint8(packer, CD_NOTIFICATION);
    cd_pack_str(packer, channel_size);
    cd_pack_str_body(packer, channel, channel_size);
    cd_pack_array(packer, 2);
}

void cd_envelope_tail(cd_packer *packer, const cd_timestamp *sent)
{
    cd_pack_timestamp(packer, sent);
}

void cd_fragment_write(cd_packer *packer, const cd_fragment *fragment)
{
    cd_pack_array(packer, elements[CD_FRAGMENT]);
    cd_pack_uint8(packer, CD_FRAGMENT);
    cd_pack_uint32(packer, fragment->transfer);
    cd_pack_uint32(packer, fragment->index);
    cd_pack_uint32(packer, fragment->count);
    cd_pack_uint64(packer, fragment->total);
    cd_pack_bin(packer, fragment->size);
    cd_pack_bin_body(packer, fragment->bytes, fragment->size);
}
