#include "engine/scenario/iut.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/scenario/network_for_test.h"

namespace mipvet::scenario {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Calls back for files until it is told to end: what a live world does.
class Loop {
 public:
  void watch(int file, std::function<void()> when_readable) {
    if (when_readable) {
      watched_[file] = std::move(when_readable);
    } else {
      watched_.erase(file);
    }
  }
  Iut::Watch watcher() {
    return [this](int file, std::function<void()> action) { watch(file, std::move(action)); };
  }
  void run_until(const std::function<bool()>& done) {
    while (!done()) {
      std::vector<pollfd> files;
      for (const auto& [file, action] : watched_) files.push_back({file, POLLIN, 0});
      ASSERT_GT(::poll(files.data(), files.size(), 20000), 0) << "nothing happened";
      for (const pollfd& one : files) {
        const auto found = watched_.find(one.fd);
        if (one.revents == 0 || found == watched_.end()) continue;
        const auto action = found->second;  // it may end its own watch
        action();
      }
    }
  }

 private:
  std::map<int, std::function<void()>> watched_;
};

class IutTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    std::string name = (std::filesystem::temp_directory_path() / "mipvet-iut-XXXXXX").string();
    directory_ = mkdtemp(name.data());
  }
  void TearDown() override {
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }

  /// An IUT for the home agent that a merge patch completes.
  IutFile file(std::string_view patch) const {
    model::Json json = model::Json::parse(R"({"iut": "x", "nodes": {"ha": {
      "attachments": {"private": {"interface": "priv0"}, "home": {"interface": "home0"}}}}})");
    json.merge_patch(model::Json::parse(patch));
    return iut_from_document({"iut.json", json}, "iut.json");
  }

  std::string content(const std::string& name) const {
    std::ifstream stream(directory_ / name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  model::Network network_ = network();
  std::filesystem::path directory_;
  Loop loop_;
};

TEST_F(IutTest, IsSetUpStartedToldAndStopped) {
  const std::string here = directory_.string();
  const IutFile implementation =
      file(R"({"nodes": {"ha": {
    "setup": ["ip addr add {address.private} dev {interface.private}",
              "cat /sys/class/net/home0/address > )" +
           here + R"(/mac"],
    "start": "ip -4 -o addr show dev priv0 > )" +
           here + R"(/addr; echo is ready; while read l; do echo $l >> )" + here +
           R"(/told; echo read; done",
    "ready": {"output": "ready"}, "stop": "echo {node} {network} > )" +
           here + R"(/stopped",
    "triggers": {"deny": {"input": "deny {code}"},
                 "accept": {"command": "echo {node} > )" +
           here + R"(/accepted"}}}}})");
  net::Lab lab({"visited", "public", "private", "home"});
  {
    Iut iut({implementation, network_, lab, "net.json", "mipvet", directory_});
    EXPECT_TRUE(iut.has(kHa));
    EXPECT_FALSE(iut.has(kMn));
    lab.up();
    iut.start();
    EXPECT_THAT(content("addr"), HasSubstr("10.0.0.2/24"));
    EXPECT_EQ(content("mac"), network_.nodes[kHa].attachments[1].mac.to_string() + "\n");
    iut.watch(loop_.watcher(), [](const std::string& trouble) { ADD_FAILURE() << trouble; });
    iut.command(kHa, "deny", {{"code", 131}});
    loop_.run_until([&] { return content("told") == "deny 131\n"; });
    iut.command(kHa, "accept", {});
    loop_.run_until([&] { return content("accepted") == "ha\n"; });
    EXPECT_THAT([&] { iut.command(kHa, "silence", {}); },
                ::testing::ThrowsMessage<CannotDo>("ha has no trigger silence"));
    iut.stop();
  }
  EXPECT_EQ(content("stopped"), "ha net.json\n");
  EXPECT_THAT(content("ha.log"), StartsWith("is ready\nread\n"));
}

TEST_F(IutTest, TellsAStartScriptWhereItIs) {
  network_.nodes[kHa].routes = {
      {*wire::Ipv4Prefix::parse("192.0.2.0/24"), *wire::Ipv4Address::parse("10.0.0.10")}};
  const IutFile implementation = file(
      R"({"nodes": {"ha": {"start": "echo '{routes}' {here} {peer.ha.private} > {logs}/told; echo ready; cat",
          "ready": {"output": "ready"}}}})");
  net::Lab lab({"visited", "public", "private", "home"});
  Iut iut({implementation, network_, lab, {}, {}, directory_});
  lab.up();
  iut.start();
  iut.watch(loop_.watcher(), [](const std::string& trouble) { ADD_FAILURE() << trouble; });
  iut.stop();
  EXPECT_EQ(content("told"),
            "192.0.2.0/24=10.0.0.10 " + std::filesystem::current_path().string() + " 10.0.0.2\n");
}

