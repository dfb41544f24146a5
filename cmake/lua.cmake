# copydata_lua: what a Lua module compiles and links with.
#   LUA_INCDIR, LUA_LIBDIR, LUALIB   as LuaRocks names them: directories, and a file name in LUA_LIBDIR
# Without them, CMake looks for Lua itself.
add_library(copydata_lua INTERFACE)

if(NOT LUA_INCDIR)
  find_package(Lua 5.4 REQUIRED)
  set(LUA_INCDIR "${LUA_INCLUDE_DIR}")
endif()
target_include_directories(copydata_lua SYSTEM INTERFACE "${LUA_INCDIR}")

# On Windows a module names the DLL that it gets Lua's functions from. Elsewhere the program that loads
# it has them, and linking would bring in a second Lua.
if(WIN32)
  if(LUA_LIBDIR AND LUALIB AND EXISTS "${LUA_LIBDIR}/${LUALIB}")
    set(copydata_lualib "${LUA_LIBDIR}/${LUALIB}")
  elseif(LUA_LIBRARY)
    set(copydata_lualib "${LUA_LIBRARY}")
  else()
    find_library(copydata_lualib NAMES lua54 lua5.4 lua HINTS "${LUA_LIBDIR}" REQUIRED)
  endif()
  target_link_libraries(copydata_lua INTERFACE "${copydata_lualib}")
endif()
