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

bool cd_dll_register(const wchar_t *class, WNDPROC procedure, cd_failure *failure)
{
    const WNDCLASSEXW described = {
        .cbSize = sizeof described,
        .lpfnWndProc = procedure,
        .hInstance = cd_dll(),
        .lpszClassName = class,
    };

    /* Under Wine a second thread may be told that a class exists before a window can have it. */
    static SRWLOCK lock = SRWLOCK_INIT;

    cd_dll_stay_loaded();
    AcquireSRWLockExclusive(&lock);
    DWORD error = RegisterClassExW(&described) != 0 ? ERROR_SUCCESS : GetLastError();
    ReleaseSRWLockExclusive(&lock);
    /* If it exists, it is ours: other modules' classes are separate. */
    if (error == ERROR_SUCCESS || error == ERROR_CLASS_ALREADY_EXISTS)
        return true;
    cd_fail_win32(failure, "RegisterClassEx", error);
    return false;
}
