#include "roles/access_detection.h"

#include <gtest/gtest.h>

// The verdict of MOB §3.4: trusted network or not.

namespace mipvet::roles {
namespace {

TEST(AccessDetection, IsUndecidedAtFirst) {
  AccessDetection detection;
  EXPECT_EQ(detection.place(), Place::undecided);
}

TEST(AccessDetection, IsInsideWithAnAcceptedRequestWhateverTheGatewayDoes) {
  AccessDetection detection;
  detection.gateway_answered();
  detection.request_accepted();
  EXPECT_EQ(detection.place(), Place::inside);
}

TEST(AccessDetection, IsOutsideOnceTheRequestsAreExhaustedAndTheGatewayAnswers) {
  AccessDetection detection;
  detection.gateway_answered();
  EXPECT_EQ(detection.place(), Place::undecided) << "the home agent may still answer";
  detection.requests_exhausted();
  EXPECT_EQ(detection.place(), Place::outside);
}

TEST(AccessDetection, IsUndecidedWhileNobodyAnswers) {
  AccessDetection detection;
  detection.requests_exhausted();
  EXPECT_EQ(detection.place(), Place::undecided);
  detection.gateway_answered();
  EXPECT_EQ(detection.place(), Place::outside);
  detection.gateway_lost();
  EXPECT_EQ(detection.place(), Place::undecided);
}

TEST(AccessDetection, ALateReplyBringsItInside) {
  AccessDetection detection;
  detection.gateway_answered();
  detection.requests_exhausted();
  detection.request_accepted();
  EXPECT_EQ(detection.place(), Place::inside);
}

TEST(AccessDetection, ANewAddressMakesAllUnknown) {
  AccessDetection detection;
  detection.request_accepted();
  detection.gateway_answered();
  detection.begin();
  detection.requests_exhausted();
  EXPECT_EQ(detection.place(), Place::undecided) << "the gateway has not answered from here";
}

TEST(AccessDetection, AnotherRequestAtTheSameAddressLeavesTheGatewayWhereItWas) {
  AccessDetection detection;
  detection.gateway_answered();
  detection.requests_exhausted();
  detection.ask_again();
  EXPECT_EQ(detection.place(), Place::undecided);
  detection.requests_exhausted();
  EXPECT_EQ(detection.place(), Place::outside);
}

}  // namespace
}  // namespace mipvet::roles
