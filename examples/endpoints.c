/* SPDX-License-Identifier: MIT */
#include "endpoints.h"

#define RESTARTS_MOST 64 /* of an enumeration, while windows keep vanishing */

/* The endpoint listed after another one. NULL: that was the last, or it has vanished; Wine does not
 * say which. */
static HWND next_endpoint(HWND after)
{
    return FindWindowExW(HWND_MESSAGE, after, ENDPOINT_CLASS, NULL);
}

size_t endpoints_find(HWND own, const wchar_t *property, HWND found[PEERS_MOST])
{
    HWND hwnd, before, last;
    int restarts = 0;
    size_t count;

    do {
        count = 0;
        before = last = NULL;
        while ((hwnd = next_endpoint(last)) != NULL) {
            before = last;
            last = hwnd;
            if (hwnd != own && GetPropW(hwnd, property) != NULL && count < PEERS_MOST)
                found[count++] = hwnd;
        }
        /* Complete if the last one is still in place; otherwise start again. */
    } while (next_endpoint(before) != last && restarts++ < RESTARTS_MOST);
    return count;
}
