/* SPDX-License-Identifier: MIT */
#include "requests.h"

#include <stdlib.h>

#define FIRST_CAPACITY 16

/* The slot of a number, or where it would go. The table always has a free slot. */
static size_t place_of(const cd_requests *requests, uint32_t msgid)
{
    size_t place = msgid & (requests->capacity - 1);

    while (requests->slots[place].msgid != 0 && requests->slots[place].msgid != msgid)
        place = (place + 1) & (requests->capacity - 1);
    return place;
}

static cd_request *find(const cd_requests *requests, uint32_t msgid)
{
    if (msgid == 0 || requests->capacity == 0)
        return NULL;
    cd_request *request = &requests->slots[place_of(requests, msgid)];
    return request->msgid == msgid ? request : NULL;
}

/* Doubles the table. Returns false without memory. */
static bool grow(cd_requests *requests)
{
    cd_requests larger = *requests;

    larger.capacity = requests->capacity > 0 ? 2 * requests->capacity : FIRST_CAPACITY;
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < requests->capacity; i++)
        if (requests->slots[i].msgid != 0)
            larger.slots[place_of(&larger, requests->slots[i].msgid)] = requests->slots[i];
    free(requests->slots);
    *requests = larger;
    return true;
}

/* An unused number; 0: no random number available. */
static uint32_t draw(cd_requests *requests)
{
    uint32_t msgid = 0;

    while (msgid == 0 || find(requests, msgid) != NULL) {
        if (requests->drawn == 0) {
            if (!requests->host->random(requests->numbers, CD_REQUESTS_NUMBERS))
                return 0;
            requests->drawn = CD_REQUESTS_NUMBERS;
        }
        msgid = requests->numbers[--requests->drawn];
    }
    return msgid;
}

uint32_t cd_requests_add(cd_requests *requests, uint64_t peer, bool guarded)
{
    if (requests->count == CD_REQUESTS_MOST)
        return 0;
    if (2 * requests->count >= requests->capacity && !grow(requests))
        return 0;
    uint32_t msgid = draw(requests);
    if (msgid != 0) {
        requests->slots[place_of(requests, msgid)] =
            (cd_request){.msgid = msgid, .guarded = guarded, .peer = peer};
        requests->count++;
    }
    return msgid;
}

bool cd_requests_guarded(const cd_requests *requests, uint32_t msgid, uint64_t peer)
{
    const cd_request *request = find(requests, msgid);

    return request != NULL && request->guarded && request->peer == peer;
}

bool cd_requests_answer(cd_requests *requests, uint32_t msgid, uint64_t peer)
{
    cd_request *request = find(requests, msgid);
    bool expected = request != NULL && !request->answered && request->peer == peer;

    if (expected)
        request->answered = true;
    else
        requests->ignored++;
    return expected;
}

void cd_requests_undo(cd_requests *requests, uint32_t msgid)
{
    cd_request *request = find(requests, msgid);

    if (request != NULL)
        request->answered = false;
}

void cd_requests_end(cd_requests *requests, uint32_t msgid)
{
    const size_t mask = requests->capacity - 1;
    cd_request *request = find(requests, msgid);

    if (request == NULL)
        return;
    /* Items after it, up to the next gap, move up if a search would otherwise miss them. */
    size_t hole = (size_t)(request - requests->slots);
    for (size_t at = (hole + 1) & mask; requests->slots[at].msgid != 0; at = (at + 1) & mask) {
        size_t home = requests->slots[at].msgid & mask;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            requests->slots[hole] = requests->slots[at];
            hole = at;
        }
    }
    requests->slots[hole].msgid = 0;
    if (--requests->count == 0 && requests->capacity > CD_REQUESTS_KEPT)
        cd_requests_free(requests);
}

void cd_requests_free(cd_requests *requests)
{
    free(requests->slots);
    requests->slots = NULL;
    requests->capacity = requests->count = 0;
}
