/* SPDX-License-Identifier: MIT
 *
 * Binding for programs that hand messages on, such as bridges: bodies stay as they are encoded.
 *
 * Between such programs a message is its content, [body, sent], and contents follow each other
 * without anything in between.
 */
#include "core.h"
#include "codec/msgpack.h"
#include "mp/read.h"
#include "mp/walk.h"
#include "wire/extras.h"

#include <lauxlib.h>

#define CONTENT_HEAD CD_PACK_MAX /* bytes that the array's header may take */

/* packed(bytes) -> packed | nil: a value that `compose` and `respond` write as it is; nil unless
 * the bytes are one valid MessagePack value */
static int packed(lua_State *L)
{
    size_t size, length;
    const char *bytes = luaL_checklstring(L, 1, &size);

    if (!cd_walk(bytes, size, &length) || length != size)
        return 0;
    lua_newuserdatauv(L, 0, 1);
    luaL_setmetatable(L, CD_PACKED_TYPE);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

/* Appends values that are encoded already. */
static void write_values(cd_packer *packer, const char *bytes, size_t size)
{
    cd_pack_str_body(packer, bytes, size);
}

/* Appends [body, sent]. */
static void write_content(lua_State *L, cd_buffer *buffer, const cd_item *item)
{
    const cd_message *message = &item->message;
    cd_packer packer = {
        cd_buffer_reserve(L, buffer, CONTENT_HEAD + message->body.size + CD_PACK_MAX)};

    cd_pack_array(&packer, 2);
    write_values(&packer, cd_item_bytes(item, message->body), message->body.size);
    if (message->dated)
        cd_pack_timestamp(&packer, &message->sent);
    else
        cd_pack_nil(&packer);
    buffer->size = (size_t)(packer.at - buffer->bytes);
}

/* A take_run under way. */
typedef struct taking {
    cd_mailbox *mailbox;
    uint32_t id;
    uint32_t most;     /* messages, */
    size_t most_bytes; /* and bytes, unless a single message has more */
    cd_item *held;     /* taken, and neither written nor put back */
    uint32_t count;    /* messages written */
} taking;

static bool belongs(const cd_item *item, uint64_t key, uint32_t account)
{
    const cd_sender *sender = cd_item_origin(item)->sender;

    return item->message.type == CD_NOTIFICATION && item->message.extras.size == 0 &&
           sender->key == key && sender->account == account;
}

/* write_run(run) -> contents, hwnd, pid, exe, proven | nothing: runs protected, because it
 * allocates */
static int write_run(lua_State *L)
{
    taking *run = lua_touserdata(L, 1);
    uint64_t key = 0;
    uint32_t account = 0, id;
    cd_buffer *buffer = cd_buffer_push(L);

    while (run->count < run->most &&
           (run->held = cd_mailbox_take(run->mailbox, run->id, UINT64_MAX, &id)) != NULL) {
        const cd_sender *sender = cd_item_origin(run->held)->sender;
        if (run->count == 0) {
            key = sender->key;
            account = sender->account;
        }
        if (!belongs(run->held, key, account) ||
            (run->count > 0 &&
             !cd_fits(buffer->size, run->held->message.body.size, run->most_bytes)))
            break;
        if (run->count == 0)
            cd_push_peer(L, (const cd_peer *)sender);
        write_content(L, buffer, run->held);
        run->count++;
        cd_mailbox_release(run->mailbox, run->held);
        run->held = NULL;
    }
    if (run->count == 0)
        return 0;
    lua_pushlstring(L, buffer->bytes, buffer->size);
    lua_insert(L, 3);
    return 5;
}

/*
 * endpoint:take_run(channel, most, most_bytes) -> count, contents, hwnd, pid, exe, proven | nothing
 * Takes the notifications that wait on a channel, up to the first that has extras or comes from
 * another sender, as the bytes of their contents. A single one may have more than most_bytes.
 */
static int endpoint_take_run(lua_State *L)
{
    const cd_endpoint *endpoint = cd_check_endpoint(L);
    taking run = {
        .mailbox = endpoint->mailbox,
        .id = (uint32_t)luaL_checkinteger(L, 2),
        .most = (uint32_t)luaL_checkinteger(L, 3),
        .most_bytes = (size_t)luaL_checkinteger(L, 4),
    };

    lua_settop(L, 1); /* which keeps the mailbox */
    lua_pushcfunction(L, write_run);
    lua_pushlightuserdata(L, &run);
    int status = lua_pcall(L, 1, LUA_MULTRET, 0);
    if (run.held != NULL)
        cd_mailbox_return(run.mailbox, run.id, run.held);
    if (status != LUA_OK)
        return lua_error(L);
    if (run.count == 0)
        return 0;
    lua_pushinteger(L, run.count);
    lua_insert(L, 2);
    return lua_gettop(L) - 1;
}

/* A reader of the bytes at argument 1 from the position at argument 2 on. */
static cd_reader check_bytes(lua_State *L, int bytes, int position)
{
    size_t size;
    const char *start = luaL_checklstring(L, bytes, &size);
    lua_Integer at = luaL_checkinteger(L, position);

    luaL_argcheck(L, at >= 1 && at <= (lua_Integer)size + 1, position, "outside the bytes");
    return cd_reader_of(start + at - 1, size - (size_t)(at - 1));
}

/* content(bytes, position) -> body, sent | nil, next: the content there; nothing when there is
 * none. Times are seconds since 1970. */
static int content(lua_State *L)
{
    cd_reader reader = check_bytes(L, 1, 2);
    const char *start = reader.at;
    cd_message message = {0};

    if (!cd_content_read(&reader, start, &message))
        return 0;
    lua_pushlstring(L, start + message.body.at, message.body.size);
    if (message.dated)
        lua_pushnumber(L, (lua_Number)message.sent.tv_sec + (lua_Number)message.sent.tv_nsec / 1e9);
    else
        lua_pushnil(L);
    lua_pushinteger(L, lua_tointeger(L, 2) + (reader.at - start));
    return 3;
}

static bool is_map(const char *bytes)
{
    const unsigned char head = (unsigned char)*bytes;

    return (head & 0xf0) == 0x80 || head == 0xde || head == 0xdf;
}

/* What becomes of the contents that relay reads. */
typedef struct tally {
    lua_Integer read; /* all */
    lua_Integer written;
    lua_Integer bad;   /* no contents, */
    lua_Integer large; /* and contents that are too large; neither is written */
} tally;

/* Appends a notification. */
static void write_notification(lua_State *L, cd_buffer *buffer, const cd_address *address,
                               const char *start, const cd_message *message, cd_extra_text extras)
{
    cd_packer packer = {cd_buffer_reserve(L, buffer,
                                          CD_ENVELOPE_HEAD + address->channel_size +
                                              message->body.size + CD_PACK_MAX + extras.size)};

    cd_notification_head(&packer, address);
    write_values(&packer, start + message->body.at, message->body.size);
    if (message->dated)
        cd_envelope_tail(&packer, &message->sent);
    else
        cd_pack_nil(&packer);
    write_values(&packer, extras.bytes, extras.size);
    buffer->size = (size_t)(packer.at - buffer->bytes);
}

/*
 * relay(frame | nil, bytes, position, channel, extras, max_frame, max_body, had)
 *   -> frame, size, next | nil, read, written, bad, too large
 * Makes notifications on the channel, with these encoded extras, from the contents at a position
 * of the bytes, until the frame is full, a map follows, or there are no more. Of the first `had`
 * nothing is written. next: where the rest begins; nil: the rest is no MessagePack. A frame of one
 * message may be longer than max_frame.
 */
static int relay(lua_State *L)
{
    cd_address address = {.extras = true};
    cd_extra_text extras;
    cd_reader reader = check_bytes(L, 2, 3);
    const char *start = reader.at;
    address.channel = luaL_checklstring(L, 4, &address.channel_size);
    extras.bytes = luaL_checklstring(L, 5, &extras.size);
    const size_t max_frame = (size_t)luaL_checkinteger(L, 6);
    const size_t max_body = (size_t)luaL_checkinteger(L, 7);
    const lua_Integer had = luaL_checkinteger(L, 8);
    const size_t beside = CD_ENVELOPE_HEAD + address.channel_size + CD_PACK_MAX + extras.size;
    tally relayed = {0};
    bool valid = true;

    lua_settop(L, 8);
    cd_buffer *buffer = cd_frame_take(L, 1);
    const size_t room = buffer->size;
    while (cd_reader_left(&reader) > 0 && !is_map(reader.at)) {
        cd_reader before = reader;
        cd_message message = {0};
        const char *any;
        size_t size;
        bool is_content = cd_content_read(&reader, start, &message);
        if (!is_content) {
            reader = before;
            valid = cd_read_any(&reader, &any, &size);
        }
        if (is_content && relayed.read >= had && message.body.size <= max_body) {
            if (relayed.written > 0 &&
                !cd_fits(buffer->size - room, message.body.size + beside, max_frame)) {
                reader = before;
                break;
            }
            write_notification(L, buffer, &address, start, &message, extras);
            relayed.written++;
        } else if (!is_content) {
            relayed.bad++;
        } else if (relayed.read >= had) {
            relayed.large++;
        }
        relayed.read++;
        if (!valid)
            break;
    }
    lua_pushinteger(L, (lua_Integer)(buffer->size - room));
    if (valid)
        lua_pushinteger(L, lua_tointeger(L, 3) + (reader.at - start));
    else
        lua_pushnil(L);
    lua_pushinteger(L, relayed.read);
    lua_pushinteger(L, relayed.written);
    lua_pushinteger(L, relayed.bad);
    lua_pushinteger(L, relayed.large);
    return 7;
}

void cd_open_relay(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"packed", packed},
        {"content", content},
        {"relay", relay},
        {NULL, NULL},
    };
    static const luaL_Reg methods[] = {
        {"take_run", endpoint_take_run},
        {NULL, NULL},
    };

    luaL_newmetatable(L, CD_PACKED_TYPE);
    lua_pop(L, 1);
    luaL_setfuncs(L, functions, 0);
    cd_endpoint_methods(L, methods);
}
