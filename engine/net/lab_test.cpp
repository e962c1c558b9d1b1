#include "engine/net/lab.h"

#include <array>
#include <filesystem>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <linux/if_ether.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "engine/net/capture_file.h"
#include "engine/net/device_for_test.h"
#include "engine/net/ip_command.h"
#include "engine/net/network_namespace.h"
#include "engine/net/packet_socket.h"
#include "engine/net/shell_for_test.h"
#include "engine/net/tap.h"
#include "engine/net/temporary_directory.h"
#include "engine/wire/checksum.h"

namespace mipvet::net {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

const std::string kPrivate = "the private link, by a name of more than 15 characters";

bool is_there(const std::string& network_namespace) {
  return std::filesystem::exists(namespace_path(network_namespace));
}

class LabTest : public ::testing::Test {
 protected:
  void SetUp() override { MIPVET_NEEDS_ROOT(); }
};

TEST_F(LabTest, ALinkIsAHub) {
  Lab lab({kPrivate, "visited"});
  const std::string a = lab.add_port(kPrivate);
  const std::string b = lab.add_port(kPrivate);
  const std::string c = lab.add_port(kPrivate);
  const std::string elsewhere = lab.add_port("visited");
  lab.up();
  PacketSocket from_a(a, lab.network_namespace());
  PacketSocket from_b(b, lab.network_namespace());
  PacketSocket from_c(c, lab.network_namespace());
  PacketSocket other(elsewhere, lab.network_namespace());

  // To one that nobody has heard of, and back: everybody hears both.
  const wire::MacAddress mac_of_2{{2, 0, 0, 0, 0, 2}};
  const wire::MacAddress mac_of_1{{2, 0, 0, 0, 0, 1}};
  from_a.send(test_frame(1, mac_of_2));
  EXPECT_EQ(next_bytes(from_b), test_frame(1, mac_of_2));
  EXPECT_EQ(next_bytes(from_c), test_frame(1, mac_of_2));
  from_b.send(test_frame(2, mac_of_1));
  EXPECT_EQ(next_bytes(from_a), test_frame(2, mac_of_1));
  EXPECT_EQ(next_bytes(from_c), test_frame(2, mac_of_1));
  // A group that nobody has joined, and one that bridges keep for themselves.
  for (const wire::MacAddress& group :
       {wire::MacAddress{{1, 0, 0x5E, 0, 0, 11}}, wire::MacAddress{{1, 0x80, 0xC2, 0, 0, 0x0E}}}) {
    from_c.send(test_frame(3, group));
    EXPECT_EQ(next_bytes(from_a), test_frame(3, group));
    EXPECT_EQ(next_bytes(from_b), test_frame(3, group));
  }
  // All of that has passed: the other link heard nothing, nor did anyone hear himself.
  for (PacketSocket* silent : {&other, &from_a, &from_b, &from_c}) EXPECT_FALSE(silent->receive());
}

TEST_F(LabTest, OnTheBridgeEveryFrameIsSeenOnceInOrder) {
  Lab lab({"visited", kPrivate});
  const std::string a = lab.add_port(kPrivate);
  const std::string b = lab.add_port(kPrivate);
  lab.up();
  PacketSocket observer(lab.bridge_device(kPrivate), lab.network_namespace());
  PacketSocket from_a(a, lab.network_namespace());
  PacketSocket from_b(b, lab.network_namespace());
  const Time before = std::chrono::system_clock::now();
  // Each answers what it has heard: cause comes before effect in what is observed.
  const wire::MacAddress other{{2, 0, 0, 0, 9, 9}};
  for (std::uint8_t mark = 1; mark < 100; ++mark) {
    PacketSocket& sender = mark % 2 == 0 ? from_a : from_b;
    PacketSocket& receiver = mark % 2 == 0 ? from_b : from_a;
    sender.send(test_frame(mark, other));
    ASSERT_EQ(next_bytes(receiver), test_frame(mark, other));
  }
  Time last = before;
  for (std::uint8_t mark = 1; mark < 100; ++mark) {
    const auto frame = next_frame(observer);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->bytes, test_frame(mark, other));
    EXPECT_LE(last, frame->time);
    last = frame->time;
  }
  EXPECT_LE(last, Time(std::chrono::system_clock::now()));
  EXPECT_FALSE(observer.receive());
}

