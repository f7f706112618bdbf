// SPDX-License-Identifier: Apache-2.0
//
// nlohmann::json, and the same in an arena.
#include <arena/arena.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "../../examples/adapters/arena_nlohmann.hpp"
#include "document.hpp"
#include "measure.hpp"

namespace {

template <class Json>
std::uint64_t Sum(const Json& value) {
  std::uint64_t sum = 1;
  switch (value.type()) {
    case Json::value_t::object:
      for (auto part = value.begin(); part != value.end(); ++part) {
        sum += part.key().size() + Sum(part.value());
      }
      break;
    case Json::value_t::array:
      for (const Json& part : value) sum += Sum(part);
      break;
    case Json::value_t::string:
      sum += value.template get_ref<const typename Json::string_t&>().size();
      break;
    case Json::value_t::number_unsigned:
      sum += value.template get<std::uint64_t>();
      break;
    case Json::value_t::number_float:
      sum += static_cast<std::uint64_t>(value.template get<double>() * 100);
      break;
    default:
      break;
  }
  return sum;
}

struct Default {
  static constexpr const char* kName = "`nlohmann::json`";
  void Make(std::string_view text) { value = nlohmann::json::parse(text); }
  std::uint64_t Read() const { return Sum(value); }
  void Drop() { value = nullptr; }
  nlohmann::json value;
};

struct InArena {
  static constexpr const char* kName = "`ParseJson`, dropped by `Reset`";
  void Make(std::string_view text) { value = &adapters::ParseJson(memory, text); }
  std::uint64_t Read() const { return Sum(*value); }
  void Drop() { memory.Reset(); }
  arena::MonotonicArena memory;
  const adapters::Json* value = nullptr;
};

struct Destroyed {
  static constexpr const char* kName = "a `Json` that is destroyed, then `Reset`";
  void Make(std::string_view text) {
    const adapters::JsonScope scope(memory);
    value = adapters::Json::parse(text);
  }
  std::uint64_t Read() const { return Sum(value); }
  void Drop() {
    value = nullptr;
    memory.Reset();
  }
  arena::MonotonicArena memory;
  adapters::Json value;
};

}  // namespace

int main(int argc, char** argv) {
  return bench::Compare<Default, InArena, Destroyed>("nlohmann::basic_json", bench::Orders(),
                                                     bench::Rounds(argc, argv));
}
