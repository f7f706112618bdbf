// SPDX-License-Identifier: Apache-2.0
//
// A JSON document in standard containers: built, walked once, destroyed, its memory dropped. The
// containers have the allocator that the peer's users would give them.
#ifndef ARENA_BENCH_WORKLOADS_DOCUMENT_HPP
#define ARENA_BENCH_WORKLOADS_DOCUMENT_HPP

#include <cstddef>
#include <functional>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "../support/cases.hpp"

namespace bench {

template <class P>
struct JsonValue {
  template <class T>
  using Allocator = decltype(AllocatorOf<T>(std::declval<P&>()));

  using String = std::basic_string<char, std::char_traits<char>, Allocator<char>>;
  using Array = std::vector<JsonValue, Allocator<JsonValue>>;
  using Object =
      std::map<String, JsonValue, std::less<>, Allocator<std::pair<const String, JsonValue>>>;

  std::variant<double, String, Array, Object> value;
};

/// Serves memory of the heap and counts what was asked for.
class CountingPeer {
 public:
  void* Alloc(std::size_t size, std::size_t) {
    bytes_ += size;
    ++blocks_;
    return ::operator new(size);
  }
  void Free(void* block, std::size_t, std::size_t) { ::operator delete(block); }

  std::size_t bytes() const { return bytes_; }
  std::size_t blocks() const { return blocks_; }

 private:
  std::size_t bytes_ = 0;
  std::size_t blocks_ = 0;
};

/// An array of orders, as a shop's interface may send it.
template <class P>
class Document {
  using Value = JsonValue<P>;
  using String = typename Value::String;
  using Array = typename Value::Array;
  using Object = typename Value::Object;

 public:
  explicit Document(std::size_t orders) : orders_(orders) {}

  std::size_t ops() const { return orders_ * kValuesPerOrder; }
  std::size_t requested() const { return Count().bytes(); }
  std::size_t expected() const {
    const CountingPeer counted = Count();
    return counted.bytes() + 16 * counted.blocks() + 64;
  }

  [[gnu::noinline]] void Fill(P& peer) {
    Array orders(AllocatorOf<Value>(peer));
    for (std::size_t i = 0; i < orders_; ++i) orders.push_back(Order(peer, i));
    root_.emplace(Value{std::move(orders)});
    benchmark::DoNotOptimize(Sum(*root_));
  }

  [[gnu::noinline]] void Drop(P& peer) {
    root_.reset();
    if constexpr (!Frees<P>) peer.Reset();
  }

 private:
  static constexpr std::size_t kTags = 5;
  static constexpr std::size_t kItems = 8;
  // Itself, id, customer, tags, each tag, items, and each item with its three members.
  static constexpr std::size_t kValuesPerOrder = 5 + kTags + 4 * kItems;

  static Value Text(P& peer, std::string_view text) {
    return {String(text, AllocatorOf<char>(peer))};
  }
  static void Add(P& peer, Object& object, std::string_view key, Value value) {
    object.emplace(String(key, AllocatorOf<char>(peer)), std::move(value));
  }

  static Value Order(P& peer, std::size_t number) {
    // Some fit into the string object itself, most do not.
    static constexpr std::string_view kTexts[] = {"new", "a gift, wrap it in blue paper please",
                                                  "express delivery before noon", "paid",
                                                  "customer since the year of the flood"};
    using Pair = std::pair<const String, Value>;
    Object order(std::less<>(), AllocatorOf<Pair>(peer));
    Add(peer, order, "id", {static_cast<double>(number)});
    Add(peer, order, "customer", Text(peer, "Ada Augusta King, Countess of Lovelace"));
    Array tags(AllocatorOf<Value>(peer));
    for (std::size_t i = 0; i < kTags; ++i) tags.push_back(Text(peer, kTexts[(number + i) % 5]));
    Add(peer, order, "tags", {std::move(tags)});
    Array items(AllocatorOf<Value>(peer));
    for (std::size_t i = 0; i < kItems; ++i) {
      Object item(std::less<>(), AllocatorOf<Pair>(peer));
      Add(peer, item, "stock keeping unit", Text(peer, "4711-0815-0042-" + std::to_string(i)));
      Add(peer, item, "quantity", {static_cast<double>(i)});
      Add(peer, item, "price", {static_cast<double>(number + i)});
      items.push_back({std::move(item)});
    }
    Add(peer, order, "items", {std::move(items)});
    return {std::move(order)};
  }

  static double Sum(const Value& value) {
    if (const auto* number = std::get_if<double>(&value.value)) return *number;
    double sum = 0;
    if (const auto* text = std::get_if<String>(&value.value)) {
      sum = static_cast<double>(text->size());
    } else if (const auto* array = std::get_if<Array>(&value.value)) {
      for (const Value& element : *array) sum += Sum(element);
    } else {
      for (const auto& [key, member] : std::get<Object>(value.value)) {
        sum += static_cast<double>(key.size()) + Sum(member);
      }
    }
    return sum;
  }

  CountingPeer Count() const {
    CountingPeer counter;
    Document<CountingPeer> document(orders_);
    document.Fill(counter);
    document.Drop(counter);
    return counter;
  }

  std::size_t orders_;
  std::optional<Value> root_;
};

template <class P>
void RegisterDocument() {
  // Who has an allocator of their own, and who frees each block as std::allocator does.
  if constexpr (Frees<P> || requires(P& peer) { peer.template Allocator<int>(); }) {
    WarmCase<P, Document<P>>("document/orders", std::size_t{250});
  }
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_DOCUMENT_HPP
