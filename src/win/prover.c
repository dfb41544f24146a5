/* SPDX-License-Identifier: MIT */
#include "prover.h"
#include "challenge.h"
#include "clock.h"
#include "deliver.h"
#include "peer.h"
#include "random.h"
#include "send.h"
#include "window.h"

#include <string.h>

#define PATIENCE  100   /* milliseconds for a token to reach a window of another thread */
#define PEEK_MOST 10000 /* a full queue of Windows */

/* A receiver that accepted a proof. */
typedef struct proven {
    uint64_t key; /* its window; first, for cd_keyed */
    cd_proof proof;
} proven;

/* One send. */
typedef struct sending {
    cd_prover *prover;
    HWND sender, receiver;
    char *frame;
    size_t size;
    double deadline; /* on the clock of cd_clock_seconds */
    unsigned *tries;
    cd_failure *failure;
    bool *stale;
} sending;

bool cd_prover_open(cd_prover *prover, bool own_thread, cd_failure *failure)
{
    memset(prover, 0, sizeof *prover);
    InitializeSRWLock(&prover->lock);
    prover->proven = (cd_keyed){.size = sizeof(proven), .gone = cd_peer_gone};
    if (!own_thread)
        return true;
    prover->arrived = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (prover->arrived == NULL)
        cd_fail_win32(failure, "CreateEvent", GetLastError());
    return prover->arrived != NULL;
}

void cd_prover_close(cd_prover *prover)
{
    if (prover->arrived != NULL)
        CloseHandle(prover->arrived);
    prover->arrived = NULL;
    cd_keyed_free(&prover->proven);
}

/* What is offered ------------------------------------------------------------------------------ */

/*
 * The slot for the next token in a receiver's name: that receiver's oldest if it already has as
 * many as are ever tried, otherwise the oldest of all.
 */
static cd_offer *place_for(cd_offers *offers, uint32_t receiver)
{
    cd_offer *oldest = &offers->others[0], *own = NULL;
    unsigned count = 0;

    for (size_t i = 0; i < CD_OFFERED_MOST; i++) {
        cd_offer *each = &offers->others[i];
        if (each->came < oldest->came)
            oldest = each;
        if (each->receiver != receiver)
            continue;
        count++;
        if (own == NULL || each->came < own->came)
            own = each;
    }
    return count < CD_TRIES_MOST ? oldest : own;
}

/* Keeps a token that is not awaited, unless already kept. */
static void keep(cd_offers *offers, uint32_t receiver, uint64_t token)
{
    for (size_t i = 0; i < CD_OFFERED_MOST; i++)
        if (offers->others[i].receiver == receiver && offers->others[i].token == token)
            return;
    *place_for(offers, receiver) = (cd_offer){receiver, ++offers->last, token};
}

void cd_prover_offer(cd_prover *prover, WPARAM wparam, LPARAM lparam)
{
    cd_offers *offers = &prover->offers;
    const uint32_t receiver = cd_challenge_from(wparam);
    const uint64_t token = (uint64_t)lparam;

    if (receiver == 0 || token == 0)
        return;
    AcquireSRWLockExclusive(&prover->lock);
    bool wanted = offers->receiver == receiver && offers->nonce == cd_challenge_echo(wparam);
    if (wanted) {
        offers->came = true;
        offers->token = token;
    } else if (offers->receiver == 0 || offers->receiver == receiver) {
        keep(offers, receiver, token);
    }
    ReleaseSRWLockExclusive(&prover->lock);
    if (wanted && prover->arrived != NULL)
        SetEvent(prover->arrived);
}

/* From now on awaits the token that the receiver posts with this nonce; no receiver: none. */
static void expect(cd_prover *prover, HWND receiver, uint64_t nonce)
{
    AcquireSRWLockExclusive(&prover->lock);
    prover->offers.receiver = cd_challenge_window(receiver);
    prover->offers.nonce = cd_challenge_nonce(nonce);
    prover->offers.came = false;
    ReleaseSRWLockExclusive(&prover->lock);
}

/* The awaited token; 0: it has not arrived. */
static uint64_t expected(cd_prover *prover)
{
    AcquireSRWLockShared(&prover->lock);
    uint64_t token = prover->offers.came ? prover->offers.token : 0;
    ReleaseSRWLockShared(&prover->lock);
    return token;
}

/* Removes another token posted in a receiver's name, the oldest first; 0: none left. */
static uint64_t take_other(cd_prover *prover, HWND receiver)
{
    cd_offers *offers = &prover->offers;
    cd_offer *found = NULL;
    uint64_t token = 0;

    AcquireSRWLockExclusive(&prover->lock);
    for (size_t i = 0; i < CD_OFFERED_MOST; i++) {
        cd_offer *each = &offers->others[i];
        if (each->receiver == cd_challenge_window(receiver) &&
            (found == NULL || each->came < found->came))
            found = each;
    }
    if (found != NULL) {
        token = found->token;
        *found = (cd_offer){0, 0, 0};
    }
    ReleaseSRWLockExclusive(&prover->lock);
    return token;
}

