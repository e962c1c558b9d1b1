#include "engine/crypto/charon_log.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/crypto/key_fields.h"
#include "engine/wire/hex.h"

namespace mipvet::crypto {
namespace {

using wire::Buffer;

constexpr std::size_t kMaxDump = 1024;  // octets; longer ones are no keys

/// What "selected proposal" says, as far as mipvet has it.
struct Proposal {
  std::optional<Encryption> encryption;
  Integrity integrity = Integrity::none;
  std::optional<Prf> prf;
  bool extended_sequence_numbers = false;
};

/// "AES_CBC_128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048"
Proposal read_proposal(std::string_view text) {
  Proposal proposal;
  while (!text.empty()) {
    const auto end = std::min(text.find('/'), text.size());
    const auto name = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (const auto found = encryption_from_name(fmt::format("ENCR_{}", name)))
      proposal.encryption = found;
    if (const auto found = integrity_from_name(fmt::format("AUTH_{}", name)))
      proposal.integrity = *found;
    if (const auto found = prf_from_name(name)) proposal.prf = found;
    if (name == "EXT_SEQ") proposal.extended_sequence_numbers = true;
  }
  return proposal;
}

/// Cuts `text` behind the first `mark` and returns what was before it; all, if there is none.
std::string_view take_until(std::string_view& text, std::string_view mark) {
  const auto end = text.find(mark);
  const auto before = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + mark.size());
  return before;
}

template <typename Number>
std::optional<Number> number(std::string_view text, int base) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "8a02a31d14f0f134_i fc1f2bd31731edcf_r"
std::optional<IkeSpis> read_spis(std::string_view text) {
  const auto initiator = number<std::uint64_t>(take_until(text, "_i "), 16);
  const auto responder = number<std::uint64_t>(take_until(text, "_r"), 16);
  if (!initiator || !responder) return std::nullopt;
  return IkeSpis{*initiator, *responder};
}

/// What one of charon's threads is at: the lines of a thread come in order, those of several mixed.
struct Thread {
  IkeSpis spis;  ///< of the IKE SA that it has checked out
  bool reads_response = false;
  bool in_create_child_sa = false;
  std::optional<Proposal> esp;

  std::string_view dump;      ///< name of the dump whose lines come
  std::size_t dump_size = 0;  ///< 0: none
  Buffer octets;

  LinePlace keys_at;
  std::map<std::string_view, Buffer> ike_keys;    ///< by charon's names, "Sk_d"
  std::map<std::string_view, Buffer> child_keys;  ///< "encryption initiator key"
  enum class Names : std::uint8_t { nothing, inbound, outbound } names = Names::nothing;
  std::uint32_t inbound_spi = 0;
};

class Reader {
 public:
  KeyLog read(std::string_view text, std::string_view file) {
    for (const auto& [place, line] : lines_of(text, file)) read_line(place, line);
    for (const auto& [id, thread] : threads_)
      if (!thread.ike_keys.empty() && !has_spis_)
        fail(thread.keys_at,
             "keys of an IKE SA without its SPIs: a log with the level `mgr = 2` would be right");
    return std::move(log_);
  }

 private:
  /// "Nov 21 08:18:35 09[IKE] message": whatever time, thread, group.
  void read_line(const LinePlace& place, std::string_view line) {
    const auto bracket = line.find('[');
    if (bracket == std::string_view::npos ||
        line.substr(std::min(bracket + 4, line.size()), 2) != "] ")
      return;
    auto id = line.substr(0, bracket);
    id.remove_prefix(id.find_last_of(' ') + 1);
    if (!number<unsigned>(id, 10)) return;
    const auto group = line.substr(bracket + 1, 3);
    const auto message = line.substr(bracket + 6);
    auto& thread = threads_[id];
    if (thread.dump_size > 0 && read_dump(place, thread, message)) return;
    thread.dump_size = 0;
    if (group == "IKE" || group == "CHD") read_dump_head(thread, message);
    if (group == "MGR") read_manager(place, thread, message);
    if (group == "ENC") read_parsed(thread, message);
    if (group == "CFG") read_selected(thread, message);
    if (group == "CHD") read_installed(place, thread, message);
  }

