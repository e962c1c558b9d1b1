#include "engine/net/process.h"

#include <array>
#include <fstream>
#include <poll.h>
#include <signal.h>
#include <sstream>
#include <unistd.h>

#include <gmock/gmock.h>
#include <sys/wait.h>

#include "engine/net/shell_for_test.h"
#include "engine/net/temporary_directory.h"

namespace mipvet::net {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

bool readable(int fd, std::chrono::milliseconds patience = 20s) {
  pollfd event{fd, POLLIN, 0};
  return ::poll(&event, 1, static_cast<int>(patience.count())) == 1;
}

std::vector<std::string> next_lines(ChildProcess& process) {
  std::vector<std::string> lines;
  while (lines.empty() && !process.output_closed() && readable(process.output_fd()))
    lines = process.read_lines();
  return lines;
}

TEST(ChildProcess, PrintsLinesAndEndsWithAStatus) {
  ChildProcess process({.command = "echo out; echo err >&2; printf unended; exit 3"});
  std::vector<std::string> all;
  while (!process.output_closed())
    for (const std::string& line : next_lines(process)) all.push_back(line);
  EXPECT_THAT(all, ElementsAre("out", "err", "unended"));
  EXPECT_TRUE(readable(process.exit_fd()));
  EXPECT_EQ(process.exit_status(), 3);
  process.terminate();
  EXPECT_EQ(process.exit_status(), 3);
}

TEST(ChildProcess, ReadsItsInput) {
  ChildProcess process({.command = "while read line; do echo \"got $line\"; done"});
  EXPECT_TRUE(process.write_input("one\n"));
  EXPECT_THAT(next_lines(process), ElementsAre("got one"));
  process.close_input();
  EXPECT_TRUE(readable(process.exit_fd()));
  EXPECT_EQ(process.exit_status(), 0);
  EXPECT_FALSE(process.write_input("two\n"));
}

TEST(ChildProcess, InputThatNobodyReadsDoesNotKillUs) {
  ChildProcess process({.command = "exec <&-; echo closed; exec sleep 1000"});
  EXPECT_THAT(next_lines(process), ElementsAre("closed"));
  EXPECT_FALSE(process.write_input("x"));
}

TEST(ChildProcess, HasEnvironmentAndLog) {
  const TemporaryDirectory directory;
  const auto path = directory / "log";
  {
    ChildProcess process({.command = "echo $MIPVET_TEST; test -n \"$PATH\" && echo $HOME; echo x",
                          .environment = {{"MIPVET_TEST", "a b"}, {"HOME", "/replaced"}},
                          .log = path});
    EXPECT_TRUE(readable(process.exit_fd()));
  }  // what it printed before it ended goes to the log, though nobody read it
  std::ostringstream log;
  log << std::ifstream(path).rdbuf();
  EXPECT_EQ(log.str(), "a b\n/replaced\nx\n");
  EXPECT_THROW(ChildProcess({.command = "true", .log = directory / "none/log"}), ProcessError);
}

TEST(ChildProcess, TermIsEnoughForThePolite) {
  ChildProcess process({.command = "trap 'echo bye; exit 7' TERM; echo ready; "
                                   "while :; do sleep 0.01; done"});
  EXPECT_THAT(next_lines(process), ElementsAre("ready"));
  EXPECT_EQ(process.exit_status(), std::nullopt);
  process.terminate(20s);
  EXPECT_EQ(process.exit_status(), 7);
  EXPECT_THAT(process.read_lines(), ::testing::Contains("bye"));
}

TEST(ChildProcess, TheRudeAreKilledAfterTheGracePeriod) {
  ChildProcess process({.command = "trap '' TERM; echo ready; while :; do sleep 0.01; done"});
  EXPECT_THAT(next_lines(process), ElementsAre("ready"));
  process.terminate(50ms);
  EXPECT_EQ(process.exit_status(), 128 + SIGKILL);
}

// Whoever holds the writing end of the pipe lives: its end is seen when all are gone.
struct Lifeline {
  Lifeline() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);  // inherited by commands
    reading = FileDescriptor(ends[0]);
    writing = FileDescriptor(ends[1]);
  }
  bool cut() {
    char octet = 0;
    return readable(reading.get()) && ::read(reading.get(), &octet, 1) == 0;
  }
  FileDescriptor reading;
  FileDescriptor writing;
};

TEST(ChildProcess, ItsWholeGroupEndsWithIt) {
  Lifeline lifeline;
  {
    ChildProcess process(
        {.command = "(trap '' TERM; echo ready; exec sleep 1000 > /dev/null 2>&1) & wait"});
    lifeline.writing.close();
    EXPECT_THAT(next_lines(process), ElementsAre("ready"));
  }
  EXPECT_TRUE(lifeline.cut());
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // no zombie
  EXPECT_EQ(errno, ECHILD);
}

TEST(ChildProcess, AGroupThatOutlivedItsCommandEndsToo) {
  Lifeline lifeline;
  {
    ChildProcess process({.command = "sleep 1000 & exit 0"});
    lifeline.writing.close();
    EXPECT_TRUE(readable(process.exit_fd()));
    EXPECT_EQ(process.exit_status(), 0);
  }
  EXPECT_TRUE(lifeline.cut());
}

TEST(ChildProcess, DiesWithAToolThatIsKilled) {
  Lifeline lifeline;
  const pid_t tool = ::fork();
  ASSERT_GE(tool, 0);
  if (tool == 0) {
    ChildProcess process({.command = "echo ready; exec sleep 1000"});
    next_lines(process);
    ::kill(::getpid(), SIGKILL);
  }
  lifeline.writing.close();
  int status = 0;
  EXPECT_EQ(::waitpid(tool, &status, 0), tool);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(lifeline.cut());
}

TEST(ChildProcess, HasNoSignalsBlockedOrIgnored) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  const auto old = ::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(output_of("grep -E 'Sig(Blk|Ign)' /proc/self/status | tr -d '\\n'"),
            "SigBlk:\t0000000000000000SigIgn:\t0000000000000000\n");
  ::signal(SIGPIPE, old);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(ChildProcess, ALineWithoutEndIsCut) {
  ChildProcess process({.command = "head -c 200000 /dev/zero | tr '\\0' x"});
  std::size_t octets = 0;
  while (!process.output_closed())
    for (const std::string& line : next_lines(process)) {
      EXPECT_LE(line.size(), 65536U);
      octets += line.size();
    }
  EXPECT_EQ(octets, 200000U);
}

TEST(ChildProcess, AMissingNamespaceIsAnError) {
  EXPECT_THROW(ChildProcess({.command = "true", .network_namespace = "no-such-namespace"}),
               ProcessError);
}

}  // namespace
}  // namespace mipvet::net
