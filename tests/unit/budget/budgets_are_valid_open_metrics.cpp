// SPDX-License-Identifier: Apache-2.0
//
// WriteOpenMetrics against a parser that takes nothing but what the OpenMetrics text format allows
// for gauges and counters. tests/checks/open_metrics.sh asks the tools of Prometheus, too.
#include <arena/budget.hpp>
#include <cctype>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace {

struct MetricFamily {
  std::string type, unit, help;
  std::map<std::string, std::string> samples;  // by the value of their label
};

// Throws std::runtime_error at whatever the format does not allow.
class OpenMetricsParser {
 public:
  explicit OpenMetricsParser(std::string_view text) : rest_(text) {
    while (!rest_.empty()) ParseLine();
    if (!ended_) throw std::runtime_error("no # EOF");
    for (const auto& [name, family] : families_) {
      if (family.samples.empty()) throw std::runtime_error(name + " has no samples");
    }
  }

  const std::map<std::string, MetricFamily>& families() const { return families_; }

 private:
  void Expect(bool condition, const char* what) const {
    if (!condition) throw std::runtime_error(what + std::string(" at: ") + std::string(line_));
  }

  void ParseLine() {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) throw std::runtime_error("the last line does not end");
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    Expect(!ended_, "text behind # EOF");
    Expect(!line_.empty(), "an empty line");
    if (line_ == "# EOF") {
      ended_ = true;
    } else if (line_.front() == '#') {
      ParseDescriptor();
    } else {
      ParseSample();
    }
  }

  // One space between words, and none at the end.
  std::string TakeWord() {
    const std::size_t end = line_.find(' ');
    Expect(end != std::string_view::npos && end != 0, "a word is missing");
    std::string word(line_.substr(0, end));
    line_.remove_prefix(end + 1);
    return word;
  }

  std::string TakeName() {
    std::size_t size = 0;
    const auto allowed = [&](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return std::isalpha(byte) != 0 || c == '_' || c == ':' ||
             (size != 0 && std::isdigit(byte) != 0);
    };
    while (size < line_.size() && allowed(line_[size])) ++size;
    Expect(size != 0, "a name is missing");
    std::string name(line_.substr(0, size));
    line_.remove_prefix(size);
    return name;
  }

  void ParseDescriptor() {
    Expect(TakeWord() == "#", "no comments");
    const std::string kind = TakeWord();
    const std::string name = TakeName();
    Expect(line_.starts_with(' '), "one space");
    line_.remove_prefix(1);
    if (name != current_) {
      Expect(families_.count(name) == 0, "a family is in one piece");
      current_ = name;
    }
    MetricFamily& family = families_[name];
    Expect(family.samples.empty(), "a descriptor behind a sample");
    std::string& text = kind == "TYPE" ? family.type : kind == "UNIT" ? family.unit : family.help;
    Expect(kind == "TYPE" || kind == "UNIT" || kind == "HELP", "an unknown descriptor");
    Expect(text.empty() && !line_.empty(), "a descriptor twice, or empty");
    text = line_;
    if (kind == "TYPE") Expect(text == "gauge" || text == "counter", "an unknown type");
    if (kind == "UNIT") Expect(name.ends_with("_" + text), "a name that lacks its unit");
  }

  void ParseSample() {
    const std::string name = TakeName();
    const MetricFamily& of_current = families_[current_];
    Expect(name == current_ + (of_current.type == "counter" ? "_total" : ""),
           "a sample of another family");
    Expect(line_.starts_with("{"), "labels");
    line_.remove_prefix(1);
    Expect(TakeName() == "budget", "the label");
    Expect(line_.starts_with("=\""), "a quoted value");
    line_.remove_prefix(2);
    const std::string label = TakeQuoted();
    Expect(line_.starts_with("} "), "the end of the labels");
    line_.remove_prefix(2);
    const std::string value(line_);
    Expect(value == "+Inf" ||
               (!value.empty() && value.find_first_not_of("0123456789") == std::string::npos),
           "a number");
    Expect(of_current.type != "counter" || value != "+Inf", "a counter is finite");
    Expect(families_[current_].samples.emplace(label, value).second, "a series twice");
  }

  std::string TakeQuoted() {
    std::string value;
    for (;;) {
      Expect(!line_.empty(), "a quote is missing");
      const char c = line_.front();
      line_.remove_prefix(1);
      if (c == '"') return value;
      if (c != '\\') {
        value += c;
        continue;
      }
      Expect(!line_.empty(), "an escape is cut short");
      Expect(line_.front() == 'n' || line_.front() == '"' || line_.front() == '\\',
             "an unknown escape");
      value += line_.front() == 'n' ? '\n' : line_.front();
      line_.remove_prefix(1);
    }
  }

  std::string_view rest_;
  std::string_view line_{};
  bool ended_ = false;
  std::string current_{};
  std::map<std::string, MetricFamily> families_{};
};

