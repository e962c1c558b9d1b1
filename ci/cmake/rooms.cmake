# One shape for every room: a static library of its sources, its tests beside them.

add_library(mipvet_options INTERFACE)
target_include_directories(mipvet_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_options(mipvet_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(MIPVET_WERROR)
  target_compile_options(mipvet_options INTERFACE -Werror)
endif()
# g++ 12 finds these in its own std::string at -O3; the latter two once its headers are precompiled.
target_compile_options(mipvet_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(MIPVET_PCH)
  target_compile_options(mipvet_options INTERFACE
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow$<SEMICOLON>-Wno-array-bounds>)
endif()
if(MIPVET_SANITIZE)
  target_compile_options(mipvet_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                         -fno-omit-frame-pointer)
  # g++ 12 finds this in its own library (std::regex, std::variant) once sanitizers are woven in.
  target_compile_options(mipvet_options INTERFACE
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(mipvet_options INTERFACE -fsanitize=address,undefined)
endif()
if(MIPVET_FUZZ)
  target_compile_options(mipvet_options INTERFACE -fsanitize=fuzzer-no-link)
  set(MIPVET_FUZZ_SECONDS 30 CACHE STRING "How long CTest runs each fuzz target")
  add_custom_target(fuzzers)
endif()

# The headers of others that most files read, parsed once for the libraries and once for the tests. Without
# it (the tidy preset) a file shows that it includes what it uses.
if(MIPVET_PCH)
  set(kinds library)
  if(MIPVET_UNIT_TESTS)
    list(APPEND kinds test)
  endif()
  foreach(kind ${kinds})
    file(WRITE ${PROJECT_BINARY_DIR}/precompiled_${kind}.cpp "")
    add_library(mipvet_precompiled_${kind} OBJECT ${PROJECT_BINARY_DIR}/precompiled_${kind}.cpp)
    target_link_libraries(mipvet_precompiled_${kind}
                          PRIVATE mipvet_options PkgConfig::BOTAN PkgConfig::TINS fmt::fmt
                                  nlohmann_json::nlohmann_json Threads::Threads)
    target_precompile_headers(mipvet_precompiled_${kind} PRIVATE
                              <algorithm> <array> <charconv> <chrono> <deque> <filesystem> <fstream>
                              <functional> <map> <memory> <optional> <set> <span> <sstream> <string>
                              <unordered_map> <variant> <vector> <botan/secmem.h> <fmt/format.h>
                              <nlohmann/json.hpp>)
  endforeach()
  if(MIPVET_UNIT_TESTS)
    target_link_libraries(mipvet_precompiled_test PRIVATE GTest::gmock)
    target_precompile_headers(mipvet_precompiled_test PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
    target_compile_options(mipvet_precompiled_test PRIVATE ${MIPVET_TEST_OPTIONS})
  endif()
endif()

# mipvet_room(<name> SOURCES ... USES ... TESTS ...)
# makes the library mipvet_<name> and, from TESTS with MIPVET_UNIT_TESTS, the program <name>_test with one
# CTest case per GoogleTest case.
function(mipvet_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES;TESTS;TEST_USES" ${ARGN})
  if(ROOM_SOURCES)
    add_library(mipvet_${name} STATIC ${ROOM_SOURCES})
    target_link_libraries(mipvet_${name} PUBLIC mipvet_options ${ROOM_USES})
    if(MIPVET_PCH)
      target_precompile_headers(mipvet_${name} REUSE_FROM mipvet_precompiled_library)
    endif()
    set(scope mipvet_${name})
  else()
    add_library(mipvet_${name} INTERFACE)
    target_link_libraries(mipvet_${name} INTERFACE mipvet_options ${ROOM_USES})
    set(scope mipvet_${name})
  endif()
  if(ROOM_TESTS AND MIPVET_UNIT_TESTS)
    add_executable(${name}_test ${ROOM_TESTS})
    target_link_libraries(${name}_test PRIVATE ${scope} ${ROOM_TEST_USES} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE MIPVET_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_compile_options(${name}_test PRIVATE ${MIPVET_TEST_OPTIONS})
    if(MIPVET_PCH)
      target_precompile_headers(${name}_test REUSE_FROM mipvet_precompiled_test)
    endif()
    include(GoogleTest)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60)
  endif()
endfunction()

# Live for a minute and more, these wait for the clock: they start first, and the others compute meanwhile
# (at the same priority: whoever the kernel has wait for its lock on network namespaces must not wait for
# somebody who is niced).
set(MIPVET_WAITING_TESTS cli.iut_test cli.live_test iuts.gateway_flows_test iuts.mipvet_test
    iuts.misconfigured_test iuts.strongswan_test)

# Where tests keep what they take from npm; one place for all presets.
set(MIPVET_NODE_PACKAGES ${PROJECT_SOURCE_DIR}/build/cache/node)

# mipvet_pytest(<room> <test> [TIMEOUT <seconds>] [CONFIGURATIONS <name>...]
#               [ENVIRONMENT <variable>=<value>...])
# makes the CTest case <room>.<test> of <test>.py in this directory, labelled <room>. The tests find the program and the
# sources in MIPVET and MIPVET_SOURCE_DIR.
function(mipvet_pytest room test)
  cmake_parse_arguments(PYTEST "" "TIMEOUT" "CONFIGURATIONS;ENVIRONMENT" ${ARGN})
  add_test(NAME ${room}.${test} CONFIGURATIONS ${PYTEST_CONFIGURATIONS}
           COMMAND ${Python3_EXECUTABLE} -m pytest -q -p no:cacheprovider ${CMAKE_CURRENT_SOURCE_DIR}/${test}.py)
  set_tests_properties(${room}.${test} PROPERTIES TIMEOUT ${PYTEST_TIMEOUT} LABELS ${room}
                       ENVIRONMENT
                       "MIPVET=$<TARGET_FILE:mipvet>;MIPVET_SOURCE_DIR=${PROJECT_SOURCE_DIR};PYTHONDONTWRITEBYTECODE=1;${PYTEST_ENVIRONMENT}")
  if(${room}.${test} IN_LIST MIPVET_WAITING_TESTS)
    set_tests_properties(${room}.${test} PROPERTIES COST 1000)
  endif()
endfunction()

# mipvet_fuzzer(<name> SOURCES ... USES ... SEEDS <directory>...)
# makes, with MIPVET_FUZZ, the libFuzzer program <name> (target `fuzzers` builds them all) and the CTest
# case fuzz.<name>, which starts from the files in SEEDS and keeps what it finds in the build directory.
function(mipvet_fuzzer name)
  if(NOT MIPVET_FUZZ)
    return()
  endif()
  cmake_parse_arguments(FUZZER "" "" "SOURCES;USES;SEEDS" ${ARGN})
  add_executable(${name} ${FUZZER_SOURCES})
  target_link_libraries(${name} PRIVATE mipvet_options ${FUZZER_USES})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers ${name})
  set(corpus ${PROJECT_BINARY_DIR}/corpus/${name})
  file(MAKE_DIRECTORY ${corpus})
  add_test(NAME fuzz.${name}
           COMMAND ${name} -max_total_time=${MIPVET_FUZZ_SECONDS} -timeout=10 -rss_limit_mb=2048
                   -print_final_stats=1 -artifact_prefix=${corpus}- ${corpus} ${FUZZER_SEEDS})
  set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz)
endfunction()
