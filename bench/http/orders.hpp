// SPDX-License-Identifier: Apache-2.0
//
// A handler with more to do than that of the example, to measure.
//
//   POST /orders   {"orders": [{"id": 1, "customer": "Ada", "lines": [
//                     {"sku": "A-1", "quantity": 2, "unit_cents": 250}, ...]}, ...]}
//     {"orders": 1, "total_cents": 500,
//      "customers": [{"customer": "Ada", "orders": 1, "units": 2, "total_cents": 500}, ...],
//      "top_items": [{"sku": "A-1", "units": 2, "total_cents": 500}, ...]}
#ifndef ARENA_BENCH_HTTP_ORDERS_HPP
#define ARENA_BENCH_HTTP_ORDERS_HPP

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "handlers.hpp"

namespace service {

// A part of a document, and what messages call it.
struct Part {
  Part operator[](std::string_view member) const {
    const json::object* const object = value.if_object();
    Check(object != nullptr, " is not an object");
    const json::value* const found = object->if_contains(member);
    Part{value, member}.Check(found != nullptr, " is missing");
    return {*found, member};
  }
  const json::array& AsArray() const {
    Check(value.is_array(), " is not an array");
    return value.get_array();
  }
  std::string_view AsText() const {
    Check(value.is_string(), " is not a string");
    return value.get_string();
  }
  void Check(bool holds, const char* problem) const {
    if (holds) [[likely]]
      return;
    throw HttpError(status::unprocessable_entity, std::string(name) + problem);
  }

  const json::value& value;
  std::string_view name;
};

struct OrderLine {
  String sku;
  std::int64_t quantity, unit_cents;
};
struct Order {
  explicit Order(RequestMemory& memory) : customer(memory.allocator()), lines(memory.allocator()) {}

  std::int64_t id = 0;
  String customer;
  Vector<OrderLine> lines;
};
struct Totals {
  std::int64_t orders = 0, units = 0, cents = 0;
};
// Ordered: clients choose the names, and could choose many that share one hash.
using TotalsByName =
    std::map<String, Totals, std::less<>, Allocator<std::pair<const String, Totals>>>;

// With these bounds, and the one of --max-body, no sum can overflow.
inline std::int64_t AsInteger(const Part& part, std::int64_t max) {
  const std::int64_t* const number = part.value.if_int64();
  part.Check(number != nullptr && 0 <= *number && *number <= max, " is not in its range");
  return *number;
}

inline void ReadOrder(RequestMemory& memory, const Part& in, Order& order) {
  order.id = AsInteger(in["id"], INT64_MAX);
  order.customer = in["customer"].AsText();
  const json::array& lines = in["lines"].AsArray();
  order.lines.reserve(lines.size());
  for (const json::value& element : lines) {
    const Part line{element, "a line"};
    order.lines.push_back({String(line["sku"].AsText(), memory.allocator()),
                           AsInteger(line["quantity"], 10'000),
                           AsInteger(line["unit_cents"], 100'000'000)});
  }
}

// The entry of `name`, made if there is none.
inline Totals& Find(RequestMemory& memory, TotalsByName& map, std::string_view name) {
  const auto found = map.find(name);
  if (found != map.end()) return found->second;
  return map.emplace(String(name, memory.allocator()), Totals()).first->second;
}

// The entries of highest value, at most `max` of them, as an array of objects.
inline json::array Highest(RequestMemory& memory, const TotalsByName& map, std::size_t max,
                           std::string_view name, bool with_orders) {
  using Entry = TotalsByName::value_type;
  Vector<const Entry*> sorted(memory.allocator());
  sorted.reserve(map.size());
  for (const Entry& entry : map) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) {
    return std::tie(b->second.cents, a->first) < std::tie(a->second.cents, b->first);
  });
  sorted.resize(std::min(max, sorted.size()));

  json::array out(memory.json());
  out.reserve(sorted.size());
  for (const Entry* entry : sorted) {
    json::object& object = out.emplace_back(json::object_kind).get_object();
    object.reserve(4);
    object.emplace(name, std::string_view(entry->first));
    if (with_orders) object.emplace("orders", entry->second.orders);
    object.emplace("units", entry->second.units);
    object.emplace("total_cents", entry->second.cents);
  }
  return out;
}

inline void HandleOrders(RequestMemory& memory, std::string_view body, String& answer) {
  const json::value document = ParseJson(body, memory.json());
  const json::array& in = Part{document, "the body"}["orders"].AsArray();
  Vector<Order> orders(memory.allocator());
  orders.reserve(in.size());
  for (const json::value& order : in) {
    ReadOrder(memory, {order, "an order"}, orders.emplace_back(memory));
  }

  TotalsByName customers(memory.allocator()), items(memory.allocator());
  std::int64_t total = 0;
  for (const Order& order : orders) {
    Totals& customer = Find(memory, customers, order.customer);
    ++customer.orders;
    for (const OrderLine& line : order.lines) {
      const std::int64_t cents = line.quantity * line.unit_cents;
      Totals& item = Find(memory, items, line.sku);
      item.units += line.quantity;
      item.cents += cents;
      customer.units += line.quantity;
      customer.cents += cents;
      total += cents;
    }
  }
  json::object out(memory.json());
  out.emplace("orders", orders.size());
  out.emplace("total_cents", total);
  out.emplace("customers", Highest(memory, customers, customers.size(), "customer", true));
  out.emplace("top_items", Highest(memory, items, 10, "sku", false));
  AppendJson(std::move(out), body.size() / 4, answer);
}

}  // namespace service

#endif  // ARENA_BENCH_HTTP_ORDERS_HPP
