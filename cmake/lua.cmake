# copydata_lua: for compiling and linking a Lua module.
# copydata_lua_host: for linking a program that creates its own Lua state: tests, fuzzers, benches; not on Windows.
#   LUA_INCDIR, LUA_LIBDIR, LUALIB   as LuaRocks names them: directories, and a file name in LUA_LIBDIR
# Without them, CMake looks for Lua 5.4 itself. Its FindLua accepts a newer one if allowed, and that of CMake 3.25
# never ends on Lua 5.5's headers: specify Lua 5.5 with these three.
add_library(copydata_lua INTERFACE)

if(NOT LUA_INCDIR)
  find_package(Lua 5.4 EXACT REQUIRED)
  set(LUA_INCDIR "${LUA_INCLUDE_DIR}")
endif()
target_include_directories(copydata_lua SYSTEM INTERFACE "${LUA_INCDIR}")

# In 5.4 these are strings, in 5.5 numbers with _N in their names.
set(copydata_lua_version "")
foreach(part MAJOR MINOR)
  file(STRINGS "${LUA_INCDIR}/lua.h" line REGEX "^#define[ \t]+LUA_VERSION_${part}(_N)?[ \t]+\"?[0-9]+\"?$")
  string(REGEX MATCH "[0-9]+\"?$" number "${line}")
  string(REPLACE "\"" "" number "${number}")
  list(APPEND copydata_lua_version "${number}")
endforeach()
list(JOIN copydata_lua_version "." copydata_lua_version)
if(NOT copydata_lua_version MATCHES "^5\\.[45]$")
  message(FATAL_ERROR "copydata needs Lua 5.4 or 5.5; ${LUA_INCDIR}/lua.h is Lua ${copydata_lua_version}")
endif()

# On Windows a module names the DLL that provides Lua's functions. Elsewhere the program that loads it
# provides them, and linking would add a second Lua.
string(REPLACE "." "" copydata_lua_short "${copydata_lua_version}")
set(copydata_lua_names lua${copydata_lua_short} lua${copydata_lua_version} lua)
if(LUA_LIBDIR AND LUALIB AND EXISTS "${LUA_LIBDIR}/${LUALIB}")
  set(copydata_lualib "${LUA_LIBDIR}/${LUALIB}")
elseif(WIN32)
  find_library(copydata_lualib NAMES ${copydata_lua_names} HINTS "${LUA_LIBDIR}" REQUIRED)
else()
  find_library(copydata_lualib NAMES ${copydata_lua_names} HINTS "${LUA_LIBDIR}")
endif()
if(WIN32)
  target_link_libraries(copydata_lua INTERFACE "${copydata_lualib}")
elseif(copydata_lualib)
  add_library(copydata_lua_host INTERFACE)
  target_link_libraries(copydata_lua_host INTERFACE copydata_lua "${copydata_lualib}" ${CMAKE_DL_LIBS} m)
endif()
