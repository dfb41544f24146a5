/* SPDX-License-Identifier: MIT */
#include <winsock2.h> /* before windows.h, which includes the older winsock.h */

#include "socket.h"

typedef int(WINAPI *selector)(int, fd_set *, fd_set *, fd_set *, const struct timeval *);
typedef int(WINAPI *control)(SOCKET, long, u_long *);
typedef int(WINAPI *receiver)(SOCKET, char *, int, int);
typedef int(WINAPI *option_getter)(SOCKET, int, int, char *, int *);
typedef int(WINAPI *event_selector)(SOCKET, WSAEVENT, long);
typedef int(WINAPI *error_getter)(void);
typedef void (*any)(void);

/* The functions we need from ws2_32.dll. */
typedef struct winsock {
    selector select;
    control ioctlsocket;
    receiver recv;
    option_getter getsockopt;
    event_selector event_select;
    error_getter last_error;
} winsock;

/* Once per process; again if it failed. Winsock then stays loaded. */
static BOOL CALLBACK find(PINIT_ONCE once, PVOID found, PVOID *context)
{
    HMODULE dll;
    winsock *ws = found;

    (void)once, (void)context;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN, L"ws2_32.dll", &dll))
        return FALSE;
    ws->select = (selector)(any)GetProcAddress(dll, "select");
    ws->ioctlsocket = (control)(any)GetProcAddress(dll, "ioctlsocket");
    ws->recv = (receiver)(any)GetProcAddress(dll, "recv");
    ws->getsockopt = (option_getter)(any)GetProcAddress(dll, "getsockopt");
    ws->event_select = (event_selector)(any)GetProcAddress(dll, "WSAEventSelect");
    ws->last_error = (error_getter)(any)GetProcAddress(dll, "WSAGetLastError");
    return TRUE;
}

/* NULL with `failure` filled in when the program has not loaded Winsock. */
static const winsock *find_winsock(cd_failure *failure)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    static winsock found;

    if (InitOnceExecuteOnce(&once, find, &found, NULL))
        return &found;
    cd_fail(failure, "SYSTEM", "not a socket: the program has not loaded Winsock");
    return NULL;
}

/* Whether connecting failed: `select` reports it in a set that urgent data uses too. */
static bool failed(const winsock *ws, SOCKET socket)
{
    int error = 0, size = sizeof error;

    return ws->getsockopt(socket, SOL_SOCKET, SO_ERROR, (char *)&error, &size) == 0 && error != 0;
}

size_t cd_socket_bytes(uintptr_t socket)
{
    u_long count = 0;
    cd_failure failure;
    const winsock *ws = find_winsock(&failure);

    return ws != NULL && ws->ioctlsocket(socket, FIONREAD, &count) == 0 ? count : 0;
}

/* Whether there is nothing to receive yet, not even the end or an error. Wine says so sooner than by
 * `select`. */
static bool would_block(const winsock *ws, SOCKET socket)
{
    char byte;

    return ws->recv(socket, &byte, 1, MSG_PEEK) == SOCKET_ERROR &&
           ws->last_error() == WSAEWOULDBLOCK;
}

int cd_socket_ready(uintptr_t socket, int what, cd_failure *failure)
{
    const struct timeval at_once = {0, 0};
    const fd_set none = {0}, one = {.fd_count = 1, .fd_array = {socket}};
    fd_set read = what & CD_READY_READ ? one : none;
    fd_set write = what & CD_READY_WRITE ? one : none;
    fd_set except = write;
    const winsock *ws = find_winsock(failure);

    if (ws == NULL)
        return -1;
    if (what == CD_READY_READ && would_block(ws, socket))
        return 0;
    if (ws->select(0, &read, &write, &except, &at_once) == SOCKET_ERROR) {
        cd_fail_win32(failure, "select", (DWORD)ws->last_error());
        return -1;
    }
    bool writable = write.fd_count > 0 || (except.fd_count > 0 && failed(ws, socket));
    return (read.fd_count > 0 ? CD_READY_READ : 0) | (writable ? CD_READY_WRITE : 0);
}

bool cd_socket_watch(uintptr_t socket, int what, HANDLE event, cd_failure *failure)
{
    const long read = what & CD_READY_READ ? FD_READ | FD_ACCEPT | FD_CLOSE : 0;
    const long write = what & CD_READY_WRITE ? FD_WRITE | FD_CONNECT | FD_CLOSE : 0;
    const winsock *ws = find_winsock(failure);

    if (ws == NULL)
        return false;
    if (ws->event_select(socket, event, read | write) == 0)
        return true;
    cd_fail_win32(failure, "WSAEventSelect", (DWORD)ws->last_error());
    return false;
}
