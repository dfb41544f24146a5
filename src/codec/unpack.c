/* SPDX-License-Identifier: MIT
 *
 * Values, pushed while msgpack-c's unpack_template.h reads them, without building a tree first.
 * What the template calls an object is only what the enclosing containers must know; the value
 * itself is on the Lua stack.
 */
#include "unpack.h"

#include <string.h>

#include "kinds.h"
#include "leaves.h"
#include "unpack_ext.h"
#include "unpack_table.h"

#define MSGPACK_EMBED_STACK_SIZE CD_DEPTH_LIMIT
#include <msgpack/unpack.h> /* what the template returns; only some versions include it */
#include <msgpack/unpack_define.h>

enum {
    FINE = 0,
    FAILED = -3, /* and the decoder has its message */
    LEAVES = -4, /* paused: a long array began; elements without contents need no template */
    OBJECT = -5, /* paused: an ext whose payload is a table of fields */
    FILLED = -6  /* paused: that table is complete */
};

typedef enum unpacked_kind {
    OTHER,
    STRING,    /* str or bin */
    POSITIVE,  /* an integer above 0 */
    IN_TABLE,  /* an array that is filled as its items come */
    ON_STACK,  /* an array whose items stay on the stack till the last, above the builder */
    INDEX_MAP, /* a map all of whose keys have been POSITIVE */
    FIELDS     /* for an object: an "array" of one item, above the limit to return to */
} unpacked_kind;

/* What the template calls an object. */
typedef struct unpacked {
    uint32_t count; /* array: its items; map: its keys that are not strings; FIELDS: ext type */
    uint8_t kind;   /* unpacked_kind */
} unpacked;

#define msgpack_unpack_struct(name)     struct unpack##name
#define msgpack_unpack_func(type, name) static inline type unpack##name
#define msgpack_unpack_callback(name)   callback##name
#define msgpack_unpack_object           unpacked
#define msgpack_unpack_user             cd_decoder

/* They use the template's stack, so they are defined below it. */
static inline bool is_key(const cd_decoder *user);     /* the next value is a map's key */
static inline bool is_last(const unpacked *container); /* this item is its last */
static inline lua_Integer item_index(const unpacked *array);

static inline int fail(cd_decoder *user, const char *message)
{
    cd_decoder_fail(user, message);
    return FAILED;
}

static inline int pushed(unpacked *out, unpacked_kind kind)
{
    out->kind = (uint8_t)kind;
    return FINE;
}

static inline unpacked callback_root(cd_decoder *user)
{
    (void)user;
    unpacked none = {0, OTHER};
    return none;
}

/* nil stays nil at the top level; in a container, where it would vanish, it becomes null. */
static inline int callback_nil(cd_decoder *user, unpacked *out)
{
    if (user->depth == 0)
        lua_pushnil(user->L);
    else if (is_key(user))
        return fail(user, "nil as a map key");
    else
        lua_pushlightuserdata(user->L, NULL);
    return pushed(out, OTHER);
}

static inline int callback_true(cd_decoder *user, unpacked *out)
{
    lua_pushboolean(user->L, 1);
    return pushed(out, OTHER);
}

static inline int callback_false(cd_decoder *user, unpacked *out)
{
    lua_pushboolean(user->L, 0);
    return pushed(out, OTHER);
}

#define UNPACK_INTEGER(name, type)                                                                 \
    static inline int callback##name(cd_decoder *user, type number, unpacked *out)                 \
    {                                                                                              \
        lua_pushinteger(user->L, number);                                                          \
        return pushed(out, number > 0 ? POSITIVE : OTHER);                                         \
    }
UNPACK_INTEGER(_uint8, uint8_t)
UNPACK_INTEGER(_uint16, uint16_t)
UNPACK_INTEGER(_uint32, uint32_t)
UNPACK_INTEGER(_int8, int8_t)
UNPACK_INTEGER(_int16, int16_t)
UNPACK_INTEGER(_int32, int32_t)
UNPACK_INTEGER(_int64, int64_t)
#undef UNPACK_INTEGER

