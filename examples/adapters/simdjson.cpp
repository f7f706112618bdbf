// SPDX-License-Identifier: Apache-2.0
//
// A catalogue of books is read with simdjson into the program's own structs, which lie in one arena and
// outlive parser and text. See arena_simdjson.hpp.
#include <simdjson.h>

#include <arena/arena.hpp>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "arena_simdjson.hpp"

struct Book {
  std::string_view title;
  std::uint64_t year = 0;
  arena::Slice<std::string_view> authors;
};

struct Catalogue {
  std::string_view name;
  arena::Slice<Book> books;
};

// In the order of the text, as simdjson reads it.
const Catalogue& ReadCatalogue(arena::Arena& a, std::string_view text) {
  simdjson::ondemand::parser parser;  // a server keeps one for each thread
  const simdjson::padded_string padded(text);
  simdjson::ondemand::document document = parser.iterate(padded);
  auto& catalogue = *arena::Allocate<Catalogue>(a);
  catalogue.name = adapters::ReadString(a, document["name"]);
  catalogue.books = adapters::ReadArray<Book>(a, document["books"], [&a](auto book) {
    return Book{adapters::ReadString(a, book["title"]), book["year"],
                adapters::ReadArray<std::string_view>(
                    a, book["authors"], [&a](auto name) { return adapters::ReadString(a, name); })};
  });
  return catalogue;
}

int main() {
  arena::MonotonicArena a;
  const Catalogue& catalogue = ReadCatalogue(a, R"({
    "name": "Classics \u2014 of computing",
    "books": [
      {"title": "The \"Art\" of Computer Programming", "year": 1968, "authors": ["Knuth"]},
      {"title": "Structure and Interpretation", "year": 1985, "authors": ["Abelson", "Sussman"]}
    ]})");
  std::printf("%.*s\n", static_cast<int>(catalogue.name.size()), catalogue.name.data());
  for (const Book& book : catalogue.books) {
    std::printf("%llu %s by", static_cast<unsigned long long>(book.year), book.title.data());
    for (const std::string_view author : book.authors) std::printf(" %s", author.data());
    std::printf("\n");
  }
  try {
    ReadCatalogue(a, R"({"name": "half a catalogue", "books": 7})");
  } catch (const simdjson::simdjson_error& error) {
    std::printf("refused: %s\n", error.what());
  }
}
