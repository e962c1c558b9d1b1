#pragma once

#include <array>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "engine/model/network.h"
#include "engine/observer/facts.h"
#include "engine/observer/ipsec_facts.h"
#include "engine/rules/ledger/ledger.h"
#include "engine/rules/outcome.h"

/// Rules read like the ledger's line: what a fact has to show. Level, roles, conditions and texts
/// come from the ledger by the requirement's id.
namespace mipvet::rules {

/// The two messages that a relay rule compares: before and after the judged node.
template <typename F>
struct Compared;
template <>
struct Compared<observer::RequestRelayed> {
  static const observer::Sighting& before(const observer::RequestRelayed& f) { return f.from_mn; }
  static const observer::Sighting& after(const observer::RequestRelayed& f) { return f.to_ha; }
};
template <>
struct Compared<observer::ReplyRelayed> {
  static const observer::Sighting& before(const observer::ReplyRelayed& f) { return f.from_ha; }
  static const observer::Sighting& after(const observer::ReplyRelayed& f) { return f.to_mn; }
};
template <>
struct Compared<observer::ReplySent> {
  static const observer::Sighting& before(const observer::ReplySent& f) { return f.request; }
  static const observer::Sighting& after(const observer::ReplySent& f) { return f.reply; }
};

/// The headers before a message.
enum class Header : std::uint8_t { none, ethernet, ip, udp };

/// "IP source 192.0.2.1": what stood in the header of a message.
std::string header_text(const observer::Place& place, Header header, const wire::Field& field);
wire::OctetRange header_range(const observer::Place& place, Header header,
                              const wire::Field& field);

/// Facts that are told when nothing more is waited for: what breaks a rule there did not come in
/// time.
template <typename F>
constexpr bool kIsWaitedFor =
    std::is_same_v<F, observer::RequestSettled> || std::is_same_v<F, observer::ReplySettled> ||
    std::is_same_v<F, observer::ReplyReceived> || std::is_same_v<F, observer::DatagramSettled> ||
    std::is_same_v<F, observer::IkeRequestSettled> || std::is_same_v<F, observer::EspSettled> ||
    std::is_same_v<F, observer::StayReviewed> || std::is_same_v<F, observer::PathRefreshed>;

/// One rule over one kind of fact. All its functions are plain (lambdas without captures), so that
/// a rule costs a call and allocates nothing.
template <typename F>
class Rule {
 public:
  using Condition = bool (*)(const F&);
  using Declaration = bool (*)(const model::Node&);
  using Judge = Outcome (*)(const F&);
  using Value = std::uint64_t (*)(const F&);
  using Text = std::string (*)(const F&);
  using Time = observer::Duration (*)(const F&);

  explicit Rule(const Requirement& requirement) : requirement_(&requirement) {}

  /// The rule has something to say only where this holds.
  Rule& when(Condition holds) {
    condition_ = holds;
    return *this;
  }
  /// It is for nodes of which this holds, before any fact: what they are declared to be.
  Rule& declared(Declaration holds) {
    declared_ = holds;
    return *this;
  }
  Rule& require(Condition holds) {
    holds_ = holds;
    return *this;
  }
  /// For rules with more outcomes than right and wrong.
  Rule& judge(Judge verdict) {
    judge_ = verdict;
    return *this;
  }
  /// A field of the message that the judged node sent has the value that the fact gives.
  Rule& equals(const wire::Field& field, Value expected) {
    field_ = field;
    expected_ = expected;
    return evidence(field);
  }
  /// A field is handed on as it was received.
  Rule& same(const wire::Field& field) { return equals(field, nullptr); }
  /// A field is taken over from a message of another layout.
  Rule& copied(const wire::Field& from, const wire::Field& to) {
    from_ = from;
    return equals(to, nullptr);
  }
  /// The octets of the judged message that a report shows.
  Rule& evidence(const wire::Field& field) {
    evidence_ = field;
    return *this;
  }
  Rule& evidence(const wire::Layout& extension) {
    extension_ = &extension;
    return *this;
  }
  /// The field of a header before the message that a report shows, e.g. wire::ip::source.
  Rule& in_ethernet(const wire::Field& field) { return in_header(Header::ethernet, field); }
  Rule& in_ip(const wire::Field& field) { return in_header(Header::ip, field); }
  Rule& in_udp(const wire::Field& field) { return in_header(Header::udp, field); }
  /// What was seen, where the evidence alone does not say it.
  Rule& observed(Text text) {
    observed_ = text;
    return *this;
  }
  /// For rules about time: by how much a fact that breaks it came too early or too late.
  Rule& missed_by(Time time) {
    missed_by_ = time;
    return *this;
  }
  /// Conditions of the ledger's `applies` that this rule judges by itself.
  Rule& itself(std::initializer_list<std::string_view> tags) {
    own_.assign(tags);
    return *this;
  }
  /// The editions of the base specification that demand it (the ledger's `since`); all by default.
  Rule& editions(std::initializer_list<model::Edition> list) {
    editions_.assign(list);
    return *this;
  }
  /// Only these of the ledger's roles, where each role needs a rule of its own.
  Rule& only(Role role) {
    roles_.insert(role);
    return *this;
  }

