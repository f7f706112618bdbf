// SPDX-License-Identifier: Apache-2.0
//
// A tree of budgets as text: for people, and for Prometheus.
#ifndef ARENA_DETAIL_BUDGET_BUDGET_TEXT_HPP
#define ARENA_DETAIL_BUDGET_BUDGET_TEXT_HPP

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "../../config.hpp"
#include "../core/printable.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Budget is a template parameter, so that this header stands below the class: it has Name, Used,
// Peak, Limit, SoftLimit, Refused and ForEachChild.

// The figures of a budget, read one after the other.
struct BudgetFigures {
  template <class Budget>
  explicit BudgetFigures(const Budget& budget)
      : used(budget.Used()),
        peak(budget.Peak()),
        limit(budget.Limit()),
        soft_limit(budget.SoftLimit()),
        refused(budget.Refused()) {}

  std::size_t used;
  std::size_t peak;
  std::size_t limit;
  std::size_t soft_limit;
  std::uint64_t refused;
};

inline void AppendPrintable(std::string& text, std::string_view name) {
  detail::ForPrintable(name, [&text](std::string_view part) { text += part; });
}

// A line for the budget, and one for each below it.
template <class Budget>
void AppendBudgetTree(std::string& text, const Budget& budget, std::size_t depth) {
  const BudgetFigures figures(budget);
  text.append(2 * depth, ' ');
  text += '"';
  detail::AppendPrintable(text, budget.Name());
  text += "\": used " + std::to_string(figures.used) + ", peak " + std::to_string(figures.peak);
  text += figures.limit == SIZE_MAX ? ", no limit" : ", limit " + std::to_string(figures.limit);
  if (figures.soft_limit != SIZE_MAX) {
    text += ", soft limit " + std::to_string(figures.soft_limit);
  }
  text += ", refused " + std::to_string(figures.refused) + '\n';
  budget.ForEachChild(
      [&text, depth](const Budget& child) { detail::AppendBudgetTree(text, child, depth + 1); });
}

// The metrics of a tree as OpenMetrics text.
class BudgetMetrics {
 public:
  template <class Budget>
  explicit BudgetMetrics(const Budget& root) {
    AddRows(root, "");
    AddGauge("used", "Bytes charged now.", &BudgetFigures::used);
    AddGauge("peak", "Most bytes charged at once.", &BudgetFigures::peak);
    AddGauge("limit", "Bytes that are never passed.", &BudgetFigures::limit);
    AddGauge("soft_limit", "Bytes above which memory is asked for.", &BudgetFigures::soft_limit);
    AddFamily("arena_budget_refused", "counter", "Charges that did not fit below the limit.");
    for (const Row& row : rows_) {
      AddSample("arena_budget_refused_total", row, std::to_string(row.figures.refused));
    }
  }

  const std::string& text() const noexcept { return text_; }

 private:
  struct Row {
    std::string path;  // the names from the root to the budget
    BudgetFigures figures;
  };

  template <class Budget>
  void AddRows(const Budget& budget, const std::string& prefix) {
    std::string path = prefix;
    detail::AppendPrintable(path, budget.Name());
    // Two series of one name would make the whole exposition invalid.
    const std::size_t length = path.size();
    for (std::size_t number = 2; !paths_.insert(path).second; ++number) {
      path.resize(length);
      path += " (" + std::to_string(number) + ')';
    }
    rows_.push_back({path, BudgetFigures(budget)});
    budget.ForEachChild([this, &path](const Budget& child) { AddRows(child, path + '/'); });
  }

  void AddGauge(const char* which, const char* help, std::size_t BudgetFigures::* figure) {
    const std::string family = std::string("arena_budget_") + which + "_bytes";
    AddFamily(family, "gauge", help);
    text_ += "# UNIT " + family + " bytes\n";
    for (const Row& row : rows_) {
      const std::size_t bytes = row.figures.*figure;
      AddSample(family, row, bytes == SIZE_MAX ? "+Inf" : std::to_string(bytes));
    }
  }

  void AddFamily(const std::string& family, const char* type, const char* help) {
    text_ += "# TYPE " + family + ' ' + type + "\n# HELP " + family + ' ' + help + '\n';
  }

  void AddSample(const std::string& name, const Row& row, const std::string& value) {
    text_ += name + "{budget=\"" + row.path + "\"} " + value + '\n';
  }

  std::vector<Row> rows_{};  // the root first, each before those below it
  std::set<std::string> paths_{};
  std::string text_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_BUDGET_BUDGET_TEXT_HPP
