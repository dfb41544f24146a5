/* SPDX-License-Identifier: MIT */
#include "asked.h"

#include <stdlib.h>

/* A msgid is the place in the list, from 1, in its lower half, and the turn in the upper one. */
#define PLACE_BITS 16
#define PLACE_MASK 0xffffu

static cd_request *find(const cd_asked *asked, uint32_t msgid)
{
    size_t place = msgid & PLACE_MASK;

    if (place == 0 || place > asked->count)
        return NULL;
    cd_request *request = &asked->requests[place - 1];
    return request->msgid == msgid ? request : NULL;
}

/* The index, from 1, of a place to use; 0: none. */
static size_t take_place(cd_asked *asked)
{
    size_t place = asked->vacant;

    if (place != 0) {
        asked->vacant = asked->requests[place - 1].next_free;
        return place;
    }
    if (asked->count == CD_ASKED_MOST)
        return 0;
    if (asked->count == asked->capacity) {
        size_t capacity = asked->capacity > 0 ? 2 * asked->capacity : 8;
        cd_request *requests = realloc(asked->requests, capacity * sizeof *requests);
        if (requests == NULL)
            return 0;
        asked->requests = requests;
        asked->capacity = capacity;
    }
    return ++asked->count;
}

uint32_t cd_asked_add(cd_asked *asked, uint64_t peer)
{
    size_t place = take_place(asked);

    if (place == 0)
        return 0;
    cd_request *request = &asked->requests[place - 1];
    asked->turn = (asked->turn + 1) & PLACE_MASK;
    *request = (cd_request){.msgid = asked->turn << PLACE_BITS | (uint32_t)place, .peer = peer};
    return request->msgid;
}

bool cd_asked_answer(cd_asked *asked, uint32_t msgid, uint64_t peer)
{
    cd_request *request = find(asked, msgid);
    bool expected = request != NULL && !request->answered && request->peer == peer;

    if (expected)
        request->answered = true;
    else
        asked->ignored++;
    return expected;
}

void cd_asked_undo(cd_asked *asked, uint32_t msgid)
{
    cd_request *request = find(asked, msgid);

    if (request != NULL)
        request->answered = false;
}

void cd_asked_end(cd_asked *asked, uint32_t msgid)
{
    cd_request *request = find(asked, msgid);

    if (request == NULL)
        return;
    request->msgid = 0;
    request->next_free = asked->vacant;
    asked->vacant = (size_t)(request - asked->requests) + 1;
}

void cd_asked_free(cd_asked *asked)
{
    free(asked->requests);
    *asked = (cd_asked){NULL, 0, 0, 0, 0, 0};
}
