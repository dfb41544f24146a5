/* SPDX-License-Identifier: MIT
 *
 * MessagePack to Lua values, pushed while msgpack-c's unpack_template.h reads them: no tree of
 * objects in between. What the template calls a value is only what the containers around it must
 * know; the value itself is on the Lua stack.
 */
#include "msgpack.h"

#include <lauxlib.h>

#include <stdint.h>
#include <string.h>

#include "../wire/bytes.h"
#include "codec.h"
#include "values.h"

#define MSGPACK_EMBED_STACK_SIZE   CD_DEPTH_LIMIT
#define MSGPACK_UNPACK_PARSE_ERROR (-1)
#define MSGPACK_UNPACK_NOMEM_ERROR (-2) /* the template says it when its stack is full */
#include <msgpack/unpack_define.h>

enum {
    FINE = 0,
    FAILED = -3,       /* user.message says why */
    BUILD_AT = 12,     /* items from which collecting them on the stack beats lua_rawseti */
    BUILD_MOST = 65536 /* above, the stack would grow too much */
};

typedef enum unpacked_kind {
    OTHER,
    STRING,        /* as a key, str and bin are not counted */
    POSITIVE,      /* an integer above 0 */
    IN_TABLE,      /* an array that is filled as its items come */
    ON_STACK,      /* an array whose items stay on the stack till the last, above the builder */
    MAP_OF_INDICES /* a map whose keys have all been POSITIVE */
} unpacked_kind;

typedef struct unpacked {
    uint32_t count; /* of an array: its items; of a map: its keys that are not strings, so far */
    uint8_t kind;   /* unpacked_kind; a map that is no MAP_OF_INDICES is OTHER */
} unpacked;

typedef struct unpack_user {
    lua_State *L;
    cd_codec *codec;
    int home;            /* stack index of the codec's home */
    unsigned depth;      /* containers open */
    unsigned max_depth;
    uint32_t max_keys;
    size_t budget;       /* elements that the bytes can still hold */
    const char *message; /* after FAILED */
} unpack_user;

#define msgpack_unpack_struct(name)     struct unpack##name
#define msgpack_unpack_func(type, name) static inline type unpack##name
#define msgpack_unpack_callback(name)   callback##name
#define msgpack_unpack_object           unpacked
#define msgpack_unpack_user             unpack_user

/* They look at the template's stack, so they are defined below it. */
static inline bool is_key(const unpack_user *user);     /* the value to come is a map's key */
static inline bool is_last(const unpacked *container); /* the item that came is its last */

static inline int fail(unpack_user *user, const char *message)
{
    user->message = message;
    return FAILED;
}

static inline int pushed(unpacked *out, unpacked_kind kind)
{
    out->kind = (uint8_t)kind;
    return FINE;
}

static inline unpacked callback_root(unpack_user *user)
{
    (void)user;
    unpacked none = {0, OTHER};
    return none;
}

/* nil stays nil on its own; inside a container, where it would vanish, it becomes null. */
static inline int callback_nil(unpack_user *user, unpacked *out)
{
    if (user->depth == 0)
        lua_pushnil(user->L);
    else if (is_key(user))
        return fail(user, "nil as a map key");
    else
        lua_pushlightuserdata(user->L, NULL);
    return pushed(out, OTHER);
}

static inline int callback_true(unpack_user *user, unpacked *out)
{
    lua_pushboolean(user->L, 1);
    return pushed(out, OTHER);
}

static inline int callback_false(unpack_user *user, unpacked *out)
{
    lua_pushboolean(user->L, 0);
    return pushed(out, OTHER);
}

#define UNPACK_INTEGER(name, type)                                                 \
    static inline int callback##name(unpack_user *user, type number, unpacked *out) \
    {                                                                              \
        lua_pushinteger(user->L, number);                                          \
        return pushed(out, number > 0 ? POSITIVE : OTHER);                         \
    }
UNPACK_INTEGER(_uint8, uint8_t)
UNPACK_INTEGER(_uint16, uint16_t)
UNPACK_INTEGER(_uint32, uint32_t)
UNPACK_INTEGER(_int8, int8_t)
UNPACK_INTEGER(_int16, int16_t)
UNPACK_INTEGER(_int32, int32_t)
UNPACK_INTEGER(_int64, int64_t)
#undef UNPACK_INTEGER

