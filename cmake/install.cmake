# SPDX-License-Identifier: GPL-2.0-or-later
# The program, its manual page, and what arms a machine at boot. systemd and udev are asked where
# their files belong when the prefix is theirs; below another prefix they look in its lib/.
include(GNUInstallDirs)

function(find_unit_folder package variable fallback result)
  set(folder ${CMAKE_INSTALL_PREFIX}/${fallback})
  if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    pkg_get_variable(found ${package} ${variable})
    if(found)
      set(folder ${found})
    endif()
  endif()
  set(${result} ${folder} PARENT_SCOPE)
endfunction()

find_unit_folder(systemd systemdsystemunitdir lib/systemd/system systemd_folder)
find_unit_folder(udev udevdir lib/udev udev_folder)
set(KX_SYSTEMD_DIR ${systemd_folder} CACHE PATH "Where systemd's units go")
set(KX_UDEV_DIR ${udev_folder}/rules.d CACHE PATH "Where udev's rules go")
find_program(KX_SYSTEMCTL systemctl)
if(NOT KX_SYSTEMCTL)
  set(KX_SYSTEMCTL /usr/bin/systemctl)
endif()

install(TARGETS kx-crash DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES docs/kx-crash.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
foreach(file kx-crash-arm.service 60-kx-crash-arm.rules)
  configure_file(kexec/systemd/${file}.in ${PROJECT_BINARY_DIR}/systemd/${file} @ONLY)
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/systemd/kx-crash-arm.service DESTINATION ${KX_SYSTEMD_DIR})
install(FILES ${PROJECT_BINARY_DIR}/systemd/60-kx-crash-arm.rules DESTINATION ${KX_UDEV_DIR})
