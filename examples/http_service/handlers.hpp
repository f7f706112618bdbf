// SPDX-License-Identifier: Apache-2.0
//
// The handlers: from a body to the body of an answer, in the memory of the request.
//
//   POST /process  {"items": ["Crate of Apples", ...]}
//     {"items": [{"text": "CRATE OF APPLES", "slug": "crate-of-apples",
//                 "words": ["crate", "of", "apples"]}, ...], "count": 1}
//   POST /orders   {"orders": [{"id": 1, "customer": "Ada", "lines": [
//                     {"sku": "A-1", "quantity": 2, "unit_cents": 250}, ...]}, ...]}
//     {"orders": 1, "total_cents": 500,
//      "customers": [{"customer": "Ada", "orders": 1, "units": 2, "total_cents": 500}, ...],
//      "top_items": [{"sku": "A-1", "units": 2, "total_cents": 500}, ...]}
#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <tuple>

#include "http.hpp"
#include "memory.hpp"

namespace service {

namespace json = boost::json;

// ---- documents -----------------------------------------------------------------------------------

inline json::value ParseJson(std::string_view body, const json::storage_ptr& memory) {
  unsigned char scratch[16 * 1024];  // for the values of unfinished arrays and objects
  json::parser parser(memory, {}, scratch, sizeof(scratch));
  parser.reset(memory);
  json::error_code error;
  parser.write(body.data(), body.size(), error);
  if (error) throw HttpError(status::bad_request, "the body is not JSON: " + error.message());
  return parser.release();
}

// Appends `value` as text. `expected`: how long it may become; a good guess saves copies.
inline void AppendJson(const json::value& value, std::size_t expected, String& text) {
  json::serializer serializer;
  serializer.reset(&value);
  std::size_t length = text.size();
  for (std::size_t room = expected; !serializer.done(); room = length) {
    text.resize(length + room);
    length += serializer.read(text.data() + length, room).size();
  }
  text.resize(length);
}

// A part of a document, and what messages call it.
struct Part {
  Part operator[](std::string_view member) const {
    Check(value.is_object(), " is not an object");
    const auto* const found = value.get_object().if_contains({member.data(), member.size()});
    Part{value, member}.Check(found != nullptr, " is missing");
    return {*found, member};
  }
  const json::array& AsArray(std::size_t max) const {
    Check(value.is_array(), " is not an array");
    Check(value.get_array().size() <= max, " has more than ", max);
    return value.get_array();
  }
  std::string_view AsText() const {
    Check(value.is_string(), " is not a string");
    return {value.get_string().data(), value.get_string().size()};
  }
  std::int64_t AsInteger(std::uint64_t max) const {
    Check(value.is_int64(), " is not an integer of 64 bits");
    Check(static_cast<std::uint64_t>(value.get_int64()) <= max, " is not in 0 to ", max);
    return value.get_int64();
  }
  void Check(bool holds, const char* problem, std::uint64_t max = 0) const {
    if (holds) [[likely]]
      return;
    const std::string message = std::string(name) + problem + (max != 0 ? std::to_string(max) : "");
    throw HttpError(status::unprocessable_entity, message);
  }

  const json::value& value;
  std::string_view name;
};

// ---- POST /process -------------------------------------------------------------------------------

struct ProcessedItem {
  ProcessedItem(RequestMemory& memory, std::string_view item)
      : text(item, memory.allocator()), slug(memory.allocator()), words(memory.allocator()) {
    slug.reserve(item.size());
  }

  String text;           // in upper case
  String slug;           // the words in lower case, joined by hyphens
  Vector<String> words;  // those of the slug
};

constexpr bool IsUpper(char c) noexcept { return 'A' <= c && c <= 'Z'; }
constexpr bool IsLower(char c) noexcept { return 'a' <= c && c <= 'z'; }
// Letters and digits of ASCII, and all that is not ASCII.
constexpr bool IsOfWord(char c) noexcept {
  return IsUpper(c) || IsLower(c) || ('0' <= c && c <= '9') || static_cast<unsigned char>(c) > 127;
}

inline void ProcessItem(ProcessedItem& item) {
  for (char& c : item.text) {
    if (IsOfWord(c)) {
      item.slug += IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!item.slug.empty() && item.slug.back() != '-') {
      item.slug += '-';
    }
    if (IsLower(c)) c = static_cast<char>(c - 'a' + 'A');
  }
  if (item.slug.ends_with('-')) item.slug.pop_back();

  std::string_view rest = item.slug;
  item.words.reserve(static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '-')) + 1);
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find('-'));
    item.words.emplace_back(word);
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
}

inline void HandleProcess(RequestMemory& memory, std::string_view body, String& answer) {
  const json::value document = ParseJson(body, memory.json());
  const json::array& items = Part{document, "the body"}["items"].AsArray(1000);
  Vector<ProcessedItem> processed(memory.allocator());
  processed.reserve(items.size());
  for (const json::value& item : items) {
    ProcessItem(processed.emplace_back(memory, Part{item, "an item"}.AsText()));
  }

  json::array list(memory.json());
  list.reserve(processed.size());
  for (const ProcessedItem& item : processed) {
    json::object& out = list.emplace_back(json::object_kind).get_object();
    out.reserve(3);
    out.emplace("text", std::string_view(item.text));
    out.emplace("slug", std::string_view(item.slug));
    out.emplace("words", json::array(item.words.begin(), item.words.end(), memory.json()));
  }
  json::object out(memory.json());
  out.emplace("items", std::move(list));
  out.emplace("count", processed.size());
  AppendJson(std::move(out), body.size() * 5, answer);
}

// ---- POST /orders --------------------------------------------------------------------------------

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
using TotalsByName = Map<String, Totals>;

// With these bounds no sum can overflow.
inline void ReadOrder(RequestMemory& memory, const Part& in, Order& order) {
  order.id = in["id"].AsInteger(INT64_MAX);
  order.customer = in["customer"].AsText();
  const json::array& lines = in["lines"].AsArray(100);
  order.lines.reserve(lines.size());
  for (const json::value& element : lines) {
    const Part line{element, "a line"};
    order.lines.push_back({String(line["sku"].AsText(), memory.allocator()),
                           line["quantity"].AsInteger(10'000),
                           line["unit_cents"].AsInteger(100'000'000)});
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
  const json::array& in = Part{document, "the body"}["orders"].AsArray(1000);
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
