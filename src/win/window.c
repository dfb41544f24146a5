/* SPDX-License-Identifier: MIT */
#include "window.h"
#include "endpoint.h"

#define ATTEMPTS_MOST 1000 /* a millisecond apart, to make a window while others make theirs */

#define SWEEP_TIMER    1
#define SWEEP_INTERVAL 1000 /* milliseconds */

extern IMAGE_DOS_HEADER __ImageBase; /* the linker's name for the start of this module */

static HINSTANCE this_module(void)
{
    return (HINSTANCE)&__ImageBase;
}

/*
 * The class is never unregistered, for another thread may be about to use it; nor does Windows wait
 * for a console handler when that is removed. So the code of both must stay when the Lua state that
 * loaded it is closed.
 */
static void stay_loaded(void)
{
    HMODULE module;

    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                       (LPCWSTR)&__ImageBase, &module);
}

/* Looks after messages that arrive in pieces, and for a while after the last one. */
static void watch_pieces(cd_endpoint *endpoint, HWND hwnd)
{
    if (endpoint->sweeping || !endpoint->spare.open)
        return;
    endpoint->sweeping = SetTimer(hwnd, SWEEP_TIMER, SWEEP_INTERVAL, NULL) != 0;
}

static void sweep(cd_endpoint *endpoint, HWND hwnd)
{
    if (!cd_endpoint_sweep(endpoint)) {
        KillTimer(hwnd, SWEEP_TIMER);
        endpoint->sweeping = false;
    }
}

static LRESULT on_copydata(cd_endpoint *endpoint, HWND hwnd, HWND sender,
                           const COPYDATASTRUCT *data)
{
    if (data == NULL)
        return CD_UNHANDLED;
    if (data->dwData != CD_FRAME_TAG)
        return cd_raw_receive(endpoint, sender, data);
    if (data->lpData == NULL && data->cbData > 0)
        return CD_MALFORMED;
    cd_verdict verdict = cd_endpoint_receive(endpoint, sender, data->lpData, data->cbData);
    watch_pieces(endpoint, hwnd);
    return verdict;
}

/*
 * Windows calls this from the pump and from within our own sends. It must not call Lua, send, or
 * wait for anything.
 */
static LRESULT CALLBACK on_message(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    cd_endpoint *endpoint = (cd_endpoint *)GetWindowLongPtrW(hwnd, GWLP_USERDATA);

    /* Any program may post any message, these two as well. There is no endpoint before the first
     * WM_NCCREATE; after WM_NCDESTROY, forged or not, the window knows none any more. */
    if (endpoint == NULL) {
        if (message == WM_NCCREATE && GetWindowLongPtrW(hwnd, CD_WINDOW_KNOWN) == 0) {
            const CREATESTRUCTW *create = (const CREATESTRUCTW *)lparam;
            SetWindowLongPtrW(hwnd, CD_WINDOW_KNOWN, 1);
            SetWindowLongPtrW(hwnd, GWLP_USERDATA, (LONG_PTR)create->lpCreateParams);
        }
        return DefWindowProcW(hwnd, message, wparam, lparam);
    }
    switch (message) {
    case WM_COPYDATA:
        return on_copydata(endpoint, hwnd, (HWND)wparam, (const COPYDATASTRUCT *)lparam);
    case WM_TIMER:
        sweep(endpoint, hwnd);
        return 0;
    case CD_WINDOW_ALERT:
        cd_endpoint_alert(endpoint);
        return 0;
    case WM_NCDESTROY: /* by us, or because somebody posted WM_CLOSE, as taskkill does */
        SetWindowLongPtrW(hwnd, GWLP_USERDATA, 0);
        cd_endpoint_closed(endpoint);
        if (endpoint->signal != NULL)
            PostQuitMessage(0); /* ends the pump; a script's own thread goes on */
        break;
    default:
        break;
    }
    return DefWindowProcW(hwnd, message, wparam, lparam);
}

HWND cd_window_create(struct cd_endpoint *endpoint, cd_failure *failure)
{
    const WNDCLASSEXW class = {
        .cbSize = sizeof class,
        .lpfnWndProc = on_message,
        .cbWndExtra = CD_WINDOW_EXTRA_BYTES,
        .hInstance = this_module(),
        .lpszClassName = CD_WINDOW_CLASS,
    };
    DWORD error = ERROR_SUCCESS;

    stay_loaded();
    /* Where another thread registers the same class at this moment, it may exist already and not
     * be usable yet (under Wine). */
    for (int attempt = 0; attempt < ATTEMPTS_MOST; attempt++) {
        if (RegisterClassExW(&class) == 0) {
            error = GetLastError();
            if (error != ERROR_CLASS_ALREADY_EXISTS) {
                cd_fail_win32(failure, "RegisterClassEx", error);
                return NULL;
            }
        }
        HWND hwnd = CreateWindowExW(WS_EX_TOOLWINDOW | WS_EX_NOACTIVATE, CD_WINDOW_CLASS,
                                    L"copydata", WS_POPUP, 0, 0, 0, 0, NULL, NULL, this_module(),
                                    endpoint);
        if (hwnd != NULL)
            return hwnd;
        error = GetLastError();
        if (error != ERROR_CLASS_DOES_NOT_EXIST)
            break;
        Sleep(1);
    }
    cd_fail_win32(failure, "CreateWindowEx", error);
    return NULL;
}

void cd_window_destroy(HWND hwnd)
{
    SetWindowLongPtrW(hwnd, GWLP_USERDATA, 0); /* no message finds the endpoint any more */
    if (GetWindowThreadProcessId(hwnd, NULL) == GetCurrentThreadId())
        DestroyWindow(hwnd);
    else
        PostMessageW(hwnd, WM_CLOSE, 0, 0);
}
