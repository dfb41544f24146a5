/* SPDX-License-Identifier: MIT
 *
 * For specs only: a stand-in for MPC-HC, the media player, as controlled by another program:
 *
 *     mpc-hc64 /slave WINDOW
 *
 * Made from MpcApi.h (clsid2/mpc-hc, src/mpc-hc/MpcApi.h, on GitHub) alone, and never compared with
 * the player. It plays nothing: an opened file lasts 90 seconds and stays at its beginning. The API
 * does not specify the answer to a WM_COPYDATA; here it is TRUE.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

enum {
    /* to the host */
    CONNECT = 0x50000000,
    STATE,
    PLAYMODE,
    NOW_PLAYING,
    CURRENT_POSITION = 0x50000007,
    NOTIFY_SEEK,
    VERSION = 0x5000000A,
    DISCONNECT,
    CURRENT_VOLUME = 0x5000000E,
};

/* from the host: no int holds these */
#define OPEN_FILE            0xA0000000u
#define PLAY                 0xA0000004u
#define PAUSE                0xA0000005u
#define SET_POSITION         0xA0002000u
#define GET_NOW_PLAYING      0xA0003002u
#define GET_CURRENT_POSITION 0xA0003004u
#define GET_VERSION          0xA0003006u
#define GET_VOLUME           0xA0003009u
#define SET_VOLUME           0xA0003010u
#define CLOSE_APP            0xA0004006u

#define LOADING  1 /* MLS_LOADING, MLS_LOADED: of STATE */
#define LOADED   2
#define DURATION 90 /* s */
#define UNITS    1024

typedef struct player {
    HWND host;
    HWND hwnd;
    wchar_t file[UNITS];
    long position; /* s */
    long volume;   /* 0 to 100 */
} player;

static void tell(const player *p, DWORD command, const wchar_t *text)
{
    COPYDATASTRUCT data = {command, (DWORD)((wcslen(text) + 1) * sizeof *text),
                           (void *)(UINT_PTR)text};

    SendMessageW(p->host, WM_COPYDATA, (WPARAM)p->hwnd, (LPARAM)&data);
}

static void tell_number(const player *p, DWORD command, long number)
{
    wchar_t text[16];

    swprintf(text, 16, L"%ld", number);
    tell(p, command, text);
}

/* The parameters' separator is escaped in a parameter. */
static void escape(wchar_t *to, const wchar_t *from)
{
    for (; *from != 0; from++) {
        if (*from == L'|')
            *to++ = L'\\';
        *to++ = *from;
    }
    *to = 0;
}

/* title|author|description|file|duration */
static void tell_now_playing(const player *p)
{
    wchar_t text[4 * UNITS], file[2 * UNITS], title[2 * UNITS];
    const wchar_t *name = wcsrchr(p->file, L'\\');

    escape(file, p->file);
    escape(title, name != NULL ? name + 1 : p->file);
    wcscpy(text, title);
    wcscat(text, L"|||");
    wcscat(text, file);
    wcscat(text, L"|90");
    tell(p, NOW_PLAYING, text);
}

static void obey(player *p, DWORD command, const wchar_t *text, HWND sender)
{
    switch (command) {
    case OPEN_FILE:
        wcscpy(p->file, text);
        p->position = 0;
        tell_number(p, STATE, LOADING);
        tell_number(p, STATE, LOADED);
        tell_now_playing(p);
        tell_number(p, PLAYMODE, 0);
        break;
    case PLAY:
    case PAUSE:
        tell_number(p, PLAYMODE, command == PAUSE);
        break;
    case SET_POSITION:
        p->position = wcstol(text, NULL, 10);
        tell_number(p, NOTIFY_SEEK, p->position);
        break;
    case GET_NOW_PLAYING:
        tell_now_playing(p);
        break;
    case GET_CURRENT_POSITION:
        tell_number(p, CURRENT_POSITION, p->position);
        break;
    case GET_VERSION:
        tell(p, VERSION, L"2.0.0");
        break;
    case SET_VOLUME:
        if (sender != p->host) /* the only command that other programs may not give */
            break;
        p->volume = wcstol(text, NULL, 10);
        tell_number(p, CURRENT_VOLUME, p->volume);
        break;
    case GET_VOLUME:
        tell_number(p, CURRENT_VOLUME, p->volume);
        break;
    case CLOSE_APP:
        DestroyWindow(p->hwnd);
        break;
    default:
        break;
    }
}

static LRESULT CALLBACK on_message(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    player *p = (player *)GetWindowLongPtrW(hwnd, GWLP_USERDATA);

    if (message == WM_COPYDATA && p != NULL) {
        const COPYDATASTRUCT *data = (const COPYDATASTRUCT *)lparam;
        wchar_t text[UNITS] = L"";
        if (data->cbData >= sizeof text)
            return FALSE;
        if (data->cbData > 0)
            memcpy(text, data->lpData, data->cbData);
        obey(p, (DWORD)data->dwData, text, (HWND)wparam);
        return TRUE;
    }
    if (message == WM_DESTROY && p != NULL) {
        tell(p, DISCONNECT, L"");
        PostQuitMessage(0);
    }
    return DefWindowProcW(hwnd, message, wparam, lparam);
}

int main(int count, char **arguments)
{
    player p = {.volume = 100};
    WNDCLASSW class = {
        .lpfnWndProc = on_message,
        .hInstance = GetModuleHandleW(NULL),
        .lpszClassName = L"MediaPlayerClassicW",
    };
    wchar_t handle[16];
    MSG message;

    if (count != 3 || strcmp(arguments[1], "/slave") != 0)
        return 2;
    p.host = (HWND)(UINT_PTR)strtoul(arguments[2], NULL, 10);
    if (RegisterClassW(&class) == 0)
        return 1;
    p.hwnd = CreateWindowW(class.lpszClassName, L"MPC-HC's stand-in", WS_OVERLAPPEDWINDOW, 0, 0, 0,
                           0, NULL, NULL, class.hInstance, NULL);
    if (p.hwnd == NULL)
        return 1;
    SetWindowLongPtrW(p.hwnd, GWLP_USERDATA, (LONG_PTR)&p);
    swprintf(handle, 16, L"%lu", (unsigned long)(UINT_PTR)p.hwnd); /* a handle has 32 bits */
    tell(&p, CONNECT, handle);
    while (IsWindow(p.host) && GetMessageW(&message, NULL, 0, 0) > 0)
        DispatchMessageW(&message);
    return 0;
}
