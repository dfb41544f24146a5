/* SPDX-License-Identifier: MIT
 *
 * Binding of guards: which channels have one, and the senders to decide about.
 */
#include "core.h"

#include <lauxlib.h>

#define QUESTION_TYPE "copydata.question"

/* Whether a sender may send; its endpoint is the user value. */
typedef struct question {
    cd_mailbox *mailbox;
    cd_sender *sender; /* NULL: it is decided */
    uint32_t channel;  /* 0: any */
} question;

/* endpoint:guard(id | nil, whether): whether to ask about senders to a channel, or to any */
static int endpoint_guard(lua_State *L)
{
    const cd_endpoint *endpoint = cd_check_endpoint(L);
    uint32_t id = lua_isnil(L, 2) ? 0 : cd_check_channel(L, endpoint, 2);

    cd_mailbox_guard(endpoint->mailbox, id, lua_toboolean(L, 3));
    return 0;
}

/*
 * endpoint:undecided() -> question, id (0: any channel), hwnd, pid | nil, exe | nil, proven: a
 * sender that waits for a decision; nothing if there is none
 */
static int endpoint_undecided(lua_State *L)
{
    const cd_endpoint *endpoint = cd_check_endpoint(L);
    question *asked = lua_newuserdatauv(L, sizeof *asked, 1);

    *asked = (question){.mailbox = endpoint->mailbox};
    luaL_setmetatable(L, QUESTION_TYPE);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    asked->sender = cd_mailbox_undecided(asked->mailbox, &asked->channel);
    if (asked->sender == NULL)
        return 0;
    lua_pushinteger(L, asked->channel);
    return 2 + cd_push_peer(L, (const cd_peer *)asked->sender);
}

/* question:decide(allowed): records the decision, the first time */
static int question_decide(lua_State *L)
{
    question *asked = luaL_checkudata(L, 1, QUESTION_TYPE);

    if (asked->sender != NULL) {
        cd_mailbox_decide(asked->mailbox, asked->sender, asked->channel, lua_toboolean(L, 2));
        cd_peer_release(asked->sender);
        asked->sender = NULL;
    }
    return 0;
}

/* Puts off a decision that an error has prevented. */
static int question_close(lua_State *L)
{
    question *asked = luaL_checkudata(L, 1, QUESTION_TYPE);

    if (asked->sender != NULL) {
        cd_mailbox_defer(asked->mailbox, asked->sender, asked->channel);
        cd_peer_release(asked->sender);
        asked->sender = NULL;
    }
    return 0;
}

void cd_open_guard(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"guard", endpoint_guard},
        {"undecided", endpoint_undecided},
        {NULL, NULL},
    };
    static const luaL_Reg question_methods[] = {
        {"decide", question_decide},
        {"__close", question_close},
        {"__gc", question_close},
        {NULL, NULL},
    };

    cd_endpoint_methods(L, methods);
    cd_make_type(L, QUESTION_TYPE, question_methods);
}
