// SPDX-License-Identifier: Apache-2.0
//
// POST /orders: orders in, totals per customer and the items with the highest revenue out.
//
//     {"orders": [{"id": 1, "customer": "Ada", "lines": [
//         {"sku": "A-1", "quantity": 2, "unit_cents": 250}, ...]}, ...]}
//     {"orders": 1, "total_cents": 500,
//      "customers": [{"customer": "Ada", "orders": 1, "units": 2, "total_cents": 500}, ...],
//      "top_items": [{"sku": "A-1", "units": 2, "total_cents": 500}, ...]}
#ifndef HTTP_SERVICE_ORDERS_HPP
#define HTTP_SERVICE_ORDERS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <tuple>
#include <utility>

#include "containers.hpp"
#include "json_io.hpp"

namespace service {

// With these no sum can overflow.
inline constexpr std::size_t kMostOrders = 1000;
inline constexpr std::size_t kMostLines = 100;
inline constexpr std::int64_t kMostUnits = 10'000;
inline constexpr std::int64_t kMostCents = 100'000'000;

inline constexpr std::size_t kTopItems = 10;

template <class Memory>
struct OrderLine {
  String<Memory> sku;
  std::int64_t quantity;
  std::int64_t unit_cents;
};

template <class Memory>
struct Order {
  explicit Order(Memory& memory) : customer(memory.allocator()), lines(memory.allocator()) {}

  std::int64_t id = 0;
  String<Memory> customer;
  Vector<Memory, OrderLine<Memory>> lines;
};

struct Totals {
  std::int64_t orders = 0;
  std::int64_t units = 0;
  std::int64_t cents = 0;
};

template <class Memory>
void ReadOrder(Memory& memory, const json::value& in, Order<Memory>& order) {
  Members members(in, "an order");
  order.id = AsInteger(members["id"], "id", 0, std::numeric_limits<std::int64_t>::max());
  order.customer = AsText(members["customer"], "customer");
  const json::array& lines = AsArray(members["lines"], "lines", kMostLines);
  order.lines.reserve(lines.size());
  for (const json::value& element : lines) {
    Members line(element, "a line");
    order.lines.push_back({String<Memory>(AsText(line["sku"], "sku"), memory.allocator()),
                           AsInteger(line["quantity"], "quantity", 0, kMostUnits),
                           AsInteger(line["unit_cents"], "unit_cents", 0, kMostCents)});
  }
}

template <class Memory>
Vector<Memory, Order<Memory>> ReadOrders(Memory& memory, const json::value& document) {
  const json::array& in = AsArray(Members(document, "the body")["orders"], "orders", kMostOrders);
  Vector<Memory, Order<Memory>> orders(memory.allocator());
  orders.reserve(in.size());
  for (const json::value& order : in) ReadOrder(memory, order, orders.emplace_back(memory));
  return orders;
}

// The entry of `name`, made if there is none.
template <class Memory>
Totals& Find(Memory& memory, TextMap<Memory, Totals>& map, std::string_view name) {
  const auto found = map.find(name);
  if (found != map.end()) return found->second;
  return map.emplace(String<Memory>(name, memory.allocator()), Totals()).first->second;
}

// The entries of highest value, at most `most` of them, as an array of objects.
template <class Memory>
json::array Highest(Memory& memory, const TextMap<Memory, Totals>& map, std::size_t most,
                    std::string_view name, bool with_orders) {
  using Entry = typename TextMap<Memory, Totals>::value_type;
  Vector<Memory, const Entry*> sorted(memory.allocator());
  sorted.reserve(map.size());
  for (const Entry& entry : map) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) {
    return std::tie(b->second.cents, a->first) < std::tie(a->second.cents, b->first);
  });
  sorted.resize(std::min(most, sorted.size()));

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

template <class Memory>
json::value Summarise(Memory& memory, const Vector<Memory, Order<Memory>>& orders) {
  TextMap<Memory, Totals> customers(memory.allocator());
  TextMap<Memory, Totals> items(memory.allocator());
  std::int64_t total = 0;
  for (const Order<Memory>& order : orders) {
    Totals& customer = Find(memory, customers, order.customer);
    ++customer.orders;
    for (const OrderLine<Memory>& line : order.lines) {
      const std::int64_t cents = line.quantity * line.unit_cents;
      Totals& item = Find(memory, items, line.sku);
      item.units += line.quantity;
      item.cents += cents;
      customer.units += line.quantity;
      customer.cents += cents;
      total += cents;
    }
  }
  json::object answer(memory.json());
  answer.reserve(4);
  answer.emplace("orders", orders.size());
  answer.emplace("total_cents", total);
  answer.emplace("customers", Highest(memory, customers, customers.size(), "customer", true));
  answer.emplace("top_items", Highest(memory, items, kTopItems, "sku", false));
  return answer;
}

template <class Memory>
void HandleOrders(Memory& memory, std::string_view body, String<Memory>& answer) {
  const json::value document = ParseJson(body, memory.json());
  const auto orders = ReadOrders(memory, document);
  AppendJson(Summarise(memory, orders), body.size() / 4, answer);
}

}  // namespace service

#endif  // HTTP_SERVICE_ORDERS_HPP
