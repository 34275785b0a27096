# Fuzz programs, one for each tests/fuzz/fuzz_NAME.c (docs/testing.md).
# Ordinarily: replay_NAME runs the corpus as a test (label fuzz).
# With -DTALLY_FUZZ=ON and clang: fuzz_NAME is a libFuzzer program.
# SPDX-License-Identifier: Apache-2.0
file(GLOB FUZZ_TARGETS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_*.c)
list(FILTER FUZZ_TARGETS EXCLUDE REGEX "/fuzz_(support|stubs|memory|replay|breaker|mutator|database)\\.c$")
if(NOT TALLY_LEGACY)
  list(FILTER FUZZ_TARGETS EXCLUDE REGEX "/fuzz_clkhash[a-z_]*\\.c$")
endif()
if(NOT TALLY_XLSX)
  list(FILTER FUZZ_TARGETS EXCLUDE REGEX "/fuzz_xlsx\\.c$")
endif()

# What the stand-ins replace. Nothing but these programs is linked so.
set(FUZZ_STUBBED tally_digest tally_digest_final tally_sign_verify tally_stream_unseal
  tally_stream_pull crypto_pwhash mlock madvise sodium_malloc sodium_free sodium_mprotect_noaccess
  sodium_mprotect_readwrite mallopt tally_wipe open openat close access stat fstat fstatat ftruncate lseek read pread write pwrite mmap munmap)
# Texts that a mutator which knows JSON reaches further into.
set(FUZZ_JSON tables ledger review sheet schema clkhash clkhash_cell agreement paper log package enc payload linkmap clks)

# Programs that harm a database of the product's making.
set(FUZZ_DATABASES store cohort)

# The fast build is without libFuzzer's interceptors, which look into every strcmp and memcmp:
# a third of the time of what compares names.
set(FUZZ_RUNTIME -fsanitize=fuzzer)
if(TALLY_FUZZ AND NOT TALLY_SANITIZE)
  execute_process(COMMAND ${CMAKE_C_COMPILER} -print-runtime-dir OUTPUT_VARIABLE FUZZ_FOLDER
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(FUZZ_RUNTIME -Wl,--whole-archive
    ${FUZZ_FOLDER}/libclang_rt.fuzzer-${CMAKE_SYSTEM_PROCESSOR}.a -Wl,--no-whole-archive
    -lstdc++ -lm)
endif()

add_library(fuzz_common OBJECT tests/fuzz/fuzz_support.c tests/fuzz/fuzz_stubs.c
  tests/fuzz/fuzz_memory.c)
target_include_directories(fuzz_common PRIVATE ${CMAKE_SOURCE_DIR})
foreach(source ${FUZZ_TARGETS})
  get_filename_component(stem ${source} NAME_WE)
  string(REPLACE "fuzz_" "" name ${stem})
  if(TALLY_FUZZ)
    set(program fuzz_${name})
    add_executable(${program} ${source} $<TARGET_OBJECTS:fuzz_common>)
    if(name IN_LIST FUZZ_JSON)
      target_sources(${program} PRIVATE tests/fuzz/fuzz_mutator.c)
    endif()
    target_link_options(${program} PRIVATE ${FUZZ_RUNTIME})
  else()
    set(program replay_${name})
    add_executable(${program} ${source} tests/fuzz/fuzz_replay.c tests/fuzz/fuzz_breaker.c
      $<TARGET_OBJECTS:fuzz_common>)
    add_test(NAME fuzz/${name} COMMAND ${program} tests/fuzz/corpus/${name}
      WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(fuzz/${name} PROPERTIES LABELS fuzz)
  endif()
  if(name IN_LIST FUZZ_DATABASES)
    target_sources(${program} PRIVATE tests/fuzz/fuzz_database.c)
    target_link_libraries(${program} PRIVATE PkgConfig::SQLITE)
  endif()
  foreach(symbol ${FUZZ_STUBBED})
    target_link_options(${program} PRIVATE -Wl,--wrap=${symbol})
  endforeach()
  target_link_libraries(${program} PRIVATE tally_benchmarks PkgConfig::SODIUM)
endforeach()
