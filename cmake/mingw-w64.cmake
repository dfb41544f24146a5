# Toolchain file: 64-bit Windows, with MinGW-w64 on Linux; tests run under Wine.
set(CMAKE_SYSTEM_NAME Windows)
if(NOT copydata_processor) # mingw-w64-i686.cmake sets these
  set(copydata_processor x86_64)
  set(copydata_deps deps)
endif()
set(CMAKE_SYSTEM_PROCESSOR ${copydata_processor})
set(copydata_prefix ${copydata_processor}-w64-mingw32)

# The variant with Win32 threads, if there is a choice: it needs no libwinpthread.
find_program(CMAKE_C_COMPILER NAMES ${copydata_prefix}-gcc-win32 ${copydata_prefix}-gcc REQUIRED)
find_program(CMAKE_RC_COMPILER NAMES ${copydata_prefix}-windres REQUIRED)
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH copydata_root)
set(CMAKE_CROSSCOMPILING_EMULATOR "${copydata_root}/tools/wine")

# Only the libraries and headers built by the set-up, and the compiler's; never this machine's.
set(CMAKE_FIND_ROOT_PATH "${copydata_root}/build/$ENV{COPYDATA_BUILD}${copydata_deps}" /usr/${copydata_prefix})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
