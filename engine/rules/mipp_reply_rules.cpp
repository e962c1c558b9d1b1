#include "engine/rules/rule_files.h"
#include "engine/rules/vocabulary.h"

namespace mipvet::rules {

void add_mipp_reply_rules(RuleBook& book) {
  static_cast<void>(book);
}

}  // namespace mipvet::rules
