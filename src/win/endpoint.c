/* SPDX-License-Identifier: MIT */
#include "endpoint.h"
#include "challenge.h"
#include "clock.h"
#include "directory.h"
#include "presence.h"
#include "pump.h"
#include "random.h"
#include "session.h"

#include <stddef.h>
#include <string.h>

/*
 * Stack of a pump. Wine puts a whole frame on the receiving thread's stack, and foreign programs
 * may send large ones. Only reserved: pages are committed when touched. A 32-bit program has less
 * address space.
 */
#define STACK_SIZE (sizeof(void *) > 4 ? 64u * 1024 * 1024 : 4u * 1024 * 1024)

#define REGISTERED 0xC000 /* the first number that RegisterWindowMessage returns */

/* What the mailbox needs ------------------------------------------------------------------------*/

static void lock(void *endpoint)
{
    AcquireSRWLockExclusive(&((cd_endpoint *)endpoint)->lock);
}

static void unlock(void *endpoint)
{
    ReleaseSRWLockExclusive(&((cd_endpoint *)endpoint)->lock);
}

/* If the window is the script thread's own, the script looks again anyway when its pump returns. */
static void wake(void *context)
{
    const cd_endpoint *endpoint = context;

    if (endpoint->own_thread)
        cd_waiter_wake(endpoint->waiter);
    else
        endpoint->waiter->busy = true;
}

static void start_sweeping(void *context)
{
    cd_window_start_timer(((const cd_endpoint *)context)->window);
}

static cd_sender *prove(void *context, cd_sender *sender, uint64_t token)
{
    cd_endpoint *endpoint = context;
    cd_peer *peer = (cd_peer *)sender;

    if (!cd_verifier_holds(&endpoint->verifier, peer, token))
        return NULL;
    cd_peer *proven = cd_peer_proven(peer);
    return proven != NULL ? &proven->sender : NULL;
}

static bool challenge(void *context, cd_sender *sender, uint64_t nonce)
{
    cd_endpoint *endpoint = context;

    return cd_verifier_post(&endpoint->verifier, endpoint->window, (cd_peer *)sender, nonce);
}

static const cd_host host = {
    .lock = lock,
    .unlock = unlock,
    .wake = wake,
    .start_sweeping = start_sweeping,
    .prove = prove,
    .challenge = challenge,
    .now = cd_clock_now,
    .seconds = cd_clock_seconds,
    .random = cd_random_numbers,
    .same_name = cd_property_same,
    .gone = cd_peer_gone,
    .retain = cd_peer_retain,
    .release = cd_peer_release,
};

/* The endpoint has joined or left a channel. */
static void announce(const cd_endpoint *endpoint)
{
    cd_membership_changed(&endpoint->membership);
    cd_presence_tell(endpoint->window);
}

/* What the window calls -------------------------------------------------------------------------*/

/* A handle is 32 bits, sign-extended. Other values of the upper half name the same window, and
 * would make one peer look like many. */
static HWND window_of(HWND claimed)
{
    return (HWND)(LONG_PTR)(LONG)(LONG_PTR)claimed;
}

static LRESULT on_copydata(void *context, HWND claimed, const COPYDATASTRUCT *data)
{
    cd_endpoint *endpoint = context;
    HWND hwnd = window_of(claimed);
    intptr_t answer;

    if (data == NULL)
        return CD_UNHANDLED;
    /* A sender in our own process may pass a size without bytes: Windows checks neither. */
    if (data->lpData == NULL && data->cbData > 0)
        return data->dwData == CD_FRAME_TAG ? CD_MALFORMED : CD_UNHANDLED;
    cd_peer *sender = cd_peers_find(&endpoint->senders, hwnd);
    if (sender == NULL)
        return data->dwData == CD_FRAME_TAG ? CD_BUSY : CD_UNHANDLED;
    const char *bytes = data->lpData != NULL ? data->lpData : "";
    if (data->dwData == CD_FRAME_TAG)
        answer = cd_mailbox_receive(endpoint->mailbox, &sender->sender, bytes, data->cbData);
    else
        cd_mailbox_receive_raw(endpoint->mailbox, &sender->sender, CD_RAW_COPYDATA, data->dwData,
                               bytes, data->cbData, &answer);
    cd_peer_release(&sender->sender);
    return answer;
}

/* wParam says which window has joined or left, but any program can forge that. */
static void on_presence(cd_endpoint *endpoint)
{
    if (!endpoint->watches)
        return;
    InterlockedExchange(&endpoint->hinted, TRUE);
    wake(endpoint);
}

