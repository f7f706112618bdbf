// SPDX-License-Identifier: Apache-2.0
//
// Requests arrive as protobuf messages and are answered with messages: what belongs to one request,
// messages and text, lies in one arena. The messages are google.protobuf.Struct, which comes with the
// library, so that this program needs no compiler of messages; yours are used the same way. See
// arena_protobuf.hpp.
#include <google/protobuf/struct.pb.h>

#include <arena/arena.hpp>
#include <cstdio>
#include <string>
#include <string_view>

#include "arena_protobuf.hpp"

using google::protobuf::Struct;

// What a client would have sent.
std::string RequestOf(double articles) {
  Struct request;
  auto& fields = *request.mutable_fields();
  fields["customer"].set_string_value("Ada");
  auto& lines = *fields["lines"].mutable_list_value();
  for (double i = 0; i < articles; ++i) {
    auto& line = *lines.add_values()->mutable_struct_value()->mutable_fields();
    line["article"].set_number_value(i);
    line["cents"].set_number_value(100 + i);
  }
  return request.SerializeAsString();
}

std::string_view Handle(arena::Arena& a, std::string_view wire) {
  adapters::ProtobufArena messages(a, wire.size() * 8);
  auto& request = *messages.Create<Struct>();
  if (!request.ParseFromArray(wire.data(), static_cast<int>(wire.size()))) return {};
  double total = 0;
  auto& answer = *messages.Create<Struct>();
  for (const auto& line : request.fields().at("lines").list_value().values()) {
    total += line.struct_value().fields().at("cents").number_value();
  }
  (*answer.mutable_fields())["customer"] = request.fields().at("customer");
  (*answer.mutable_fields())["cents"].set_number_value(total);
  const auto text =
      arena::AllocateSliceForOverwrite<char>(a, answer.ByteSizeLong(), answer.ByteSizeLong());
  answer.SerializeToArray(text.data(), static_cast<int>(text.size()));
  return {text.data(), text.size()};  // the messages end here, the text stays
}

int main() {
  arena::MonotonicArena a;
  for (const double articles : {3.0, 1000.0}) {
    const std::string request = RequestOf(articles);
    const std::string_view wire = Handle(a, request);
    Struct answer;
    if (!answer.ParseFromArray(wire.data(), static_cast<int>(wire.size()))) return 1;
    std::printf("%s pays %.0f cents; the answer lies in the arena: %s\n",
                answer.fields().at("customer").string_value().c_str(),
                answer.fields().at("cents").number_value(), a.Owns(wire.data()) ? "yes" : "no");
    a.Reset();
  }
  std::printf("refused: %s\n", Handle(a, "not a message").empty() ? "yes" : "no");
  google::protobuf::ShutdownProtobufLibrary();
}
