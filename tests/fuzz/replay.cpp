// SPDX-License-Identifier: Apache-2.0
//
// Runs inputs of the fuzzer without the fuzzer, so that any compiler can:
//
//   arena_fuzz_replay arena FILE...          the target's name, then inputs, or folders of them
//
// Each file is named before it runs: the last name is that of the input that fails. A program that
// fails is made smaller, and printed as code, by `arena_random --subject TARGET --bytes FILE`.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/targets.hpp"

int main(int count, char** words) {
  const arena_fuzz::Target* const target = count > 2 ? arena_fuzz::FindTarget(words[1]) : nullptr;
  if (target == nullptr) {
    std::fputs("usage: arena_fuzz_replay TARGET FILE-OR-FOLDER...\ntargets:", stderr);
    for (const arena_fuzz::Target& known : arena_fuzz::Targets())
      std::fprintf(stderr, " %s", known.name);
    std::fputs("\n", stderr);
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (int i = 2; i < count; ++i) {
    std::error_code none;
    if (std::filesystem::is_directory(words[i], none)) {
      for (const auto& entry : std::filesystem::directory_iterator(words[i]))
        files.push_back(entry.path());
    } else {
      files.emplace_back(words[i]);
    }
  }
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
      std::fprintf(stderr, "cannot read %s\n", file.string().c_str());
      return 2;
    }
    std::printf("%s\n", file.string().c_str());
    std::fflush(stdout);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    target->run({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  }
  std::printf("%s: %zu inputs, all as the model says\n", target->name, files.size());
  return files.empty() ? 2 : 0;
}
