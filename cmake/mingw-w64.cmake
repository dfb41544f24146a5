# Toolchain file: 64-bit Windows, by MinGW-w64 on Linux; tests run under Wine.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)

# The variant with Win32 threads, where there is a choice: it needs no libwinpthread.
find_program(CMAKE_C_COMPILER NAMES x86_64-w64-mingw32-gcc-win32 x86_64-w64-mingw32-gcc REQUIRED)
find_program(CMAKE_RC_COMPILER NAMES x86_64-w64-mingw32-windres REQUIRED)
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH copydata_root)
set(CMAKE_CROSSCOMPILING_EMULATOR "${copydata_root}/tools/wine")

# Libraries and headers are those that the set-up built, or the compiler's; never this machine's.
set(CMAKE_FIND_ROOT_PATH "${copydata_root}/build/deps" /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
