/* SPDX-License-Identifier: MIT
 *
 * For specs only: a stand-in for Everything, a window that accepts queries like Everything's, made
 * solely from the structures that voidtools publishes in everything_ipc.h, and never compared with
 * the program. It searches the few items it is given. require "support.everything"
 */
#include <lauxlib.h>
#include <lua.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define EVERYTHING_TYPE "support.everything"
#define QUERYW          2 /* EVERYTHING_IPC_COPYDATAQUERYW */
#define MATCH_CASE      1 /* EVERYTHING_IPC_MATCHCASE */
#define MATCH_PATH      4 /* EVERYTHING_IPC_MATCHPATH */
#define FOLDER          1 /* EVERYTHING_IPC_FOLDER */
#define ITEMS_MOST      32
#define UNITS           128

extern IMAGE_DOS_HEADER __ImageBase;

/* EVERYTHING_IPC_QUERYW without the text; published as packed, which makes no difference */
typedef struct query {
    DWORD reply_hwnd;
    DWORD reply_copydata_message;
    DWORD search_flags;
    DWORD offset;
    DWORD max_results;
} query;

/* EVERYTHING_IPC_LISTW without the items */
typedef struct list {
    DWORD total_folders, total_files, total_items;
    DWORD folders, files, items;
    DWORD offset;
} list;

/* EVERYTHING_IPC_ITEMW */
typedef struct item {
    DWORD flags;
    DWORD filename_offset;
    DWORD path_offset;
} item;

typedef struct entry {
    DWORD flags;
    wchar_t name[UNITS];
    wchar_t path[UNITS];
} entry;

typedef struct everything {
    HWND hwnd; /* NULL: closed */
    wchar_t class[UNITS];
    BOOL later; /* replies after answering the query, otherwise before */
    entry entries[ITEMS_MOST];
    size_t count;
    query asked;
    wchar_t text[UNITS];
    BOOL waiting; /* the reply is not sent yet */
    LONG replies;
    DWORD_PTR told; /* the answer to the reply */
} everything;

static BOOL holds(const wchar_t *whole, const wchar_t *part, BOOL match_case)
{
    return FindStringOrdinal(FIND_FROMSTART, whole, -1, part, -1, !match_case) >= 0;
}

static BOOL matches(const everything *e, const entry *found)
{
    BOOL match_case = (e->asked.search_flags & MATCH_CASE) != 0;

    return holds(found->name, e->text, match_case) ||
           ((e->asked.search_flags & MATCH_PATH) != 0 && holds(found->path, e->text, match_case));
}

/* Appends a terminated text to the bytes and returns its position. */
static DWORD put(char *bytes, DWORD *size, const wchar_t *text)
{
    DWORD at = *size;
    DWORD length = (DWORD)((wcslen(text) + 1) * sizeof *text);

    memcpy(bytes + at, text, length);
    *size += length;
    return at;
}

static void reply(everything *e)
{
    const entry *found[ITEMS_MOST];
    char bytes[sizeof(list) + ITEMS_MOST * (sizeof(item) + 2 * UNITS * sizeof(wchar_t))];
    list head = {.offset = e->asked.offset};

    for (size_t i = 0; i < e->count; i++) {
        if (!matches(e, &e->entries[i]))
            continue;
        DWORD is_folder = (e->entries[i].flags & FOLDER) != 0;
        if (head.total_items++ >= e->asked.offset && head.items < e->asked.max_results) {
            found[head.items++] = &e->entries[i];
            head.folders += is_folder;
            head.files += !is_folder;
        }
        head.total_folders += is_folder;
        head.total_files += !is_folder;
    }
    DWORD size = (DWORD)(sizeof head + head.items * sizeof(item));
    for (DWORD i = 0; i < head.items; i++) {
        item one = {.flags = found[i]->flags};
        one.filename_offset = put(bytes, &size, found[i]->name);
        one.path_offset = put(bytes, &size, found[i]->path);
        memcpy(bytes + sizeof head + i * sizeof one, &one, sizeof one);
    }
    memcpy(bytes, &head, sizeof head);

    COPYDATASTRUCT data = {e->asked.reply_copydata_message, size, bytes};
    e->waiting = FALSE;
    if (SendMessageTimeoutW((HWND)(LONG_PTR)(LONG)e->asked.reply_hwnd, WM_COPYDATA, (WPARAM)e->hwnd,
                            (LPARAM)&data, SMTO_NORMAL, 5000, &e->told) != 0)
        e->replies++;
}

