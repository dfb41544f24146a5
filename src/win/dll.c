/* SPDX-License-Identifier: MIT */
#include "dll.h"

extern IMAGE_DOS_HEADER __ImageBase; /* the linker's symbol for the start of this module */

HINSTANCE cd_dll(void)
{
    return (HINSTANCE)&__ImageBase;
}

void cd_dll_stay_loaded(void)
{
    HMODULE module;

    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                       (LPCWSTR)&__ImageBase, &module);
}
