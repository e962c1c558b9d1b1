#pragma once

#include <optional>
#include <utility>

#include "roles/ike_context.h"
#include "roles/ike_message.h"
#include "roles/ike_nat.h"

namespace mipvet::roles {

class IkeSession;

/// Where one IKE SA and its ESP packets go, NAT traversal, and how that changes: RFC 4555,
/// RFC 7296 §2.23, RFC 3948.
class IkeMobility {
 public:
  explicit IkeMobility(IkeSession& session);

  /// What IKE_SA_INIT told of NATs on this path.
  void found(const NatFinding& finding);
  bool nat_traversal() const { return nat_traversal_; }

  // IKE_AUTH (RFC 4555 §3.2, §3.4).
  void add_support(ike::PayloadChain& chain);
  void take_support(const IkePayloads& payloads, bool ours_was_sent);
  void say_support_late();  ///< a deviation's, in another IKE_AUTH exchange
  /// The path of the first IKE_AUTH request is that of the SAs (RFC 4555 §3.3).
  void begin(const AddressPair& path);

  // INFORMATIONAL.
  /// `id`: of the request in the IKE SA in use; none: it came in one that was replaced. With a
  /// window a newer one may have come before (RFC 4555 §3.5, §3.6).
  void answer(std::optional<std::uint32_t> id, const IkePayloads& request, const AddressPair& from,
              ike::PayloadChain& response);
  /// The IKE SA is another: its message ids begin anew.
  void renumber();
  /// Where the response just made goes instead of where its request came from: a deviation.
  std::optional<wire::Ipv4Address> take_misdirected() { return std::exchange(misdirected_, {}); }
  void announce(const std::vector<wire::Ipv4Address>& additional);
  void check_path();
  /// An INFORMATIONAL that has to be answered; behind a NAT it also tells whether the NAT's mapping
  /// is another (RFC 4555 §3.8).
  void check_liveness();

  // The initiator's.
  void move(wire::Ipv4Address local, std::optional<wire::Ipv4Address> peer);
  void suspend();
  bool is_suspended() const { return suspended_; }
  bool has_moved() const { return moves_ > 0; }

  /// A packet of a CHILD_SA.
  void send(wire::Bytes esp);
  /// In UDP even where no NAT is.
  void encapsulate(bool always) { always_in_udp_ = always; }
  /// Something was sent on the path: the next keepalive has time (RFC 3948 §2.3).
  void sent();
  /// A message came that is no update: the path stays (RFC 4555 §3.8).
  void heard(const AddressPair& from);
  /// Of deviations: goes where a message came from.
  void follow(const AddressPair& from);

 private:
  static AddressPair in_udp(AddressPair path);
  void update();
  void take_update_answer(const IkePayloads& payloads, const AddressPair& from);
  bool answer_update(const IkePayloads& request, const AddressPair& from,
                     ike::PayloadChain& response);
  void take_addresses(const IkePayloads& payloads);
  void carry_out(const AddressPair& from, const NatFinding& finding);
  void move_children();
  void check_return_routability(std::optional<AddressPair> tested);
  wire::Buffer new_cookie();
  void add_mapping_check(ike::PayloadChain& chain);
  void compare_mapping(const IkePayloads& payloads);
  void schedule_keepalive();
  /// Whether ESP goes in UDP.
  bool encapsulates() const;

  IkeSession& session_;
  IkeContext& context_;
  bool nat_traversal_ = false;
  bool nat_here_ = false;
  bool suspended_ = false;
  bool updating_ = false;  ///< the answer to the last update is still to come
  unsigned moves_ = 0;     ///< an answer to an update before the last one is passed over
  unsigned refusals_ = 0;  ///< of one move, because of a NAT
  std::optional<wire::Ipv4Address> misdirected_;  // a deviation's
  AddressPair esp_path_;  ///< behind `addresses` while a return routability check runs
  AddressPair first_path_;
  bool esp_nat_ = false;
  bool always_in_udp_ = false;
  std::optional<std::vector<wire::Ipv4Address>> announcing_;  ///< a list that was not answered yet
  std::optional<std::uint32_t> last_update_;  ///< message id of the newest one of the peer's
  std::optional<std::uint32_t> last_list_;
  wire::Buffer mapping_;  ///< how the peer last said that it sees us
  net::Time last_sent_{};
  Timer keepalive_;
};

}  // namespace mipvet::roles
