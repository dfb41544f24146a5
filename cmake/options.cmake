# copydata_options: how all our C is compiled, in one place. Link each of our targets to it, privately.
add_library(copydata_options INTERFACE)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)

target_compile_definitions(copydata_options INTERFACE COPYDATA_VERSION="${copydata_version}")

if(WIN32)
  # Windows 8: GetSystemTimePreciseAsFileTime needs it
  target_compile_definitions(copydata_options INTERFACE
    UNICODE _UNICODE WIN32_LEAN_AND_MEAN NOMINMAX _WIN32_WINNT=0x0602)
endif()

if(MSVC)
  # _CRT_SECURE_NO_WARNINGS: standard C is not deprecated here
  target_compile_definitions(copydata_options INTERFACE _CRT_SECURE_NO_WARNINGS)
  # /W4 calls flexible arrays and non-constant initializers extensions, but they are standard C.
  target_compile_options(copydata_options INTERFACE /W4 /wd4200 /wd4204 /wd4221 /utf-8 $<$<BOOL:${COPYDATA_WERROR}>:/WX>)
else()
  target_compile_options(copydata_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion -Wcast-qual
    -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wwrite-strings -Wundef -Wvla
    -Wpointer-arith -Wformat=2 -Wimplicit-fallthrough
    $<$<C_COMPILER_ID:GNU>:-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init>
    $<$<BOOL:${COPYDATA_WERROR}>:-Werror>
    $<$<CONFIG:Release>:-O2>)
endif()

# The module must not need the compiler's DLLs.
if(MINGW)
  target_link_options(copydata_options INTERFACE -static-libgcc)
endif()

if(COPYDATA_SANITIZE)
  set(copydata_sanitize -fsanitize=${COPYDATA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(copydata_options INTERFACE ${copydata_sanitize})
  target_link_options(copydata_options INTERFACE ${copydata_sanitize})
endif()