/* Dispatches tokens posted to a window of this thread, until the awaited one is there. */
static void look(const sending *send)
{
    const UINT message = cd_challenge_message();
    MSG posted;

    for (int left = PEEK_MOST;
         left > 0 && expected(send->prover) == 0 && cd_clock_seconds() < send->deadline &&
         PeekMessageW(&posted, send->sender, message, message, PM_REMOVE) > 0;
         left--) {
        if (posted.message == WM_QUIT) { /* no filter holds it back; then nothing else is queued */
            PostQuitMessage((int)posted.wParam);
            return;
        }
        cd_prover_offer(send->prover, posted.wParam, posted.lParam);
    }
}

/* The awaited token, which has been posted by now or never will be; 0: it has not arrived. */
static uint64_t await(const sending *send)
{
    cd_prover *prover = send->prover;
    double left = (send->deadline - cd_clock_seconds()) * 1000.0;

    if (prover->arrived == NULL) {
        look(send);
    } else {
        ULONGLONG end = GetTickCount64() + (left < 0          ? 0
                                            : left > PATIENCE ? PATIENCE
                                                              : (DWORD)left);
        while (expected(prover) == 0) {
            ULONGLONG now = GetTickCount64();
            if (WaitForSingleObject(prover->arrived, end > now ? (DWORD)(end - now) : 0) !=
                WAIT_OBJECT_0)
                break;
        }
    }
    return expected(prover);
}

/* Sending -------------------------------------------------------------------------------------- */

/* Sends the frame, with a proof in front of it. */
static cd_outcome deliver(const sending *send, const cd_proof *proof)
{
    size_t taken = cd_proof_write(proof, send->frame);

    return cd_send(send->sender, send->receiver, send->frame - taken, send->size + taken,
                   send->deadline, send->failure, send->stale);
}

/* Puts a token in front of the frame, and remembers it if it was the right one. */
static cd_outcome show(const sending *send, cd_proof proof)
{
    cd_outcome outcome = deliver(send, &proof);

    if (outcome == CD_OUTCOME_UNPROVEN || outcome == CD_OUTCOME_FAILED)
        return outcome;
    proven *known = cd_keyed_add(&send->prover->proven, cd_peer_key(send->receiver));
    if (known != NULL) /* or the receiver asks for it again */
        known->proof = proof;
    return outcome;
}

/* Tries the tokens posted in the receiver's name with another nonce: a program that sends in our
 * name may have used up the receiver's posts to us. */
static cd_outcome show_others(const sending *send, uint64_t nonce)
{
    cd_outcome outcome = CD_OUTCOME_UNPROVEN;
    uint64_t token;

    while (outcome == CD_OUTCOME_UNPROVEN && *send->tries > 0 &&
           (token = take_other(send->prover, send->receiver)) != 0) {
        --*send->tries;
        outcome = show(send, (cd_proof){nonce, token});
        token = expected(send->prover);
        if (outcome == CD_OUTCOME_UNPROVEN && token != 0)
            return show(send, (cd_proof){nonce, token});
    }
    return outcome;
}

/* Lets the receiver's post reach us, in case it has lower integrity; if this fails, the receiver
 * reports that it could not post. */
static void admit(cd_prover *prover, HWND sender)
{
    cd_failure ignored;

    if (!prover->admitted)
        cd_window_admit(sender, cd_challenge_message(), &ignored);
    prover->admitted = true;
}

/* Proves the sender to a receiver that requires it. */
static cd_outcome prove(const sending *send)
{
    cd_prover *prover = send->prover;
    cd_proof proof = {0, 0};

    admit(prover, send->sender);
    if (!cd_random(&proof.nonce, send->failure))
        return CD_OUTCOME_FAILED;
    expect(prover, send->receiver, proof.nonce);
    if (prover->arrived == NULL)
        look(send); /* or a queue full of them has no room for another */
    cd_outcome outcome = deliver(send, &proof);
    if (outcome == CD_OUTCOME_UNPROVEN) {
        proof.token = await(send);
        outcome = proof.token != 0 ? show(send, proof) : show_others(send, proof.nonce);
    }
    expect(prover, NULL, 0);
    return outcome;
}

bool cd_prover_send(cd_prover *prover, HWND sender, HWND receiver, char *frame, size_t size,
                    double deadline, unsigned *tries, cd_failure *failure, bool *stale)
{
    proven *known = cd_keyed_find(&prover->proven, cd_peer_key(receiver));
    sending send = {prover, sender, receiver, frame, size, deadline, tries, failure, stale};
    cd_outcome outcome;

    if (known != NULL)
        outcome = deliver(&send, &known->proof);
    else
        outcome = cd_send(sender, receiver, frame, size, deadline, failure, stale);
    if (outcome == CD_OUTCOME_UNPROVEN && sender != NULL && CD_CHALLENGE_FITS) {
        send.deadline = cd_deliver_until(deadline);
        outcome = prove(&send);
    }
    return outcome == CD_OUTCOME_ACCEPTED;
}