static inline int callback_uint64(unpack_user *user, uint64_t number, unpacked *out)
{
    if (number <= INT64_MAX)
        return callback_int64(user, (int64_t)number, out);
    cd_push_uint64(user->L, user->home, number);
    return pushed(out, OTHER);
}

static inline int callback_double(unpack_user *user, double number, unpacked *out)
{
    if (number != number && is_key(user))
        return fail(user, "NaN as a map key");
    lua_pushnumber(user->L, number);
    return pushed(out, OTHER);
}

static inline int callback_float(unpack_user *user, float number, unpacked *out)
{
    return callback_double(user, (double)number, out);
}

static void push_key(unpack_user *user, const char *bytes, size_t length);

static inline int callback_str(unpack_user *user, const char *base, const char *bytes,
                               unsigned int length, unpacked *out)
{
    (void)base;
    if (length == 0) /* bytes may be NULL */
        lua_pushliteral(user->L, "");
    else if (length <= CD_KEY_LENGTH && is_key(user))
        push_key(user, bytes, length);
    else
        lua_pushlstring(user->L, bytes, length);
    return pushed(out, STRING);
}

static inline int callback_bin(unpack_user *user, const char *base, const char *bytes,
                               unsigned int length, unpacked *out)
{
    return callback_str(user, base, bytes, length, out);
}

/* length counts the type byte too. 0 is what the template makes of an ext of 2^32 - 1 bytes. */
static inline int callback_ext(unpack_user *user, const char *base, const char *bytes,
                               unsigned int length, unpacked *out)
{
    (void)base;
    if (length == 0)
        return fail(user, "an ext longer than the bytes");
    int8_t type = (int8_t)*bytes;
    if (type == -1) {
        cd_timestamp timestamp;
        if (!cd_load_timestamp(bytes + 1, length - 1, &timestamp))
            return fail(user, "an invalid timestamp");
        cd_push_timestamp(user->L, user->home, &timestamp);
    } else {
        cd_push_ext(user->L, user->home, type, bytes + 1, length - 1);
    }
    return pushed(out, OTHER);
}

/* Before a container is made. The elements of all containers together take at least a byte each,
 * so a valid value never runs out of this budget, and one that claims more elements than it has
 * bytes for is refused in linear time, before memory is spent on it. */
static inline int open(unpack_user *user, size_t elements)
{
    if (user->depth >= user->max_depth)
        return fail(user, "nested too deep");
    if (elements > user->budget)
        return fail(user, "more elements than bytes");
    user->budget -= elements;
    luaL_checkstack(user->L, LUA_MINSTACK, NULL);
    return FINE;
}

static inline void mark(unpack_user *user, cd_kind kind)
{
    lua_rawgeti(user->L, user->home, CD_HOME_METATABLE + kind);
    lua_setmetatable(user->L, -2);
}

static inline int callback_array(unpack_user *user, unsigned int count, unpacked *out)
{
    lua_State *L = user->L;
    int result = open(user, count);
    if (result != FINE)
        return result;
    out->count = count;
    if (count >= BUILD_AT && count <= BUILD_MOST && lua_checkstack(L, 2 * (int)count + 24)) {
        lua_rawgeti(L, user->home, CD_HOME_BUILD);
        out->kind = ON_STACK;
    } else {
        lua_createtable(L, (int)count, 0);
        out->kind = IN_TABLE;
    }
    if (count == 0)
        mark(user, CD_ARRAY);
    else
        user->depth++;
    return FINE;
}

static inline int callback_map(unpack_user *user, unsigned int count, unpacked *out)
{
    int result = open(user, 2 * (size_t)count);
    if (result != FINE)
        return result;
    lua_createtable(user->L, 0, (int)count);
    out->count = 0;
    out->kind = MAP_OF_INDICES;
    if (count == 0)
        mark(user, CD_MAP);
    else
        user->depth++;
    return FINE;
}

static inline lua_Integer item_index(const unpacked *array);

static inline int callback_array_item(unpack_user *user, unpacked *array, unpacked item)
{
    (void)item;
    if (array->kind == IN_TABLE)
        lua_rawseti(user->L, -2, item_index(array));
    if (is_last(array)) {
        if (array->kind == ON_STACK)
            lua_call(user->L, (int)array->count, 1);
        user->depth--;
    }
    return FINE;
}

