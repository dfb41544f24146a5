/* SPDX-License-Identifier: MIT
 *
 * For specs only: the access rights of a mutex. require "support.descriptor"
 */
#include <lauxlib.h>
#include <lua.h>

#include <windows.h>

#include <sddl.h>

typedef union descriptor {
    SECURITY_DESCRIPTOR aligned;
    char bytes[1024];
} descriptor;

/* Reads the wanted parts of an object's descriptor; raises when it cannot be read. */
static void read_descriptor(lua_State *L, HANDLE object, SECURITY_INFORMATION wanted,
                            descriptor *room)
{
    DWORD size;

    if (!GetKernelObjectSecurity(object, wanted, room, sizeof *room, &size))
        luaL_error(L, "GetKernelObjectSecurity failed: error %d", (int)GetLastError());
}

/* Pushes owner and access list as text. */
static void push_access(lua_State *L, HANDLE object)
{
    const SECURITY_INFORMATION wanted = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    descriptor room;
    wchar_t *text;
    char utf8[1024];

    read_descriptor(L, object, wanted, &room);
    if (!ConvertSecurityDescriptorToStringSecurityDescriptorW(&room, SDDL_REVISION_1, wanted, &text,
                                                              NULL))
        luaL_error(L, "the descriptor cannot be written out: error %d", (int)GetLastError());
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL);
    LocalFree(text);
    lua_pushstring(L, utf8);
}

/* Pushes level and policy of the mandatory label, or nils when there is none. */
static void push_label(lua_State *L, HANDLE object)
{
    descriptor room;
    BOOL present;
    BOOL defaulted;
    ACL *list = NULL;
    SYSTEM_MANDATORY_LABEL_ACE *label;

    read_descriptor(L, object, LABEL_SECURITY_INFORMATION, &room);
    if (GetSecurityDescriptorSacl(&room, &present, &list, &defaulted) && present && list != NULL &&
        GetAce(list, 0, (void **)&label) &&
        label->Header.AceType == SYSTEM_MANDATORY_LABEL_ACE_TYPE) {
        lua_pushinteger(L, *GetSidSubAuthority(&label->SidStart, 0));
        lua_pushinteger(L, label->Mask);
        return;
    }
    lua_pushnil(L);
    lua_pushnil(L);
}

/*
 * mutex(name) -> owner and access list, level | nil, policy | nil
 * The integrity level and the policy, SYSTEM_MANDATORY_LABEL_... bits, are from its label.
 */
static int mutex(lua_State *L)
{
    wchar_t name[512];

    if (MultiByteToWideChar(CP_UTF8, 0, luaL_checkstring(L, 1), -1, name, 512) == 0)
        return luaL_argerror(L, 1, "does not fit");
    HANDLE object = OpenMutexW(READ_CONTROL, FALSE, name);
    if (object == NULL)
        return luaL_error(L, "OpenMutex failed: error %d", (int)GetLastError());
    push_access(L, object);
    push_label(L, object);
    CloseHandle(object);
    return 3;
}

__declspec(dllexport) int luaopen_support_descriptor(lua_State *L);

int luaopen_support_descriptor(lua_State *L)
{
    lua_newtable(L);
    lua_pushcfunction(L, mutex);
    lua_setfield(L, -2, "mutex");
    return 1;
}
