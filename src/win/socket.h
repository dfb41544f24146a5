/* SPDX-License-Identifier: MIT
 *
 * Sockets of other libraries, such as LuaSocket's: whether one can be read from or written to, and
 * an event that is set when that may have changed.
 *
 * This does not load Winsock: whoever has a socket has.
 */
#ifndef COPYDATA_WIN_SOCKET_H
#define COPYDATA_WIN_SOCKET_H

#include "failure.h"

#include <stdbool.h>
#include <stdint.h>

/* What a socket is to be ready for, as bits. */
typedef enum cd_ready {
    CD_READY_READ =
        1, /* recv or accept would not block: there is something, the end, or an error */
    CD_READY_WRITE = 2 /* send would not block: there is room, a connection came about, or failed */
} cd_ready;

/*
 * Which of these a socket is ready for, without waiting: 0 for none. -1 with `failure` filled in
 * when it is no socket.
 */
int cd_socket_ready(uintptr_t socket, int what, cd_failure *failure);

/*
 * From now on the event is set when the socket may have become ready for these, also by what has
 * come already; 0: no longer. Replaces what the event of this socket was before, whoever set it. The
 * socket does not block any more, which Windows cannot undo. False with `failure` filled in when it
 * is no socket.
 *
 * The event is set once; then not again before the program has received until nothing was left, or
 * sent until there was no room. So look by cd_socket_ready before waiting for it.
 */
bool cd_socket_watch(uintptr_t socket, int what, HANDLE event, cd_failure *failure);

#endif
