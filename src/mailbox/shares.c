/* SPDX-License-Identifier: MIT */
#include "shares.h"
#include "limits.h"

#include <stdlib.h>

cd_account *cd_shares_use(cd_shares *shares, const cd_sender *sender)
{
    cd_account *account = shares->first;

    while (account != NULL && (account->id != sender->account || account->proven != sender->proven))
        account = account->next;
    if (account == NULL) {
        account = calloc(1, sizeof *account);
        if (account == NULL)
            return NULL;
        account->id = sender->account;
        account->proven = sender->proven;
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

void cd_shares_add(cd_shares *shares, cd_account *account, cd_share_kind what, size_t amount)
{
    account->has[what] += amount;
    shares->used[what] += amount;
}

void cd_shares_remove(cd_shares *shares, cd_account *account, cd_share_kind what, size_t amount)
{
    account->has[what] -= amount;
    shares->used[what] -= amount;
}

bool cd_shares_fit(const cd_shares *shares, cd_share_kind what, size_t more, size_t limit)
{
    return cd_fits(shares->used[what], more, limit);
}

/* How many accounts have some of it, including this one, which is about to. */
static size_t count_of(const cd_shares *shares, const cd_account *account, cd_share_kind what)
{
    size_t count = 0;

    for (const cd_account *each = shares->first; each != NULL; each = each->next)
        count += each == account || each->has[what] > 0;
    return count;
}

bool cd_shares_allow(const cd_shares *shares, const cd_account *account, cd_share_kind what,
                     size_t more, size_t limit, size_t most)
{
    const size_t has = account->has[what], others = shares->used[what] - has;
    const size_t left = limit > others ? limit - others : 0; /* a message put back may exceed it */

    return cd_fits(has, more, most > 0 ? most : left / (count_of(shares, account, what) + 1));
}

bool cd_shares_spare(const cd_shares *shares, cd_share_kind what, size_t bytes, size_t limit)
{
    return shares->used[what] == 0 || cd_fits(shares->used[what], bytes, limit - limit / 4);
}
