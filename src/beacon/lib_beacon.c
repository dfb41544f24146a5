/* SPDX-License-Identifier: MIT
 *
 * copydata.beacon, a separate C module because it loads Winsock: for programs that wait for sockets
 * and messages at once. A beacon is a socket that becomes readable when one of some events is set
 * or a deadline passes. A small thread waits, and sends a byte over a pair of loopback sockets.
 */
#include <winsock2.h> /* before windows.h, which includes the older winsock.h */

#include "lua/binding.h"
#include "win/clock.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#define BEACON_TYPE "copydata.beacon"
#define STACK_SIZE  (128u * 1024) /* reserved */
#define EVENTS      5             /* of the waiter: for its sources and for sockets */

typedef struct cd_beacon {
    bool started;   /* Winsock, for this beacon */
    SOCKET reading; /* the program waits for this */
    SOCKET writing; /* each connected to the other: datagrams from elsewhere are not accepted */
    HANDLE signals[EVENTS]; /* the events, as our own duplicated handles */
    HANDLE changed;         /* auto-reset: wakes the thread when the fields below change */
    HANDLE thread;          /* NULL: closed */
    SRWLOCK lock;           /* for the fields below */
    bool ending;
    bool lit;        /* a byte was sent and not taken yet */
    bool watching;   /* light it at an event, and: */
    double deadline; /* at this time */
    unsigned watch;  /* counts the calls of beacon:watch */
} cd_beacon;

/* A new socket on the loopback address, which never blocks, and its address. */
static SOCKET make_socket(struct sockaddr_in *address, cd_failure *failure)
{
    const BOOL exclusive = TRUE; /* or other programs could bind the port and get the byte */
    u_long without_blocking = TRUE;
    int size = sizeof *address;
    SOCKET made = WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0,
                             WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);

    *address = (struct sockaddr_in){.sin_family = AF_INET};
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (made == INVALID_SOCKET ||
        setsockopt(made, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&exclusive,
                   sizeof exclusive) != 0 ||
        bind(made, (const struct sockaddr *)address, sizeof *address) != 0 ||
        getsockname(made, (struct sockaddr *)address, &size) != 0 ||
        ioctlsocket(made, (long)FIONBIO, &without_blocking) != 0) {
        cd_fail_win32(failure, "a loopback socket", (DWORD)WSAGetLastError());
        if (made != INVALID_SOCKET)
            closesocket(made);
        return INVALID_SOCKET;
    }
    return made;
}

/* Reads everything available. Returns whether there was anything. */
static bool drain(const cd_beacon *beacon)
{
    char byte;
    bool any = false;

    /* A datagram longer than a byte fails, and is consumed too. */
    while (recv(beacon->reading, &byte, 1, 0) != SOCKET_ERROR || WSAGetLastError() == WSAEMSGSIZE)
        any = true;
    return any;
}

static bool make_pair(cd_beacon *beacon, cd_failure *failure)
{
    WSADATA data;
    struct sockaddr_in reading, writing;
    int error = WSAStartup(MAKEWORD(2, 2), &data);

    if (error != 0) {
        cd_fail_win32(failure, "WSAStartup", (DWORD)error);
        return false;
    }
    beacon->started = true;
    beacon->reading = make_socket(&reading, failure);
    if (beacon->reading == INVALID_SOCKET)
        return false;
    beacon->writing = make_socket(&writing, failure);
    if (beacon->writing == INVALID_SOCKET)
        return false;
    if (connect(beacon->reading, (const struct sockaddr *)&writing, sizeof writing) != 0 ||
        connect(beacon->writing, (const struct sockaddr *)&reading, sizeof reading) != 0) {
        cd_fail_win32(failure, "connect", (DWORD)WSAGetLastError());
        return false;
    }
    drain(beacon); /* from other sockets, before it was connected */
    return true;
}

static void light(cd_beacon *beacon)
{
    if (!beacon->lit)
        send(beacon->writing, "", 1, 0);
    beacon->lit = true;
    beacon->watching = false;
}

static DWORD WINAPI run(LPVOID parameter)
{
    cd_beacon *beacon = parameter;
    HANDLE handles[1 + EVENTS] = {beacon->changed};
    DWORD woken = WAIT_TIMEOUT;
    unsigned watch = 0; /* which watch the last wait was for: it may be outdated */

    memcpy(handles + 1, beacon->signals, sizeof beacon->signals);
    for (;;) {
        AcquireSRWLockExclusive(&beacon->lock);
        bool signalled =
            woken > WAIT_OBJECT_0 && woken <= WAIT_OBJECT_0 + EVENTS && watch == beacon->watch;
        if (beacon->watching && (signalled || cd_clock_left(beacon->deadline) == 0))
            light(beacon);
        watch = beacon->watch;
        bool ending = beacon->ending;
        DWORD events = beacon->watching ? 1 + EVENTS : 1;
        DWORD left = beacon->watching ? cd_clock_left(beacon->deadline) : INFINITE;
        ReleaseSRWLockExclusive(&beacon->lock);
        if (ending)
            return 0;
        woken = WaitForMultipleObjects(events, handles, FALSE, left);
    }
}

