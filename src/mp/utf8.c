/* SPDX-License-Identifier: MIT */
#include "utf8.h"

#include "utf8_ssse3.h"
#include "utf8_table.h"

cd_utf8_check *cd_utf8_fastest(void)
{
    return cd_utf8_has_ssse3() ? cd_utf8_by_ssse3 : cd_utf8_by_table;
}