  const Requirement& requirement() const { return *requirement_; }
  const std::vector<std::string_view>& own() const { return own_; }
  bool covers(model::Edition edition) const {
    if (editions_.empty()) return true;
    for (const model::Edition one : editions_)
      if (one == edition) return true;
    return false;
  }
  bool covers(Role role) const { return roles_.empty() || roles_.contains(role); }
  bool is_for(const model::Node& node) const { return declared_ == nullptr || declared_(node); }

  /// Null: the rule has something to say of every fact.
  Condition condition() const { return condition_; }
  /// Where passing and failing is all that it says, by a condition; else null.
  Condition requirement_holds() const { return field_ ? nullptr : holds_; }
  /// What it says of a fact for which its condition holds.
  Outcome outcome(const F& fact) const;
  std::string expected_text(const F& fact) const;
  std::string observed_text(const F& fact) const;
  wire::OctetRange range(const F& fact) const;
  /// A breach that a machine may have made by being so late, and no longer; max: time has no part.
  observer::Duration missed_by(const F& fact) const {
    if (missed_by_ != nullptr) return missed_by_(fact);
    return kIsWaitedFor<F> ? fact.network.windows.reply / 4 : observer::Duration::max();
  }

 private:
  std::uint64_t expected_value(const F& fact) const;
  Rule& in_header(Header header, const wire::Field& field) {
    header_ = header;
    return evidence(field);
  }

  const Requirement* requirement_;
  Condition condition_ = nullptr;
  Declaration declared_ = nullptr;
  Condition holds_ = nullptr;
  Judge judge_ = nullptr;
  std::optional<wire::Field> field_;
  std::optional<wire::Field> from_;
  Value expected_ = nullptr;
  std::optional<wire::Field> evidence_;
  Header header_ = Header::none;  // of what `evidence_` is a field; none: of the message
  const wire::Layout* extension_ = nullptr;
  Text observed_ = nullptr;
  Time missed_by_ = nullptr;
  std::vector<std::string_view> own_;
  std::vector<model::Edition> editions_;
  RoleSet roles_;
};

/// A value as people read it: dotted, 0x… for an Identification, by name for flags, else decimal.
std::string value_text(const wire::Layout& layout, const wire::Field& field, std::uint64_t value);

template <typename F>
concept Comparable = requires(const F& fact) {
  Compared<F>::before(fact);
};

/// The message that the judged node sent, where the fact keeps all of it: a Sighting or an
/// IkeMessage; else null.
template <typename F>
auto sent_message(const F& fact) {
  using Primary = std::remove_cvref_t<decltype(fact.primary())>;
  if constexpr (std::is_base_of_v<observer::Sighting, Primary> ||
                std::is_base_of_v<observer::IkeMessage, Primary>)
    return &fact.primary();
  else
    return static_cast<const observer::Sighting*>(nullptr);
}

template <typename F>
std::uint64_t Rule<F>::expected_value(const F& fact) const {
  if (expected_ != nullptr) return expected_(fact);
  if constexpr (Comparable<F>) return Compared<F>::before(fact)[from_ ? *from_ : *field_];
  return 0;
}

template <typename F>
Outcome Rule<F>::outcome(const F& fact) const {
  if (field_) {
    if (const auto* message = sent_message(fact))
      return (*message)[*field_] == expected_value(fact);
  }
  if (holds_ != nullptr) return holds_(fact);
  return judge_ != nullptr ? judge_(fact) : Outcome(Outcome::Kind::skip);
}

template <typename F>
std::string Rule<F>::expected_text(const F& fact) const {
  const auto* message = sent_message(fact);
  if (message != nullptr && field_)
    return fmt::format("{} {}", field_->name,
                       value_text(*message->layout, *field_, expected_value(fact)));
  return std::string(requirement_->requirement);
}

template <typename F>
std::string Rule<F>::observed_text(const F& fact) const {
  if (observed_ != nullptr) return observed_(fact);
  if (header_ != Header::none) return header_text(fact.primary(), header_, *evidence_);
  const auto* message = sent_message(fact);
  if (message != nullptr && evidence_)
    return fmt::format("{} {}", evidence_->name,
                       value_text(*message->layout, *evidence_, (*message)[*evidence_]));
  return std::string(requirement_->violation);
}

template <typename F>
wire::OctetRange Rule<F>::range(const F& fact) const {
  if (header_ != Header::none) return header_range(fact.primary(), header_, *evidence_);
  if (const auto* message = sent_message(fact)) {
    if (evidence_) return message->range(*evidence_);
    if (extension_ != nullptr) {
      if (const auto* place = message->find(*extension_)) return message->range(*place);
    }
    return {message->offset, message->offset + message->size};
  }
  const observer::Place& place = fact.primary();
  if constexpr (requires { fact.message; }) {
    if (evidence_)
      return {place.offset + static_cast<std::uint32_t>(evidence_->first_octet()),
              place.offset +
                  static_cast<std::uint32_t>(evidence_->end_octet(fact.message.bytes().size()))};
    return {place.offset, place.offset + static_cast<std::uint32_t>(fact.message.bytes().size())};
  }
  return {place.offset, place.offset};
}

}  // namespace mipvet::rules