TEST_F(LabTest, TheKernelSaysNothing) {
  Lab lab({"lan"});
  const std::string a = lab.add_port("lan");
  const std::string b = lab.add_port("lan");
  lab.up();
  PacketSocket observer(lab.bridge_device("lan"), lab.network_namespace());
  PacketSocket from_a(a, lab.network_namespace());
  PacketSocket from_b(b, lab.network_namespace());
  // To all, UDP/IPv4 from 192.0.2.1 to 192.0.2.2 port 434, and as Ethernet has it for all: an
  // ordinary host would answer with ICMP. And ARP for 192.0.2.2.
  wire::Buffer datagram{0x45, 0, 0,   28, 0, 0, 0, 0, 64, 17,   0xF6, 0xCF, 192, 0,
                        2,    1, 192, 0,  2, 2, 1, 0, 1,  0xB2, 0,    8,    0,   0};
  wire::Buffer arp{0,   1, 8, 0, 6, 4, 0, 1, 2, 0, 0,   0, 0, 1,
                   192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 2};
  for (const std::uint8_t protocol : std::to_array<std::uint8_t>({1, 4, 17, 50})) {
    wire::Buffer frame{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, 1, 8, 0};
    datagram[9] = protocol;
    datagram[10] = datagram[11] = 0;
    const auto sum = wire::checksum(wire::Bytes(datagram).first(20));
    datagram[10] = static_cast<std::uint8_t>(sum >> 8U);
    datagram[11] = static_cast<std::uint8_t>(sum);
    frame.insert(frame.end(), datagram.begin(), datagram.end());
    from_a.send(frame);
    EXPECT_EQ(next_bytes(observer), frame);
    EXPECT_EQ(next_bytes(from_b), frame);
  }
  wire::Buffer frame{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, 1, 8, 6};
  frame.insert(frame.end(), arp.begin(), arp.end());
  from_a.send(frame);
  EXPECT_EQ(next_bytes(observer), frame);
  EXPECT_EQ(next_bytes(from_b), frame);
  EXPECT_EQ(output_of("ip -o address", lab.network_namespace()), "");
  // What the kernel answers it answers at once: it would be before this one.
  from_b.send(test_frame(1));
  EXPECT_EQ(next_bytes(observer), test_frame(1));
  EXPECT_EQ(next_bytes(from_a), test_frame(1));
}

TEST_F(LabTest, ARealImplementationHasAPortInItsOwnNamespace) {
  Lab lab({"lan"});
  const auto iut = lab.add_external_port("lan", "mipp", "eth0");
  EXPECT_EQ(iut.network_namespace, lab.network_namespace() + "-mipp");
  EXPECT_EQ(iut.device, "eth0");
  lab.up();
  run_ip(iut.network_namespace,
         "address add 192.0.2.1/24 dev eth0\n"
         "neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev eth0\n");
  // A plain socket, for ours would complete what a veth leaves undone: others who look on are to
  // see what a wire would show.
  FileDescriptor plain;
  in_namespace(lab.network_namespace(),
               [&] { plain = FileDescriptor(::socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL))); });
  output_of("bash -c 'printf abc > /dev/udp/192.0.2.2/434'", iut.network_namespace);
  wire::Buffer frame;
  do {  // its kernel speaks IPv6 too
    pollfd event{plain.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&event, 1, 20000), 1);
    frame.resize(2000);
    frame.resize(static_cast<std::size_t>(::recv(plain.get(), frame.data(), frame.size(), 0)));
    ASSERT_GE(frame.size(), 14U);
  } while (frame[12] != 8 || frame[13] != 0);
  ASSERT_EQ(frame.size(), 14U + 20U + 8U + 3U);
  const auto udp = wire::Bytes(frame).subspan(34);
  EXPECT_EQ(udp[6] << 8U | udp[7], wire::udp_checksum({0xC0000201}, {0xC0000202}, udp));
}

TEST_F(LabTest, ANamespaceThatIsThereIsUsedAndStays) {
  const std::string own = "mipvet-test-" + std::to_string(::getpid());
  run_ip({}, "netns add " + own + "\n");
  {
    Lab lab({"lan"});
    const auto iut = lab.add_external_port("lan", own, "lan0");
    EXPECT_EQ(iut.network_namespace, own);
    const std::string port = lab.add_port("lan");
    lab.up();
    PacketSocket outside("lan0", own);
    PacketSocket inside(port, lab.network_namespace());
    inside.send(test_frame(1));
    EXPECT_EQ(next_bytes(outside), test_frame(1));
  }
  EXPECT_TRUE(is_there(own));
  EXPECT_THROW(PacketSocket("lan0", own), DeviceError);
  // The interface's name may be taken there.
  run_ip(own, "link add lan0 type veth peer name lan1\n");
  Lab lab({"lan"});
  lab.add_external_port("lan", own, "lan0");
  try {
    lab.up();
    ADD_FAILURE() << "two interfaces of one name";
  } catch (const DeviceError& error) {
    EXPECT_THAT(error.what(), HasSubstr("peer name lan0 netns " + own + "`: "));
    EXPECT_THAT(error.what(), HasSubstr("File exists"));
  }
  lab.remove();
  EXPECT_FALSE(is_there(lab.network_namespace()));
  run_ip({}, "netns del " + own + "\n");
}

TEST_F(LabTest, ATapIsAPortToo) {
  Lab lab({"lan"});
  const std::string port = lab.add_port("lan");
  const std::string name = lab.add_tap("lan");
  lab.up();
  PacketSocket socket(port, lab.network_namespace());
  PacketSocket observer(lab.bridge_device("lan"), lab.network_namespace());
  TapDevice tap(name, lab.network_namespace());
  tap.send(test_frame(1));
  EXPECT_EQ(next_bytes(socket), test_frame(1));
  socket.send(test_frame(2));
  EXPECT_EQ(next_bytes(tap), test_frame(2));
  EXPECT_EQ(next_bytes(observer), test_frame(1));
  EXPECT_EQ(next_bytes(observer), test_frame(2));
}