TEST_F(IutTest, TellsThatItHasDied) {
  const IutFile implementation = file(
      R"({"nodes": {"ha": {"start": "echo ready; read l; echo cannot do $l; exit 3",
          "ready": {"output": "ready"}, "triggers": {"silence": {"input": "more"}}}}})");
  net::Lab lab({"visited", "public", "private", "home"});
  Iut iut({implementation, network_, lab, {}, {}});
  lab.up();
  iut.start();
  std::string trouble;
  iut.watch(loop_.watcher(), [&](std::string what) { trouble = std::move(what); });
  iut.command(kHa, "silence", {});
  loop_.run_until([&] { return !trouble.empty(); });
  EXPECT_EQ(trouble, "ha ended with status 3: cannot do more");
}

TEST_F(IutTest, TellsThatATriggerFailed) {
  const IutFile implementation =
      file(R"({"nodes": {"ha": {"triggers": {"silence": {"command": "echo oh no; false"}}}}})");
  net::Lab lab({"visited", "public", "private", "home"});
  Iut iut({implementation, network_, lab, {}, {}});
  lab.up();
  iut.start();
  std::string trouble;
  iut.watch(loop_.watcher(), [&](std::string what) { trouble = std::move(what); });
  iut.command(kHa, "silence", {});
  loop_.run_until([&] { return !trouble.empty(); });
  EXPECT_EQ(trouble, "the trigger silence of ha ended with status 1: oh no");
}

TEST_F(IutTest, RestartsByProcessOrByResetCommand) {
  const std::string here = directory_.string();
  const IutFile implementation =
      file(R"({"nodes": {"ha": {"start": "echo x >> )" + here +
           R"(/starts; echo ready; cat", "ready": {"output": "ready"}}}})");
  net::Lab lab({"visited", "public", "private", "home"});
  Iut iut({implementation, network_, lab, {}, {}, directory_});
  lab.up();
  iut.start();
  iut.watch(loop_.watcher(), [](const std::string& trouble) { ADD_FAILURE() << trouble; });
  bool is_ready = false;
  iut.restart(kHa, [&](net::Duration) { is_ready = true; });
  EXPECT_FALSE(is_ready);
  loop_.run_until([&] { return is_ready; });
  EXPECT_EQ(content("ha-2.log"), "ready\n");
  EXPECT_EQ(content("starts"), "x\nx\n");

  const IutFile with_reset = file(R"({"nodes": {"ha": {"reset": "touch )" + here + R"(/reset"}}})");
  Loop loop;
  net::Lab other({"visited", "public", "private", "home"});
  Iut kernel({with_reset, network_, other, {}, {}});
  other.up();
  kernel.start();
  kernel.watch(loop.watcher(), [](const std::string& trouble) { ADD_FAILURE() << trouble; });
  bool is_reset = false;
  kernel.restart(kHa, [&](net::Duration) { is_reset = true; });
  loop.run_until([&] { return is_reset; });
  EXPECT_TRUE(std::filesystem::exists(directory_ / "reset"));
}

TEST_F(IutTest, ComplainsAboutWhatDoesNotStart) {
  const auto complaint = [&](std::string_view patch) -> std::string {
    const IutFile implementation = file(patch);
    net::Lab lab({"visited", "public", "private", "home"});
    Iut iut({implementation, network_, lab, {}, {}});
    lab.up();
    try {
      iut.start();
    } catch (const net::ProcessError& error) {
      return error.what();
    }
    return "started";
  };
  EXPECT_EQ(complaint(R"({"nodes": {"ha": {"setup": ["echo why; false"]}}})"),
            "ha: `echo why; false` ended with status 1: why");
  EXPECT_EQ(complaint(R"({"nodes": {"ha": {"start": "echo no key; exit 7",
                                           "ready": {"output": "ready"}}}})"),
            "ha: `echo no key; exit 7` ended with status 7: no key");
  EXPECT_EQ(complaint(R"({"nodes": {"ha": {"start": "exit 7", "ready": {"after": 20}}}})"),
            "ha: `exit 7` ended with status 7");
  EXPECT_EQ(complaint(R"({"nodes": {"ha": {"setup": ["echo {peer.gw.public}"]}}})"),
            "ha: {peer.gw.public}: is no address in the network dmz");
}

TEST_F(IutTest, HasTheLinksOfTheNetwork) {
  const auto complaint = [&](std::string_view patch) -> std::string {
    const IutFile implementation = file(patch);
    net::Lab lab({"visited", "public", "private", "home"});
    try {
      Iut iut({implementation, network_, lab, {}, {}});
    } catch (const model::InputError& error) {
      return error.what();
    }
    return "taken";
  };
  EXPECT_EQ(complaint(R"({"nodes": {"ha": {"attachments": {"home": null}}}})"),
            "iut.json: /nodes/ha/attachments: lacks \"home\", where ha is attached in the network "
            "dmz");
  EXPECT_EQ(complaint(R"({"nodes": {"ha": {"attachments": {"public": {"interface": "x"}}}}})"),
            "iut.json: /nodes/ha/attachments/public: is no link of ha in the network dmz; must be "
            "one that it is attached to");
  // Nodes that this network has not are none of its business.
  EXPECT_EQ(complaint(R"({"nodes": {"other": {"attachments": {"public": {"interface": "x"}}}}})"),
            "taken");
}

}  // namespace
}  // namespace mipvet::scenario
