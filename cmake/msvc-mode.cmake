# Toolchain file: clang as Visual C++, against Wine's headers. Only compiles; links nothing.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH copydata_root)

# clang's mode depends on its name, and not every system has it under this one.
find_program(copydata_clang clang REQUIRED)
set(CMAKE_C_COMPILER "${copydata_root}/build/msvc-mode/clang-cl")
file(MAKE_DIRECTORY "${copydata_root}/build/msvc-mode")
file(CREATE_LINK "${copydata_clang}" "${CMAKE_C_COMPILER}" SYMBOLIC)
set(CMAKE_C_COMPILER_TARGET x86_64-pc-windows-msvc)
set(CMAKE_C_FLAGS_INIT "-imsvc /usr/include/wine/wine/msvcrt -imsvc /usr/include/wine/wine/windows")
string(APPEND CMAKE_C_FLAGS_INIT " /FI${CMAKE_CURRENT_LIST_DIR}/msvc-mode.h")

# CMake looks for these too.
set(CMAKE_C_COMPILER_WORKS TRUE)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
foreach(tool IN ITEMS AR LINKER MT RC_COMPILER)
  set(CMAKE_${tool} true)
endforeach()

set(CMAKE_FIND_ROOT_PATH "${copydata_root}/build/deps")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
