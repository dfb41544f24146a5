/* SPDX-License-Identifier: MIT */
#include "decoder.h"

#include <stdio.h>

bool cd_decoder_fail(cd_decoder *d, const char *message)
{
    snprintf(d->error->message, sizeof d->error->message, "%s", message);
    return false;
}
