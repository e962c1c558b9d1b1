#include "engine/scenario/frame_editor.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "engine/crypto/authenticator.h"
#include "engine/wire/compose.h"
#include "engine/wire/frame.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/mip4.h"
#include "engine/wire/udp.h"

namespace mipvet::scenario {

namespace authentication = wire::mip4::authentication;

FrameEditor::FrameEditor(const model::Network& network, const NamedFrames& frames, net::Time now,
                         wire::Buffer frame)
    : network_(network), frames_(frames), now_(now), frame_(std::move(frame)) {
  packet_.decode(frame_, network_.decode);
  // The link's padding would stand between the message and what is added to it.
  if (const wire::Layer* ip = packet_.find(wire::ip::layout))
    frame_.resize(ip->offset + ip->length);
  packet_.decode(frame_, network_.decode);
}

void FrameEditor::apply(const Edit& edit) {
  for (const Assignment& one : edit.set)
    if (!one.path.is_in_header()) set(one);
  if (edit.flip_bit) flip(*edit.flip_bit);
  for (const wire::Layout* extension : edit.remove) remove(*extension);
  for (const NewExtension& extension : edit.append) append(extension);
  if (edit.bytes) put(*edit.bytes);
  if (edit.sign) sign(*edit.sign);
  if (edit.truncate) truncate(*edit.truncate);
  for (const Assignment& one : edit.set)
    if (one.path.is_in_header()) set(one);
  if (edit.refresh_checksums) wire::refresh_checksums(frame_);
}

const wire::Layer& FrameEditor::layer(const FieldPath& path) const {
  if (const wire::Layer* found = path.find(packet_)) return *found;
  throw CannotDo(fmt::format("the frame has no {}", path.text));
}

void FrameEditor::set(const Assignment& assignment) {
  const wire::Layer& in = layer(assignment.path);
  wire::Buffer octets(frame_.begin() + in.offset, frame_.begin() + in.offset + in.header);
  if (!wire::set(octets, assignment.path.field, frames_.value(assignment.value, now_)))
    throw CannotDo(fmt::format("the frame's {} does not take the value", assignment.path.text));
  replace(in.offset, in.header, octets);
}

void FrameEditor::flip(const FlipBit& flip) {
  const wire::Layer& in = layer(flip.path);
  const std::size_t bit = std::size_t{flip.path.field.bit_offset} + flip.bit;
  if (bit / 8 >= in.header)
    throw CannotDo(fmt::format("the frame's {} has no bit {}", flip.path.text, flip.bit));
  frame_[in.offset + bit / 8] ^= static_cast<std::uint8_t>(0x80U >> (bit % 8));
  packet_.decode(frame_, network_.decode);
}

void FrameEditor::remove(const wire::Layout& extension) {
  for (const wire::Layer& one : packet_.extensions())
    if (one.layout == &extension) return replace(one.offset, one.length, {});
  throw CannotDo(fmt::format("the frame has no {}", extension.name));
}

void FrameEditor::append(wire::Bytes payload) {
  replace(message_end(), 0, payload);
}

void FrameEditor::append(const NewExtension& extension) {
  std::vector<wire::FieldValue> values;
  const auto has = [&extension](const wire::Field& field) {
    return std::ranges::any_of(extension.fields,
                               [&](const Assignment& one) { return one.path.field == field; });
  };
  if (extension.layout == &wire::mip4::ha_parameter::layout) {
    if (!has(wire::mip4::ha_parameter::type))
      values.push_back({wire::mip4::ha_parameter::type, network_.decode.ha_parameter_type});
    if (!has(wire::mip4::ha_parameter::sub_type))
      values.push_back({wire::mip4::ha_parameter::sub_type, network_.decode.ha_parameter_sub_type});
  }
  for (const Assignment& one : extension.fields)
    values.push_back({one.path.field, frames_.value(one.value, now_)});

  const model::SharedAssociation* shared = nullptr;
  if (extension.signer) {
    std::uint64_t spi = 0;
    for (const wire::FieldValue& one : values)
      if (one.field == authentication::spi) spi = *one.value.number();
    shared = &association(*extension.signer, spi);
    if (!has(authentication::spi)) values.push_back({authentication::spi, shared->association.spi});
    if (has(authentication::authenticator)) {
      shared = nullptr;
    } else {
      const std::size_t size = crypto::authenticator_size(shared->association.algorithm);
      values.push_back({authentication::authenticator, wire::Buffer(size)});
    }
  }
  wire::Buffer message(frame_.begin() + static_cast<std::ptrdiff_t>(message_begin()),
                       frame_.begin() + static_cast<std::ptrdiff_t>(message_end()));
  const std::size_t begin = message.size();
  try {
    wire::append_extension(message, *extension.layout, values);
  } catch (const std::invalid_argument& error) {
    throw CannotDo(error.what());
  }
  if (shared != nullptr) {
    const std::size_t covered = begin + authentication::authenticator.first_octet();
    const wire::Buffer made =
        authenticator(*extension.signer, *shared, wire::Bytes(message).first(covered));
    std::ranges::copy(made, message.begin() + static_cast<std::ptrdiff_t>(covered));
  }
  replace(message_end(), 0, wire::Bytes(message).subspan(begin));
}

void FrameEditor::put(const PutOctets& octets) {
  if (octets.at + octets.octets.size() > packet_.message().length)
    throw CannotDo(fmt::format("the message has {} octets only", packet_.message().length));
  replace(message_begin() + octets.at, octets.octets.size(), octets.octets);
}

void FrameEditor::sign(const Sign& sign) {
  for (const wire::Layer& one : packet_.extensions()) {
    if (one.layout != sign.extension) continue;
    const std::size_t first = authentication::authenticator.first_octet();
    if (one.length < first) break;
    const auto& shared = association(sign.signer, packet_.view(one)[authentication::spi]);
    const std::size_t size = crypto::authenticator_size(shared.association.algorithm);
    // The length goes with the algorithm and is covered itself.
    const std::size_t at = one.offset;
    const std::size_t old_size = one.length - first;
    if (size != old_size)
      wire::write(wire::MutableBytes(frame_).subspan(at), authentication::length, first - 2 + size);
    const std::size_t begin = message_begin();
    const wire::Buffer made =
        authenticator(sign.signer, shared, wire::Bytes(frame_).subspan(begin, at + first - begin));
    replace(at + first, old_size, made);
    return;
  }
  throw CannotDo(fmt::format("the frame has no {} to sign", sign.extension->name));
}

void FrameEditor::truncate(std::size_t octets) {
  const std::size_t length = packet_.message().length;
  if (octets > length) throw CannotDo(fmt::format("the message has {} octets only", length));
  replace(message_begin() + octets, length - octets, {});
}

void FrameEditor::replace(std::size_t at, std::size_t count, wire::Bytes octets) {
  const wire::Buffer put(octets.begin(), octets.end());
  for (const wire::Layer& layer : packet_.layers()) {
    if (layer.is_quote || layer.is_extension || layer.offset >= at) continue;
    const wire::Field* length = layer.layout == &wire::ip::layout    ? &wire::ip::total_length
                                : layer.layout == &wire::udp::layout ? &wire::udp::length
                                                                     : nullptr;
    if (length == nullptr || put.size() == count) continue;
    const auto header = wire::MutableBytes(frame_).subspan(layer.offset);
    wire::write(header, *length, wire::read(header, *length) + put.size() - count);
  }
  const auto begin = frame_.begin() + static_cast<std::ptrdiff_t>(at);
  frame_.insert(frame_.erase(begin, begin + static_cast<std::ptrdiff_t>(count)), put.begin(),
                put.end());
  packet_.decode(frame_, network_.decode);
}

const model::SharedAssociation& FrameEditor::association(const Signer& signer,
                                                         std::uint64_t spi) const {
  const auto* by_spi =
      network_.association(signer.as, signer.with, static_cast<std::uint32_t>(spi));
  return by_spi != nullptr ? *by_spi : *network_.association(signer.as, signer.with);
}

wire::Buffer FrameEditor::authenticator(const Signer& signer,
                                        const model::SharedAssociation& shared,
                                        wire::Bytes covered) const {
  const crypto::SecurityAssociation& with = shared.association;
  // RFC 2002 §3.5.1 leaves the SPI out.
  if (network_.node(signer.as).edition == model::Edition::rfc2002 &&
      with.algorithm == crypto::Algorithm::keyed_md5)
    covered = covered.first(covered.size() - 4);
  wire::Buffer result(crypto::authenticator_size(with.algorithm));
  crypto::Authenticator(with.algorithm, with.key).compute(covered, result);
  return result;
}

}  // namespace mipvet::scenario
