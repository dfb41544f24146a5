/* SPDX-License-Identifier: MIT
 *
 * What notifications and requests carry beside the body: writing and reading it (wire/envelope.h),
 * and their extras (wire/extras.h).
 */
#include "native_host.h"
#include "wire/envelope.h"
#include "wire/extras.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bytes written so far. */
static struct {
    char bytes[3 * CD_EXTRA_MOST];
    cd_packer packer;
} made;

static void begin(void)
{
    made.packer.at = made.bytes;
}

static size_t size_of_made(void)
{
    return (size_t)(made.packer.at - made.bytes);
}

static void text(const char *literal)
{
    cd_pack_str(&made.packer, strlen(literal));
    cd_pack_str_body(&made.packer, literal, strlen(literal));
}

static void filler(size_t size)
{
    cd_pack_str(&made.packer, size);
    memset(made.packer.at, 'x', size);
    made.packer.at += size;
}

/* Reads the bytes from a separate block, so that sanitizers see a byte too many. */
static cd_extras extras_of_made(char **block)
{
    *block = malloc(size_of_made());
    CD_CHECK(*block != NULL);
    memcpy(*block, made.bytes, size_of_made());
    return cd_extras_read(*block, size_of_made());
}

static bool is(cd_extra_text given, const char *literal)
{
    return given.bytes != NULL && given.size == strlen(literal) &&
           memcmp(given.bytes, literal, given.size) == 0;
}

static bool says_nothing(const cd_extras *extras)
{
    return !extras->retained && !extras->origin.given && !extras->via.given;
}

/* The envelope ----------------------------------------------------------------------------------*/

static void write_message(bool request, bool extras)
{
    const cd_address address = {"channel", strlen("channel"), extras};
    const cd_timestamp sent = {1767225600, 500000000};

    if (request)
        cd_request_head(&made.packer, 7, &address);
    else
        cd_notification_head(&made.packer, &address);
    cd_pack_uint8(&made.packer, 42);
    cd_envelope_tail(&made.packer, &sent);
    if (!extras)
        return;
    cd_pack_map(&made.packer, 1);
    text("retained");
    cd_pack_true(&made.packer);
}

static void test_envelope(void)
{
    cd_messages messages = {NULL, 0, 0};

    begin();
    for (int i = 0; i < 4; i++)
        write_message((i & 1) != 0, (i & 2) != 0);
    CD_CHECK(cd_messages_read(&messages, made.bytes, size_of_made(), 4) == CD_ACCEPTED);
    CD_CHECK(messages.count == 4);
    for (size_t i = 0; i < 4; i++) {
        const cd_message *message = &messages.items[i];
        CD_CHECK(message->type == ((i & 1) != 0 ? CD_REQUEST : CD_NOTIFICATION));
        CD_CHECK(message->body.size == 1 && made.bytes[message->body.at] == 42);
        CD_CHECK(message->dated && message->sent.tv_nsec == 500000000);
        CD_CHECK((message->extras.size > 0) == ((i & 2) != 0));
        if (message->extras.size > 0)
            CD_CHECK(
                cd_extras_read(made.bytes + message->extras.at, message->extras.size).retained);
    }
    /* Cut anywhere, the last message is invalid. */
    for (size_t cut = 1; cut <= 12; cut++)
        CD_CHECK(cd_messages_read(&messages, made.bytes, size_of_made() - cut, 4) == CD_MALFORMED);
    cd_messages_free(&messages);
}

/* Extras ----------------------------------------------------------------------------------------*/

static void test_all(void)
{
    char *block;
    cd_extra_text name;

    begin();
    cd_pack_map(&made.packer, 5);
    text("later"), cd_pack_array(&made.packer, 1), cd_pack_nil(&made.packer);
    text("origin"), cd_pack_map(&made.packer, 4);
    text("user"), text("U");
    text("desktop"), text("D");
    text("exe"), text("");
    text("other"), cd_pack_true(&made.packer);
    cd_pack_int64(&made.packer, -5), cd_pack_true(&made.packer);
    text("via"), cd_pack_array(&made.packer, 2), text("north"), text("south");
    text("retained"), cd_pack_true(&made.packer);
    cd_extras extras = extras_of_made(&block);
    CD_CHECK(extras.retained && extras.origin.given && extras.via.given);
    CD_CHECK(is(extras.origin.desktop, "D") && is(extras.origin.user, "U"));
    CD_CHECK(is(extras.origin.exe, ""));
    CD_CHECK(extras.via.count == 2);
    CD_CHECK(cd_extra_via_next(&extras.via, &name) && is(name, "north"));
    CD_CHECK(cd_extra_via_next(&extras.via, &name) && is(name, "south"));
    CD_CHECK(!cd_extra_via_next(&extras.via, &name));
    free(block);
}