static LRESULT CALLBACK on_message(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    everything *e = (everything *)GetWindowLongPtrW(hwnd, GWLP_USERDATA);
    const COPYDATASTRUCT *data = (const COPYDATASTRUCT *)lparam;

    if (message != WM_COPYDATA || e == NULL)
        return DefWindowProcW(hwnd, message, wparam, lparam);
    if (data->dwData != QUERYW || data->cbData < sizeof(query) + sizeof(wchar_t) ||
        data->cbData > sizeof(query) + sizeof e->text)
        return FALSE;
    memcpy(&e->asked, data->lpData, sizeof(query));
    memcpy(e->text, (const char *)data->lpData + sizeof(query), data->cbData - sizeof(query));
    if (e->text[(data->cbData - sizeof(query)) / sizeof(wchar_t) - 1] != L'\0')
        return FALSE;
    e->waiting = TRUE;
    if (!e->later)
        reply(e);
    return TRUE;
}

static void read_wide(lua_State *L, const char *field, wchar_t *wide)
{
    lua_getfield(L, -1, field);
    if (MultiByteToWideChar(CP_UTF8, 0, luaL_checkstring(L, -1), -1, wide, UNITS) == 0)
        luaL_error(L, "%s does not fit", field);
    lua_pop(L, 1);
}

/* everything(class, { { flags =, path =, name = }, ... }, later) -> a window of this thread */
static int create(lua_State *L)
{
    const char *class = luaL_checkstring(L, 1);
    lua_Unsigned count = lua_rawlen(L, 2);
    BOOL later = lua_toboolean(L, 3);
    HINSTANCE module = (HINSTANCE)&__ImageBase;

    luaL_argcheck(L, count <= ITEMS_MOST, 2, "too many");
    everything *e = lua_newuserdatauv(L, sizeof *e, 0);
    memset(e, 0, sizeof *e);
    luaL_setmetatable(L, EVERYTHING_TYPE);
    e->later = later;
    for (; e->count < count; e->count++) {
        entry *one = &e->entries[e->count];
        lua_rawgeti(L, 2, (lua_Integer)e->count + 1);
        lua_getfield(L, -1, "flags");
        one->flags = (DWORD)luaL_checkinteger(L, -1);
        lua_pop(L, 1);
        read_wide(L, "name", one->name);
        read_wide(L, "path", one->path);
        lua_pop(L, 1);
    }
    MultiByteToWideChar(CP_UTF8, 0, class, -1, e->class, UNITS);
    WNDCLASSW description = {
        .lpfnWndProc = on_message, .hInstance = module, .lpszClassName = e->class};
    RegisterClassW(&description);
    e->hwnd = CreateWindowExW(0, e->class, L"", WS_POPUP, 0, 0, 0, 0, NULL, NULL, module, NULL);
    if (e->hwnd == NULL)
        return luaL_error(L, "CreateWindowEx failed: error %d", (int)GetLastError());
    SetWindowLongPtrW(e->hwnd, GWLP_USERDATA, (LONG_PTR)e);
    return 1;
}

/* everything:serve(seconds) -> the answer to the reply, the query's numbers and its text; nothing
 * if no query came in time */
static int everything_serve(lua_State *L)
{
    everything *e = luaL_checkudata(L, 1, EVERYTHING_TYPE);
    ULONGLONG end = GetTickCount64() + (ULONGLONG)(luaL_checknumber(L, 2) * 1000.0);

    while (e->replies == 0 && GetTickCount64() < end) {
        MSG message;
        MsgWaitForMultipleObjectsEx(0, NULL, (DWORD)(end - GetTickCount64()), QS_ALLINPUT,
                                    MWMO_INPUTAVAILABLE);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE) > 0)
            DispatchMessageW(&message);
        if (e->waiting)
            reply(e);
    }
    if (e->replies == 0)
        return 0;
    char text[3 * UNITS];
    WideCharToMultiByte(CP_UTF8, 0, e->text, -1, text, sizeof text, NULL, NULL);
    lua_pushinteger(L, (lua_Integer)e->told);
    lua_pushinteger(L, e->asked.search_flags);
    lua_pushinteger(L, e->asked.offset);
    lua_pushinteger(L, e->asked.max_results);
    lua_pushstring(L, text);
    return 5;
}

static int everything_close(lua_State *L)
{
    everything *e = luaL_checkudata(L, 1, EVERYTHING_TYPE);

    if (e->hwnd != NULL) {
        DestroyWindow(e->hwnd);
        UnregisterClassW(e->class, (HINSTANCE)&__ImageBase);
    }
    e->hwnd = NULL;
    return 0;
}

__declspec(dllexport) int luaopen_support_everything(lua_State *L);

int luaopen_support_everything(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"serve", everything_serve},
        {"close", everything_close},
        {"__gc", everything_close},
        {NULL, NULL},
    };

    luaL_newmetatable(L, EVERYTHING_TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, create);
    return 1;
}
