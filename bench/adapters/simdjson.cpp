// SPDX-License-Identifier: Apache-2.0
//
// What simdjson reads, as objects of the program on the heap and in an arena.
#include <simdjson.h>

#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../../examples/adapters/arena_simdjson.hpp"
#include "document.hpp"
#include "measure.hpp"

namespace {

template <class String, class Strings>
struct Line {
  String article;
  std::uint64_t count = 0;
  double price = 0;
  Strings tags;
};
template <class String, class Lines>
struct Order {
  std::uint64_t id = 0;
  String name;
  String mail;
  bool trusted = false;
  Lines lines;
};

template <class Orders>
std::uint64_t Sum(const Orders& orders) {
  std::uint64_t sum = 0;
  for (const auto& order : orders) {
    sum += order.id + order.name.size() + order.mail.size() + (order.trusted ? 1 : 0);
    for (const auto& line : order.lines) {
      sum += line.article.size() + line.count + static_cast<std::uint64_t>(line.price * 100);
      for (const auto& tag : line.tags) sum += tag.size();
    }
  }
  return sum;
}

struct Default {
  static constexpr const char* kName = "into `std::vector` and `std::string`";
  using OneLine = Line<std::string, std::vector<std::string>>;
  using OneOrder = Order<std::string, std::vector<OneLine>>;

  static std::string Text(simdjson::simdjson_result<simdjson::ondemand::value> value) {
    return std::string(std::string_view(value.get_string()));
  }
  void Make(std::string_view text) {
    padded = simdjson::padded_string(text);
    auto document = parser.iterate(padded);
    for (auto item : document["orders"].get_array()) {
      OneOrder& order = orders.emplace_back();
      order.id = item["id"];
      auto customer = item["customer"];
      order.name = Text(customer["name"]);
      order.mail = Text(customer["mail"]);
      order.trusted = customer["trusted"];
      for (auto part : item["lines"].get_array()) {
        OneLine& line = order.lines.emplace_back();
        line.article = Text(part["article"]);
        line.count = part["count"];
        line.price = part["price"];
        for (auto tag : part["tags"].get_array()) {
          line.tags.emplace_back(std::string_view(tag.get_string()));
        }
      }
    }
  }
  std::uint64_t Read() const { return Sum(orders); }
  void Drop() { orders = std::vector<OneOrder>(); }

  simdjson::ondemand::parser parser;
  simdjson::padded_string padded;
  std::vector<OneOrder> orders;
};

struct InArena {
  static constexpr const char* kName = "into an arena, dropped by `Reset`";
  using OneLine = Line<std::string_view, arena::Slice<std::string_view>>;
  using OneOrder = Order<std::string_view, arena::Slice<OneLine>>;

  void Make(std::string_view text) {
    padded = simdjson::padded_string(text);
    auto document = parser.iterate(padded);
    const auto string = [this](auto value) { return adapters::ReadString(memory, value); };
    orders = adapters::ReadArray<OneOrder>(memory, document["orders"], [&](auto item) {
      OneOrder order;
      order.id = item["id"];
      auto customer = item["customer"];
      order.name = string(customer["name"]);
      order.mail = string(customer["mail"]);
      order.trusted = customer["trusted"];
      order.lines = adapters::ReadArray<OneLine>(memory, item["lines"], [&](auto part) {
        OneLine line;
        line.article = string(part["article"]);
        line.count = part["count"];
        line.price = part["price"];
        line.tags = adapters::ReadArray<std::string_view>(memory, part["tags"], string);
        return line;
      });
      return order;
    });
  }
  std::uint64_t Read() const { return Sum(orders); }
  void Drop() {
    orders = {};
    memory.Reset();
  }

  arena::MonotonicArena memory;
  simdjson::ondemand::parser parser;
  simdjson::padded_string padded;
  arena::Slice<OneOrder> orders;
};

}  // namespace

int main(int argc, char** argv) {
  return bench::Compare<Default, InArena>("simdjson", bench::Orders(), bench::Rounds(argc, argv));
}
