/* SPDX-License-Identifier: MIT
 *
 * replay FILE...: feeds files to the fuzz target without libFuzzer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *name)
{
    FILE *file = fopen(name, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(name);
        return 1;
    }
    long size = ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(size > 0 ? (size_t)size : 1);
    int failed = bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size;
    fclose(file);
    if (failed)
        perror(name);
    else
        LLVMFuzzerTestOneInput(bytes, (size_t)size);
    free(bytes);
    return failed;
}

int main(int count, char **names)
{
    int failed = 0;
    for (int i = 1; i < count; i++)
        failed |= replay(names[i]);
    printf("%d files\n", count - 1);
    return failed || count == 1;
}
