#include "engine/rules/ledger/explain.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace mipvet::rules {
namespace {

constexpr std::size_t page_width = 100;
constexpr std::size_t label_width = 13;
constexpr std::size_t summary_width = 80;

std::string_view basis_in_words(std::string_view basis) {
  if (basis == "keyword") return "a key word of RFC 2119";
  if (basis == "lowercase") return "a key word in lower case";
  if (basis == "prose") return "declarative text";
  if (basis == "figure") return "a figure, table or format";
  if (basis == "base") return "a specification that this one requires";
  if (basis == "derived") return "a deduction; no text says it";
  return basis;
}

/// Text in lines of the page, all after the first indented. A word that is longer than a line is
/// cut, so that no line ever runs over.
class Page {
 public:
  void label(std::string_view name, std::string_view text) {
    start(name);
    words(text, label_width);
  }

  void list(std::string_view name, std::span<const std::string_view> entries) {
    for (const std::string_view entry : entries) {
      label(name, entry);
      name = {};
    }
  }

  /// An entry under a label, its own text hanging by `hang` columns.
  void entry(std::string_view text, std::size_t hang) {
    start({});
    words(text, label_width + hang);
  }

  void line(std::string_view text) {
    column_ = 0;
    words(text, 2);
  }

  void gap() { out_ += '\n'; }

  std::string take() { return std::move(out_); }

 private:
  void start(std::string_view name) {
    fmt::format_to(std::back_inserter(out_), "{:<{}}", name, label_width);
    column_ = label_width;
  }

  void words(std::string_view text, std::size_t indent) {
    bool first = true;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      std::string_view word = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (!first && column_ + 1 + word.size() <= page_width) {
        out_ += ' ';
        ++column_;
      } else if (!first) {
        next_line(indent);
      }
      first = false;
      while (column_ + word.size() > page_width) {
        const std::size_t room = page_width - column_;
        out_ += word.substr(0, room);
        word.remove_prefix(room);
        next_line(indent);
      }
      out_ += word;
      column_ += word.size();
    }
    trim();
    out_ += '\n';
  }

  void next_line(std::size_t indent) {
    trim();
    out_ += '\n';
    out_.append(indent, ' ');
    column_ = indent;
  }

  void trim() { out_.erase(out_.find_last_not_of(' ') + 1); }

  std::string out_;
  std::size_t column_ = 0;
};

std::string names(RoleSet roles) {
  std::vector<std::string_view> all;
  for (const Role role : roles) all.push_back(to_string(role));
  return fmt::format("{}", fmt::join(all, ", "));
}

void add_conditions(Page& page, const Requirement& requirement) {
  if (requirement.applies.empty()) {
    page.label("Applies", "always");
    return;
  }
  page.label("Applies",
             requirement.applies.size() == 1 ? "where this holds:" : "where all of these hold:");
  for (const ConditionId condition : requirement.applies) {
    page.entry(fmt::format("{}: {}", condition_names()[condition],
                           condition_text(condition, requirement.specification)),
               2);
  }
}

void add_text(Page& page, std::string_view name, std::string_view text) {
  if (!text.empty()) page.label(name, text);
}

}  // namespace

std::string explain(const Requirement& requirement, std::span<const std::string_view> scenarios,
                    std::span<const std::string_view> deviations) {
  Page page;
  page.line(fmt::format("{}  {}, severity {}", requirement.id, to_string(requirement.level),
                        to_string(requirement.severity)));
  // A line that a base specification gives to a draft names sections there: "RFC 2521 3".
  const bool of_base = requirement.section.find(' ') != std::string_view::npos;
  page.line(fmt::format("{}, {} {}", requirement.document, of_base ? "by" : "section",
                        requirement.section));
  if (!requirement.withdrawn.empty()) {
    page.line(fmt::format("Withdrawn, not judged: {}", requirement.withdrawn));
  }
  page.gap();
  add_text(page, "Required", requirement.requirement);
  add_text(page, "When", requirement.when);
  add_text(page, "Observed", requirement.observe);
  add_text(page, "Breach", requirement.violation);
  add_text(page, "Provoked by", requirement.stimulus);
  add_text(page, "Note", requirement.note);
  add_text(page, "Editions", requirement.since);
  page.gap();
  page.label("Judged", names(requirement.roles));
  add_text(page, "Peers", names(requirement.peers));
  add_text(page, "Messages", fmt::format("{}", fmt::join(requirement.messages, ", ")));
  add_conditions(page, requirement);
  page.label("Kind", requirement.kind);
  page.label("Rests on", basis_in_words(requirement.basis));
  page.label("Testable",
             requirement.why_not.empty()
                 ? std::string(to_string(requirement.testable))
                 : fmt::format("{}: {}", to_string(requirement.testable), requirement.why_not));
  page.gap();
  constexpr std::string_view none[] = {"none"};
  page.list("Scenarios", scenarios.empty() ? std::span<const std::string_view>(none) : scenarios);
  page.list("Deviations",
            deviations.empty() ? std::span<const std::string_view>(none) : deviations);
  return page.take();
}

std::string one_line(const Requirement& requirement) {
  std::string_view text = requirement.requirement;
  std::string_view more;
  if (text.size() > summary_width) {
    more = "...";
    const std::size_t room = summary_width - more.size();
    const std::size_t space = text.rfind(' ', room);
    text = text.substr(0, space == std::string_view::npos ? room : space);
  }
  return fmt::format("{:<18} {:<10} {:<4} {:<9} {}{}", requirement.id, to_string(requirement.level),
                     to_string(requirement.severity),
                     requirement.withdrawn.empty() ? to_string(requirement.testable) : "withdrawn",
                     text, more);
}

}  // namespace mipvet::rules
