// SPDX-License-Identifier: Apache-2.0
//
// protobuf messages on the heap, in protobuf's own arena and in one of ours. The document is
// google.protobuf.Struct in protobuf's wire format, made before the clock runs.
#include <google/protobuf/arena.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <arena/arena.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../../examples/adapters/arena_protobuf.hpp"
#include "document.hpp"
#include "measure.hpp"

namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

std::uint64_t Sum(const Struct& fields);

std::uint64_t Sum(const Value& value) {
  switch (value.kind_case()) {
    case Value::kStructValue:
      return Sum(value.struct_value());
    case Value::kListValue: {
      std::uint64_t sum = 1;
      for (const Value& part : value.list_value().values()) sum += Sum(part);
      return sum;
    }
    case Value::kStringValue:
      return value.string_value().size();
    case Value::kNumberValue:
      return static_cast<std::uint64_t>(value.number_value() * 100);
    default:
      return 1;
  }
}

std::uint64_t Sum(const Struct& fields) {
  std::uint64_t sum = 1;
  for (const auto& [name, value] : fields.fields()) sum += name.size() + Sum(value);
  return sum;
}

void Parse(Struct& message, std::string_view wire) {
  if (!message.ParseFromArray(wire.data(), static_cast<int>(wire.size()))) std::abort();
}

struct Default {
  static constexpr const char* kName = "messages on the heap";
  void Make(std::string_view wire) { Parse(message.emplace(), wire); }
  std::uint64_t Read() const { return Sum(*message); }
  void Drop() { message.reset(); }
  std::optional<Struct> message;
};

struct OwnArena {
  static constexpr const char* kName = "`google::protobuf::Arena`";
  void Make(std::string_view wire) {
    messages.emplace();
    message = google::protobuf::Arena::CreateMessage<Struct>(&*messages);
    Parse(*message, wire);
  }
  std::uint64_t Read() const { return Sum(*message); }
  void Drop() { messages.reset(); }
  std::optional<google::protobuf::Arena> messages;
  Struct* message = nullptr;
};

struct InArena {
  static constexpr const char* kName = "`ProtobufArena`, then `Reset`";
  void Make(std::string_view wire) {
    messages.emplace(memory, wire.size() * 8);
    message = messages->Create<Struct>();
    Parse(*message, wire);
  }
  std::uint64_t Read() const { return Sum(*message); }
  void Drop() {
    messages.reset();
    memory.Reset();
  }
  arena::MonotonicArena memory;
  std::optional<adapters::ProtobufArena> messages;
  Struct* message = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
  Struct document;
  if (!google::protobuf::util::JsonStringToMessage(bench::Orders(), &document).ok()) return 1;
  return bench::Compare<Default, OwnArena, InArena>("protobuf", document.SerializeAsString(),
                                                    bench::Rounds(argc, argv));
}
