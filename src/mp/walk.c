/* SPDX-License-Identifier: MIT
 *
 * msgpack-c's unpack_template.h with callbacks that only check.
 */
#include "walk.h"

#include <stdint.h>

#include "timestamp.h"

#define MSGPACK_EMBED_STACK_SIZE CD_DEPTH /* the template refuses deeper values */
#include <msgpack/unpack.h> /* what the template returns; only some versions include it */
#include <msgpack/unpack_define.h>

enum { FINE = 0, BAD = -1 };

/* What a value is when it is the key of a map. */
typedef enum walk_key {
    KEY_NONE,   /* nil or NaN: cannot be one */
    KEY_STRING, /* str or bin */
    KEY_OTHER
} walk_key;

typedef struct walked {
    walk_key key;
    uint32_t others; /* of an open map: its keys that are not strings, so far */
} walked;

typedef struct walk_user {
    char unused; /* the template expects a user; checking needs none */
} walk_user;

#define msgpack_unpack_struct(name)     struct walk##name
#define msgpack_unpack_func(type, name) static inline type walk##name
#define msgpack_unpack_callback(name)   walk_callback##name
#define msgpack_unpack_object           walked
#define msgpack_unpack_user             walk_user

static inline int value(walked *out, walk_key key)
{
    out->key = key;
    out->others = 0;
    return FINE;
}

#define WALK(name, key)                                                                            \
    static inline int walk_callback##name(walk_user *user, walked *out)                            \
    {                                                                                              \
        (void)user;                                                                                \
        return value(out, key);                                                                    \
    }
WALK(_nil, KEY_NONE)
WALK(_true, KEY_OTHER)
WALK(_false, KEY_OTHER)
#undef WALK

#define WALK(name, type)                                                                           \
    static inline int walk_callback##name(walk_user *user, type number, walked *out)               \
    {                                                                                              \
        (void)user, (void)number;                                                                  \
        return value(out, KEY_OTHER);                                                              \
    }
WALK(_uint8, uint8_t)
WALK(_uint16, uint16_t)
WALK(_uint32, uint32_t)
WALK(_uint64, uint64_t)
WALK(_int8, int8_t)
WALK(_int16, int16_t)
WALK(_int32, int32_t)
WALK(_int64, int64_t)
WALK(_array, unsigned int) /* of items */
WALK(_map, unsigned int)   /* of pairs */
#undef WALK

static inline int walk_callback_double(walk_user *user, double number, walked *out)
{
    (void)user;
    return value(out, number != number ? KEY_NONE : KEY_OTHER);
}

static inline int walk_callback_float(walk_user *user, float number, walked *out)
{
    return walk_callback_double(user, (double)number, out);
}

static inline walked walk_callback_root(walk_user *user)
{
    (void)user;
    walked none = {KEY_NONE, 0};
    return none;
}

static inline int walk_callback_str(walk_user *user, const char *base, const char *bytes,
                                    unsigned int length, walked *out)
{
    (void)user, (void)base, (void)bytes, (void)length;
    return value(out, KEY_STRING);
}

static inline int walk_callback_bin(walk_user *user, const char *base, const char *bytes,
                                    unsigned int length, walked *out)
{
    return walk_callback_str(user, base, bytes, length, out);
}

/* length counts the type byte too. 0 is what the template makes of an ext of 2^32 - 1 bytes. */
static inline int walk_callback_ext(walk_user *user, const char *base, const char *bytes,
                                    unsigned int length, walked *out)
{
    (void)user, (void)base;
    cd_timestamp timestamp;
    if (length == 0)
        return BAD;
    if ((signed char)*bytes == -1 && !cd_load_timestamp(bytes + 1, length - 1, &timestamp))
        return BAD;
    return value(out, KEY_OTHER);
}

static inline int walk_callback_array_item(walk_user *user, walked *array, walked item)
{
    (void)user, (void)array, (void)item;
    return FINE;
}

static inline int walk_callback_map_item(walk_user *user, walked *map, walked key, walked item)
{
    (void)user, (void)item;
    if (key.key == KEY_STRING)
        return FINE;
    return key.key == KEY_OTHER && ++map->others <= CD_KEYS ? FINE : BAD;
}

#include <msgpack/unpack_template.h>

bool cd_walk(const char *bytes, size_t size, size_t *length)
{
    struct walk_context context;
    context.user.unused = 0;
    walk_init(&context);
    size_t end = 0;
    if (walk_execute(&context, bytes, size, &end) <= 0)
        return false;
    *length = end;
    return true;
}
