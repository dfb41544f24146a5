/* SPDX-License-Identifier: MIT
 *
 * For specs only: a window that records what it is sent and answers as configured. require
 * "support.recorder"
 */
#include <lauxlib.h>
#include <lua.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define RECORDER_TYPE "support.recorder"
#define UNPROVEN      7

extern IMAGE_DOS_HEADER __ImageBase;

typedef struct recorder {
    HWND hwnd; /* NULL: closed */
    wchar_t class[64];
    LRESULT answer;
    DWORD delay;            /* milliseconds it spends on each message */
    DWORD linger;           /* milliseconds it continues after its answer */
    BOOL echoes;            /* sends each message back to the sender before answering, */
    ULONG_PTR echo_tag;     /* with this dwData, */
    DWORD_PTR echoed;       /* and got this answer; */
    BOOL announces;         /* before that sends another message, */
    ULONG_PTR announcement; /* with this dwData, */
    DWORD pause;            /* this many milliseconds earlier */
    BOOL dies;              /* ends its process, without an answer */
    HWND real;              /* forwards messages to this window before answering */
    uint64_t token;         /* not 0: a frame without this token is answered UNPROVEN; a sender that
                           asks is posted it */
    LONG count;             /* of what arrived */
    ULONG_PTR tag;
    WPARAM sender;
    char *bytes; /* of the newest, or of all since keep(), each after its length */
    size_t size;
    BOOL keeping;
    UINT posted; /* the newest registered message, */
    WPARAM from; /* its wParam, */
    LONG posts;  /* and how many arrived */
} recorder;

static void send_back(recorder *r, HWND to, ULONG_PTR tag, const char *bytes, DWORD size)
{
    COPYDATASTRUCT data = {tag, size, (void *)(uintptr_t)bytes};

    SendMessageTimeoutW(to, WM_COPYDATA, (WPARAM)r->hwnd, (LPARAM)&data, SMTO_NORMAL, 5000,
                        &r->echoed);
}

/* Reads the number in an item of nine bytes or one, and moves `*at` past it. */
static uint64_t read_number(const unsigned char **at)
{
    uint64_t number = 0;

    if (**at != 0xcf)
        return *(*at)++;
    ++*at;
    for (int i = 0; i < 8; i++)
        number = number << 8 | *(*at)++;
    return number;
}

/* The verdict of a receiver that requires proof of the sender. */
static LRESULT verify(const recorder *r, HWND hwnd, HWND sender, const COPYDATASTRUCT *data)
{
    const unsigned char *at = data->lpData;

    if (data->cbData < 20 || memcmp(at, "\x93\x04", 2) != 0)
        return UNPROVEN;
    at += 2;
    uint64_t nonce = read_number(&at);
    if (read_number(&at) == r->token)
        return r->answer;
    PostMessageW(sender, RegisterWindowMessageW(L"copydata.proof"),
                 (WPARAM)(nonce << 32 | (uint32_t)(uintptr_t)hwnd), (LPARAM)r->token);
    return UNPROVEN;
}

static LRESULT CALLBACK on_message(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    recorder *r = (recorder *)GetWindowLongPtrW(hwnd, GWLP_USERDATA);

    if (message >= 0xC000 && r != NULL) {
        r->posted = message;
        r->from = wparam;
        r->posts++;
    }
    if (message != WM_COPYDATA || r == NULL)
        return DefWindowProcW(hwnd, message, wparam, lparam);
    const COPYDATASTRUCT *data = (const COPYDATASTRUCT *)lparam;
    size_t before = r->keeping ? r->size + sizeof data->cbData : 0;
    char *bytes = realloc(r->bytes, before + data->cbData + 1);
    if (bytes == NULL)
        return 0;
    if (r->keeping)
        memcpy(bytes + r->size, &data->cbData, sizeof data->cbData);
    if (data->cbData > 0)
        memcpy(bytes + before, data->lpData, data->cbData);
    r->bytes = bytes;
    r->size = before + data->cbData;
    r->tag = data->dwData;
    r->sender = wparam;
    r->count++;
    Sleep(r->delay);
    if (r->announces)
        send_back(r, (HWND)wparam, r->announcement, "utf-8", 6);
    Sleep(r->pause);
    if (r->echoes)
        send_back(r, (HWND)wparam, r->echo_tag, r->bytes + before, data->cbData);
    if (r->dies)
        TerminateProcess(GetCurrentProcess(), 3);
    if (r->real != NULL)
        SendMessageTimeoutW(r->real, WM_COPYDATA, wparam, lparam, SMTO_NORMAL, 5000, &r->echoed);
    LRESULT answer = r->token != 0 ? verify(r, hwnd, (HWND)wparam, data) : r->answer;
    ReplyMessage(answer);
    Sleep(r->linger);
    return answer;
}

