// SPDX-License-Identifier: Apache-2.0
//
// RapidJSON with malloc, with its own pool and in an arena.
#include <rapidjson/document.h>

#include <arena/arena.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "../../examples/adapters/arena_rapidjson.hpp"
#include "document.hpp"
#include "measure.hpp"

namespace {

template <class Value>
std::uint64_t Sum(const Value& value) {
  std::uint64_t sum = 1;
  switch (value.GetType()) {
    case rapidjson::kObjectType:
      for (const auto& member : value.GetObject()) {
        sum += member.name.GetStringLength() + Sum(member.value);
      }
      break;
    case rapidjson::kArrayType:
      for (const auto& part : value.GetArray()) sum += Sum(part);
      break;
    case rapidjson::kStringType:
      sum += value.GetStringLength();
      break;
    case rapidjson::kNumberType:
      sum += value.IsUint64() ? value.GetUint64()
                              : static_cast<std::uint64_t>(value.GetDouble() * 100);
      break;
    default:
      break;
  }
  return sum;
}

template <class Document>
void Parse(Document& document, std::string_view text) {
  document.Parse(text.data(), text.size());
  if (document.HasParseError()) std::abort();
}

struct OwnPool {
  static constexpr const char* kName = "`rapidjson::Document` (`MemoryPoolAllocator`)";
  void Make(std::string_view text) { Parse(document.emplace(), text); }
  std::uint64_t Read() const { return Sum(*document); }
  void Drop() { document.reset(); }
  std::optional<rapidjson::Document> document;
};

// The pool keeps the buffer from one document to the next.
struct OwnPoolOverBuffer {
  static constexpr const char* kName = "the same pool over a reused buffer of 4 MiB";
  void Make(std::string_view text) {
    pool.emplace(buffer.data(), buffer.size());
    Parse(document.emplace(&*pool), text);
  }
  std::uint64_t Read() const { return Sum(*document); }
  void Drop() {
    document.reset();
    pool.reset();
  }
  std::vector<char> buffer = std::vector<char>(std::size_t{4} << 20);
  std::optional<rapidjson::MemoryPoolAllocator<>> pool;
  std::optional<rapidjson::Document> document;
};

struct Malloc {
  static constexpr const char* kName = "`CrtAllocator` (malloc)";
  using Document = rapidjson::GenericDocument<rapidjson::UTF8<>, rapidjson::CrtAllocator>;
  void Make(std::string_view text) { Parse(document.emplace(), text); }
  std::uint64_t Read() const { return Sum(*document); }
  void Drop() { document.reset(); }
  std::optional<Document> document;
};

struct InArena {
  static constexpr const char* kName = "`RapidJsonDocument`, dropped by `Reset`";
  void Make(std::string_view text) { Parse(document.emplace(&allocator, 1024, &allocator), text); }
  std::uint64_t Read() const { return Sum(*document); }
  void Drop() {
    document.reset();
    memory.Reset();
  }
  arena::MonotonicArena memory;
  adapters::RapidJsonAllocator allocator{memory};
  std::optional<adapters::RapidJsonDocument> document;
};

}  // namespace

int main(int argc, char** argv) {
  return bench::Compare<OwnPool, OwnPoolOverBuffer, Malloc, InArena>("RapidJSON", bench::Orders(),
                                                                     bench::Rounds(argc, argv));
}
