/* SPDX-License-Identifier: MIT */
#include "beacon.h"

#define STACK_SIZE (128u * 1024) /* reserved */

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
    const HANDLE handles[] = {beacon->changed, beacon->signals[0], beacon->signals[1]};
    DWORD woken = WAIT_TIMEOUT;
    unsigned watch = 0; /* which watch the last wait was for: it may be outdated */

    for (;;) {
        AcquireSRWLockExclusive(&beacon->lock);
        bool signalled = woken > WAIT_OBJECT_0 && woken <= WAIT_OBJECT_0 + CD_BEACON_EVENTS &&
                         watch == beacon->watch;
        if (beacon->watching && (signalled || cd_clock_left(beacon->deadline) == 0))
            light(beacon);
        watch = beacon->watch;
        bool ending = beacon->ending;
        DWORD events = beacon->watching ? 1 + CD_BEACON_EVENTS : 1;
        DWORD left = beacon->watching ? cd_clock_left(beacon->deadline) : INFINITE;
        ReleaseSRWLockExclusive(&beacon->lock);
        if (ending)
            return 0;
        woken = WaitForMultipleObjects(events, handles, FALSE, left);
    }
}

/* Duplicates the handles of the events. */
static bool duplicate(cd_beacon *beacon, const HANDLE events[CD_BEACON_EVENTS])
{
    HANDLE process = GetCurrentProcess();

    for (size_t i = 0; i < CD_BEACON_EVENTS; i++)
        if (!DuplicateHandle(process, events[i], process, &beacon->signals[i], SYNCHRONIZE, FALSE,
                             0))
            return false;
    return true;
}

bool cd_beacon_open(cd_beacon *beacon, const HANDLE events[CD_BEACON_EVENTS], cd_failure *failure)
{
    *beacon = (cd_beacon){.reading = INVALID_SOCKET, .writing = INVALID_SOCKET};
    InitializeSRWLock(&beacon->lock);
    if (!make_pair(beacon, failure)) {
        cd_beacon_close(beacon);
        return false;
    }
    beacon->changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (beacon->changed != NULL && duplicate(beacon, events))
        beacon->thread =
            CreateThread(NULL, STACK_SIZE, run, beacon, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (beacon->thread == NULL) {
        cd_fail_win32(failure, "a thread for a socket", GetLastError());
        cd_beacon_close(beacon);
    }
    return beacon->thread != NULL;
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

void cd_beacon_close(cd_beacon *beacon)
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
    for (size_t i = 0; i < CD_BEACON_EVENTS; i++)
        close_handle(&beacon->signals[i]);
    if (!beacon->started)
        return;
    close_socket(&beacon->reading);
    close_socket(&beacon->writing);
    WSACleanup();
    beacon->started = false;
}

void cd_beacon_watch(cd_beacon *beacon, double deadline)
{
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
}

void cd_beacon_light(cd_beacon *beacon)
{
    AcquireSRWLockExclusive(&beacon->lock);
    light(beacon);
    ReleaseSRWLockExclusive(&beacon->lock);
}

bool cd_beacon_take(cd_beacon *beacon)
{
    AcquireSRWLockExclusive(&beacon->lock);
    bool any = drain(beacon);
    if (any)
        beacon->lit = false;
    ReleaseSRWLockExclusive(&beacon->lock);
    return any;
}
