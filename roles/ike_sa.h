#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>

#include "roles/ike_cipher.h"
#include "roles/ike_context.h"
#include "roles/ike_distortion.h"
#include "roles/ike_retransmitter.h"

namespace mipvet::roles {

class IkeSa;

/// A request that waits for its turn: with a window of one there is one on its way at a time
/// (RFC 7296 §2.3).
struct IkeRequest {
  enum class Kind : std::uint8_t { authentication, informational, update, child, ike, deletion };
  Kind kind = Kind::informational;
  /// Called when it is its turn; nothing: there is no need of it any more.
  std::function<std::optional<ike::PayloadChain>()> make;
  std::function<void(const IkePayloads&, const AddressPair& from)> answered;
};

/// Who stands behind an IKE SA.
class IkeSaUser {
 public:
  virtual ~IkeSaUser() = default;

  /// On the path in use.
  virtual void transmit(wire::Bytes message) = 0;
  virtual void transmit(wire::Bytes message, const AddressPair& to) = 0;
  /// The payloads of the response to a request.
  virtual ike::PayloadChain respond(IkeSa& sa, const IkeHeader& header, const IkePayloads& request,
                                    const AddressPair& from) = 0;
  /// Whether this side began the first IKE SA.
  virtual bool began() const = 0;
  virtual void heard(IkeSa& sa) = 0;
  virtual void given_up(IkeSa& sa) = 0;
  /// The peer sent something authentic that cannot be read (RFC 7296 §2.21).
  virtual void broken(IkeSa& sa) = 0;
  /// Something came that is not authentic.
  virtual void doubtful(IkeSa& sa, const IkeHeader& header, wire::Bytes message,
                        const AddressPair& from) = 0;
};

/// One IKE SA: its keys, its message ids in both directions, the request that is on its way, and
/// the last responses, which answer repeats (RFC 7296 §2.1 to §2.3).
class IkeSa {
 public:
  struct Parameters {
    crypto::IkeSpis spis;
    bool initiator = false;  ///< of this IKE SA; when it is rekeyed the roles may change
    crypto::IkeSuite suite;
    crypto::IkeKeys keys;
    std::uint32_t next_id = 0;      ///< of the next own request
    std::uint32_t expected_id = 0;  ///< of the peer's
  };
  /// Logs the keys.
  IkeSa(IkeContext& context, IkeSaUser& user, Parameters parameters);

  const crypto::IkeSpis& spis() const { return parameters_.spis; }
  std::uint64_t own_spi() const {
    return parameters_.initiator ? spis().initiator : spis().responder;
  }
  bool initiator() const { return parameters_.initiator; }
  const crypto::IkeSuite& suite() const { return parameters_.suite; }
  const crypto::IkeKeys& keys() const { return parameters_.keys; }

  void ask(IkeRequest request);
  /// Of the request on its way, if there is one.
  std::optional<IkeRequest::Kind> asking() const;
  void forget_waiting(IkeRequest::Kind kind);
  /// Requests that wait go on in the IKE SA that replaces this one.
  std::deque<IkeRequest> take_waiting() { return std::exchange(waiting_, {}); }
  /// The request on its way is sent at once: the path is another.
  void again();
  void hold() { retransmitter_.hold(); }
  void give_up_asking();
  /// From now on it answers repeats alone.
  void close();
  bool is_closed() const { return closed_; }

  void receive(const IkeHeader& header, wire::Bytes message, const AddressPair& from);
  /// Seals and sends once, expecting nothing: last words.
  void say(const ike::PayloadChain& payloads);

 private:
  wire::Buffer seal(std::uint8_t exchange, bool response, std::uint32_t id,
                    const ike::PayloadChain& payloads);
  void send_response(const IkeHeader& header, const AddressPair& to);
  void ask_next();
  void receive_request(const IkeHeader& header, wire::Bytes message, const AddressPair& from);
  void receive_response(const IkeHeader& header, wire::Bytes message, const AddressPair& from);
  ike::PayloadChain answer(const IkeHeader& header, const IkeCipher::Opened& opened,
                           wire::Bytes message, const AddressPair& from);
  void keep(std::uint32_t id, wire::Buffer response);
  const wire::Buffer* kept(std::uint32_t id) const;

  struct Asked {
    IkeRequest request;
    std::uint32_t id = 0;
    std::uint8_t exchange = 0;
  };

  IkeContext& context_;
  IkeSaUser& user_;
  Parameters parameters_;
  IkeCipher cipher_;
  IkeRetransmitter retransmitter_;
  std::optional<Asked> asked_;
  std::deque<IkeRequest> waiting_;
  /// What was answered, by message id: as many as the peer may have on their way at a time.
  std::map<std::uint32_t, wire::Buffer> responses_;
  std::uint32_t window_ = 1;  ///< what the peer was told by SET_WINDOW_SIZE (RFC 7296 §2.3)
  Timer echo_;                ///< of a deviation
  bool answering_ = false;    ///< own requests wait until the response is out
  bool closed_ = false;
};

}  // namespace mipvet::roles