/* For the script, if it accepts such messages. Windows does not report the sender. */
static bool hand_over(cd_endpoint *endpoint, UINT message, WPARAM wparam, LPARAM lparam,
                      LRESULT *answer)
{
    const int64_t both[] = {(intptr_t)wparam, lparam};
    intptr_t result;

    cd_peer *nobody = cd_peers_find(&endpoint->senders, NULL);
    if (nobody == NULL)
        return false;
    bool taken = cd_mailbox_receive_raw(endpoint->mailbox, &nobody->sender, CD_RAW_MESSAGE, message,
                                        (const char *)both, sizeof both, &result);
    cd_peer_release(&nobody->sender);
    *answer = result;
    return taken;
}

static bool on_other(void *context, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *answer)
{
    cd_endpoint *endpoint = context;

    if (message < REGISTERED)
        return hand_over(endpoint, message, wparam, lparam, answer);
    if (message == cd_challenge_message())
        cd_prover_offer(&endpoint->prover, wparam, lparam);
    else if (message == endpoint->presence)
        on_presence(endpoint);
    else
        return hand_over(endpoint, message, wparam, lparam, answer);
    return true;
}

static bool on_timer(void *context)
{
    return cd_mailbox_sweep(((cd_endpoint *)context)->mailbox);
}

static void on_destroyed(void *context)
{
    cd_endpoint *endpoint = context;

    InterlockedExchange(&endpoint->lost, TRUE);
    if (cd_directory_leave(endpoint->window)) /* which Windows does only after we return */
        announce(endpoint);
    if (endpoint->own_thread) {
        PostQuitMessage(0); /* ends the pump */
        cd_waiter_wake(endpoint->waiter);
    }
}

static const cd_window_calls calls = {
    .copydata = on_copydata,
    .other = on_other,
    .timer = on_timer,
    .destroyed = on_destroyed,
};

/* A watched process has ended. Runs in a thread of the Windows thread pool. */
static void on_death(void *context)
{
    cd_waiter_wake(((const cd_endpoint *)context)->waiter);
}

/* What the script waits for ---------------------------------------------------------------------*/

static cd_wake look(cd_source *source)
{
    cd_endpoint *endpoint = (cd_endpoint *)((char *)source - offsetof(cd_endpoint, source));

    endpoint->newest = cd_mailbox_newest(endpoint->mailbox);
    if ((endpoint->watches && (endpoint->hinted || cd_deaths_any(&endpoint->deaths))) ||
        cd_mailbox_ready(endpoint->mailbox, CD_WANT_HANDLED))
        return CD_WAKE_READY;
    return endpoint->lost ? CD_WAKE_CLOSED : CD_WAKE_TIMEOUT;
}

/* Life ------------------------------------------------------------------------------------------*/

static HWND make_window(void *context, cd_failure *failure)
{
    const cd_endpoint *endpoint = context;

    return cd_window_create(endpoint->look, &calls, context, failure);
}

static bool open_window(cd_endpoint *endpoint, cd_failure *failure)
{
    if (endpoint->own_thread) {
        endpoint->pump =
            cd_pump_start(make_window, endpoint, STACK_SIZE, &endpoint->window, failure);
        return endpoint->pump != NULL;
    }
    endpoint->window = make_window(endpoint, failure);
    return endpoint->window != NULL;
}

bool cd_endpoint_open(cd_endpoint *endpoint, cd_waiter *waiter, const cd_window_look *appearance,
                      const cd_limits *limits, bool own_thread, cd_failure *failure)
{
    memset(endpoint, 0, sizeof *endpoint);
    InitializeSRWLock(&endpoint->lock);
    endpoint->waiter = waiter;
    endpoint->own_thread = own_thread;
    endpoint->look = appearance;
    endpoint->presence = cd_presence_message();
    cd_deaths_open(&endpoint->deaths, on_death, endpoint);
    endpoint->mailbox = cd_mailbox_new(&host, endpoint, limits);
    if (endpoint->mailbox == NULL) {
        cd_fail(failure, "MEMORY", "not enough memory for an endpoint");
        return false;
    }
    if (!cd_session_enter(failure))
        return false;
    cd_membership_open(&endpoint->membership, CD_MEMBERSHIP_NAME); /* the window's thread uses it */
    if (!cd_prover_open(&endpoint->prover, own_thread, failure) ||
        !open_window(endpoint, failure)) {
        cd_prover_close(&endpoint->prover);
        cd_membership_close(&endpoint->membership);
        cd_session_leave();
        return false;
    }
    endpoint->look = NULL;
    endpoint->thread = GetCurrentThreadId();
    endpoint->source.look = look;
    cd_waiter_add(waiter, &endpoint->source);
    return true;
}

