#pragma once

#include <string_view>

/// The page's sources, reports/html, as they were when mipvet was built.
namespace mipvet::reports::html {

/// With the places `{{policy}}`, `{{title}}`, `{{style}}`, `{{data}}` and `{{script}}`.
std::string_view page();
std::string_view style();
std::string_view script();

}  // namespace mipvet::reports::html
