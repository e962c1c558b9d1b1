#pragma once

#include <string_view>

#include "engine/model/document.h"
#include "engine/model/network.h"
#include "engine/rules/ledger/ledger.h"

/// Names in documents, looked up. What is not there is complained about with the name that was
/// probably meant (InputError).
namespace mipvet::model {

NodeId node_named(const Value& name, const Network& network);
LinkId link_named(const Value& name, const Network& network);
// The same for a name that is not the value itself but its key, say.
NodeId node_named(const Value& where, std::string_view name, const Network& network);
LinkId link_named(const Value& where, std::string_view name, const Network& network);
/// A link that the node is attached to.
LinkId link_of(const Value& name, const Network& network, NodeId node);
/// 192.0.2.1, mipp.private or mn.home_address.
wire::Ipv4Address address_named(const Value& name, const Network& network);
/// 10.0.0.0/8; an address, also by name, is a prefix of 32 bits.
wire::Ipv4Prefix prefix_named(const Value& name, const Network& network);
wire::MacAddress mac_address(const Value& text);
wire::Buffer hex_octets(const Value& text);
/// A tag of the ledgers' `applies`, or an algorithm such as `aes-gcm`; returned as written.
std::string condition_named(const Value& name);
const rules::Requirement& requirement_named(const Value& id);

/// Lower-case letters, digits and `-`, at most 32, a letter first: what nodes and links are called.
void check_name(const Value& named);

}  // namespace mipvet::model