TEST_F(LabTest, DumpcapSeesWhatWeSeeAndWeReadIt) {
  Lab lab({"lan", "wan"});
  const std::string lan = lab.add_port("lan");
  const std::string wan = lab.add_port("wan");
  lab.up();
  PacketSocket on_lan(lan, lab.network_namespace());
  PacketSocket on_wan(wan, lab.network_namespace());
  const TemporaryDirectory directory;
  const std::string path = directory / "dumped.pcapng";
  ChildProcess dumpcap({.command = "exec dumpcap -i " + lab.bridge_device("lan") + " -i " +
                                   lab.bridge_device("wan") + " -c 2 -w " + path,
                        .network_namespace = lab.network_namespace()});
  std::string said;
  // It has its sockets open when it names its file.
  while (said.find("File: ") == std::string::npos && !dumpcap.output_closed()) {
    pollfd event{dumpcap.output_fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&event, 1, 20000), 1) << said;
    for (const std::string& line : dumpcap.read_lines()) said += line + '\n';
  }
  on_lan.send(test_frame(1));
  on_wan.send(test_frame(2));
  pollfd event{dumpcap.exit_fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&event, 1, 20000), 1) << said;
  EXPECT_EQ(dumpcap.exit_status(), 0) << said;
  CaptureReader reader(path);
  ASSERT_THAT(reader.interfaces(), ::testing::ElementsAre("br0", "br1"));
  for (int i = 0; i < 2; ++i) {
    const auto frame = reader.next();
    ASSERT_TRUE(frame);
    EXPECT_THAT(frame->bytes,
                ::testing::ElementsAreArray(test_frame(frame->interface == 0 ? 1 : 2)));
  }
  EXPECT_FALSE(reader.next());
}

TEST_F(LabTest, NothingIsLeft) {
  std::string name;
  std::string iut;
  Lab earlier({});
  earlier.up();
  try {
    Lab lab({"lan"});
    name = lab.network_namespace();
    iut = lab.add_external_port("lan", "mipp", "eth0").network_namespace;
    lab.up();
    EXPECT_TRUE(is_there(name));
    EXPECT_TRUE(is_there(iut));
    throw std::runtime_error("something happens in a run");
  } catch (const std::runtime_error&) {
  }
  EXPECT_FALSE(is_there(name));
  EXPECT_FALSE(is_there(iut));
  EXPECT_TRUE(is_there(earlier.network_namespace()));
}

TEST_F(LabTest, ADaemonOfAnImplementationEndsWithItsNamespace) {
  Lab lab({"lan"});
  const auto iut = lab.add_external_port("lan", "mipp", "eth0").network_namespace;
  lab.up();
  // Outside of the process group that its start command has, as daemons do.
  ChildProcess start(
      {.command = "setsid sh -c 'echo $$; exec sleep 1000'", .network_namespace = iut});
  pollfd event{start.output_fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&event, 1, 20000), 1);
  ASSERT_FALSE(start.read_lines().empty());
  lab.remove();
  event.revents = 0;
  ASSERT_EQ(::poll(&event, 1, 20000), 1);  // its output is closed: it has ended
  EXPECT_TRUE(start.read_lines().empty());
  EXPECT_TRUE(start.output_closed());
}

TEST_F(LabTest, WhatADeadProcessLeftIsSweptAway) {
  Lab ours({"lan"});
  ours.up();
  const pid_t tool = ::fork();
  ASSERT_GE(tool, 0);
  if (tool == 0) {
    Lab lab({"lan"});
    lab.add_external_port("lan", "mipp", "eth0");
    lab.up();
    ::_exit(0);
  }
  const auto of_tool = [&] {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(kNamespaces))
      count += entry.path().filename().string().starts_with("mipvet-" + std::to_string(tool) + "-")
                   ? 1
                   : 0;
    return count;
  };
  int status = -1;
  EXPECT_EQ(::waitpid(tool, &status, 0), tool);
  EXPECT_EQ(status, 0);
  Lab::sweep();
  EXPECT_EQ(of_tool(), 0);
  EXPECT_TRUE(is_there(ours.network_namespace()));
}

TEST_F(LabTest, AnUnknownLinkIsAnError) {
  Lab lab({"lan"});
  EXPECT_THROW(lab.add_port("wan"), DeviceError);
  EXPECT_THROW(lab.bridge_device("wan"), DeviceError);
}

TEST_F(LabTest, WithoutRightsItSaysSo) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    bool said = false;
    try {
      if (::setuid(65534) == 0) Lab({"lan"}).up();
    } catch (const DeviceError& error) {
      said = std::string_view(error.what()).ends_with("run as root");
    }
    ::_exit(said ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace mipvet::net