void cd_endpoint_close(cd_endpoint *endpoint)
{
    if (endpoint->thread == 0)
        return;
    endpoint->thread = 0;
    cd_waiter_remove(endpoint->waiter, &endpoint->source);
    cd_deaths_close(&endpoint->deaths);
    cd_directory_leave(endpoint->window); /* now, because the window may be destroyed later */
    if (endpoint->own_thread)
        cd_pump_stop(endpoint->pump, endpoint->window);
    else
        cd_window_destroy(endpoint->window);
    if (cd_mailbox_close(endpoint->mailbox))
        announce(endpoint);
    cd_membership_close(&endpoint->membership);
    cd_peers_free(&endpoint->senders);
    cd_verifier_close(&endpoint->verifier);
    cd_prover_close(&endpoint->prover);
    cd_session_leave(); /* last: from here Windows may end the process */
}

void cd_endpoint_free(cd_endpoint *endpoint)
{
    cd_endpoint_close(endpoint);
    cd_mailbox_free(endpoint->mailbox);
    endpoint->mailbox = NULL;
}

HWND cd_endpoint_hwnd(const cd_endpoint *endpoint)
{
    return endpoint->thread == 0 || endpoint->lost ? NULL : endpoint->window;
}

/* Channels --------------------------------------------------------------------------------------*/

uint32_t cd_endpoint_join(cd_endpoint *endpoint, const char *name, size_t size, bool listen,
                          bool guarded, cd_failure *failure)
{
    HWND hwnd = cd_endpoint_hwnd(endpoint);

    if (hwnd == NULL) {
        cd_fail(failure, "CLOSED", "the endpoint's window was closed");
        return 0;
    }
    /* Before other programs can see it and send. */
    uint32_t id = cd_mailbox_join(endpoint->mailbox, name, size, listen, guarded);
    if (id == 0) {
        cd_fail(failure, "MEMORY", "not enough memory for another channel");
        return 0;
    }
    if (!listen)
        return id;
    cd_property property = cd_property_of(name, size);
    if (!SetPropW(hwnd, property.text, (HANDLE)1)) {
        /* A full table of atoms (16,384 names per session) gives error 8 (not enough memory). */
        cd_fail_win32(failure, "SetProp", GetLastError());
        cd_mailbox_leave(endpoint->mailbox, id);
        return 0;
    }
    if (endpoint->has_left)
        cd_presence_rejoin(hwnd);
    announce(endpoint);
    return id;
}

void cd_endpoint_leave(cd_endpoint *endpoint, uint32_t id)
{
    size_t size;
    HWND hwnd = cd_endpoint_hwnd(endpoint);
    const char *name = cd_mailbox_name(endpoint->mailbox, id, &size);

    if (name == NULL)
        return;
    cd_property property = cd_property_of(name, size);
    if (!cd_mailbox_leave(endpoint->mailbox, id))
        return; /* no peer saw it there */
    endpoint->has_left = true;
    if (hwnd != NULL)
        RemovePropW(hwnd, property.text);
    announce(endpoint);
}

/* Presence --------------------------------------------------------------------------------------*/

void cd_endpoint_tell(const cd_endpoint *endpoint)
{
    cd_presence_tell(endpoint->window);
}

bool cd_endpoint_watch(cd_endpoint *endpoint, bool whether)
{
    InterlockedExchange(&endpoint->watches, whether);
    bool watched = cd_presence_watch(endpoint->window, whether);
    if (!whether) {
        cd_deaths_close(&endpoint->deaths);
        InterlockedExchange(&endpoint->hinted, FALSE);
    }
    return watched;
}

DWORD cd_endpoint_watch_process(cd_endpoint *endpoint, HWND hwnd)
{
    DWORD pid = cd_deaths_watch(&endpoint->deaths, hwnd);

    if (pid == 0 && !IsWindow(hwnd)) /* it ended before the wait began */
        InterlockedExchange(&endpoint->hinted, TRUE);
    return pid;
}

bool cd_endpoint_hinted(cd_endpoint *endpoint)
{
    return InterlockedExchange(&endpoint->hinted, FALSE) != FALSE;
}
