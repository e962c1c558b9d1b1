# What `cmake --install` installs, the Debian package holds (`cpack`, ci/package); the target
# `installation` makes all of it. A part adds itself where it is built: its install() there, and its
# target by add_dependencies(installation <target>).
add_custom_target(installation)

# Documents that no other room makes.
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

# The scenarios with networks, schemas, IUT files and launch scripts; the last ones' tests stay here.
# Beside them what a vendor's CI calls, in the same places as in the source tree.
foreach(folder scenarios ci/vendor)
  get_filename_component(parent mipvet/${folder} DIRECTORY)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION ${CMAKE_INSTALL_DATADIR}/${parent}
          USE_SOURCE_PERMISSIONS
          PATTERN "CMakeLists.txt" EXCLUDE
          PATTERN "*_test.py" EXCLUDE
          PATTERN "*_for_test.py" EXCLUDE
          PATTERN "conftest.py" EXCLUDE
          PATTERN "*.1" EXCLUDE
          PATTERN "__pycache__" EXCLUDE)
endforeach()

# mipvet_manual_page(<file>): installs a manual page of section 1, compressed as Debian has them.
function(mipvet_manual_page file)
  get_filename_component(name ${file} NAME)
  set(compressed ${CMAKE_CURRENT_BINARY_DIR}/${name}.gz)
  add_custom_command(OUTPUT ${compressed} COMMAND gzip -9nc ${file} > ${compressed} DEPENDS ${file} VERBATIM)
  add_custom_target(installed_${name} ALL DEPENDS ${compressed})
  add_dependencies(installation installed_${name})
  install(FILES ${compressed} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endfunction()

# Libraries that the programs need are found by dpkg-shlibdeps; `ip` makes the networks of live runs;
# launch scripts are Python. Implementations that IUT files are there for are suggested.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The mipvet maintainers <mipvet@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "iproute2, python3")
if(MIPVET_PYTHON)  # its engine is for one version of Python
  math(EXPR next "${Python3_VERSION_MINOR} + 1")
  string(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS " (>= 3.${Python3_VERSION_MINOR}), python3 (<< 3.${next})")
endif()
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "nftables, procps, tcpdump")
set(iuts ${PROJECT_SOURCE_DIR}/ci/packages/iuts)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${iuts})
file(STRINGS ${iuts} implementations REGEX "^[^#]")
list(REMOVE_ITEM implementations iproute2 nftables)
list(APPEND implementations python3-pytest)
list(JOIN implementations ", " CPACK_DEBIAN_PACKAGE_SUGGESTS)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