static inline int callback_uint64(cd_decoder *user, uint64_t number, unpacked *out)
{
    if (number <= INT64_MAX)
        return callback_int64(user, (int64_t)number, out);
    cd_uint64_push(user->L, user->home, number);
    return pushed(out, OTHER);
}

static inline int callback_double(cd_decoder *user, double number, unpacked *out)
{
    if (number != number && is_key(user))
        return fail(user, "NaN as a map key");
    lua_pushnumber(user->L, number);
    return pushed(out, OTHER);
}

static inline int callback_float(cd_decoder *user, float number, unpacked *out)
{
    return callback_double(user, (double)number, out);
}

static inline int callback_str(cd_decoder *user, const char *base, const char *bytes,
                               unsigned int length, unpacked *out)
{
    (void)base;
    if (length == 0) /* bytes may be NULL */
        lua_pushliteral(user->L, "");
    else
        lua_pushlstring(user->L, bytes, length);
    return pushed(out, STRING);
}

static inline int callback_bin(cd_decoder *user, const char *base, const char *bytes,
                               unsigned int length, unpacked *out)
{
    return callback_str(user, base, bytes, length, out);
}

/* length counts the type byte too. 0 is what the template makes of an ext of 2^32 - 1 bytes. */
static inline int callback_ext(cd_decoder *user, const char *base, const char *bytes,
                               unsigned int length, unpacked *out)
{
    (void)base;
    if (length == 0)
        return fail(user, "an ext longer than the bytes");
    switch (cd_decoder_ext(user, (signed char)*bytes, bytes + 1, length - 1, is_key(user))) {
    case CD_EXT_PUSHED:
        return pushed(out, OTHER);
    case CD_EXT_OPENS:
        return OBJECT;
    default:
        return FAILED;
    }
}

static inline int callback_array(cd_decoder *user, unsigned int count, unpacked *out)
{
    if (!cd_may_open(user, count))
        return FAILED;
    out->count = count;
    if (cd_push_builder(user, count)) {
        out->kind = ON_STACK;
        return LEAVES;
    }
    cd_push_table(user, count, 0);
    out->kind = IN_TABLE;
    if (count == 0)
        cd_mark_table(user, CD_ARRAY);
    else
        user->depth++;
    return FINE;
}

static inline int callback_map(cd_decoder *user, unsigned int count, unpacked *out)
{
    if (!cd_may_open(user, 2 * (size_t)count))
        return FAILED;
    cd_push_table(user, 0, count);
    out->count = 0;
    out->kind = INDEX_MAP;
    if (count == 0)
        cd_mark_table(user, CD_MAP);
    else
        user->depth++;
    return FINE;
}

static inline int callback_array_item(cd_decoder *user, unpacked *array, unpacked item)
{
    (void)item;
    if (array->kind == IN_TABLE)
        lua_rawseti(user->L, -2, item_index(array));
    else if (array->kind == FIELDS)
        return FILLED;
    if (is_last(array)) {
        if (array->kind == ON_STACK)
            cd_build_table(user, array->count);
        user->depth--;
    }
    return FINE;
}

