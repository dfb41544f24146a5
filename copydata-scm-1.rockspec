rockspec_format = "3.0"
package = "copydata"
version = "scm-1"

-- For `luarocks make` in a working tree; releases are in rockspecs/, which tools/rocks writes.
source = { url = "git+file://." }

description = {
  summary = "Tables between Lua programs on one Windows desktop, over WM_COPYDATA",
  detailed = [[
Lua programs on one Windows desktop find each other by named channels and exchange tables, with no
port, file or server. Values travel as MessagePack in WM_COPYDATA messages. On other systems only
the MessagePack codec, copydata.msgpack, works.]],
  license = "MIT",
}

dependencies = {
  "lua >= 5.4, < 5.6",
  "argparse >= 0.7.1, < 1", -- only the command line needs these two
  "dkjson >= 2.5, < 3",
}
test_dependencies = { "busted" }

build = {
  type = "cmake",
  variables = {
    CMAKE_C_FLAGS = "$(CFLAGS)",
    LUA_INCDIR = "$(LUA_INCDIR)",
    LUA_LIBDIR = "$(LUA_LIBDIR)",
    LUALIB = "$(LUALIB)",
    LUADIR = "$(LUADIR)",
    LIBDIR = "$(LIBDIR)",
  },
  install = { bin = { copydata = "bin/copydata" } },
  copy_directories = { "docs", "examples", "types" },
}

test = { type = "busted" }