std::map<std::string, MetricFamily> Exposed(const arena::Budget& root) {
  std::ostringstream stream;
  arena::WriteOpenMetrics(stream, root) << "# EOF\n";
  return OpenMetricsParser(stream.str()).families();
}

}  // namespace

TEST_CASE("budgets are metrics that a strict parser reads", "[budget]") {
  arena::Budget process({.name = "process", .limit = 1000, .soft_limit = 800});
  arena::Budget tenant({.name = "tenant 7", .limit = 300, .parent = &process});
  void* const block = tenant.allocate(200);
  CHECK_THROWS_AS(tenant.allocate(101), std::bad_alloc);
  process.deallocate(process.allocate(50), 50);

  const auto families = Exposed(process);
  using Samples = std::map<std::string, std::string>;
  const std::string names[2] = {"process", "process/tenant 7"};
  const auto samples = [&](const char* of_process, const char* of_tenant) {
    return Samples{{names[0], of_process}, {names[1], of_tenant}};
  };
  CHECK(families.size() == 5);
  CHECK(families.at("arena_budget_used_bytes").samples == samples("200", "200"));
  CHECK(families.at("arena_budget_peak_bytes").samples == samples("250", "200"));
  CHECK(families.at("arena_budget_limit_bytes").samples == samples("1000", "300"));
  CHECK(families.at("arena_budget_soft_limit_bytes").samples == samples("800", "+Inf"));
  CHECK(families.at("arena_budget_refused").samples == samples("0", "1"));
  CHECK(families.at("arena_budget_refused").type == "counter");
  CHECK(families.at("arena_budget_used_bytes").type == "gauge");
  CHECK(families.at("arena_budget_used_bytes").unit == "bytes");
  tenant.deallocate(block, 200);
}

TEST_CASE("no name of a budget breaks the metrics", "[budget]") {
  arena::Budget root({.name = "a \"quoted\\\" name\n# EOF\n"});
  arena::Budget odd({.name = "\xff\xfe} 1\r", .parent = &root});
  arena::Budget none({.name = "", .parent = &root});
  std::set<std::string> labels;
  const auto families = Exposed(root);
  for (const auto& [label, value] : families.at("arena_budget_used_bytes").samples) {
    labels.insert(label);
  }
  const std::string root_label = "a \"quoted\\\" name\n# EOF\n";
  CHECK(labels == std::set<std::string>{root_label, root_label + "/��} 1�", root_label + "/"});
}

TEST_CASE("budgets of one name are series of their own", "[budget]") {
  arena::Budget root({.name = "r"});
  arena::Budget first({.name = "a", .parent = &root});
  arena::Budget below({.name = "b", .parent = &first});
  arena::Budget second({.name = "a", .parent = &root});
  arena::Budget under_second({.name = "b", .parent = &second});
  arena::Budget taken({.name = "a (2)", .parent = &root});
  arena::Budget path({.name = "a/b", .parent = &root});
  std::set<std::string> labels;
  const auto families = Exposed(root);
  for (const auto& [label, value] : families.at("arena_budget_limit_bytes").samples) {
    CHECK(value == "+Inf");
    labels.insert(label);
  }
  CHECK(labels == std::set<std::string>{"r", "r/a", "r/a/b", "r/a (2)", "r/a (2)/b", "r/a (2) (2)",
                                        "r/a/b (2)"});
}

TEST_CASE("the parser of this test is strict", "[budget]") {
  for (const char* const text :
       {"", "x 1\n", "# TYPE x gauge\nx{budget=\"a\"} 1\n", "# TYPE x gauge\n# EOF\n",
        "# TYPE x gauge\nx{budget=\"a\"} 1\nx{budget=\"a\"} 2\n# EOF\n",
        "# TYPE x gauge\nx{budget=\"a\n\"} 1\n# EOF\n",
        "# TYPE x gauge\nx{budget=\"\\t\"} 1\n# EOF\n",
        "# TYPE x counter\nx{budget=\"a\"} 1\n# EOF\n",
        "# TYPE x gauge\nx{budget=\"a\"}  1\n# EOF\n",
        "# TYPE x gauge\nx{budget=\"a\"} 1\n# EOF\n\n"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(OpenMetricsParser(text), std::runtime_error);
  }
  CHECK_NOTHROW(OpenMetricsParser("# TYPE x gauge\nx{budget=\"a\"} 1\n# EOF\n"));
}
