/* SPDX-License-Identifier: MIT */
#include "outbox.h"

#include <stdbool.h>

#include <bcrypt.h> /* after windows.h */

#define TIMEOUT    5000 /* milliseconds to wait for a verdict; never 0, which means forever */
#define BUSY_PAUSE 20   /* milliseconds between attempts to reach a peer whose queue is full */

void outbox_open(outbox *out, HWND hwnd)
{
    out->hwnd = hwnd;
    out->proof_message = RegisterWindowMessageW(L"copydata.proof");
}

/* Sends bytes and returns the verdict; UNHANDLED also when there is none. */
static enum verdict send_bytes(const outbox *out, HWND to, const msgpack_sbuffer *bytes)
{
    COPYDATASTRUCT data = {FRAME_TAG, (DWORD)bytes->size, bytes->data};
    DWORD_PTR verdict = UNHANDLED;

    if (!SendMessageTimeoutW(to, WM_COPYDATA, (WPARAM)out->hwnd, (LPARAM)&data, SMTO_ABORTIFHUNG,
                             TIMEOUT, &verdict))
        return UNHANDLED; /* dead, hung, out of time: GetLastError says which */
    return (enum verdict)verdict;
}

/* The same with a proof in front: [4, nonce, token]. */
static enum verdict send_proven(const outbox *out, const proof *shown, const msgpack_sbuffer *bytes)
{
    msgpack_sbuffer both;
    msgpack_packer pk;

    msgpack_sbuffer_init(&both);
    msgpack_packer_init(&pk, &both, msgpack_sbuffer_write);
    msgpack_pack_array(&pk, 3);
    msgpack_pack_int(&pk, PROOF);
    msgpack_pack_uint64(&pk, shown->nonce);
    msgpack_pack_uint64(&pk, shown->token);
    msgpack_sbuffer_write(&both, bytes->data, bytes->size);
    enum verdict verdict = send_bytes(out, shown->receiver, &both);
    msgpack_sbuffer_destroy(&both);
    return verdict;
}

/* The slot of a receiver's proof: its own, or that of a receiver that is gone, or another's. */
static proof *proof_for(outbox *out, HWND receiver)
{
    proof *place = &out->proven[0];

    for (size_t i = 0; i < PEERS_MOST; i++) {
        if (out->proven[i].receiver == receiver)
            return &out->proven[i];
        if (!IsWindow(out->proven[i].receiver))
            place = &out->proven[i];
    }
    *place = (proof){receiver, 0, 0};
    return place;
}

/* Looks for the token among the posts to our window: accepts only one with our nonce. */
static bool find_token(const outbox *out, proof *wanted)
{
    MSG posted;

    while (PeekMessageW(&posted, out->hwnd, out->proof_message, out->proof_message, PM_REMOVE) >
           0) {
        if (posted.message == WM_QUIT) { /* arrives despite the filter */
            PostQuitMessage((int)posted.wParam);
            return false;
        }
        if ((uint32_t)posted.wParam == (uint32_t)(uintptr_t)wanted->receiver &&
            (uint32_t)((uint64_t)posted.wParam >> 32) == (uint32_t)wanted->nonce) {
            wanted->token = (uint64_t)posted.lParam;
            return true;
        }
    }
    return false;
}

/* Sends a frame to a receiver that requires proof ("Proof"): asks for the token, and shows it. */
static enum verdict prove(const outbox *out, proof *wanted, const msgpack_sbuffer *bytes)
{
    enum verdict verdict;

    wanted->token = 0;
    if (BCryptGenRandom(NULL, (PUCHAR)&wanted->nonce, sizeof wanted->nonce,
                        BCRYPT_USE_SYSTEM_PREFERRED_RNG) < 0)
        return UNPROVEN;
    verdict = send_proven(out, wanted, bytes);
    if (verdict == UNPROVEN && find_token(out, wanted))
        verdict = send_proven(out, wanted, bytes);
    if (verdict == UNPROVEN)
        wanted->token = 0;
    return verdict;
}

enum verdict outbox_deliver(outbox *out, HWND to, const msgpack_sbuffer *bytes)
{
    ULONGLONG end = GetTickCount64() + TIMEOUT;

    for (;;) {
        proof *shown = proof_for(out, to);
        enum verdict verdict =
            shown->token != 0 ? send_proven(out, shown, bytes) : send_bytes(out, to, bytes);
        MSG ignored;
        if (verdict == UNPROVEN && sizeof(WPARAM) == 8) /* otherwise there may be no room for it */
            verdict = prove(out, shown, bytes);
        if ((verdict != BUSY && verdict != UNPROVEN) || GetTickCount64() >= end)
            return verdict;
        Sleep(BUSY_PAUSE);
        PeekMessageW(&ignored, NULL, 0, 0, PM_NOREMOVE); /* other peers may be sending to us */
    }
}