/* Duplicates the handles of the events. */
static bool duplicate(cd_beacon *beacon, const HANDLE events[EVENTS])
{
    HANDLE process = GetCurrentProcess();

    for (size_t i = 0; i < EVENTS; i++)
        if (!DuplicateHandle(process, events[i], process, &beacon->signals[i], SYNCHRONIZE, FALSE,
                             0))
            return false;
    return true;
}

static void close_socket(SOCKET *one)
{
    if (*one != INVALID_SOCKET)
        closesocket(*one);
    *one = INVALID_SOCKET;
}

static void close_handle(HANDLE *handle)
{
    if (*handle != NULL)
        CloseHandle(*handle);
    *handle = NULL;
}

/* Idempotent. */
static void shut(cd_beacon *beacon)
{
    if (beacon->thread != NULL) {
        AcquireSRWLockExclusive(&beacon->lock);
        beacon->ending = true;
        ReleaseSRWLockExclusive(&beacon->lock);
        SetEvent(beacon->changed);
        WaitForSingleObject(beacon->thread, INFINITE);
    }
    close_handle(&beacon->thread);
    close_handle(&beacon->changed);
    for (size_t i = 0; i < EVENTS; i++)
        close_handle(&beacon->signals[i]);
    if (!beacon->started)
        return;
    close_socket(&beacon->reading);
    close_socket(&beacon->writing);
    WSACleanup();
    beacon->started = false;
}

/* Opens a beacon, which watches nothing yet. On failure fills in `failure`; then some of it may be
 * open. */
static bool start(cd_beacon *beacon, const HANDLE events[EVENTS], cd_failure *failure)
{
    beacon->reading = beacon->writing = INVALID_SOCKET;
    InitializeSRWLock(&beacon->lock);
    if (!make_pair(beacon, failure))
        return false;
    beacon->changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (beacon->changed != NULL && duplicate(beacon, events))
        beacon->thread =
            CreateThread(NULL, STACK_SIZE, run, beacon, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (beacon->thread == NULL)
        cd_fail_win32(failure, "a thread for a socket", GetLastError());
    return beacon->thread != NULL;
}

/* The functions ---------------------------------------------------------------------------------*/

static cd_beacon *check_beacon(lua_State *L)
{
    cd_beacon *beacon = luaL_checkudata(L, 1, BEACON_TYPE);

    luaL_argcheck(L, beacon->thread != NULL, 1, "it is closed");
    return beacon;
}

/* open(event, ...) -> beacon | failure; the handles, of EVENTS manual-reset events, are light
 * userdata, not needed afterwards */
static int open_beacon(lua_State *L)
{
    HANDLE events[EVENTS];
    cd_failure failure;

    for (int i = 0; i < EVENTS; i++) {
        luaL_checktype(L, i + 1, LUA_TLIGHTUSERDATA);
        events[i] = lua_touserdata(L, i + 1);
    }
    cd_beacon *beacon = cd_push_object(L, BEACON_TYPE, sizeof *beacon);
    if (start(beacon, events, &failure))
        return 1;
    shut(beacon);
    return cd_push_failure(L, &failure);
}

/* beacon:getfd() -> the socket */
static int beacon_getfd(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check_beacon(L)->reading);
    return 1;
}

/* beacon:watch(deadline): puts it out; lights it at an event, or at that time on core.seconds'
 * clock; math.huge: only at an event */
static int beacon_watch(lua_State *L)
{
    cd_beacon *beacon = check_beacon(L);
    const double deadline = luaL_checknumber(L, 2);

    AcquireSRWLockExclusive(&beacon->lock);
    /* Otherwise the thread already waits for the events, and long enough. */
    bool sooner = !beacon->watching || deadline < beacon->deadline;
    drain(beacon);
    beacon->lit = false;
    beacon->watching = true;
    beacon->deadline = deadline;
    beacon->watch++;
    ReleaseSRWLockExclusive(&beacon->lock);
    if (sooner)
        SetEvent(beacon->changed);
    return 0;
}

/* beacon:light(): unless it is lit, one byte can be read from now on */
static int beacon_light(lua_State *L)
{
    cd_beacon *beacon = check_beacon(L);

    AcquireSRWLockExclusive(&beacon->lock);
    light(beacon);
    ReleaseSRWLockExclusive(&beacon->lock);
    return 0;
}

/* beacon:take() -> whether it was lit; puts it out */
static int beacon_take(lua_State *L)
{
    cd_beacon *beacon = check_beacon(L);

    AcquireSRWLockExclusive(&beacon->lock);
    bool any = drain(beacon);
    if (any)
        beacon->lit = false;
    ReleaseSRWLockExclusive(&beacon->lock);
    lua_pushboolean(L, any);
    return 1;
}

/* beacon:close() */
static int beacon_close(lua_State *L)
{
    shut(luaL_checkudata(L, 1, BEACON_TYPE));
    return 0;
}

LUAMOD_API int luaopen_copydata_beacon(lua_State *L);

LUAMOD_API int luaopen_copydata_beacon(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"getfd", beacon_getfd}, {"watch", beacon_watch},
        {"light", beacon_light}, {"take", beacon_take},
        {"close", beacon_close}, {"__close", beacon_close},
        {"__gc", beacon_close},  {NULL, NULL},
    };
    static const luaL_Reg functions[] = {{"open", open_beacon}, {NULL, NULL}};

    cd_push_module(L);
    luaL_setfuncs(L, functions, 0);
    cd_make_type(L, BEACON_TYPE, methods);
    return 1;
}
