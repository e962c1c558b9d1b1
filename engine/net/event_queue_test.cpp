#include "engine/net/event_queue.h"

#include <string>

#include <gmock/gmock.h>

namespace mipvet::net {
namespace {

using ::testing::ElementsAre;

class EventQueueTest : public ::testing::Test {
 protected:
  TimerId add(int second, const std::string& name, EventQueue::Owner owner = 0) {
    return queue_.add(Time(std::chrono::seconds(second)), owner,
                      [this, name] { happened_.push_back(name); });
  }
  void run() {
    while (!queue_.empty()) queue_.take()();
  }

  EventQueue queue_;
  std::vector<std::string> happened_;
};

TEST_F(EventQueueTest, GoesByTimeThenByOrderOfAsking) {
  add(2, "c");
  add(1, "a");
  add(1, "b");
  EXPECT_EQ(queue_.next_due(), Time(std::chrono::seconds(1)));
  run();
  EXPECT_THAT(happened_, ElementsAre("a", "b", "c"));
}

TEST_F(EventQueueTest, ACancelledEventDoesNotHappen) {
  const TimerId first = add(1, "a");
  add(2, "b");
  queue_.cancel(first);
  queue_.cancel(first);
  run();
  queue_.cancel(first);
  EXPECT_THAT(happened_, ElementsAre("b"));
}

TEST_F(EventQueueTest, AnOwnersEventsAreCalledOffTogether) {
  add(1, "a", 7);
  add(2, "b", 8);
  const TimerId last = add(3, "c", 7);
  queue_.cancel_all(7);
  queue_.cancel(last);
  run();
  EXPECT_THAT(happened_, ElementsAre("b"));
}

TEST_F(EventQueueTest, AnEventMayAskForMore) {
  queue_.add(Time{}, 0, [this] { add(0, "later"); });
  run();
  EXPECT_THAT(happened_, ElementsAre("later"));
}

}  // namespace
}  // namespace mipvet::net
