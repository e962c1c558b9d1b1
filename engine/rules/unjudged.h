#pragma once

#include <span>
#include <string_view>

/// What a wire tester could judge and mipvet does not: of the specifications that are built, each
/// requirement that can be broken has a rule or stands here.
namespace mipvet::rules {

struct Unjudged {
  std::string_view id;  ///< of the ledger
  std::string_view reason;
};

std::span<const Unjudged> unjudged();
/// Empty: it has a rule, or none was built yet.
std::string_view why_unjudged(std::string_view id);

}  // namespace mipvet::rules