  /// "Sk_ei secret => 16 bytes @ 0x7fdb18004410"
  static void read_dump_head(Thread& thread, std::string_view message) {
    const auto name = take_until(message, " => ");
    const auto size = number<std::size_t>(take_until(message, " bytes"), 10);
    if (!size || *size == 0 || *size > kMaxDump) return;
    thread.dump = name;
    thread.dump_size = *size;
    thread.octets.clear();
  }

  /// "  16: 2F 09 7D 74 F0 A9 2D 64 53 75 67 D4 2F D4 2C 83  /.}t..-dSug./.,."
  static bool read_dump(const LinePlace& place, Thread& thread, std::string_view message) {
    message.remove_prefix(std::min(message.find_first_not_of(' '), message.size()));
    if (number<std::size_t>(take_until(message, ": "), 10) != thread.octets.size()) return false;
    constexpr std::size_t kOfALine = 16;
    const auto count = std::min(kOfALine, thread.dump_size - thread.octets.size());
    for (std::size_t i = 0; i < count; ++i) {
      const auto octet = wire::from_hex(message.substr(std::min(3 * i, message.size()), 2));
      if (!octet || octet->empty()) return false;
      thread.octets.push_back(octet->front());
    }
    if (thread.octets.size() < thread.dump_size) return true;
    thread.dump_size = 0;
    keep(place, thread);
    return true;
  }

  static void keep(const LinePlace& place, Thread& thread) {
    const auto name = thread.dump;
    const bool of_ike = name.starts_with("Sk_") && name.ends_with(" secret");
    if (!of_ike && !name.ends_with("iator key") && !name.ends_with("onder key")) return;
    auto& keys = of_ike ? thread.ike_keys : thread.child_keys;
    if (name == "Sk_d secret" || name == "encryption initiator key") keys.clear();
    keys[of_ike ? name.substr(0, name.find(' ')) : name] = std::move(thread.octets);
    thread.octets.clear();
    thread.keys_at = place;
  }

  /// "checkout IKEv2 SA by message with SPIs ...", "checkin IKEv2 SA vpn[2] with SPIs ...": the
  /// keys made in between are those of the SA, or of a new one, which is checked in first.
  void read_manager(const LinePlace& place, Thread& thread, std::string_view message) {
    const bool checkin = message.starts_with("checkin IKEv2 SA ");
    if (!checkin && !message.starts_with("checkout IKEv2 SA ")) return;
    take_until(message, " with SPIs ");
    const auto spis = read_spis(message);
    if (!spis) return;
    has_spis_ = true;
    if (!checkin) {
      thread.spis = *spis;
      thread.in_create_child_sa = false;
      return;
    }
    if (thread.ike_keys.empty()) return;
    if (thread.in_create_child_sa && *spis == thread.spis)
      return;  // the old one; the keys are the new one's
    add_ike_sa(place, thread, *spis);
    thread.ike_keys.clear();
  }

  /// "parsed CREATE_CHILD_SA response 3 [ SA No KE ]"
  static void read_parsed(Thread& thread, std::string_view message) {
    if (take_until(message, " ") != "parsed") return;
    thread.in_create_child_sa = take_until(message, " ") == "CREATE_CHILD_SA";
    thread.reads_response = take_until(message, " ") == "response";
  }

  /// "selected proposal: IKE:...": IKE_SA_INIT and the keys that follow may be different threads'.
  void read_selected(Thread& thread, std::string_view message) {
    if (!take_until(message, "selected proposal: ").empty()) return;
    const auto protocol = take_until(message, ":");
    if (protocol == "IKE") ike_ = read_proposal(message);
    if (protocol == "ESP") thread.esp = read_proposal(message);
  }

  /// "adding inbound ESP SA", "registering outbound ESP SA", each before "  SPI 0x4f6aa68b, src
  /// ...".
  void read_installed(const LinePlace& place, Thread& thread, std::string_view message) {
    using Names = Thread::Names;
    if (message.ends_with(" inbound ESP SA")) {
      thread.names = Names::inbound;
    } else if (message.ends_with(" outbound ESP SA")) {
      thread.names = Names::outbound;
    } else if (message.starts_with("  SPI 0x") && thread.names != Names::nothing) {
      message.remove_prefix(8);
      const auto spi = number<std::uint32_t>(take_until(message, ","), 16);
      if (spi && thread.names == Names::inbound) thread.inbound_spi = *spi;
      if (spi && thread.names == Names::outbound && !thread.child_keys.empty()) {
        add_child_sa(place, thread, *spi);
        thread.child_keys.clear();
      }
      thread.names = Names::nothing;
    }
  }