/* Wrong types, of the whole or of a part. */
static void test_wrong(void)
{
    static const char *const wrong[] = {
        "\xc0",
        "\x07",
        "\x90",
        "\x91\xc3",
        "\xa8retained",
        "\xd4\x01\x02",
        "\x80",
        "\x81\xa8retained\x01",
        "\x81\xa8retained\xc2",
        "\x81\xc4\x08retained\xc3",
        "\x81\xa8Retained\xc3",
        "\x81\xa7retaine\xc3",
        "\x81\xa9retained!\xc3",
        "\x81\xa6origin\x90",
        "\x81\xa6origin\xa1o",
        "\x81\xa3via\x80",
        "\x81\xa3via\xa1v",
        "\x81\xa3via\x92\xa1v\x01",
        "\x81\xa3via\x91\xc4\x01v",
        "\x81\x01\xc3",
        "\x81\x90\xc3",
    };
    char *block;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        begin();
        cd_pack_bin_body(&made.packer, wrong[i], strlen(wrong[i]));
        cd_extras extras = extras_of_made(&block);
        CD_CHECK(says_nothing(&extras));
        free(block);
    }
}

/* Whether an `origin` with a field of this many bytes counts. */
static bool takes_origin(size_t bytes)
{
    char *block;

    begin();
    cd_pack_map(&made.packer, 1);
    text("origin"), cd_pack_map(&made.packer, 1), text("desktop"), filler(bytes);
    cd_extras extras = extras_of_made(&block);
    CD_CHECK(!extras.origin.given || extras.origin.desktop.size == bytes);
    free(block);
    return extras.origin.given;
}

/* Whether a `via` with this many empty names counts. */
static bool takes_via(size_t count)
{
    char *block;

    begin();
    cd_pack_map(&made.packer, 1);
    text("via"), cd_pack_array(&made.packer, count);
    for (size_t i = 0; i < count; i++)
        text("");
    cd_extras extras = extras_of_made(&block);
    free(block);
    return extras.via.given;
}

static void test_long(void)
{
    const size_t head = 1 + 1 + strlen("desktop") + 3; /* of a map with one text */

    CD_CHECK(takes_origin(CD_EXTRA_MOST - head));
    CD_CHECK(!takes_origin(CD_EXTRA_MOST - head + 1));
    CD_CHECK(takes_via(CD_EXTRA_MOST - 3));
    CD_CHECK(!takes_via(CD_EXTRA_MOST - 2));
}

/* If a key is repeated, the last well-formed value counts. */
static void test_twice(void)
{
    char *block;
    cd_extra_text name;

    begin();
    cd_pack_map(&made.packer, 7);
    text("retained"), cd_pack_true(&made.packer);
    text("retained"), cd_pack_nil(&made.packer);
    text("origin"), cd_pack_map(&made.packer, 1), text("desktop"), text("first");
    text("origin"), cd_pack_map(&made.packer, 2);
    text("exe"), text("second"), text("exe"), cd_pack_nil(&made.packer);
    text("via"), cd_pack_array(&made.packer, 1), text("first");
    text("via"), cd_pack_array(&made.packer, 1), text("second");
    text("via"), cd_pack_array(&made.packer, 1), cd_pack_nil(&made.packer);
    cd_extras extras = extras_of_made(&block);
    CD_CHECK(extras.retained);
    CD_CHECK(extras.origin.desktop.bytes == NULL && is(extras.origin.exe, "second"));
    CD_CHECK(cd_extra_via_next(&extras.via, &name) && is(name, "second"));
    CD_CHECK(!cd_extra_via_next(&extras.via, &name));
    free(block);
}

int main(void)
{
    test_envelope();
    test_all();
    test_wrong();
    test_long();
    test_twice();
    puts("fine");
    return 0;
}
