#include "core/rollout/revision_json.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>

namespace rc {

// Text as users write it, escapes and control characters included. JSON is UTF-8, so no lone high bytes.
inline Gen<std::string> any_text() {
  return gen::container<std::string>(gen::oneOf(gen::inRange<char>(1, 127), gen::element('"', '\\', '/', '~')));
}

inline Gen<sluice::Milliseconds> any_span() {
  return gen::map(gen::inRange<long>(0, 10L * 366 * 86400 * 1000), [](long n) { return sluice::Milliseconds{n}; });
}

inline Gen<double> any_figure() {
  return gen::map(gen::pair(gen::inRange<long>(0, 1'000'000'000'000'000), gen::inRange(0, 20)),
                  [](const auto& p) { return std::stod(std::to_string(p.first) + "e-" + std::to_string(p.second)); });
}

template <typename T>
Gen<std::optional<T>> maybe_of(Gen<T> gen) {
  return gen::map(gen::maybe(std::move(gen)),
                  [](const Maybe<T>& m) { return m ? std::optional<T>(*m) : std::nullopt; });
}

inline Gen<std::vector<std::string>> any_texts() { return gen::container<std::vector<std::string>>(any_text()); }
inline Gen<std::map<std::string, std::string>> any_map() {
  return gen::container<std::map<std::string, std::string>>(any_text(), any_text());
}

using namespace sluice;  // NOLINT(google-build-using-namespace)
using namespace sluice::rollout;

inline Gen<SecretSource> any_source() {
  return gen::oneOf(
      gen::map(any_text(), [](std::string s) { return SecretSource(SecretFile{std::move(s)}); }),
      gen::map(any_texts(), [](std::vector<std::string> s) { return SecretSource(SecretCommand{s}); }),
      gen::map(any_text(), [](std::string s) { return SecretSource(SecretVariable{std::move(s)}); }),
      gen::map(any_text(), [](const std::string& s) { return SecretSource(AwsSecret{s, "k" + s, {s, ""}}); }),
      gen::map(any_text(), [](const std::string& s) { return SecretSource(AwsParameter{s, {"", s}}); }));
}

template <>
struct Arbitrary<SecretReference> {
  static Gen<SecretReference> arbitrary() {
    return gen::build<SecretReference>(gen::set(&SecretReference::source, any_source()),
                                       gen::set(&SecretReference::fingerprint, any_text()),
                                       gen::set(&SecretReference::value_from, any_text()));
  }
};

inline Gen<Target> any_target() {
  const auto pair = gen::map(gen::pair(any_text(), any_text()),
                             [](const auto& two) { return std::vector<std::string>{two.first, two.second}; });
  const auto provider =
      gen::build<CapacityProvider>(gen::set(&CapacityProvider::name, any_text()), gen::set(&CapacityProvider::base),
                                   gen::set(&CapacityProvider::weight));
  const auto terms = gen::build<TaskSetTerms>(
      gen::set(&TaskSetTerms::task_definition, any_text()), gen::set(&TaskSetTerms::port),
      gen::set(&TaskSetTerms::platform_version, any_text()), gen::set(&TaskSetTerms::subnets, any_texts()),
      gen::set(&TaskSetTerms::security_groups, any_texts()), gen::set(&TaskSetTerms::assign_public_ip, any_text()),
      gen::set(&TaskSetTerms::capacity_providers, gen::container<std::vector<CapacityProvider>>(provider)));
  const auto hooks =
      gen::container<std::vector<std::pair<std::string, std::string>>>(gen::pair(any_text(), any_text()));
  const auto moves =
      gen::build<CodeDeployMoves>(gen::set(&CodeDeployMoves::share), gen::set(&CodeDeployMoves::is_linear),
                                  gen::set(&CodeDeployMoves::interval, any_span()));
  const auto engine = gen::build<CodeDeployEngine>(
      gen::set(&CodeDeployEngine::application, any_text()), gen::set(&CodeDeployEngine::deployment_group, any_text()),
      gen::set(&CodeDeployEngine::configuration, any_text()), gen::set(&CodeDeployEngine::moves, moves),
      gen::set(&CodeDeployEngine::blue_needed, any_span()), gen::set(&CodeDeployEngine::hooks, hooks));
  const auto native_moves = gen::build<NativeMoves>(gen::set(&NativeMoves::share), gen::set(&NativeMoves::is_linear));
  const auto native = gen::build<NativeEngine>(gen::set(&NativeEngine::moves, native_moves),
                                               gen::set(&NativeEngine::patience, any_span()));
  const auto ecs =
      gen::build<EcsTarget>(gen::set(&EcsTarget::region, any_text()), gen::set(&EcsTarget::role, any_text()),
                            gen::set(&EcsTarget::cluster, any_text()), gen::set(&EcsTarget::service, any_text()),
                            gen::set(&EcsTarget::container, any_text()), gen::set(&EcsTarget::target_groups, pair),
                            gen::set(&EcsTarget::rules, any_texts()), gen::set(&EcsTarget::url, any_text()),
                            gen::set(&EcsTarget::test_rule, any_text()), gen::set(&EcsTarget::test_url, any_text()),
                            gen::set(&EcsTarget::terms, terms), gen::set(&EcsTarget::codedeploy, maybe_of(engine)),
                            gen::set(&EcsTarget::native, maybe_of(native)));
  const auto lambda = gen::build<LambdaTarget>(
      gen::set(&LambdaTarget::region, any_text()), gen::set(&LambdaTarget::role, any_text()),
      gen::set(&LambdaTarget::function, any_text()), gen::set(&LambdaTarget::alias, any_text()),
      gen::set(&LambdaTarget::provisioned_concurrency), gen::set(&LambdaTarget::url, any_text()));
  const auto gateway = gen::build<GatewayTarget>(
      gen::set(&GatewayTarget::region, any_text()), gen::set(&GatewayTarget::role, any_text()),
      gen::set(&GatewayTarget::kind, gen::element(ApiKind::Rest, ApiKind::V2)),
      gen::set(&GatewayTarget::api, any_text()), gen::set(&GatewayTarget::stage, any_text()),
      gen::set(&GatewayTarget::definition, any_text()), gen::set(&GatewayTarget::url, any_text()));
  const auto flags = gen::build<FlagsTarget>(
      gen::set(&FlagsTarget::region, any_text()), gen::set(&FlagsTarget::role, any_text()),
      gen::set(&FlagsTarget::application, any_text()), gen::set(&FlagsTarget::profile, any_text()),
      gen::set(&FlagsTarget::environment, any_text()), gen::set(&FlagsTarget::strategy, any_text()),
      gen::set(&FlagsTarget::definition, any_text()), gen::set(&FlagsTarget::within, any_span()));
  return gen::oneOf(gen::just(Target(MachineTarget{})), gen::cast<Target>(ecs), gen::cast<Target>(lambda),
                    gen::cast<Target>(gateway), gen::cast<Target>(flags));
}

template <>
struct Arbitrary<Revision> {
  static Gen<Revision> arbitrary() {
    const auto health =
        gen::build<HealthCheck>(gen::set(&HealthCheck::path, any_text()), gen::set(&HealthCheck::every, any_span()),
                                gen::set(&HealthCheck::within, any_span()));
    const auto limits = gen::build<Limits>(gen::set(&Limits::memory_bytes, maybe_of(gen::arbitrary<long>())),
                                           gen::set(&Limits::cpus, maybe_of(any_figure())), gen::set(&Limits::pids));
    return gen::build<Revision>(
        gen::set(&Revision::id, any_text()), gen::set(&Revision::image, any_text()),
        gen::set(&Revision::label, any_text()), gen::set(&Revision::port), gen::set(&Revision::replicas),
        gen::set(&Revision::health, health), gen::set(&Revision::network, gen::element(Network::Bridge, Network::Host)),
        gen::set(&Revision::limits, limits), gen::set(&Revision::read_only), gen::set(&Revision::command, any_texts()),
        gen::set(&Revision::env, any_map()),
        gen::set(&Revision::secrets,
                 gen::container<std::map<std::string, SecretReference>>(any_text(), gen::arbitrary<SecretReference>())),
        gen::set(&Revision::base_directory, any_text()), gen::set(&Revision::target, any_target()));
  }
};

template <>
struct Arbitrary<Strategy> {
  static Gen<Strategy> arbitrary() {
    const auto weight =
        gen::map(gen::inRange(0, Weight::kFull + 1), [](int n) { return *Weight::from_basis_points(n); });
    const auto step =
        gen::build<TrafficStep>(gen::set(&TrafficStep::weight, weight), gen::set(&TrafficStep::bake, any_span()));
    return gen::build<Strategy>(gen::set(&Strategy::steps, gen::container<std::vector<TrafficStep>>(step)),
                                gen::set(&Strategy::hold_for, any_span()), gen::set(&Strategy::drain, any_span()),
                                gen::set(&Strategy::drain_websockets, any_span()),
                                gen::set(&Strategy::waits_for_figures));
  }
};

template <>
struct Arbitrary<LifecycleHook> {
  static Gen<LifecycleHook> arbitrary() {
    using ActionOf = std::variant<HookCommand, HookRequest, HookFunction>;
    const auto action =
        gen::oneOf(gen::map(any_texts(), [](std::vector<std::string> s) { return ActionOf(HookCommand{s}); }),
                   gen::map(any_text(), [](std::string s) { return ActionOf(HookRequest{s}); }),
                   gen::map(any_text(), [](std::string s) { return ActionOf(HookFunction{s}); }));
    return gen::build<LifecycleHook>(
        gen::set(&LifecycleHook::point,
                 gen::element(HookPoint::BeforeInstall, HookPoint::AfterInstall, HookPoint::AfterAllowTestTraffic,
                              HookPoint::BeforeAllowTraffic, HookPoint::AfterAllowTraffic)),
        gen::set(&LifecycleHook::action, action), gen::set(&LifecycleHook::within, any_span()));
  }
};

template <>
struct Arbitrary<SmokeTest> {
  static Gen<SmokeTest> arbitrary() {
    const auto assertion = gen::build<JsonAssertion>(gen::set(&JsonAssertion::pointer, any_text()),
                                                     gen::set(&JsonAssertion::expected, any_text()));
    return gen::build<SmokeTest>(gen::set(&SmokeTest::name, any_text()), gen::set(&SmokeTest::method, any_text()),
                                 gen::set(&SmokeTest::path, any_text()), gen::set(&SmokeTest::headers, any_map()),
                                 gen::set(&SmokeTest::body, any_text()), gen::set(&SmokeTest::expected_status),
                                 gen::set(&SmokeTest::within, maybe_of(any_span())),
                                 gen::set(&SmokeTest::json, gen::container<std::vector<JsonAssertion>>(assertion)),
                                 gen::set(&SmokeTest::retries));
  }
};

template <>
struct Arbitrary<analysis::Alarm> {
  static Gen<analysis::Alarm> arbitrary() {
    using analysis::Alarm;
    return gen::build<Alarm>(
        gen::set(&Alarm::name, any_text()),
        gen::set(&Alarm::metric, gen::element(analysis::Metric::ErrorRate, analysis::Metric::FailedHealthChecks)),
        gen::set(&Alarm::above, any_figure()), gen::set(&Alarm::datapoints), gen::set(&Alarm::out_of),
        gen::set(&Alarm::every, any_span()), gen::set(&Alarm::minimum_samples),
        gen::set(&Alarm::missing, gen::element(analysis::Missing::Hold, analysis::Missing::Breaching,
                                               analysis::Missing::NotBreaching, analysis::Missing::Ignore)),
        gen::set(&Alarm::then, gen::element(analysis::Action::Rollback, analysis::Action::Hold)));
  }
};

}  // namespace rc

namespace sluice::rollout {
namespace {

namespace json = boost::json;

/// Through text, as the journal does it.
template <typename T>
void expect_round_trip(const T& given, Result<T> (*read)(const json::value&, std::string)) {
  const Result<T> back = read(json::parse(json::serialize(to_json(given))), "");
  if (!back) RC_FAIL(back.error().message);
  RC_ASSERT(*back == given);
}

RC_GTEST_PROP(RevisionJson, KeepsEveryRevision, (const Revision& given)) { expect_round_trip(given, read_revision); }
RC_GTEST_PROP(RevisionJson, KeepsEveryStrategy, (const Strategy& given)) { expect_round_trip(given, read_strategy); }
RC_GTEST_PROP(RevisionJson, KeepsEveryHook, (const LifecycleHook& given)) {
  expect_round_trip(given, read_lifecycle_hook);
}
RC_GTEST_PROP(RevisionJson, KeepsEverySmokeTest, (const SmokeTest& given)) {
  expect_round_trip(given, read_smoke_test);
}
RC_GTEST_PROP(RevisionJson, KeepsEveryAlarm, (const analysis::Alarm& given)) { expect_round_trip(given, read_alarm); }

// Whatever single field is taken away, added or given another type is noticed.
RC_GTEST_PROP(RevisionJson, RefusesEveryMissingField, (const Revision& given)) {
  json::value value = to_json(given);
  const auto fields = value.get_object().size();
  const auto index = *rc::gen::inRange<std::size_t>(0, fields);
  const std::string name((value.get_object().begin() + static_cast<std::ptrdiff_t>(index))->key());
  const bool is_target = name == "ecs" || name == "lambda" || name == "gateway" || name == "flags";
  RC_PRE(!is_target);  // without it the revision is for the machine
  value.get_object().erase(name);
  const auto read = read_revision(value);
  RC_ASSERT(!read.has_value());
  RC_ASSERT(read.error().message == "'/" + name + "' is missing");
}

std::string error_of(const char* text, Result<Strategy> (*read)(const json::value&, std::string)) {
  const auto result = read(json::parse(text), "/deployment");
  return result ? "" : result.error().message;
}

TEST(RevisionJson, NamesThePathOfEachMistake) {
  EXPECT_EQ(error_of("[]", read_strategy), "'/deployment' must be an object, not a list");
  EXPECT_EQ(error_of("{}", read_strategy), "'/deployment/steps' is missing");
  EXPECT_EQ(error_of(R"({"steps": {}})", read_strategy), "'/deployment/steps' must be a list, not an object");
  EXPECT_EQ(error_of(R"({"steps": [{"weight_basis_points": 1.5}]})", read_strategy),
            "'/deployment/steps/0/weight_basis_points' must be a whole number, not a number");
  EXPECT_EQ(error_of(R"({"steps": [{"weight_basis_points": 99999999999}]})", read_strategy),
            "'/deployment/steps/0/weight_basis_points' is out of range: 99999999999");
  EXPECT_EQ(error_of(R"({"steps": [{"weight_basis_points": 10001, "bake_milliseconds": 0}]})", read_strategy),
            "'/deployment/steps/0/weight_basis_points' is out of range: a weight of 100.01% is not possible: it lies "
            "between 0% and 100%");
  EXPECT_EQ(error_of(R"({"steps": [], "hold_for_milliseconds": 1, "drain_milliseconds": 1,
                         "drain_websockets_milliseconds": 1, "a/b": 1})",
                     read_strategy),
            "'/deployment/a~1b' is a field that this version does not know");
}

TEST(RevisionJson, RefusesUnknownNamesAndTwoSourcesOfOneSecret) {
  json::value alarm = to_json(analysis::Alarm{.name = "http_5xx"});
  alarm.get_object()["metric"] = "error_rat";
  EXPECT_EQ(read_alarm(alarm).error().message, "'/metric' has the unknown value 'error_rat'");
  EXPECT_EQ(read_secret_source(json::parse(R"({"file": "a", "env": "B"})")).error().message,
            "'/file' is a field that this version does not know");
}

}  // namespace
}  // namespace sluice::rollout
