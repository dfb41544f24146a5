/* SPDX-License-Identifier: MIT
 *
 * Where there is no Windows there are no messages: copydata.core then holds the codec only, and
 * lua/copydata/init.lua says so when it is required.
 */
#include "core.h"

void cd_open_messaging(lua_State *L)
{
    (void)L;
}
