/* SPDX-License-Identifier: MIT */
#include "challenge.h"

#define NAME L"copydata.proof"

/* Once per process. */
static BOOL CALLBACK register_message(PINIT_ONCE once, PVOID number, PVOID *context)
{
    (void)once, (void)context;
    *(UINT *)number = RegisterWindowMessageW(NAME);
    return TRUE;
}

UINT cd_challenge_message(void)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    static UINT number;

    InitOnceExecuteOnce(&once, register_message, &number, NULL);
    return number;
}
