#pragma once

#include <memory>
#include <tuple>
#include <vector>

#include "engine/model/finding.h"
#include "engine/rules/rule_book.h"

namespace mipvet::rules {

/// Applies the rules to facts and keeps what they found. A rule is applied to a node if the ledger
/// judges the node's role, the node declares what the requirement depends on, and its edition of
/// the base specification demands it.
class Judge : public observer::FactSink {
 public:
  /// `network` and `book` have to live longer.
  Judge(const model::Network& network, const RuleBook& book);
  ~Judge() override;

  void on(const observer::RequestSent& fact) override { apply(fact); }
  void on(const observer::RequestRelayed& fact) override { apply(fact); }
  void on(const observer::RequestSettled& fact) override { apply(fact); }
  void on(const observer::ReplySent& fact) override;
  void on(const observer::ReplyRelayed& fact) override;
  void on(const observer::ReplySettled& fact) override { apply(fact); }
  void on(const observer::ReplyReceived& fact) override { apply(fact); }
  void on(const observer::AdvertisementSent& fact) override { apply(fact); }
  void on(const observer::SolicitationSent& fact) override { apply(fact); }
  void on(const observer::DatagramSettled& fact) override { apply(fact); }
  void on(const observer::ReverseTunnelled& fact) override { apply(fact); }
  void on(const observer::ArpSent& fact) override { apply(fact); }
  void on(const observer::IkeRequestSent& fact) override { apply(fact); }
  void on(const observer::IkeResponseSent& fact) override;
  void on(const observer::IkeRequestSettled& fact) override { apply(fact); }
  void on(const observer::IkeExchangeEnded& fact) override { apply(fact); }
  void on(const observer::IkeSaChanged& fact) override { apply(fact); }
  void on(const observer::ChildSaChanged& fact) override { apply(fact); }
  void on(const observer::AddressesUpdated& fact) override { apply(fact); }
  void on(const observer::EspSent& fact) override { apply(fact); }
  void on(const observer::EspSettled& fact) override { apply(fact); }
  void on(const observer::DatagramForwarded& fact) override;
  void on(const observer::KeepaliveSent& fact) override { apply(fact); }
  void on(const observer::PathRefreshed& fact) override { apply(fact); }
  void on(const observer::TrafficSent& fact) override { apply(fact); }
  void on(const observer::RegistrationSent& fact) override { apply(fact); }
  void on(const observer::StayReviewed& fact) override { apply(fact); }

  /// One finding for each requirement and node that was judged or is not applicable, in the order
  /// of the ledgers, then of the nodes. `jitter`: the most that anything in the run happened later
  /// than it was due; what was missed by no more is inconclusive.
  std::vector<model::Finding> findings(observer::Duration jitter = {}) const;
  /// How often a rule was broken so far.
  std::uint64_t breaches() const { return breaches_; }

 private:
  struct Tally;
  /// A rule made ready for one node of this network. What most rules come to for most facts - they
  /// have nothing to say, or all is well - is told by what lies together here, for all rules of a
  /// node one after the other.
  template <typename F>
  struct Applied {
    typename Rule<F>::Condition condition;  // null: always
    typename Rule<F>::Condition holds;      // null: the rule has to be asked
    observer::Circumstances wanted;
    const Rule<F>* rule;
    Tally* tally;
  };
  template <typename F>
  using AppliedRules = std::vector<std::vector<Applied<F>>>;  // by node

  template <typename F>
  void prepare();
  template <typename F>
  void apply(const F& fact);
  template <typename F>
  void note(const Applied<F>& applied, Outcome outcome, const F& fact);
  Tally& tally(const Requirement& requirement, model::NodeId node);
  void acted(model::NodeId node, net::Time time);

  const model::Network& network_;
  const RuleBook& book_;
  struct Activity {
    net::Time first{};
    net::Time last{};
  };
  std::vector<Activity> activity_;  // by node: when it was seen to answer
  std::vector<std::unique_ptr<Tally>> tallies_;
  observer::PerFact<AppliedRules> applied_;
  std::uint64_t breaches_ = 0;
};

}  // namespace mipvet::rules
