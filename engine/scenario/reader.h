#pragma once

#include <map>
#include <string>

#include "engine/model/document.h"
#include "engine/scenario/scenario.h"

namespace mipvet::scenario {

/// How long an expectation waits where its step does not say.
inline constexpr net::Duration kUsualWait = std::chrono::seconds(2);

/// Turns the steps of a script, which the schema has accepted, into what they mean. Steps have to
/// be read in their order: later ones refer to frames that earlier ones name. Throws
/// model::InputError.
class Reader {
 public:
  /// The network has to outlive the reader.
  explicit Reader(const model::Network& network) : network_(network) {}

  Step step(const model::Value& value);
  Match match(const model::Value& value) const;

 private:
  // Steps (step_reader.cpp).
  void action(const model::Value& value, Step& step) const;
  Send send(const model::Value& value) const;
  SendError error(const model::Value& value) const;
  Impair impair(const model::Value& step, const model::Value& value) const;
  void name_frame(const model::Value& name, const Step& step);

  // Frames as they are to be made (edit_reader.cpp).
  Edit edit(const model::Value& value, const wire::Layout* message) const;
  std::vector<Assignment> assignments(const model::Value& value, const wire::Layout* message) const;
  std::vector<NewExtension> new_extensions(const model::Value& value) const;
  NewExtension new_extension(const model::Value& value) const;
  Signer signer(const model::Value& value) const;
  Sign sign(const model::Value& value) const;

  // Frames as they are looked for (match_reader.cpp).
  FieldTest test(const model::Value& value, const wire::Layout* message) const;
  Party party(const model::Value& value) const;
  /// A party with the address that it has on a link, or at all.
  Party end(const model::Value& value, model::LinkId link) const;
  const wire::Layout* message(const model::Value& value) const;
  const wire::Layout* extension(const model::Value& value) const;
  std::vector<const wire::Layout*> extensions(const model::Value& value) const;
  /// `text` names a field of the message or, with a dot, of another layer.
  FieldPath path(const model::Value& where, const std::string& text,
                 const wire::Layout* message) const;
  Operand operand(const model::Value& value, const wire::Field& field) const;
  Recall recall(const model::Value& value) const;
  /// What the frame of that name is; null where no message is said. Complains about unknown names.
  const wire::Layout* frame(const model::Value& where, const std::string& name) const;

  const model::Network& network_;
  /// The frames named so far and the message that they are, null where that is not said.
  std::map<std::string, const wire::Layout*, std::less<>> frames_;
};

}  // namespace mipvet::scenario
