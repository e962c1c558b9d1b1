#include "engine/wire/ike_names.h"

#include <array>
#include <span>

#include "engine/wire/ike_notify.h"

namespace mipvet::wire::ike {
namespace {

struct Name {
  std::uint64_t number;
  std::string_view name;
};
using Names = std::span<const Name>;

constexpr std::array kExchanges{Name{34, "IKE_SA_INIT"}, Name{35, "IKE_AUTH"},
                                Name{36, "CREATE_CHILD_SA"}, Name{37, "INFORMATIONAL"}};
constexpr std::array kPayloads{
    Name{0, "none"},  Name{33, "SA"},      Name{34, "KE"},   Name{35, "IDi"},   Name{36, "IDr"},
    Name{37, "CERT"}, Name{38, "CERTREQ"}, Name{39, "AUTH"}, Name{40, "Nonce"}, Name{41, "N"},
    Name{42, "D"},    Name{43, "V"},       Name{44, "TSi"},  Name{45, "TSr"},   Name{46, "SK"},
    Name{47, "CP"},   Name{48, "EAP"},     Name{53, "SKF"}};
constexpr std::array kProtocols{Name{1, "IKE"}, Name{2, "AH"}, Name{3, "ESP"}};
constexpr std::array kTransformTypes{Name{1, "ENCR"}, Name{2, "PRF"}, Name{3, "INTEG"},
                                     Name{4, "D-H"}, Name{5, "ESN"}};
constexpr std::array kEncryption{Name{1, "ENCR_DES_IV64"},
                                 Name{2, "ENCR_DES"},
                                 Name{3, "ENCR_3DES"},
                                 Name{4, "ENCR_RC5"},
                                 Name{5, "ENCR_IDEA"},
                                 Name{6, "ENCR_CAST"},
                                 Name{7, "ENCR_BLOWFISH"},
                                 Name{8, "ENCR_3IDEA"},
                                 Name{9, "ENCR_DES_IV32"},
                                 Name{11, "ENCR_NULL"},
                                 Name{12, "ENCR_AES_CBC"},
                                 Name{13, "ENCR_AES_CTR"},
                                 Name{14, "ENCR_AES_CCM_8"},
                                 Name{15, "ENCR_AES_CCM_12"},
                                 Name{16, "ENCR_AES_CCM_16"},
                                 Name{18, "ENCR_AES_GCM_8"},
                                 Name{19, "ENCR_AES_GCM_12"},
                                 Name{20, "ENCR_AES_GCM_16"},
                                 Name{21, "ENCR_NULL_AUTH_AES_GMAC"},
                                 Name{23, "ENCR_CAMELLIA_CBC"},
                                 Name{24, "ENCR_CAMELLIA_CTR"},
                                 Name{28, "ENCR_CHACHA20_POLY1305"}};
constexpr std::array kPrf{Name{1, "PRF_HMAC_MD5"},      Name{2, "PRF_HMAC_SHA1"},
                          Name{3, "PRF_HMAC_TIGER"},    Name{4, "PRF_AES128_XCBC"},
                          Name{5, "PRF_HMAC_SHA2_256"}, Name{6, "PRF_HMAC_SHA2_384"},
                          Name{7, "PRF_HMAC_SHA2_512"}, Name{8, "PRF_AES128_CMAC"}};
constexpr std::array kIntegrity{Name{0, "NONE"},
                                Name{1, "AUTH_HMAC_MD5_96"},
                                Name{2, "AUTH_HMAC_SHA1_96"},
                                Name{3, "AUTH_DES_MAC"},
                                Name{4, "AUTH_KPDK_MD5"},
                                Name{5, "AUTH_AES_XCBC_96"},
                                Name{8, "AUTH_AES_CMAC_96"},
                                Name{12, "AUTH_HMAC_SHA2_256_128"},
                                Name{13, "AUTH_HMAC_SHA2_384_192"},
                                Name{14, "AUTH_HMAC_SHA2_512_256"}};
constexpr std::array kGroups{Name{0, "NONE"},
                             Name{1, "768-bit MODP"},
                             Name{2, "1024-bit MODP"},
                             Name{5, "1536-bit MODP"},
                             Name{14, "2048-bit MODP"},
                             Name{15, "3072-bit MODP"},
                             Name{16, "4096-bit MODP"},
                             Name{17, "6144-bit MODP"},
                             Name{18, "8192-bit MODP"},
                             Name{19, "256-bit random ECP"},
                             Name{20, "384-bit random ECP"},
                             Name{21, "521-bit random ECP"},
                             Name{31, "Curve25519"},
                             Name{32, "Curve448"}};
constexpr std::array kEsn{Name{0, "No Extended Sequence Numbers"},
                          Name{1, "Extended Sequence Numbers"}};
constexpr std::array kTransformAttributes{Name{14, "Key Length"}};
constexpr std::array kIdTypes{Name{1, "ID_IPV4_ADDR"},   Name{2, "ID_FQDN"},
                              Name{3, "ID_RFC822_ADDR"}, Name{5, "ID_IPV6_ADDR"},
                              Name{9, "ID_DER_ASN1_DN"}, Name{10, "ID_DER_ASN1_GN"},
                              Name{11, "ID_KEY_ID"}};
constexpr std::array kEncodings{
    Name{1, "PKCS #7 wrapped X.509 certificate"}, Name{4, "X.509 Certificate - Signature"},
    Name{7, "Certificate Revocation List"}, Name{12, "Hash and URL of X.509 certificate"},
    Name{13, "Hash and URL of X.509 bundle"}};
constexpr std::array kMethods{Name{1, "RSA Digital Signature"},
                              Name{2, "Shared Key Message Integrity Code"},
                              Name{3, "DSS Digital Signature"},
                              Name{9, "ECDSA with SHA-256 on the P-256 curve"},
                              Name{10, "ECDSA with SHA-384 on the P-384 curve"},
                              Name{11, "ECDSA with SHA-512 on the P-521 curve"},
                              Name{14, "Digital Signature"}};
constexpr std::array kSelectors{Name{7, "TS_IPV4_ADDR_RANGE"}, Name{8, "TS_IPV6_ADDR_RANGE"}};
constexpr std::array kConfigurations{Name{1, "CFG_REQUEST"}, Name{2, "CFG_REPLY"},
                                     Name{3, "CFG_SET"}, Name{4, "CFG_ACK"}};
constexpr std::array kAttributes{Name{1, "INTERNAL_IP4_ADDRESS"},  Name{2, "INTERNAL_IP4_NETMASK"},
                                 Name{3, "INTERNAL_IP4_DNS"},      Name{4, "INTERNAL_IP4_NBNS"},
                                 Name{6, "INTERNAL_IP4_DHCP"},     Name{7, "APPLICATION_VERSION"},
                                 Name{8, "INTERNAL_IP6_ADDRESS"},  Name{10, "INTERNAL_IP6_DNS"},
                                 Name{12, "INTERNAL_IP6_DHCP"},    Name{13, "INTERNAL_IP4_SUBNET"},
                                 Name{14, "SUPPORTED_ATTRIBUTES"}, Name{15, "INTERNAL_IP6_SUBNET"}};

/// Transform identifiers by the transform type, from 1.
constexpr std::array<Names, 5> kTransforms{kEncryption, kPrf, kIntegrity, kGroups, kEsn};

/// What names the numbers of a field, in one table or in all that have it.
struct Source {
  const Layout* layout;  ///< null: any
  Field field;
  Names names;
};
constexpr std::array kSources{
    Source{nullptr, message::exchange_type, kExchanges},
    Source{nullptr, message::next_payload, kPayloads},
    Source{nullptr, payload::next_payload, kPayloads},
    Source{&proposal::layout, proposal::protocol_id, kProtocols},
    Source{&delete_::layout, delete_::protocol_id, kProtocols},
    Source{&transform::layout, transform::transform_type, kTransformTypes},
    Source{&transform_attribute::layout, transform_attribute::attribute_type, kTransformAttributes},
    Source{&key_exchange::layout, key_exchange::group, kGroups},
    Source{nullptr, notify::group, kGroups},
    Source{nullptr, notify::payload_type, kPayloads},
    Source{nullptr, identification::id_type, kIdTypes},
    Source{nullptr, certificate::encoding, kEncodings},
    Source{nullptr, authentication::method, kMethods},
    Source{nullptr, traffic_selector::ts_type, kSelectors},
    Source{nullptr, configuration::cfg_type, kConfigurations},
    Source{&configuration_attribute::layout, configuration_attribute::attribute_type, kAttributes}};

std::string_view find(Names names, std::uint64_t number) {
  for (const Name& one : names)
    if (one.number == number) return one.name;
  return {};
}

}  // namespace

std::string_view name_of(const View& message, const Field& field) {
  if (!message.has(field) || field.bit_width == 0 || field.bit_width > 64) return {};
  const std::uint64_t number = message[field];
  if (message.layout() == &transform::layout && field == transform::transform_id) {
    const std::uint64_t type = message[transform::transform_type] - 1;
    return type < kTransforms.size() ? find(kTransforms[type], number) : std::string_view{};
  }
  if (message.layout()->type_value == notify::kPayloadType) {
    if (field == notify::protocol_id) return find(kProtocols, number);
    if (field == notify::notify_type) {
      const Layout& layout = notify::layout_of(number);
      return &layout == &notify::layout ? std::string_view{} : layout.name;
    }
  }
  for (const Source& one : kSources)
    if (one.field == field && (one.layout == nullptr || one.layout == message.layout()))
      return find(one.names, number);
  return {};
}

}  // namespace mipvet::wire::ike
