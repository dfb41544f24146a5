/* SPDX-License-Identifier: MIT
 *
 * copydata.core, the private C module: one table, to which each topic adds its functions.
 * Programs require "copydata" or "copydata.msgpack", never this.
 */
#ifndef COPYDATA_LUA_CORE_H
#define COPYDATA_LUA_CORE_H

#include "codec/buffer.h"
#include "mp/pack.h"
#include "win/desktop.h"
#include "win/endpoint.h"

#include "binding.h"

LUAMOD_API int luaopen_copydata_core(lua_State *L);

/* Each cd_open_... adds its functions to the table on top of the stack, or its methods to endpoints,
 * whose type cd_open_endpoint makes first. [-0, +0, m] */

void cd_open_clock(lua_State *L);    /* lib_clock.c */
void cd_open_exchange(lua_State *L); /* lib_exchange.c */
void cd_open_guard(lua_State *L);    /* lib_guard.c */
void cd_open_presence(lua_State *L); /* lib_presence.c */
void cd_open_identity(lua_State *L); /* lib_identity.c */
void cd_open_raw(lua_State *L);      /* lib_raw.c */
void cd_open_relay(lua_State *L);    /* lib_relay.c */
void cd_open_section(lua_State *L);  /* lib_section.c */
void cd_open_socket(lua_State *L);   /* lib_socket.c */
void cd_open_text(lua_State *L);     /* lib_text.c */

/* lib_directory.c ------------------------------------------------------------------------------*/

void cd_open_directory(lua_State *L);

/* Pushes hwnd, pid (nil: no such window), exe (nil: Windows does not report it), and whether the
 * peer is proven; returns 4. [-0, +4, m] */
int cd_push_peer(lua_State *L, const cd_peer *peer);

/* Releases a peer; for a box. */
void cd_release_peer(void *peer);

/*
 * Pushes {hwnd, ...} from a list, which `box`, on top of the stack, owns from now on, and returns
 * 1; raises unless `listed`, that is, when the list is incomplete. [-0, +1, m]
 */
int cd_push_windows(lua_State *L, cd_box *box, const cd_list *list, bool listed);

/* lib_endpoint.c -------------------------------------------------------------------------------*/

void cd_open_endpoint(lua_State *L);

/* Adds methods to endpoints. [-0, +0, m] */
void cd_endpoint_methods(lua_State *L, const luaL_Reg *methods);

/* The endpoint at argument 1, which must be open and of this thread; raises otherwise. [-0, +0,
 * v] */
cd_endpoint *cd_check_endpoint(lua_State *L);

/* Whether the endpoint at argument 1 is closed. [-0, +0, v] */
bool cd_is_closed_endpoint(lua_State *L);

/* The id at an argument, of a channel that the endpoint is on; raises otherwise. [-0, +0, v] */
uint32_t cd_check_channel(lua_State *L, const cd_endpoint *endpoint, int argument);

/* lib_wait.c -----------------------------------------------------------------------------------*/

void cd_open_wait(lua_State *L);

/* Pushes the state's waiter, created if there is none. [-0, +1, m] */
cd_waiter *cd_push_waiter(lua_State *L);

/* lib_frame.c ----------------------------------------------------------------------------------*/

void cd_open_frame(lua_State *L);

/* Pushes the buffer at `argument`, or a new one for nil, emptied, for a frame. Its `size` is then
 * that of the room in front of the frame. [-0, +1, m] */
cd_buffer *cd_frame_take(lua_State *L, int argument);

/* The bytes of a frame. The caller may also change some bytes in front of them: see lib_frame.c. */
typedef struct cd_bytes {
    char *bytes;
    size_t size;
} cd_bytes;

/* The frame at an argument; raises if it is not a frame, or is empty. [-0, +0, v] */
cd_bytes cd_check_frame(lua_State *L, int argument);

/*
 * Part of the frame at an argument: `size` bytes from `from` on, 0 being the first; without these
 * arguments, all of it. A piece may begin before the frame. Raises when the part is not within it.
 * [-0, +0, v]
 */
cd_bytes cd_check_part(lua_State *L, int argument, int from, int size);

/* lib_relay.c ----------------------------------------------------------------------------------*/

/* The type name of userdata that hold a value as it is encoded: their user value is a string. */
#define CD_PACKED_TYPE "copydata.packed"

#endif
