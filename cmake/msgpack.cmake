# copydata_msgpack: msgpack-c. Its package and its targets have had other names in each major version.
# The static library is preferred: the module then needs no DLL of its own.
add_library(copydata_msgpack INTERFACE)

foreach(package IN ITEMS msgpack-c msgpackc msgpack)
  find_package(${package} QUIET CONFIG)
  if(${package}_FOUND)
    break()
  endif()
endforeach()

set(copydata_msgpack_targets msgpack-c-static msgpackc-static msgpack-c msgpackc)
foreach(target IN LISTS copydata_msgpack_targets)
  if(TARGET ${target})
    set(copydata_msgpack_target ${target})
    break()
  endif()
endforeach()

if(NOT copydata_msgpack_target)
  message(STATUS "msgpack-c not found, fetching it")
  include(FetchContent)
  set(MSGPACK_ENABLE_SHARED OFF CACHE BOOL "" FORCE)
  set(MSGPACK_BUILD_EXAMPLES OFF CACHE BOOL "" FORCE)
  set(MSGPACK_BUILD_TESTS OFF CACHE BOOL "" FORCE)
  FetchContent_Declare(msgpack-c
    URL https://github.com/msgpack/msgpack-c/releases/download/c-6.1.0/msgpack-c-6.1.0.tar.gz
    URL_HASH SHA256=674119f1a85b5f2ecc4c7d5c2859edf50c0b05e0c10aa0df85eefa2c8c14b796)
  FetchContent_GetProperties(msgpack-c)
  if(NOT msgpack-c_POPULATED)
    FetchContent_Populate(msgpack-c)
    # Not FetchContent_MakeAvailable: it would install msgpack-c together with our module.
    add_subdirectory("${msgpack-c_SOURCE_DIR}" "${msgpack-c_BINARY_DIR}" EXCLUDE_FROM_ALL)
  endif()
  set(copydata_msgpack_target msgpack-c-static)
endif()

message(STATUS "msgpack-c: target ${copydata_msgpack_target}")
target_link_libraries(copydata_msgpack INTERFACE ${copydata_msgpack_target})

# System headers: their warnings are not ours. (An imported target's are already; a fetched one's not.)
get_target_property(copydata_msgpack_headers ${copydata_msgpack_target} INTERFACE_INCLUDE_DIRECTORIES)
if(copydata_msgpack_headers)
  target_include_directories(copydata_msgpack SYSTEM INTERFACE ${copydata_msgpack_headers})
endif()
