#pragma once

#include <tuple>

#include "engine/observer/facts.h"
#include "engine/observer/ipsec_facts.h"

namespace mipvet::observer {

/// `Of<F>` for every kind of fact F: what is kept of each.
template <template <typename> typename Of>
using PerFact =
    std::tuple<Of<RequestSent>, Of<RequestRelayed>, Of<RequestSettled>, Of<ReplySent>,
               Of<ReplyRelayed>, Of<ReplySettled>, Of<ReplyReceived>, Of<ReverseTunnelled>,
               Of<AdvertisementSent>, Of<SolicitationSent>, Of<DatagramSettled>, Of<ArpSent>,
               Of<IkeRequestSent>, Of<IkeResponseSent>, Of<IkeRequestSettled>, Of<IkeExchangeEnded>,
               Of<IkeSaChanged>, Of<ChildSaChanged>, Of<AddressesUpdated>, Of<EspSent>,
               Of<EspSettled>, Of<DatagramForwarded>, Of<KeepaliveSent>, Of<PathRefreshed>,
               Of<TrafficSent>, Of<RegistrationSent>, Of<StayReviewed>>;

/// Who wants to be told.
class FactSink {
 public:
  virtual ~FactSink() = default;
  virtual void on(const RequestSent&) = 0;
  virtual void on(const RequestRelayed&) = 0;
  virtual void on(const RequestSettled&) = 0;
  virtual void on(const ReplySent&) = 0;
  virtual void on(const ReplyRelayed&) = 0;
  virtual void on(const ReplySettled&) = 0;
  virtual void on(const ReplyReceived&) = 0;
  virtual void on(const AdvertisementSent&) = 0;
  virtual void on(const SolicitationSent&) = 0;
  virtual void on(const DatagramSettled&) = 0;
  virtual void on(const ReverseTunnelled&) = 0;
  virtual void on(const ArpSent&) = 0;
  virtual void on(const IkeRequestSent&) = 0;
  virtual void on(const IkeResponseSent&) = 0;
  virtual void on(const IkeRequestSettled&) = 0;
  virtual void on(const IkeExchangeEnded&) = 0;
  virtual void on(const IkeSaChanged&) = 0;
  virtual void on(const ChildSaChanged&) = 0;
  virtual void on(const AddressesUpdated&) = 0;
  virtual void on(const EspSent&) = 0;
  virtual void on(const EspSettled&) = 0;
  virtual void on(const DatagramForwarded&) = 0;
  virtual void on(const KeepaliveSent&) = 0;
  virtual void on(const PathRefreshed&) = 0;
  virtual void on(const TrafficSent&) = 0;
  virtual void on(const RegistrationSent&) = 0;
  virtual void on(const StayReviewed&) = 0;
};

}  // namespace mipvet::observer
