# Run by cpack once the files of a package are in place: what Debian's policy (§10.1, §12) and its zsh ask for.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()

set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH, where that is set
file(WRITE ${share}/doc/ws-tool/changelog
  "ws-tool (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n  * Built from source.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${now}\n")
execute_process(COMMAND gzip -9n ${share}/man/man1/ws-tool.1 ${share}/doc/ws-tool/changelog COMMAND_ERROR_IS_FATAL ANY)
file(CHMOD ${share}/doc/ws-tool/changelog.gz PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
file(RENAME ${share}/zsh/site-functions ${share}/zsh/vendor-completions)
