// What the tables of sluice.yaml are made of, and the sections that stand in more than one of them.
#pragma once

#include <utility>
#include <vector>

#include "core/config/shape.h"

namespace sluice::config {

inline constexpr auto kRequired = Presence::Required;
inline constexpr auto kLater = Presence::Later;

inline ShapePointer text(const Form& form) { return shape(FormedText{&form}); }
inline ShapePointer span(Milliseconds least, Milliseconds most) { return shape(DurationShape{least, most}); }
inline ShapePointer texts(std::size_t least) { return shape(ListOf{text(form::kText), least}); }
inline ShapePointer scalars(const Form& key, std::string_view noun) {
  return shape(MapOf{&key, noun, shape(AnyScalar{})});
}
inline Field later(std::string_view name, std::string_view about) { return {name, nullptr, about, kLater}; }
inline ShapePointer numbers(double least, double most) { return shape(Number{least, most}); }
inline ShapePointer action_shape() { return shape(Choice{{"rollback", "hold"}}); }
inline ShapePointer or_off(ShapePointer of) { return shape(Either{{shape(Choice{{"off"}}), std::move(of)}}); }

ShapePointer alarms_shape();
ShapePointer analysis_shape();
ShapePointer notify_shape();
ShapePointer runners_shape();
/// The gate on findings of ECR's scans.
ShapePointer scan_findings_shape();
/// Where a secret value is read from.
ShapePointer secret_shape();
ShapePointer services_shape();
ShapePointer smoke_shape();
ShapePointer strategy_shape();

}  // namespace sluice::config
