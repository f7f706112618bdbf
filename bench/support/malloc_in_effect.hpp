// SPDX-License-Identifier: Apache-2.0
//
// Which library's malloc this process runs with. A benchmark that measures glibc under the name of
// another library would be worse than none.
#ifndef ARENA_BENCH_SUPPORT_MALLOC_IN_EFFECT_HPP
#define ARENA_BENCH_SUPPORT_MALLOC_IN_EFFECT_HPP

#include <dlfcn.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace bench {

/// The file that provides a function to the whole process, "" if none does.
inline std::string_view ProviderOf(const char* function) {
  void* const address = dlsym(RTLD_DEFAULT, function);
  Dl_info info;
  if (address == nullptr || dladdr(address, &info) == 0 || info.dli_fname == nullptr) return "";
  return info.dli_fname;
}

/// Ends the program unless malloc and operator new come from the library whose file name contains
/// `library`.
inline void RequireMallocOf(std::string_view library) {
  for (const char* function : {"malloc", "free", "posix_memalign"}) {
    const std::string_view provider = ProviderOf(function);
    if (provider.find(library) != std::string_view::npos) continue;
    std::fprintf(stderr, "%s comes from %.*s, not from %.*s\n", function,
                 static_cast<int>(provider.size()), provider.data(),
                 static_cast<int>(library.size()), library.data());
    std::exit(3);
  }
}

}  // namespace bench

#endif  // ARENA_BENCH_SUPPORT_MALLOC_IN_EFFECT_HPP
