/* SPDX-License-Identifier: MIT
 *
 * For specs only: messages to all windows of the desktop, as other programs send them. require
 * "support.broadcast"
 */
#include <lauxlib.h>
#include <lua.h>

#include <windows.h>

#include <ddeml.h>

/* change_settings(seconds): broadcasts that the settings have changed; each window may take this
 * long */
static int change_settings(lua_State *L)
{
    UINT timeout = (UINT)(luaL_checknumber(L, 1) * 1000.0);
    DWORD_PTR result;

    SendMessageTimeoutW(HWND_BROADCAST, WM_SETTINGCHANGE, 0, (LPARAM)L"Environment", SMTO_NORMAL,
                        timeout, &result);
    return 0;
}

static HDDEDATA CALLBACK on_transaction(UINT type, UINT format, HCONV conversation, HSZ one,
                                        HSZ other, HDDEDATA data, ULONG_PTR first, ULONG_PTR second)
{
    (void)type, (void)format, (void)conversation, (void)one, (void)other;
    (void)data, (void)first, (void)second;
    return NULL;
}

/* dde_connect(service) -> whether a program serves it by DDE; asks all of them */
static int dde_connect(lua_State *L)
{
    DWORD instance = 0;

    if (DdeInitializeW(&instance, on_transaction, APPCMD_CLIENTONLY, 0) != DMLERR_NO_ERROR)
        return luaL_error(L, "DdeInitialize failed");
    HSZ service = DdeCreateStringHandleA(instance, luaL_checkstring(L, 1), CP_WINANSI);
    HCONV conversation = DdeConnect(instance, service, service, NULL);
    lua_pushboolean(L, conversation != NULL);
    DdeUninitialize(instance); /* also its handles */
    return 1;
}

/* post(name, wparam, lparam): posts a registered message */
static int post(lua_State *L)
{
    UINT message = RegisterWindowMessageA(luaL_checkstring(L, 1));

    if (!PostMessageW(HWND_BROADCAST, message, (WPARAM)luaL_checkinteger(L, 2),
                      (LPARAM)luaL_checkinteger(L, 3)))
        return luaL_error(L, "PostMessage failed: error %d", (int)GetLastError());
    return 0;
}

__declspec(dllexport) int luaopen_support_broadcast(lua_State *L);

int luaopen_support_broadcast(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"change_settings", change_settings},
        {"post", post},
        {"dde_connect", dde_connect},
        {NULL, NULL},
    };

    luaL_newlib(L, functions);
    return 1;
}
