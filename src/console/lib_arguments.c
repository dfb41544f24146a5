/* SPDX-License-Identifier: MIT
 *
 * Binding of the command line.
 */
#include "lua/binding.h"
#include "module.h"

#include <lauxlib.h>
#include <wchar.h>

typedef LPWSTR *(WINAPI *splitter)(LPCWSTR command_line, int *count);

static void release_arguments(void *held)
{
    LocalFree(held);
}

/*
 * arguments() -> {word, ...}: the words of the command line in UTF-8, the program's name first. C's
 * arguments to lua.exe have lost all characters that the system's code page lacks.
 */
static int arguments(lua_State *L)
{
    cd_box *box = cd_box_push(L, release_arguments);
    int count = 0;
    /* Loaded when needed: programs that only exchange messages do not need it. */
    HMODULE shell = LoadLibraryExW(L"shell32.dll", NULL, 0);
    splitter split = shell == NULL
                         ? NULL
                         : (splitter)(void (*)(void))GetProcAddress(shell, "CommandLineToArgvW");
    wchar_t **words = split == NULL ? NULL : split(GetCommandLineW(), &count);

    box->held = words;
    lua_createtable(L, count, 0);
    for (int i = 0; words != NULL && i < count; i++) {
        cd_push_text(L, words[i], wcslen(words[i]));
        lua_rawseti(L, -2, i + 1);
    }
    cd_box_empty(box);
    if (shell != NULL)
        FreeLibrary(shell);
    return 1;
}

void cd_open_arguments(lua_State *L)
{
    lua_pushcfunction(L, arguments);
    lua_setfield(L, -2, "arguments");
}
