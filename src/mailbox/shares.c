/* SPDX-License-Identifier: MIT */
#include "shares.h"

#include <stdlib.h>

cd_account *cd_shares_use(cd_shares *shares, uint32_t id)
{
    cd_account *account = shares->first;

    while (account != NULL && account->id != id)
        account = account->next;
    if (account == NULL) {
        account = calloc(1, sizeof *account);
        if (account == NULL)
            return NULL;
        account->id = id;
        account->next = shares->first;
        shares->first = account;
    }
    account->uses++;
    return account;
}

void cd_shares_drop(cd_shares *shares, cd_account *account)
{
    cd_account **link = &shares->first;

    if (--account->uses > 0)
        return;
    while (*link != account)
        link = &(*link)->next;
    *link = account->next;
    free(account);
}
