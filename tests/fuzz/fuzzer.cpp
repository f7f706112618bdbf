// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer's side: `arena_fuzz --target=NAME` and libFuzzer's own options, of which it takes those
// with one dash. tests/fuzz/run.sh builds and runs it.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "fuzz/targets.hpp"

namespace {

const arena_fuzz::Target* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** words);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerInitialize(int* count, char*** words) {
  constexpr std::string_view kOption = "--target=";
  for (int i = 1; i < *count; ++i) {
    const std::string_view word = (*words)[i];
    if (word == "--targets") {
      for (const arena_fuzz::Target& target : arena_fuzz::Targets()) std::puts(target.name);
      std::exit(0);
    }
    if (word.substr(0, kOption.size()) == kOption)
      chosen = arena_fuzz::FindTarget(word.substr(kOption.size()));
  }
  if (chosen != nullptr) return 0;
  std::fputs("arena_fuzz: needs --target=NAME; --targets lists the names\n", stderr);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen->run({data, size});
  return 0;
}
