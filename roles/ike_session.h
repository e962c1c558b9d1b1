#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "roles/ike_children.h"
#include "roles/ike_context.h"
#include "roles/ike_mobility.h"
#include "roles/ike_sa.h"

namespace mipvet::roles {

class IkeInitiator;
class IkeResponder;

/// What the owner knows as one IKE SA: the first one and those that replace it, with all CHILD_SAs.
class IkeSession final : public IkeSaUser {
 public:
  using Make = std::function<std::optional<ike::PayloadChain>()>;
  using Answered = std::function<void(const IkePayloads&, const AddressPair& from)>;

  IkeSession(IkeContext& context, IkeSaId id, bool initiator);
  ~IkeSession() override;

  IkeContext& context;
  const IkeSaId id;
  IkeSaState state;
  IkeMobility mobility;
  IkeChildren children;

  // The initial exchanges.
  void connect(const IkeConnection& connection, const IkeCredential& credential);
  /// A request that begins an IKE SA. False: nothing comes of it.
  bool accept(const IkeHeader& header, wire::Bytes message, const AddressPair& from);
  /// It has until then to authenticate.
  void expire_half_open(net::Duration after);
  /// An SPI for a new IKE SA, under which messages find this session.
  std::uint64_t new_spi();
  IkeSa& install(IkeSa::Parameters parameters);
  void establish();

  void receive(const IkeHeader& header, wire::Bytes message, const AddressPair& from);
  void heard_esp();

  // Requests go in the newest IKE SA.
  IkeSa* current() const { return sas_.empty() ? nullptr : sas_.back().get(); }
  void ask(IkeRequest::Kind kind, Make make, Answered answered = {});
  void forget_waiting(IkeRequest::Kind kind);
  std::optional<IkeRequest::Kind> asking() const;
  void again();
  void hold();

  /// With this group in the KE payload, else the best of ours.
  void rekey(std::optional<crypto::Group> group = std::nullopt);
  void close();
  /// A Delete, or another last word, without waiting for the answer.
  void leave(const ike::PayloadChain& last_words, const IkeEnd& end);
  /// No more than repeats are answered from now on. The owner is told if it knew.
  void end(const IkeEnd& end, bool tell = true);
  bool is_over() const { return over_; }

  // IkeSaUser.
  void transmit(wire::Bytes message) override;
  void transmit(wire::Bytes message, const AddressPair& to) override;
  ike::PayloadChain respond(IkeSa& sa, const IkeHeader& header, const IkePayloads& request,
                            const AddressPair& from) override;
  void heard(IkeSa& sa) override;
  void given_up(IkeSa& sa) override;
  void broken(IkeSa& sa) override;
  bool began() const override { return state.initiator; }
  void doubtful(IkeSa& sa, const IkeHeader& header, wire::Bytes message,
                const AddressPair& from) override;

 private:
  struct Rekeying;

  ike::PayloadChain inform(IkeSa& sa, std::uint32_t message_id, const IkePayloads& request,
                           const AddressPair& from);
  void answer_rekey(IkeSa& sa, const IkePayloads& request, ike::PayloadChain& response);
  std::optional<crypto::Group> other_group(const IkePayloads& answer,
                                           const Rekeying& rekeying) const;
  void take_rekeyed(IkeSa& old, Rekeying& rekeying, const IkePayloads& answer);
  void replace(IkeSa& old, IkeSa::Parameters parameters);
  void schedule_liveness();

  std::unique_ptr<IkeInitiator> initiator_;
  std::unique_ptr<IkeResponder> responder_;
  /// The newest last; the others are to be deleted, or were: they answer repeats.
  std::vector<std::unique_ptr<IkeSa>> sas_;
  std::vector<std::uint64_t> spis_;
  net::Time last_heard_{};
  bool over_ = false;
  bool closing_ = false;
  Timer liveness_;
  Timer lifetime_;
  Timer retry_;
  Timer linger_;
};

/// A Delete of the IKE SA.
ike::PayloadChain farewell();

}  // namespace mipvet::roles
