#include <cstdlib>
#include <string_view>

#include "engine/model/schema.h"
#include "engine/scenario/craft.h"
#include "engine/scenario/iut_file.h"
#include "engine/scenario/network_for_test.h"
#include "engine/scenario/reader.h"

namespace {

using namespace mipvet;

/// The network of the tests, with the patch that the scenario has for it.
model::Network patched_network(const model::Value& scenario) {
  model::Document document = model::parse_document(scenario::testing::kNetwork, "network");
  if (const auto patch = scenario.find("network_patch")) document.json.merge_patch(patch->json());
  return model::network_from_document(document);
}

/// Reads the script and makes all frames that it sends.
void read_script(const model::Document& document) {
  model::scenario_schema().require(document);
  const model::Value value(document);
  const model::Network network = patched_network(value);
  scenario::NamedFrames frames(network.decode);
  const scenario::Crafter crafter(network, frames);
  scenario::Reader reader(network);
  for (const model::Value& element : value["script"].elements()) {
    const scenario::Step step = reader.step(element);
    try {
      if (const auto* send = std::get_if<scenario::Send>(&step.action)) {
        const wire::Buffer frame = crafter.craft(*send, net::Time{});
        if (!step.as.empty()) frames.keep(step.as, frame);
      } else if (const auto* error = std::get_if<scenario::SendError>(&step.action)) {
        crafter.craft(*error);
      }
    } catch (const scenario::CannotDo&) {
    }
  }
}

}  // namespace

/// Any octets as a file that people write: it loads, or is complained about in one line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const model::Document document =
        model::parse_document(std::string_view(reinterpret_cast<const char*>(data), size), "input");
    if (document.json.contains("scenario")) {
      read_script(document);
    } else if (document.json.contains("iut")) {
      scenario::iut_from_document(document, "input");
    } else {
      model::network_from_document(document);
    }
  } catch (const model::InputError& error) {
    const std::string_view complaint = error.what();
    if (complaint.empty() || complaint.find('\n') != std::string_view::npos) std::abort();
  }
  return 0;
}
