#include "core/image/image_configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Shortened from what buildah 1.28 and podman 4.3 print.
constexpr const char* kBuildah = R"({"Type": "buildah 0.0.1", "FromImage": "localhost/x", "Docker": {"config": {
  "User": "", "ExposedPorts": {"8080/tcp": {}, "53/udp": {}, "80": {}}, "Env": ["PATH=/usr/bin:/bin", "A=b=c"],
  "Cmd": ["uvicorn", "src.main:app"], "Entrypoint": [], "WorkingDir": "/app", "Shell": ["/bin/bash", "-ec"],
  "Healthcheck": {"Test": ["CMD-SHELL", "curl -f http://localhost:8080/health || exit 1"], "Interval": 15000000000,
    "Timeout": 5000000000, "Retries": 3}}}})";
constexpr const char* kPodman = R"([{"Id": "140f", "Config": {"User": "10001:10001", "ExposedPorts": {"8080/tcp": {}},
  "Entrypoint": ["/init"], "Cmd": ["serve"]}, "HealthCheck": {"Test": ["CMD", "/probe", "-x"]}}])";

TEST(ImageConfiguration, IsReadFromBuildahsInspection) {
  const auto image = parse_image_inspection(kBuildah);
  ASSERT_TRUE(image.has_value()) << image.error().message;
  EXPECT_THAT(image->start_arguments(), ElementsAre("uvicorn", "src.main:app"));
  EXPECT_EQ(image->search_path(), "/usr/bin:/bin");
  EXPECT_EQ(image->variable("A"), "b=c");
  EXPECT_EQ(image->working_directory, "/app");
  EXPECT_THAT(image->exposed_ports, ElementsAre(80, 8080));
  ASSERT_TRUE(image->health_check.has_value());
  EXPECT_EQ(image->health_check->interval, Milliseconds(15000));
  EXPECT_EQ(image->health_check->timeout, Milliseconds(5000));
  EXPECT_EQ(image->health_check->retries, 3);
  EXPECT_THAT(image->health_arguments(),
              ElementsAre("/bin/bash", "-ec", "curl -f http://localhost:8080/health || exit 1"));
}

TEST(ImageConfiguration, IsReadFromPodmansInspection) {
  const auto image = parse_image_inspection(kPodman);
  ASSERT_TRUE(image.has_value()) << image.error().message;
  EXPECT_THAT(image->start_arguments(), ElementsAre("/init", "serve"));
  EXPECT_THAT(image->health_arguments(), ElementsAre("/probe", "-x"));
  EXPECT_EQ(image->user, "10001:10001");
  EXPECT_THAT(image->search_path(), HasSubstr("/usr/local/bin")) << "the default of an image without PATH";
}

TEST(ImageConfiguration, TakesNoneAndNothingForNoHealthCheck) {
  for (const char* health : {"null", R"({"Test": ["NONE"]})", R"({"Test": []})"}) {
    const auto image =
        parse_image_inspection(std::string(R"({"Docker": {"config": {"Healthcheck": )") + health + "}}}");
    ASSERT_TRUE(image.has_value()) << image.error().message;
    EXPECT_FALSE(image->health_check.has_value());
    EXPECT_THAT(image->health_arguments(), ElementsAre());
  }
}

TEST(ImageConfiguration, NamesWhatIsWrongWithAnInspection) {
  const std::pair<const char*, const char*> cases[] = {
      {"{", "not JSON"},
      {"[]", "the list is not one image"},
      {"3", "not an image"},
      {R"([{"Id": "x"}])", "Config is not an object"},
      {R"({"Docker": {}})", "Docker.config is not an object"},
      {R"({"Docker": {"config": {"Cmd": "sh"}}})", "Cmd is not a list"},
      {R"({"Docker": {"config": {"Cmd": [1]}}})", "Cmd is not a list of strings"},
      {R"({"Docker": {"config": {"Env": ["A"]}}})", "NAME=VALUE"},
      {R"({"Docker": {"config": {"ExposedPorts": {"web/tcp": {}}}}})", "ExposedPorts[web/tcp] is not a port"},
      {R"({"Docker": {"config": {"Healthcheck": {"Test": ["RUN", "x"]}}}})", "Healthcheck.Test"},
      {R"({"Docker": {"config": {"Healthcheck": {"Test": ["CMD", "x"], "Retries": -1}}}})", "Retries"},
  };
  for (const auto& [text, message] : cases) {
    const auto image = parse_image_inspection(text);
    ASSERT_FALSE(image.has_value()) << text;
    EXPECT_EQ(image.error().kind, ErrorKind::InvalidInput);
    EXPECT_THAT(image.error().message, HasSubstr(message)) << text;
  }
}

}  // namespace
}  // namespace sluice::image
