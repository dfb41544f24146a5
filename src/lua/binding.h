/* SPDX-License-Identifier: MIT
 *
 * What the bindings share. They convert arguments and results; policy is in lua/.
 */
#ifndef COPYDATA_BINDING_H
#define COPYDATA_BINDING_H

#include "win/desktop.h"
#include "win/failure.h"
#include "win/name.h"
#include "win/peer.h"
#include "wire/envelope.h"

#include <lua.h>

/* Makes the type of boxes, before the first is pushed. [-0, +0, m] */
void cd_open_box(lua_State *L);

/* The endpoint at argument 1, open and of this thread; raises otherwise. [-0, +0, v] */
struct cd_endpoint *cd_check_endpoint(lua_State *L);

/* Owns what C allocated while Lua runs, which may raise: a userdata that releases it. */
typedef struct cd_box {
    void *held; /* NULL: nothing */
    void (*release)(void *held);
} cd_box;

/* Pushes an empty box. [-0, +1, m] */
cd_box *cd_box_push(lua_State *L, void (*release)(void *held));

/* Releases at once what the collector would release later. */
void cd_box_empty(cd_box *box);

/* Pushes nil, "NAME: message", "NAME" and returns 3. [-0, +3, m] */
int cd_push_failure(lua_State *L, const cd_failure *failure);

/* Pushes hwnd, pid (nil: no such window), exe (nil: Windows does not tell); returns 3. [-0, +3, m] */
int cd_push_peer(lua_State *L, const cd_peer *peer);

/*
 * Pushes {hwnd, ...} of a list that `box`, on top of the stack, then owns, and returns 1; raises
 * when the list is not whole. [-0, +1, m]
 */
int cd_push_windows(lua_State *L, cd_box *box, const cd_list *list, bool listed);

/* Pushes a time as seconds since 1970, a float. [-0, +1, -] */
void cd_push_time(lua_State *L, cd_timestamp time);

/* Reads arguments; raise when they are none. [-0, +0, v] */
void cd_check_name(lua_State *L, int argument, cd_name *name);
HWND cd_check_hwnd(lua_State *L, int argument);

/* The bytes of a frame, of which some before them may be changed too: see frame.c. [-0, +0, v] */
typedef struct cd_bytes {
    char *bytes;
    size_t size;
} cd_bytes;
cd_bytes cd_check_frame(lua_State *L, int argument); /* frame.c */

/* Reads an argument in UTF-8; pushes what owns the units, which are terminated. [-0, +1, v] */
const wchar_t *cd_push_wide(lua_State *L, int argument);

#endif
