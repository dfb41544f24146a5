/* SPDX-License-Identifier: MIT
 *
 * Sockets of other libraries, such as LuaSocket's: whether one can be read from or written to, and
 * an event that is set when that may have changed.
 *
 * This does not load Winsock: the owner of a socket already has.
 */
#ifndef COPYDATA_WIN_SOCKET_H
#define COPYDATA_WIN_SOCKET_H

#include "failure.h"

#include <stdbool.h>
#include <stdint.h>

/* What a socket should be ready for, as bits. */
typedef enum cd_ready {
    CD_READY_READ =
        1, /* recv or accept would not block: there is data, a connection, the end, or an error */
    CD_READY_WRITE = 2 /* send would not block: there is room, or connecting has succeeded or
                          failed */
} cd_ready;

/* How many bytes can be received at once; 0 if none, or if that is not known. */
size_t cd_socket_bytes(uintptr_t socket);

/*
 * Which of these a socket, which must be non-blocking, is ready for: 0 for none. -1 with `failure`
 * filled in when it is not a socket.
 */
int cd_socket_ready(uintptr_t socket, int what, cd_failure *failure);

/*
 * Has the event set from now on when the socket may have become ready for these, also by what has
 * arrived already. Replaces the socket's previous event selection, whoever made
 * it. The socket becomes non-blocking, which Windows cannot undo. False with `failure` filled in
 * when it is not a socket.
 *
 * The event is set once; then not again until the program has received all there is, or sent until
 * there was no room. So call cd_socket_ready between this and waiting for it.
 */
bool cd_socket_watch(uintptr_t socket, int what, HANDLE event, cd_failure *failure);

#endif
