# Toolchain file: 32-bit Windows, with MinGW-w64 on Linux.
set(copydata_processor i686)
set(copydata_deps deps-i686)
include("${CMAKE_CURRENT_LIST_DIR}/mingw-w64.cmake")
