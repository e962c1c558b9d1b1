#include "engine/cli/verdict_option.h"

namespace mipvet::cli {

void VerdictOption::add_to(CLI::App& verb) {
  verb.add_flag("--strict", strict_, "A broken SHOULD is a nonconformance");
  verb.add_option("--expect", expect_,
                  "Known failures with their reasons, which fail nothing; one that passes does")
      ->type_name("FILE");
}

model::Baseline VerdictOption::baseline() const {
  return expect_.empty() ? model::Baseline() : model::load_baseline(expect_);
}

}  // namespace mipvet::cli
