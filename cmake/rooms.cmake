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

# static_program(NAME folder [ROOMS room...] [SOURCES file...] [WITHOUT file...] [SEES room...]
#                [LIBS file...])
# A static program of a folder's sources, those of some rooms (WITHOUT some that the folder has its
# own of), and single files of others (the headers of rooms that it SEES), all of it compiled anew: small (what is not reached is left out, undefined or not), and without sanitizers,
# since it is process 1 of machines with little memory.
function(static_program name folder)
  cmake_parse_arguments(ARG "" "" "ROOMS;SOURCES;WITHOUT;SEES;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.c)
  add_executable(${name} ${sources} ${ARG_SOURCES})
  get_filename_component(short ${folder} NAME)
  set(view ${PROJECT_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${view}/${short} SYMBOLIC)
  target_include_directories(${name} PRIVATE ${view})
  foreach(room IN LISTS ARG_ROOMS)
    get_target_property(room_sources ${room} SOURCES)
    list(TRANSFORM ARG_WITHOUT PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE without)
    list(REMOVE_ITEM room_sources ${without})
    target_sources(${name} PRIVATE ${room_sources})
  endforeach()
  foreach(room IN LISTS ARG_ROOMS ARG_SEES)
    target_include_directories(${name}
      PRIVATE $<TARGET_PROPERTY:${room},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
  # With -Os gcc sees less, and doubts what it does not doubt else.
  target_compile_options(${name} PRIVATE $<$<C_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> -Os -g0 -ffunction-sections -fdata-sections
                         -fno-sanitize=all)
  target_link_options(${name} PRIVATE -static -fno-sanitize=all -Wl,--gc-sections -s)
  target_link_libraries(${name} PRIVATE ${ARG_LIBS})
endfunction()
