// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string_view>

#include "exchange.hpp"

namespace service {

std::unique_ptr<MemoryStrategy> MakeMemory(std::string_view name, ServiceStats& stats) {
  if (name == "arena") return MakeArenaMemory(stats);
  if (name == "malloc") return MakeMallocMemory(stats);
  if (name == "pmr") return MakePmrMemory(stats);
  return nullptr;
}

}  // namespace service
