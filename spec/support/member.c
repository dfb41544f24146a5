/* SPDX-License-Identifier: MIT
 *
 * For specs only: a program that joins a channel and does nothing else, not even announce it.
 *
 *   member CHANNEL
 */
#include <wchar.h>
#include <windows.h>

int wmain(int count, wchar_t **arguments);

int wmain(int count, wchar_t **arguments)
{
    const WNDCLASSW class = {.lpfnWndProc = DefWindowProcW,
                             .hInstance = GetModuleHandleW(NULL),
                             .lpszClassName = L"copydata.endpoint"};
    wchar_t property[256] = L"copydata:";
    MSG message;

    if (count != 2 || wcslen(arguments[1]) > 246 || RegisterClassW(&class) == 0)
        return 2;
    wcscat(property, arguments[1]);
    HWND hwnd = CreateWindowExW(0, class.lpszClassName, L"", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL,
                                class.hInstance, NULL);
    if (hwnd == NULL || !SetPropW(hwnd, property, (HANDLE)1))
        return 1;
    while (GetMessageW(&message, NULL, 0, 0) > 0)
        DispatchMessageW(&message);
    return 0;
}
