# SPDX-License-Identifier: GPL-2.0-or-later
# A room is a folder of sources that sees the headers of the rooms it names, and no others: its
# headers are reached as "room/header.h" through a link of their own, so a wrong #include does not
# compile.

# room(NAME folder [USES room...] [LIBS library...])
function(room name folder)
  cmake_parse_arguments(ARG "" "" "USES;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.c)
  add_library(${name} OBJECT ${sources})
  set(view ${PROJECT_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${view}/${name} SYMBOLIC)
  target_include_directories(${name} PUBLIC ${view})
  target_link_libraries(${name} PUBLIC ${ARG_USES} ${ARG_LIBS})
  set_property(GLOBAL APPEND PROPERTY ROOMS ${name})
  set_property(GLOBAL APPEND PROPERTY ROOM_LIBS ${ARG_LIBS})
endfunction()

# Everything but main, in one archive that the binary, the tests and the fuzzers link.
function(rooms_archive name)
  get_property(rooms GLOBAL PROPERTY ROOMS)
  get_property(libs GLOBAL PROPERTY ROOM_LIBS)
  list(REMOVE_DUPLICATES libs)
  add_library(${name} STATIC)
  foreach(room IN LISTS rooms)
    target_sources(${name} PRIVATE $<TARGET_OBJECTS:${room}>)
    target_include_directories(${name}
      INTERFACE $<TARGET_PROPERTY:${room},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C)
  target_link_libraries(${name} PUBLIC ${libs})
endfunction()