/*
 * recorder(class, answer [, title [, message_only]]) -> a hidden window of this thread
 * Message-only if requested; by default if the class is that of endpoints.
 */
static int create(lua_State *L)
{
    wchar_t title[64];
    const char *text = luaL_optstring(L, 3, "");
    const char *class = luaL_checkstring(L, 1);
    BOOL message_only =
        lua_isnoneornil(L, 4) ? strcmp(class, "copydata.endpoint") == 0 : lua_toboolean(L, 4);
    HWND parent = message_only ? HWND_MESSAGE : NULL;
    lua_Integer answer = luaL_checkinteger(L, 2);
    HINSTANCE module = (HINSTANCE)&__ImageBase;
    recorder *r = lua_newuserdatauv(L, sizeof *r, 0);

    memset(r, 0, sizeof *r);
    luaL_setmetatable(L, RECORDER_TYPE);
    MultiByteToWideChar(CP_UTF8, 0, class, -1, r->class, 64);
    MultiByteToWideChar(CP_UTF8, 0, text, -1, title, 64);
    r->answer = (LRESULT)answer;
    WNDCLASSW description = {
        .lpfnWndProc = on_message, .hInstance = module, .lpszClassName = r->class};
    RegisterClassW(&description);
    r->hwnd = CreateWindowExW(0, r->class, title, parent != NULL ? 0 : WS_POPUP, 0, 0, 0, 0, parent,
                              NULL, module, NULL);
    if (r->hwnd == NULL)
        return luaL_error(L, "CreateWindowEx failed: error %d", (int)GetLastError());
    SetWindowLongPtrW(r->hwnd, GWLP_USERDATA, (LONG_PTR)r);
    return 1;
}

static int recorder_hwnd(lua_State *L)
{
    const recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    lua_pushinteger(L, (lua_Integer)(intptr_t)r->hwnd);
    return 1;
}

/* recorder:delay(seconds): spends this long on each message */
static int recorder_delay(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    r->delay = (DWORD)(1000 * luaL_checknumber(L, 2));
    return 0;
}

/* recorder:linger(seconds): pumps no messages for this long after each answer */
static int recorder_linger(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    r->linger = (DWORD)(1000 * luaL_checknumber(L, 2));
    return 0;
}

/* recorder:answer(result): sets its answer */
static int recorder_answer(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    r->answer = (LRESULT)luaL_checkinteger(L, 2);
    return 0;
}

/* recorder:echo(dwData): sends each message back to the sender before answering */
static int recorder_echo(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    r->echoes = TRUE;
    r->echo_tag = (ULONG_PTR)luaL_checkinteger(L, 2);
    return 0;
}

/* recorder:announce(dwData [, seconds]): sends "utf-8\0", this long before each echo */
static int recorder_announce(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    r->announces = TRUE;
    r->announcement = (ULONG_PTR)luaL_checkinteger(L, 2);
    r->pause = (DWORD)(1000 * luaL_optnumber(L, 3, 0));
    return 0;
}

/* recorder:die(): ends its process at the next message */
static int recorder_die(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    r->dies = TRUE;
    return 0;
}

/* recorder:echoed() -> the answer to the newest echo */
static int recorder_echoed(lua_State *L)
{
    const recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    lua_pushinteger(L, (lua_Integer)r->echoed);
    return 1;
}

/* recorder:wait(seconds) -> whether anything has arrived by then */
static int recorder_wait(lua_State *L)
{
    const recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);
    ULONGLONG end = GetTickCount64() + (ULONGLONG)(luaL_checknumber(L, 2) * 1000.0);

    while (r->count == 0 && GetTickCount64() < end) {
        MSG message;
        MsgWaitForMultipleObjectsEx(0, NULL, (DWORD)(end - GetTickCount64()), QS_ALLINPUT,
                                    MWMO_INPUTAVAILABLE);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE) > 0)
            DispatchMessageW(&message);
    }
    lua_pushboolean(L, r->count > 0);
    return 1;
}

