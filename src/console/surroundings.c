/* SPDX-License-Identifier: MIT */
#include "surroundings.h"

typedef const char *(CDECL *wine_version)(void);
typedef LONG(WINAPI *version_getter)(OSVERSIONINFOW *version);

static void look_at_system(cd_surroundings *surroundings)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version};

    if (ntdll == NULL)
        return;
    /* GetVersionEx reports an older Windows to programs without a manifest. */
    version_getter get =
        (version_getter)(void (*)(void))GetProcAddress(ntdll, "RtlGetVersion");
    if (get != NULL)
        get(&version);
    surroundings->major = version.dwMajorVersion;
    surroundings->minor = version.dwMinorVersion;
    surroundings->build = version.dwBuildNumber;
    wine_version wine =
        (wine_version)(void (*)(void))GetProcAddress(ntdll, "wine_get_version");
    if (wine != NULL)
        surroundings->wine = wine();
}

static void look_at_name(HANDLE object, wchar_t name[CD_STATION_UNITS])
{
    if (!GetUserObjectInformationW(object, UOI_NAME, name, CD_STATION_UNITS * sizeof *name, NULL))
        name[0] = L'\0';
}

void cd_surroundings_look(cd_surroundings *surroundings)
{
    HWINSTA station = GetProcessWindowStation();
    USEROBJECTFLAGS flags = {0};

    *surroundings = (cd_surroundings){0};
    look_at_system(surroundings);
    ProcessIdToSessionId(GetCurrentProcessId(), &surroundings->session);
    look_at_name(station, surroundings->station);
    look_at_name(GetThreadDesktop(GetCurrentThreadId()), surroundings->desktop);
    if (GetUserObjectInformationW(station, UOI_FLAGS, &flags, sizeof flags, NULL))
        surroundings->visible = (flags.dwFlags & WSF_VISIBLE) != 0;
}