/* A repeated key: the last wins. */
static inline int callback_map_item(cd_decoder *user, unpacked *map, unpacked key, unpacked item)
{
    (void)item;
    if (key.kind != POSITIVE)
        map->kind = OTHER;
    if (key.kind != STRING && ++map->count > user->max_keys)
        return fail(user, "too many map keys that are not strings");
    lua_rawset(user->L, -3);
    if (is_last(map)) {
        if (map->kind == INDEX_MAP)
            cd_mark_table(user, CD_MAP); /* or it might be encoded as an array */
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

static inline bool is_key(const cd_decoder *user)
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

/* What the template does after a value: hands it to its container, and when that is full hands that
 * on in turn. 1: the outermost value is complete; 0: go on; below 0: as callbacks do. */
static int complete(struct unpack_context *context, unpacked value)
{
    while (context->top > 0) {
        struct unpack_stack *container = &context->stack[context->top - 1];
        int result;
        switch (container->ct) {
        case MSGPACK_CT_MAP_KEY:
            container->map_key = value;
            container->ct = MSGPACK_CT_MAP_VALUE;
            return 0;
        case MSGPACK_CT_MAP_VALUE:
            result = callback_map_item(&context->user, &container->obj, container->map_key, value);
            container->ct = MSGPACK_CT_MAP_KEY;
            break;
        default:
            result = callback_array_item(&context->user, &container->obj, value);
        }
        if (result != FINE)
            return result;
        if (--container->count > 0)
            return 0;
        value = container->obj;
        context->top--;
    }
    return 1;
}

/* Opens a container of `count` items in the template's stack, which has room because depth was
 * checked. */
static void enter(struct unpack_context *context, unpacked container, size_t count)
{
    struct unpack_stack *opened = &context->stack[context->top++];
    opened->obj = container;
    opened->count = count;
    opened->ct = MSGPACK_CT_ARRAY_ITEM;
    context->user.depth++;
}

/* After LEAVES: the items of an array begin at *offset. Returns as complete does. */
static int read_leaves(struct unpack_context *context, size_t *offset)
{
    cd_decoder *user = &context->user;
    unpacked array = context->stack[context->top].obj;
    const char *at = user->bytes + *offset;
    uint32_t left = array.count;
    left -= cd_push_leaves(user->L, &at, user->bytes + user->limit, left);
    *offset = (size_t)(at - user->bytes);
    if (left > 0) {
        enter(context, array, left);
        return 0;
    }
    cd_build_table(user, array.count);
    return complete(context, array);
}

/* After OBJECT: continues in the payload, as if the ext were an array of one item. */
static int enter_object(struct unpack_context *context, size_t *offset)
{
    cd_decoder *user = &context->user;
    unpacked object = {(unsigned char)user->bytes[user->payload[0] - 1], FIELDS};
    lua_pushinteger(user->L, (lua_Integer)user->limit);
    *offset = user->payload[0];
    user->limit = user->payload[1];
    enter(context, object, 1);
    return 0;
}

/* After FILLED, with the value on the stack and *offset after it: sets the table's metatable and
 * puts it in place of the ext. Returns as complete does. */
static int leave_object(struct unpack_context *context, const size_t *offset)
{
    cd_decoder *user = &context->user;
    unpacked object = context->stack[--context->top].obj;
    user->depth--;
    if (!cd_decoder_object(user, (int)object.count, *offset))
        return FAILED;
    object.kind = OTHER;
    return complete(context, object);
}

bool cd_with_decoder(bool (*use)(cd_decoder *d, void *argument), void *argument)
{
    struct unpack_context context;
    return use(&context.user, argument);
}

bool cd_decoder_read(cd_decoder *d, size_t *offset)
{
    struct unpack_context *context = (struct unpack_context *)(void *)d; /* d is its first field */
    unpack_init(context);
    for (;;) {
        int result = unpack_execute(context, d->bytes, d->limit, offset);
        if (result == LEAVES || result == OBJECT || result == FILLED) {
            ++*offset; /* the template stopped on the last byte it had read */
            if (result != FILLED)
                result =
                    result == LEAVES ? read_leaves(context, offset) : enter_object(context, offset);
            while (result == FILLED)
                result = leave_object(context, offset);
            context->cs = MSGPACK_CS_HEADER;
            if (result == 0)
                continue;
            if (result < 0)
                --*offset;
        }
        if (result == 0) {
            *offset = d->limit;
            cd_decoder_fail(d, "the bytes end inside a value");
        } else if (result == MSGPACK_UNPACK_PARSE_ERROR) {
            cd_decoder_fail(d, "the reserved format 0xc1");
        } else if (result == MSGPACK_UNPACK_NOMEM_ERROR) {
            cd_decoder_fail(d, "nested too deep");
        }
        return result > 0;
    }
}
