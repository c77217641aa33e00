// The tables of sluice.yaml: every key that there is, what it takes and what it is for.
#include "core/config/tables.h"

namespace sluice::config {
namespace {

/// What the file says and an environment may say again.
std::vector<Field> overridable_fields() {
  return {{"strategy", strategy_shape(), "How traffic moves."},
          {"services", services_shape(), "What is deployed."},
          {"alarms", alarms_shape(), "What is watched, by name."},
          {"notify", notify_shape(), "Who is told."},
          {"analysis", analysis_shape(), "The statistical comparison of both colours, or off."},
          later("budgets", "How long each part may take.")};
}

ShapePointer aws_environment_shape() {
  return shape(Object{.name = "aws_environment",
                      .noun = "an environment in AWS",
                      .fields = {{"alarms", shape(ListOf{text(form::kText), 1}),
                                  "Names of CloudWatch alarms that count for each of its services, too."},
                                 {"scan_findings", scan_findings_shape(),
                                  "What ECR's scans must not have found in the images of its services."}}});
}

ShapePointer environments_shape() {
  std::vector<Field> fields{{"target", shape(Choice{{"machine", "aws"}}), "Where the environment is (machine)."},
                            {"listen", text(form::kListen), "Address and port of the front door (127.0.0.1:20080)."},
                            {"registry", text(form::kRegistry), "Where images are pushed to and pulled from."},
                            {"region", text(form::kRegion), "target: aws: the region."},
                            {"account", text(form::kAccount),
                             "target: aws: the account; keys of another one are refused before anything begins."},
                            {"role", text(form::kRoleArn), "target: aws: the role that sluice takes on there."},
                            {"url", text(form::kUrl), "target: aws: where requests enter, for smoke tests."},
                            {"aws", aws_environment_shape(), "target: aws: what holds for all of its services."},
                            later("requires", "Checks that must have passed.")};
  for (Field& field : overridable_fields()) fields.push_back(std::move(field));
  return shape(MapOf{&form::kName, "an environment",
                     shape(Object{.name = "environment", .noun = "an environment", .fields = std::move(fields)})});
}

Shape build_file_shape() {
  const ShapePointer registries = shape(MapOf{&form::kName, "an environment", text(form::kRegistry)});
  std::vector<Field> fields{
      {"version", shape(WholeNumber{1, 1}), "The version of this form of the file.", kRequired},
      {"project", text(form::kName), "Part of every name that sluice gives.", kRequired},
      {"registry", shape(Either{{text(form::kRegistry), registries}}),
       "Where images are pushed to and pulled from: one for all, or by environment (127.0.0.1:5000)."},
      {"environments", environments_shape(), "Places to deploy to, each with its overrides (one: local)."}};
  for (Field& field : overridable_fields()) fields.push_back(std::move(field));
  fields.push_back(
      {"runners", runners_shape(), "Where jobs of workflows run besides this machine, by a label of runs-on."});
  return Shape{Object{.name = "", .noun = "the file", .fields = std::move(fields)}};
}

}  // namespace

const Shape& file_shape() {
  static const Shape built = build_file_shape();
  return built;
}

const Shape& checks_shape() {
  static const Shape built{Object{.name = "",
                                  .noun = "the file",
                                  .fields = {{"strategy", strategy_shape(), "How traffic moves."},
                                             {"alarms", alarms_shape(), "What is watched, by name."},
                                             {"analysis", analysis_shape(), "The comparison of both colours."}}}};
  return built;
}

}  // namespace sluice::config
