# copydata_msgpack: msgpack-c. The names of its package and targets differ in each major version, and
# a static-only build gives the static library the shared one's name.
add_library(copydata_msgpack INTERFACE)

# Prefers the static library: the module then needs no extra DLL.
macro(copydata_choose_msgpack)
  foreach(target IN ITEMS msgpack-c-static msgpackc-static msgpack-c msgpackc)
    if(NOT copydata_msgpack_target AND TARGET ${target})
      set(copydata_msgpack_target ${target})
    endif()
  endforeach()
endmacro()

foreach(package IN ITEMS msgpack-c msgpackc msgpack)
  find_package(${package} QUIET CONFIG)
  if(${package}_FOUND)
    break()
  endif()
endforeach()
copydata_choose_msgpack()

if(NOT copydata_msgpack_target)
  message(STATUS "msgpack-c not found, fetching it")
  include(FetchContent)
  set(MSGPACK_ENABLE_SHARED OFF CACHE BOOL "" FORCE)
  set(MSGPACK_BUILD_EXAMPLES OFF CACHE BOOL "" FORCE)
  set(MSGPACK_BUILD_TESTS OFF CACHE BOOL "" FORCE)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON) # it becomes part of a module
  FetchContent_Declare(msgpack-c
    URL https://github.com/msgpack/msgpack-c/releases/download/c-6.1.0/msgpack-c-6.1.0.tar.gz
    URL_HASH SHA256=674119f1a85b5f2ecc4c7d5c2859edf50c0b05e0c10aa0df85eefa2c8c14b796
    SOURCE_SUBDIR not-there) # so that MakeAvailable only fetches: what it adds would be installed with ours
  FetchContent_MakeAvailable(msgpack-c)
  add_subdirectory("${msgpack-c_SOURCE_DIR}" "${msgpack-c_BINARY_DIR}" EXCLUDE_FROM_ALL)
  copydata_choose_msgpack()
endif()

message(STATUS "msgpack-c: target ${copydata_msgpack_target}")
target_link_libraries(copydata_msgpack INTERFACE ${copydata_msgpack_target})

# System headers: their warnings are not ours. (Automatic for an imported target, but not for a fetched one.)
get_target_property(copydata_msgpack_headers ${copydata_msgpack_target} INTERFACE_INCLUDE_DIRECTORIES)
if(copydata_msgpack_headers)
  target_include_directories(copydata_msgpack SYSTEM INTERFACE ${copydata_msgpack_headers})
endif()