  void add_ike_sa(const LinePlace& place, Thread& thread, const IkeSpis& spis) {
    const auto proposal = usable(place, ike_, "IKE");
    if (!proposal.prf)
      fail(place,
           fmt::format("the IKE proposal selected has no PRF that mipvet has: {} would be right",
                       fmt::join(prf_names(), ", ")));
    const auto prf_size = algorithm(*proposal.prf).size;
    const auto take = [&](std::string_view name, std::size_t size) {
      return take_key(place, thread.ike_keys, name, size);
    };
    const auto encryption = algorithm(*proposal.encryption).key_size;
    const auto integrity = algorithm(proposal.integrity).key_size;
    IkeKeys keys;
    keys.d = take("Sk_d", prf_size);
    keys.ai = take("Sk_ai", integrity);
    keys.ar = take("Sk_ar", integrity);
    keys.ei = take("Sk_ei", encryption);
    keys.er = take("Sk_er", encryption);
    keys.pi = take("Sk_pi", prf_size);
    keys.pr = take("Sk_pr", prf_size);
    log_.ike_sas.push_back(
        {spis, *proposal.encryption, proposal.integrity, proposal.prf, std::move(keys)});
  }

  void add_child_sa(const LinePlace& place, Thread& thread, std::uint32_t outbound_spi) {
    const auto proposal = usable(place, thread.esp, "ESP");
    if (proposal.extended_sequence_numbers)
      fail(place, "a CHILD_SA with extended sequence numbers: NO_EXT_SEQ would be right");
    const auto keys = [&](std::string_view side) {
      return DirectionKeys{
          take_key(place, thread.child_keys, fmt::format("encryption {} key", side),
                   algorithm(*proposal.encryption).key_size),
          take_key(place, thread.child_keys, fmt::format("integrity {} key", side),
                   algorithm(proposal.integrity).key_size)};
    };
    // Whoever reads the response is the exchange's initiator, and the peer's keys are the inbound
    // ones.
    const bool initiator = thread.reads_response;
    const auto add = [&](std::uint32_t spi, std::string_view sender) {
      log_.child_sas.push_back({spi, std::nullopt, std::nullopt, *proposal.encryption,
                                proposal.integrity, keys(sender)});
    };
    add(thread.inbound_spi, initiator ? "responder" : "initiator");
    add(outbound_spi, initiator ? "initiator" : "responder");
  }

  static Proposal usable(const LinePlace& place, const std::optional<Proposal>& proposal,
                         std::string_view protocol) {
    if (!proposal)
      fail(place, fmt::format("keys without a selected {} proposal: a log with the level `cfg = 1` "
                              "would be right",
                              protocol));
    if (!proposal->encryption || mismatch(*proposal->encryption, proposal->integrity))
      fail(place, fmt::format("the {} proposal selected has algorithms that mipvet does not have: "
                              "{} with {} would be right",
                              protocol, fmt::join(encryption_names(), ", "),
                              fmt::join(integrity_names(), ", ")));
    return *proposal;
  }

  static Buffer take_key(const LinePlace& place, const std::map<std::string_view, Buffer>& keys,
                         std::string_view name, std::size_t size) {
    const auto found = keys.find(name);
    const std::size_t has = found == keys.end() ? 0 : found->second.size();
    if (has != size)
      fail(place, fmt::format("the {} before this line has {} octets: {} would be right by the "
                              "proposal selected",
                              name, has, size));
    return size == 0 ? Buffer() : found->second;
  }

  std::map<std::string_view, Thread> threads_;
  std::optional<Proposal> ike_;
  bool has_spis_ = false;
  KeyLog log_;
};

}  // namespace

KeyLog read_charon_log(std::string_view text, std::string_view file) {
  return Reader().read(text, file);
}

}  // namespace mipvet::crypto
