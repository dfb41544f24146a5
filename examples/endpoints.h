/* SPDX-License-Identifier: MIT
 *
 * Lists endpoints for peer.c. The comments name the sections of docs/protocol.md.
 */
#ifndef EXAMPLES_ENDPOINTS_H
#define EXAMPLES_ENDPOINTS_H

#include <stddef.h>
#include <windows.h>

#define ENDPOINT_CLASS L"copydata.endpoint"
#define PEERS_MOST     256

/* Lists the endpoints, except our own, that have a property ("Endpoint", "Channel"). Returns how
 * many it found, at most PEERS_MOST. */
size_t endpoints_find(HWND own, const wchar_t *property, HWND found[PEERS_MOST]);

#endif
