# Turns a file into the comma-separated bytes of an array, for `#include` between the braces of one:
#   cmake -DINPUT=index.html -DOUTPUT=page.inc -P embed.cmake
# Hashes for the Content-Security-Policy are taken from these bytes when the server starts, so they cannot drift.
foreach(name INPUT OUTPUT)
  if(NOT DEFINED ${name})
    message(FATAL_ERROR "embed.cmake: -D${name}=FILE is missing")
  endif()
endforeach()

file(READ "${INPUT}" digits HEX)
if(digits STREQUAL "")
  message(FATAL_ERROR "embed.cmake: ${INPUT} is empty")
endif()
string(REGEX REPLACE "(..)" "0x\\1," bytes "${digits}")
# A line holds 24 bytes; compilers and readers dislike one of 200 kB.
string(REPEAT "....." 24 line)
string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
file(WRITE "${OUTPUT}" "${bytes}\n")