/* A repeated key: the last wins. */
static inline int callback_map_item(unpack_user *user, unpacked *map, unpacked key, unpacked item)
{
    (void)item;
    if (key.kind != POSITIVE)
        map->kind = OTHER;
    if (key.kind != STRING && ++map->count > user->max_keys)
        return fail(user, "too many map keys that are not strings");
    lua_rawset(user->L, -3);
    if (is_last(map)) {
        if (map->kind == MAP_OF_INDICES)
            mark(user, CD_MAP); /* or it would be encoded as an array */
        user->depth--;
    }
    return FINE;
}

#include <msgpack/unpack_template.h>

/* The object is the first field of the template's stack entry. */
static inline const struct unpack_stack *entry(const unpacked *container)
{
    return (const struct unpack_stack *)(const void *)container;
}

static inline bool is_key(const unpack_user *user)
{
    /* likewise, the user is the first field of the context */
    const struct unpack_context *context = (const struct unpack_context *)(const void *)user;
    return user->depth > 0 && context->stack[user->depth - 1].ct == MSGPACK_CT_MAP_KEY;
}

static inline bool is_last(const unpacked *container)
{
    return entry(container)->count == 1;
}

static inline lua_Integer item_index(const unpacked *array)
{
    return (lua_Integer)(array->count - entry(array)->count) + 1;
}

static inline unsigned key_set(const char *bytes, size_t length)
{
    uint32_t hash = (uint32_t)length * 0x9e3779b1u;
    if (length >= 4)
        hash ^= cd_load32(bytes) ^ cd_load32(bytes + length - 4) * 5;
    else
        hash ^= (unsigned char)bytes[0] ^ (uint32_t)(unsigned char)bytes[length - 1] << 8;
    return (hash * 0x85ebca6bu) >> 25; /* 7 bits: CD_KEY_SETS */
}

/* Records repeat their keys: look there before Lua must hash the key and find it. */
static void push_key(unpack_user *user, const char *bytes, size_t length)
{
    lua_State *L = user->L;
    unsigned first = 2 * key_set(bytes, length);
    cd_key *keys = user->codec->keys;
    for (unsigned i = first; i < first + 2; i++) {
        if (keys[i].length == length && memcmp(keys[i].bytes, bytes, length) == 0) {
            lua_rawgeti(L, user->home, (lua_Integer)(CD_HOME_KEYS + i));
            return;
        }
    }
    const char *string = lua_pushlstring(L, bytes, length);
    unsigned turn = first + (user->codec->turn++ & 1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, user->home, (lua_Integer)(CD_HOME_KEYS + turn));
    keys[turn].bytes = string;
    keys[turn].length = length;
}

static const char *message_of(const struct unpack_context *context, int result)
{
    switch (result) {
    case 0:
        return "the bytes end inside a value";
    case FAILED:
        return context->user.message;
    case MSGPACK_UNPACK_NOMEM_ERROR:
        return "nested too deep";
    default:
        return "the reserved format 0xc1";
    }
}

bool cd_decode(lua_State *L, const char *bytes, size_t size, const cd_decode_options *options,
               size_t *end, cd_decode_error *error)
{
    static const cd_decode_options defaults = CD_DECODE_DEFAULTS;
    if (options == NULL)
        options = &defaults;
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    int top = lua_gettop(L);
    struct unpack_context context;
    unpack_user *user = &context.user;
    user->L = L;
    user->codec = cd_codec_push(L);
    user->home = top + 1;
    user->depth = 0;
    user->max_depth = options->max_depth;
    user->max_keys = options->max_keys < UINT32_MAX ? (uint32_t)options->max_keys : UINT32_MAX;
    user->budget = size;
    user->message = NULL;
    unpack_init(&context);
    size_t offset = 0;
    int result = size == 0 ? 0 : unpack_execute(&context, bytes, size, &offset);
    if (result > 0 && (end != NULL || offset == size)) {
        if (end != NULL)
            *end = offset;
        lua_replace(L, user->home);
        return true;
    }
    error->message = result > 0 ? "bytes behind the value" : message_of(&context, result);
    error->position = offset;
    lua_settop(L, top);
    return false;
}
