#include "engine/rules/rule_files.h"
#include "engine/rules/vocabulary.h"

// What registrations show of RFC 2794 (NAI), RFC 3024 (reverse tunnelling) and RFC 3519 (UDP
// tunnelling).

namespace mipvet::rules {

using observer::ReplySent;
using observer::RequestSent;
using observer::RequestSettled;
namespace tunnel_request = mip4::udp_tunnel_request;
namespace tunnel_reply = mip4::udp_tunnel_reply;

namespace {

bool asks_for_udp_tunnel(const Sighting& asked) {
  return asked.carries(tunnel_request::layout);
}

bool is_in_front(const Sighting& message, const wire::Layout& extension) {
  const observer::ExtensionPlace* place = message.find(extension);
  const observer::ExtensionPlace* boundary = message.find(mip4::authentication::mobile_home);
  return place == nullptr || boundary == nullptr || place->offset < boundary->offset;
}

bool accepted(const ReplySent& r) {
  return is_acceptance(r.reply);
}

}  // namespace

void add_mip4_option_rules(RuleBook& book) {
  book.add<RequestSent>("RFC2794-2-01")
      .itself({"nai"})
      .when([](const RequestSent& r) { return r.request.carries(mip4::nai::layout); })
      .require([](const RequestSent& r) {
        const wire::Bytes nai = r.request.extension(mip4::nai::layout).octets(mip4::nai::nai);
        return !nai.empty() && std::find(nai.begin(), nai.end(), 0) == nai.end();
      })
      .evidence(mip4::nai::layout);

  book.add<RequestSent>("RFC2794-2-02")
      .itself({"nai"})
      .when([](const RequestSent& r) { return r.request.carries(mip4::nai::layout); })
      .require([](const RequestSent& r) { return is_in_front(r.request, mip4::nai::layout); })
      .evidence(mip4::nai::layout);

  book.add<ReplySent>("RFC2794-3-02")
      .itself({"nai"})
      .when([](const ReplySent& r) {
        return r.request.carries(mip4::nai::layout) && is_sound(r.request);
      })
      .judge([](const ReplySent& r) -> Outcome {
        if (r.reply.carries(mip4::nai::layout)) return true;
        return accepted(r) ? Outcome::Kind::fail : Outcome::Kind::warn;
      });

  book.add<ReplySent>("RFC2794-3-04")
      .itself({"nai"})
      .when([](const ReplySent& r) {
        return r.request.carries(mip4::nai::layout) && is_sound(r.request) && accepted(r);
      })
      .require([](const ReplySent& r) {
        return r.reply[reply::home_agent] != 0 && r.reply[reply::home_address] != 0;
      })
      .evidence(reply::home_address);

  book.add<RequestSent>("RFC3024-3.2-03")
      .when([](const RequestSent& r) { return !r.request.destination.is_multicast(); })
      .judge([](const RequestSent& r) -> Outcome {
        if (r.request.ttl == 255) return true;
        // §6.1 narrows it to requests that ask for a reverse tunnel (A9).
        if (r.request[request::reverse_tunneling] == 0) return Outcome::Kind::skip;
        return r.circumstances.has(Circumstance::fa_coa) ? Outcome::Kind::fail
                                                         : Outcome::Kind::warn;
      })
      .in_ip(wire::ip::time_to_live);

  book.add<RequestSettled>("RFC3024-4.2.1-02")
      .itself({"reverse-tunnel"})
      .when([](const RequestSettled& r) {
        return r.request[request::reverse_tunneling] != 0 && r.request.ttl != 255 &&
               r.request.defects == 0 && !r.request.udp_checksum_wrong &&
               r.request.address(request::home_agent).value != 0 &&
               r.network.owner(r.request.address(request::care_of_address)) == r.judged;
      })
      .judge([](const RequestSettled& r) -> Outcome {
        if (!r.relayed.empty()) return false;
        // At most one such denial a second.
        if (r.replies.empty()) return Outcome::Kind::silence;
        return (*r.replies.front())[reply::code] == 76;
      });

  book.add<RequestSent>("RFC3519-3.1-01")
      .itself({"udp-tunnel"})
      .when([](const RequestSent& r) { return asks_for_udp_tunnel(r.request); })
      .require([](const RequestSent& r) {
        const wire::View extension = r.request.extension(tunnel_request::layout);
        return extension[tunnel_request::length] == 6 && extension[tunnel_request::sub_type] == 0;
      })
      .evidence(tunnel_request::layout);

  book.add<RequestSent>("RFC3519-3.1-02")
      .itself({"udp-tunnel"})
      .when([](const RequestSent& r) { return asks_for_udp_tunnel(r.request); })
      .require([](const RequestSent& r) {
        const wire::View extension = r.request.extension(tunnel_request::layout);
        return extension[tunnel_request::reserved_1] == 0 &&
               extension[tunnel_request::reserved_2] == 0 &&
               extension[tunnel_request::reserved_3] == 0;
      })
      .evidence(tunnel_request::layout);

  book.add<RequestSent>("RFC3519-3.1.4-01")
      .itself({"udp-tunnel"})
      .when([](const RequestSent& r) { return asks_for_udp_tunnel(r.request); })
      .require([](const RequestSent& r) {
        const std::uint64_t encapsulation =
            r.request.extension(tunnel_request::layout)[tunnel_request::encapsulation];
        return encapsulation == 0 || encapsulation == 4 || encapsulation == 47 ||
               encapsulation == 55;
      })
      .evidence(tunnel_request::layout);

  book.add<RequestSent>("RFC3519-3.1.5-01")
      .itself({"udp-tunnel"})
      .when([](const RequestSent& r) { return asks_for_udp_tunnel(r.request); })
      .require([](const RequestSent& r) {
        return r.request[request::decapsulation_by_mobile_node] != 0;
      })
      .evidence(request::flags);

  book.add<RequestSent>("RFC3519-4.4-01")
      .itself({"udp-tunnel"})
      .when([](const RequestSent& r) { return !asks_deregistration(r.request); })
      .require([](const RequestSent& r) {
        return !asks_for_udp_tunnel(r.request) || !r.circumstances.has(Circumstance::fa_coa);
      })
      .evidence(tunnel_request::layout);

  book.add<RequestSent>("RFC3519-4.4-02")
      .itself({"udp-tunnel"})
      .when([](const RequestSent& r) { return asks_for_udp_tunnel(r.request); })
      .require([](const RequestSent& r) { return is_in_front(r.request, tunnel_request::layout); })
      .evidence(tunnel_request::layout);

  book.add<ReplySent>("RFC3519-3.2-01")
      .itself({"udp-tunnel"})
      .when([](const ReplySent& r) { return r.reply.carries(tunnel_reply::layout); })
      .require([](const ReplySent& r) {
        const wire::View extension = r.reply.extension(tunnel_reply::layout);
        return extension[tunnel_reply::length] == 6 && extension[tunnel_reply::sub_type] == 0 &&
               extension[tunnel_reply::reserved] == 0;
      })
      .evidence(tunnel_reply::layout);

  book.add<ReplySent>("RFC3519-4.6-02")
      .when([](const ReplySent& r) {
        return accepted(r) && asks_for_udp_tunnel(r.request) && !asks_deregistration(r.request) &&
               r.request.source != r.request.address(request::care_of_address);
      })
      .require([](const ReplySent& r) {
        const wire::View extension = r.reply.extension(tunnel_reply::layout);
        return extension && extension[tunnel_reply::reply_code] < 64;
      })
      .evidence(tunnel_reply::layout);
}

}  // namespace mipvet::rules
