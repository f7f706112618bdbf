// SPDX-License-Identifier: Apache-2.0
//
// Boost.JSON with its default memory, with its own pool and in an arena.
#include <arena/arena.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/src.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "../../examples/adapters/arena_boost_json.hpp"
#include "document.hpp"
#include "measure.hpp"

namespace {

namespace json = boost::json;

json::value Parse(std::string_view text, json::storage_ptr memory = {}) {
  return json::parse(json::string_view(text.data(), text.size()), std::move(memory));
}

std::uint64_t Sum(const json::value& value) {
  std::uint64_t sum = 1;
  switch (value.kind()) {
    case json::kind::object:
      for (const auto& part : value.get_object()) sum += part.key().size() + Sum(part.value());
      break;
    case json::kind::array:
      for (const json::value& part : value.get_array()) sum += Sum(part);
      break;
    case json::kind::string:
      sum += value.get_string().size();
      break;
    case json::kind::int64:
      sum += static_cast<std::uint64_t>(value.get_int64());
      break;
    case json::kind::double_:
      sum += static_cast<std::uint64_t>(value.get_double() * 100);
      break;
    default:
      break;
  }
  return sum;
}

struct OwnPool {
  static constexpr const char* kName = "`boost::json::monotonic_resource`";
  void Make(std::string_view text) {
    pool.emplace();
    value.emplace(Parse(text, &*pool));
  }
  std::uint64_t Read() const { return Sum(*value); }
  void Drop() {
    value.reset();
    pool.reset();
  }
  std::optional<json::monotonic_resource> pool;
  std::optional<json::value> value;
};

struct OwnPoolOverBuffer {
  static constexpr const char* kName = "the same over a reused buffer of 4 MiB";
  void Make(std::string_view text) {
    pool.emplace(buffer.data(), buffer.size());
    value.emplace(Parse(text, &*pool));
  }
  std::uint64_t Read() const { return Sum(*value); }
  void Drop() {
    value.reset();
    pool.reset();
  }
  std::vector<unsigned char> buffer = std::vector<unsigned char>(std::size_t{4} << 20);
  std::optional<json::monotonic_resource> pool;
  std::optional<json::value> value;
};

struct Default {
  static constexpr const char* kName = "default memory (operator new)";
  void Make(std::string_view text) { value.emplace(Parse(text)); }
  std::uint64_t Read() const { return Sum(*value); }
  void Drop() { value.reset(); }
  std::optional<json::value> value;
};

struct InArena {
  static constexpr const char* kName = "`ParseBoostJson`, dropped by `Reset`";
  void Make(std::string_view text) { value = &adapters::ParseBoostJson(resource, text); }
  std::uint64_t Read() const { return Sum(*value); }
  void Drop() { memory.Reset(); }
  arena::MonotonicArena memory;
  adapters::BoostJsonMemory resource{memory};
  const json::value* value = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
  return bench::Compare<OwnPool, OwnPoolOverBuffer, Default, InArena>("Boost.JSON", bench::Orders(),
                                                                      bench::Rounds(argc, argv));
}
