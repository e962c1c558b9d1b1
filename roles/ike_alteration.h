#pragma once

#include <optional>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/wire/ike_compose.h"

namespace mipvet::roles {

/// What a script makes of one message of an endpoint, so that its peer meets what no endpoint sends
/// of its own accord. The message is sealed with the keys of its IKE SA all the same, and is
/// repeated and numbered as any other.
struct IkeAlteration {
  struct Payload {
    std::uint8_t type = 0;
    bool critical = false;
    std::uint8_t reserved = 0;
    std::optional<std::uint16_t> length;  ///< else the right one
    wire::Buffer body;                    ///< behind the generic header
  };

  /// The next message of this exchange and direction is the one.
  std::uint8_t exchange = wire::ike::kInformational;
  bool response = false;
  bool extra = false;             ///< sent once, before the message as it would have been
  bool keeps_own = true;          ///< payloads
  std::vector<Payload> payloads;  ///< behind its own, or in their place
  bool reversed = false;          ///< the last payload first
  std::vector<wire::ike::Transform> transforms;  ///< more of them in the first proposal
  std::size_t padding = 0;                       ///< octets of padding in SK, as far as they fit
  std::vector<wire::FieldValue> header;          ///< fields of `ike-message`
};

/// The arguments of the command `alter-ike`, see scenarios/schema/scenario.schema.json:
/// {"exchange": "informational", "response": false, "append": [{"type": 43, "critical": true}],
///  "payloads": [...], "reversed": true, "extra": true, "header": {"minor_version": 1},
///  "transforms": [{"type": 1, "id": 65000}], "padding": 200}.
IkeAlteration ike_alteration(const nlohmann::json& arguments);

/// The payloads of the message as they are sent then.
wire::ike::PayloadChain altered(const IkeAlteration& alteration,
                                const wire::ike::PayloadChain& payloads);

}  // namespace mipvet::roles
