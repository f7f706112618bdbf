// SPDX-License-Identifier: Apache-2.0
//
// protobuf messages in an arena: a google::protobuf::Arena whose blocks come from one of ours.
//
//     adapters::ProtobufArena messages(a, text.size() * 4);
//     auto* order = messages.Create<Order>();
//
// protobuf asks for blocks by a plain function, which learns nothing but their size: they come from the
// arena of the thread's innermost ProtobufArena. Beware:
// - Messages grow on the thread that made their ProtobufArena, while it is the innermost one. Otherwise
//   they take memory of another arena, and may lose it first; where none is open, std::bad_alloc.
// - A string field that is longer than what fits inside a std::string has its bytes on the heap,
//   whatever protobuf's arena is; the end of the ProtobufArena frees them.
// - The ProtobufArena ends before `a` is reset. Blocks are not given back before that.
#pragma once

#include <google/protobuf/arena.h>

#include <algorithm>
#include <arena/arena.hpp>
#include <cstddef>
#include <new>
#include <utility>

namespace adapters {

class ProtobufArena {
 public:
  /// `first_block`: bytes for what is known to come; later blocks double, up to 1 MiB.
  explicit ProtobufArena(arena::Arena& a, std::size_t first_block = 8 * 1024)
      : messages_(Options(a, first_block)), outer_(std::exchange(current_, &a)) {}
  ProtobufArena(const ProtobufArena&) = delete;
  ~ProtobufArena() { current_ = outer_; }

  template <class Message>
  Message* Create() {
    return google::protobuf::Arena::CreateMessage<Message>(&messages_);
  }
  google::protobuf::Arena& get() noexcept { return messages_; }

 private:
  static google::protobuf::ArenaOptions Options(arena::Arena& a, std::size_t size) {
    google::protobuf::ArenaOptions options;
    size = std::max<std::size_t>(size, 1024);  // protobuf keeps its own things there, too
    options.initial_block = static_cast<char*>(a.Alloc(size, 8));
    options.initial_block_size = size;
    options.max_block_size = 1024 * 1024;
    options.block_alloc = [](std::size_t bytes) {
      return current_ != nullptr ? current_->Alloc(bytes, 8) : throw std::bad_alloc();
    };
    options.block_dealloc = [](void*, std::size_t) {};
    return options;
  }

  static inline constinit thread_local arena::Arena* current_ = nullptr;
  google::protobuf::Arena messages_;
  arena::Arena* const outer_;
};

}  // namespace adapters
