/* SPDX-License-Identifier: MIT */
#include "window.h"
#include "endpoint.h"

extern IMAGE_DOS_HEADER __ImageBase; /* the linker's name for the start of this module */

static HINSTANCE this_module(void)
{
    return (HINSTANCE)&__ImageBase;
}

/*
 * Windows calls this from the pump and from within our own sends. It must not call Lua, send, or
 * wait for anything.
 */
static LRESULT CALLBACK on_message(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    cd_endpoint *endpoint = (cd_endpoint *)GetWindowLongPtrW(hwnd, GWLP_USERDATA);

    switch (message) {
    case WM_NCCREATE: {
        const CREATESTRUCTW *create = (const CREATESTRUCTW *)lparam;
        SetWindowLongPtrW(hwnd, GWLP_USERDATA, (LONG_PTR)create->lpCreateParams);
        break;
    }
    case WM_COPYDATA: {
        const COPYDATASTRUCT *data = (const COPYDATASTRUCT *)lparam;
        if (endpoint == NULL || data == NULL || data->dwData != CD_FRAME_TAG)
            return CD_UNHANDLED;
        return cd_endpoint_receive(endpoint, (HWND)wparam, data->lpData, data->cbData);
    }
    case WM_NCDESTROY: /* by us, or because somebody posted WM_CLOSE, as taskkill does */
        if (endpoint != NULL)
            endpoint->hwnd = NULL;
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
    DWORD error;

    /* Another thread that closes the last window takes the class away between the two calls. */
    do {
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
    } while (error == ERROR_CANNOT_FIND_WND_CLASS);
    cd_fail_win32(failure, "CreateWindowEx", error);
    return NULL;
}

void cd_window_destroy(HWND hwnd)
{
    if (hwnd != NULL)
        DestroyWindow(hwnd);
    /* Fails while others of the class live. A class left behind by an unloaded DLL would point
     * at a procedure that is gone. */
    UnregisterClassW(CD_WINDOW_CLASS, this_module());
}