/* recorder:newest() -> dwData, wParam, bytes, how many so far; nothing when none arrived */
static int recorder_newest(lua_State *L)
{
    const recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    if (r->count == 0)
        return 0;
    lua_pushinteger(L, (lua_Integer)r->tag);
    lua_pushinteger(L, (lua_Integer)r->sender);
    lua_pushlstring(L, r->bytes, r->size);
    lua_pushinteger(L, r->count);
    return 4;
}

/* recorder:posted() -> how many registered messages arrived since the last call, the newest, its
 * wParam */
static int recorder_posted(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    lua_pushinteger(L, r->posts);
    lua_pushinteger(L, r->posted);
    lua_pushinteger(L, (lua_Integer)r->from);
    r->posts = 0;
    return 3;
}

/* recorder:keep(): keeps all frames, for kept() */
static int recorder_keep(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    r->keeping = TRUE;
    r->size = 0;
    return 0;
}

/* recorder:kept() -> {bytes, ...} */
static int recorder_kept(lua_State *L)
{
    const recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);
    DWORD length;

    lua_newtable(L);
    for (size_t at = 0; at < r->size; at += sizeof length + length) {
        memcpy(&length, r->bytes + at, sizeof length);
        lua_pushlstring(L, r->bytes + at + sizeof length, length);
        lua_rawseti(L, -2, luaL_len(L, -2) + 1);
    }
    return 1;
}

/* recorder:pass_on(hwnd): forwards messages to that window, in the sender's name */
static int recorder_pass_on(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    r->real = (HWND)(intptr_t)luaL_checkinteger(L, 2);
    return 0;
}

/* recorder:want(token): requires proof of the sender, by this token */
static int recorder_want(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    r->token = (uint64_t)luaL_checkinteger(L, 2);
    return 0;
}

/*
 * recorder:tokens() -> {{from, echo, token}, ...}
 * Takes the tokens that receivers have posted to the window out of the thread's queue.
 */
static int recorder_tokens(lua_State *L)
{
    const recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);
    const UINT number = RegisterWindowMessageW(L"copydata.proof");
    MSG posted;

    lua_newtable(L);
    for (lua_Integer i = 1; PeekMessageW(&posted, r->hwnd, number, number, PM_REMOVE) > 0; i++) {
        lua_createtable(L, 3, 0);
        lua_pushinteger(L, (lua_Integer)(posted.wParam & 0xFFFFFFFF));
        lua_rawseti(L, -2, 1);
        lua_pushinteger(L, (lua_Integer)((uint64_t)posted.wParam >> 32));
        lua_rawseti(L, -2, 2);
        lua_pushinteger(L, (lua_Integer)posted.lParam);
        lua_rawseti(L, -2, 3);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

static int recorder_close(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    if (r->hwnd != NULL) {
        DestroyWindow(r->hwnd);
        UnregisterClassW(r->class, (HINSTANCE)&__ImageBase);
    }
    r->hwnd = NULL;
    free(r->bytes);
    r->bytes = NULL;
    r->size = 0;
    return 0;
}

__declspec(dllexport) int luaopen_support_recorder(lua_State *L);

int luaopen_support_recorder(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"hwnd", recorder_hwnd},     {"answer", recorder_answer},
        {"newest", recorder_newest}, {"keep", recorder_keep},
        {"kept", recorder_kept},     {"close", recorder_close},
        {"echo", recorder_echo},     {"echoed", recorder_echoed},
        {"wait", recorder_wait},     {"delay", recorder_delay},
        {"linger", recorder_linger}, {"announce", recorder_announce},
        {"die", recorder_die},       {"tokens", recorder_tokens},
        {"want", recorder_want},     {"pass_on", recorder_pass_on},
        {"posted", recorder_posted}, {"__close", recorder_close},
        {"__gc", recorder_close},    {NULL, NULL},
    };

    luaL_newmetatable(L, RECORDER_TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, create);
    return 1;
}
