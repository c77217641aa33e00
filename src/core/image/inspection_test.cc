#include "core/image/inspection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::image {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using Weight = Cause::Weight;

auto refusal(const std::string& text) {
  return AllOf(Field(&Cause::weight, Weight::Refusal), Field(&Cause::message, HasSubstr(text)));
}
auto note(const std::string& text) {
  return AllOf(Field(&Cause::weight, Weight::Note), Field(&Cause::message, HasSubstr(text)));
}

constexpr const char* kSitePackages = "/usr/local/lib/python3.11/site-packages";

/// A slim image of Python, after the story's `pip install --target`.
FileTree slim() {
  FileTree files;
  std::string folder;
  for (const char* part : {"/usr", "/local", "/lib", "/python3.11", "/site-packages", "/bin"}) {
    files.add(folder += part, {.kind = FileEntry::Kind::Directory});
  }
  files.add("/usr/bin", {.kind = FileEntry::Kind::Directory});
  files.add("/bin", {.kind = FileEntry::Kind::Link, .target = "usr/bin"});
  files.add("/usr/bin/sh", {.executable = true});
  files.add("/usr/bin/python", {.executable = true});
  files.add(std::string(kSitePackages) + "/bin/uvicorn", {.executable = true});
  return files;
}

ImageConfiguration good() {
  ImageConfiguration image;
  image.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
  image.command = {"python", "-m", "uvicorn"};
  image.exposed_ports = {8080};
  image.health_check = ImageHealthCheck{.test = {"CMD", "python", "-c", "pass"}};
  return image;
}

TEST(ImageInspection, PassesAGoodImage) { EXPECT_THAT(inspect(good(), slim(), 8080), IsEmpty()); }

TEST(ImageInspection, NamesBothMistakesOfTheStoryInOneRun) {
  auto image = good();
  image.command = {"uvicorn", "src.main:app"};
  image.health_check->test = {"CMD-SHELL", "curl -f http://localhost:8080/health || exit 1"};
  EXPECT_THAT(inspect(image, slim(), 8080),
              ElementsAre(AllOf(refusal("its start command cannot run: `uvicorn` is in /usr/local/lib/python3.11/"
                                        "site-packages/bin, which is not on PATH (/usr/local/bin:/usr/bin:/bin)"),
                                refusal("`python -m uvicorn`")),
                          refusal("its HEALTHCHECK cannot run: the image has no `curl`")));
}

TEST(ImageInspection, LooksIntoAShellsScriptAndForTheShell) {
  auto image = good();
  image.command = {"/bin/sh", "-c", "migrate && exec gunicorn app"};
  image.health_check->test = {"CMD", "bash", "-c", "true"};
  EXPECT_THAT(inspect(image, slim(), 8080),
              ElementsAre(refusal("no `migrate`"), refusal("no `gunicorn`"), refusal("no `bash`")));
}

TEST(ImageInspection, TellsAnAbsentFileFromOneThatIsNotExecutable) {
  auto files = slim();
  files.add("/entry.sh", {.executable = false});
  auto image = good();
  image.entrypoint = {"/entry.sh"};
  EXPECT_THAT(inspect(image, files, 8080), ElementsAre(refusal("`/entry.sh` has no execute bit")));
  image.entrypoint = {"/gone.sh"};
  EXPECT_THAT(inspect(image, files, 8080), ElementsAre(refusal("the image has no file `/gone.sh`")));
}

TEST(ImageInspection, SaysWhereElseAProgramIs) {
  auto files = slim();
  files.add("/usr/local/lib/serve", {.executable = true});
  auto image = good();
  image.command = {"serve"};
  EXPECT_THAT(inspect(image, files, 8080), ElementsAre(refusal("write `/usr/local/lib/serve` or set PATH")));
}

TEST(ImageInspection, RefusesAnImageThatStartsNothing) {
  auto image = good();
  image.command.clear();
  EXPECT_THAT(inspect(image, slim(), 8080), ElementsAre(refusal("neither CMD nor ENTRYPOINT")));
}

TEST(ImageInspection, NotesPortsAndAnAbsentHealthCheck) {
  auto image = good();
  image.exposed_ports = {80, 443};
  image.health_check.reset();
  const auto causes = inspect(image, slim(), 8080);
  EXPECT_THAT(causes, ElementsAre(note("no HEALTHCHECK"), note("EXPOSE 80, 443, but sluice.yaml says port 8080")));
  EXPECT_FALSE(has_refusals(causes));
  image.exposed_ports.clear();
  EXPECT_THAT(inspect(image, slim(), 8080), ElementsAre(note("no HEALTHCHECK"), note("no EXPOSE")));
}

}  // namespace
}  // namespace sluice::image
