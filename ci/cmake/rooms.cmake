# One shape for every room: a static library of its sources, its tests beside them.

add_library(mipvet_options INTERFACE)
target_include_directories(mipvet_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_options(mipvet_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(MIPVET_WERROR)
  target_compile_options(mipvet_options INTERFACE -Werror)
endif()
# g++ 12 finds this in its own std::string at -O3.
target_compile_options(mipvet_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
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

# mipvet_room(<name> SOURCES ... USES ... TESTS ...)
# makes the library mipvet_<name> and, from TESTS, the program <name>_test with one CTest case per
# GoogleTest case.
function(mipvet_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES;TESTS;TEST_USES" ${ARGN})
  if(ROOM_SOURCES)
    add_library(mipvet_${name} STATIC ${ROOM_SOURCES})
    target_link_libraries(mipvet_${name} PUBLIC mipvet_options ${ROOM_USES})
    set(scope mipvet_${name})
  else()
    add_library(mipvet_${name} INTERFACE)
    target_link_libraries(mipvet_${name} INTERFACE mipvet_options ${ROOM_USES})
    set(scope mipvet_${name})
  endif()
  if(ROOM_TESTS)
    add_executable(${name}_test ${ROOM_TESTS})
    target_link_libraries(${name}_test PRIVATE ${scope} ${ROOM_TEST_USES} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE MIPVET_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    include(GoogleTest)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60)
  endif()
endfunction()

# mipvet_pytest(<room> <test> [TIMEOUT <seconds>] [CONFIGURATIONS <name>...]
#               [ENVIRONMENT <variable>=<value>...])
# makes the CTest case <room>.<test> of <test>.py in this directory, labelled <room>. The tests find the program and the
# sources in MIPVET and MIPVET_SOURCE_DIR.
function(mipvet_pytest room test)
  cmake_parse_arguments(PYTEST "" "TIMEOUT" "CONFIGURATIONS;ENVIRONMENT" ${ARGN})
  add_test(NAME ${room}.${test} CONFIGURATIONS ${PYTEST_CONFIGURATIONS} COMMAND ${Python3_EXECUTABLE} -m pytest -q -p no:cacheprovider
           ${CMAKE_CURRENT_SOURCE_DIR}/${test}.py)
  set_tests_properties(${room}.${test} PROPERTIES TIMEOUT ${PYTEST_TIMEOUT} LABELS ${room}
                       ENVIRONMENT
                       "MIPVET=$<TARGET_FILE:mipvet>;MIPVET_SOURCE_DIR=${PROJECT_SOURCE_DIR};PYTHONDONTWRITEBYTECODE=1;${PYTEST_ENVIRONMENT}")
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
