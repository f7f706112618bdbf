// SPDX-License-Identifier: Apache-2.0
//
// The adapter for protobuf: where messages lie, and which arena their blocks come from.
#include <google/protobuf/struct.pb.h>

#include <new>
#include <string>
#include <thread>

#include "adapters/heap.hpp"
#include "arena_protobuf.hpp"

using adapters::ProtobufArena;
using arena_test::Check;
using google::protobuf::ListValue;

namespace {

arena_test::Storage storage;

void Fill(ListValue& list, int count) {
  for (int i = 0; i < count; ++i) list.add_values()->set_number_value(i);
}

void NumbersDoNotUseTheHeap(arena::MonotonicArena& a) {
  for (const std::size_t first : {std::size_t{0}, std::size_t{1000}, std::size_t{200'000}}) {
    std::size_t peak = 0;
    const std::size_t calls = arena_test::HeapCalls([&a, first, &peak] {
      ProtobufArena messages(a, first);
      auto& list = *messages.Create<ListValue>();
      Fill(list, 2000);
      Check(list.values(1999).number_value() == 1999, "all of it is there");
      Check(a.Owns(&list) && a.Owns(&list.values(1999)), "in the arena");
      Check(list.GetArena() == &messages.get(), "messages know their arena");
      peak = a.Len();
    });
    Check(calls == 0, "no call of the heap, whatever the size of the first block");
    Check(a.Len() == peak, "the end gives nothing back");
    a.Reset();
  }
}

// And ASan sees that they are freed.
void LongStringsEndWithTheMessages(arena::MonotonicArena& a) {
  const std::size_t calls = arena_test::HeapCalls([&a] {
    ProtobufArena messages(a);
    messages.Create<google::protobuf::Value>()->set_string_value(std::string(1000, 'x'));
  });
  Check(calls >= 1, "a long string has its bytes on the heap");
  a.Reset();
}

void TheInnermostOneGivesTheBlocks(arena::MonotonicArena& a) {
  arena::MonotonicArena other;
  ProtobufArena outer(a);
  auto& list = *outer.Create<ListValue>();
  {
    ProtobufArena inner(other);
    Fill(*inner.Create<ListValue>(), 2000);
    Check(other.Len() > 50'000 && a.Len() < 10'000, "the inner one's blocks are the inner arena's");
  }
  Fill(list, 2000);
  Check(a.Len() > 50'000, "then it is the outer one's turn again");
}

void WithoutOneOnTheThreadNothingGrows(arena::MonotonicArena& a) {
  ProtobufArena messages(a, 1024);
  auto& list = *messages.Create<ListValue>();
  bool refused = false;
  std::thread([&list, &refused] {
    try {
      Fill(list, 2000);
    } catch (const std::bad_alloc&) {
      refused = true;
    }
  }).join();
  Check(refused, "on another thread a message has no arena to grow in");
}

}  // namespace

int main() {
  {
    arena::MonotonicArena a(storage.options());
    ListValue warm_up;  // what the library sets up only once
    Fill(warm_up, 1);
    NumbersDoNotUseTheHeap(a);
    LongStringsEndWithTheMessages(a);
    TheInnermostOneGivesTheBlocks(a);
    a.Reset();
    WithoutOneOnTheThreadNothingGrows(a);
  }
  google::protobuf::ShutdownProtobufLibrary();
  return arena_test::Verdict();
}
