# SPDX-License-Identifier: GPL-2.0-or-later
# Libraries that are loaded when they are first called: src/late/ has their functions.

# late_library(NAME file [file...]): NAME_SONAME for src/late/, and the headers for all.
function(late_library name)
  list(GET ARGN 0 file)
  execute_process(COMMAND ${CMAKE_OBJDUMP} -p ${file} OUTPUT_VARIABLE headers
                  RESULT_VARIABLE failed)
  if(failed OR NOT headers MATCHES "SONAME +([^\n ]+)")
    message(FATAL_ERROR "${file} is no shared library with a name")
  endif()
  target_compile_definitions(late PRIVATE ${name}_SONAME="${CMAKE_MATCH_1}")
  include_directories(${${name}_INCLUDE_DIRS})
endfunction()
