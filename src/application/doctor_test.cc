#include "application/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace sluice::application {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using Status = DoctorFinding::Status;

constexpr long kGibibyte = 1L << 30;

/// Programs by name, with what each prints; those that are not named are not installed.
class Programs final : public ports::Processes {
 public:
  Result<ports::ProcessResult> run(const ports::ProcessRequest& request, std::stop_token) override {
    const std::string& name = request.argv.at(0);
    if (!installed.contains(name)) return Error{ErrorKind::NotFound, "cannot start " + name};
    if (name == "podman" && request.argv.at(1) != "--version") return podman_info;
    return ports::ProcessResult{.out = installed.at(name)};
  }

  std::map<std::string, std::string> installed = {{"podman", "podman version 4.3.1\n"},
                                                  {"runc", "runc version 1.1.5\n"},
                                                  {"conmon", "conmon version 2.1.6\n"},
                                                  {"catatonit", "tini version 0.1.7_catatonit\n"},
                                                  {"haproxy", "HAProxy version 2.6.12-1+deb12u4 2026/10/17\n"},
                                                  {"buildah", "buildah version 1.28.2\n"},
                                                  {"skopeo", "skopeo version 1.9.3\n"},
                                                  {"docker-registry", "docker-registry 2.8.2\n"},
                                                  {"git", "git version 2.39.5\n"},
                                                  {"trivy", "Version: 0.50.0\n"}};
  ports::ProcessResult podman_info{.out = "overlay /var/lib/containers/storage\n"};
};

class Machine final : public ports::Host {
 public:
  ports::HostFacts facts(int wanted) override {
    ports::HostFacts answer = host;
    answer.receive_buffer_bytes = std::min<long>(answer.receive_buffer_bytes, wanted);
    return answer;
  }
  ports::FolderFacts folder(const std::string& path) override {
    return {.is_writable = !read_only.contains(path), .problem = "Permission denied", .free_bytes = free_bytes};
  }

  ports::HostFacts host{.is_root = true,
                        .most_files = 20'000,
                        .cgroups = ports::HostFacts::Cgroups::V2,
                        .can_make_cgroups = true,
                        .has_systemd = true,
                        .may_raise_limits = true,
                        .receive_buffer_bytes = 1L << 30};
  std::set<std::string> read_only;
  long free_bytes = 20 * kGibibyte;
};

class DoctorTest : public testing::Test {
 protected:
  std::vector<DoctorFinding> examine() {
    return doctor({.home = "/home",
                   .run = "/run",
                   .wanted_receive_buffer_bytes = 1 << 20,
                   .controller = {.state = ControllerFacts::State::Answers},
                   .connections_within = [](long files) { return static_cast<int>(files / 2); }},
                  {programs_, machine_});
  }
  DoctorFinding finding(const std::string& name) {
    for (const DoctorFinding& found : examine()) {
      if (found.name == name) return found;
    }
    ADD_FAILURE() << "no finding about " << name;
    return {};
  }

  Programs programs_;
  Machine machine_;
};

TEST_F(DoctorTest, LacksNothingOnAMachineThatHasEverything) {
  const auto findings = examine();
  EXPECT_TRUE(lacks_nothing(findings));
  for (const DoctorFinding& found : findings) EXPECT_NE(found.status, Status::Lacks) << to_string(found);
}

TEST_F(DoctorTest, EveryProgramThatIsAbsentIsLackingWithItsPackage) {
  for (const char* name :
       {"podman", "runc", "conmon", "catatonit", "haproxy", "buildah", "skopeo", "docker-registry", "git"}) {
    programs_ = Programs{};
    programs_.installed.erase(name);
    const DoctorFinding found = finding(name);
    EXPECT_EQ(found.status, Status::Lacks) << name;
    EXPECT_EQ(found.mend, std::string("apt-get install ") + name);
    EXPECT_FALSE(lacks_nothing(examine()));
  }
}

TEST_F(DoctorTest, AnAbsentScannerIsANoteSinceScanningCanBeOff) {
  programs_.installed.erase("trivy");
  EXPECT_EQ(finding("trivy").status, Status::Note);
  EXPECT_TRUE(lacks_nothing(examine()));
}

TEST_F(DoctorTest, AnAbsentPodmanIsNotAskedForItsStorage) {
  programs_.installed.erase("podman");
  for (const DoctorFinding& found : examine()) EXPECT_NE(found.name, "podman info");
}

TEST_F(DoctorTest, APodmanThatCannotReachItsStorageIsLackingWithWhatItSaid) {
  programs_.podman_info = {.exit_code = 125, .err = "time=now level=warning\nError: no space left on device\n"};
  const DoctorFinding found = finding("podman info");
  EXPECT_EQ(found.status, Status::Lacks);
  EXPECT_EQ(found.what, "Error: no space left on device");
}

TEST_F(DoctorTest, StorageThatCopiesWholeImagesIsANote) {
  programs_.podman_info.out = "vfs /var/lib/containers/storage\n";
  EXPECT_EQ(finding("podman info").status, Status::Note);
}

TEST_F(DoctorTest, AnOldHaproxyIsLacking) {
  for (const auto& [version, status] : {std::pair{"HA-Proxy version 2.2.9-2 2021/05/31", Status::Lacks},
                                        {"HAProxy version 2.4.0", Status::Ok},
                                        {"HAProxy version 2.10.1", Status::Ok},
                                        {"HAProxy version 1.8.0", Status::Lacks},
                                        {"something else", Status::Lacks}}) {
    programs_.installed["haproxy"] = version;
    EXPECT_EQ(finding("haproxy").status, status) << version;
  }
}

TEST_F(DoctorTest, AUserWhoIsNotRootIsTold) {
  machine_.host.is_root = false;
  EXPECT_EQ(finding("user"),
            (DoctorFinding{Status::Lacks, "user", "not root: containers without root are not supported yet",
                           "sudo sluice doctor"}));
}

TEST_F(DoctorTest, FewOpenFilesAreLackingAndNoLimitIsNone) {
  EXPECT_EQ(finding("open files").what, "at most 20000: HAProxy takes 10000 connections at a time");
  machine_.host.most_files = 1'024;
  EXPECT_EQ(finding("open files").status, Status::Lacks);
  machine_.host.most_files = std::nullopt;
  EXPECT_EQ(finding("open files").status, Status::Ok);
}

TEST_F(DoctorTest, WithoutCgroupsStraysOutliveTheirStepWhichIsANote) {
  machine_.host.can_make_cgroups = false;
  EXPECT_EQ(finding("cgroups").status, Status::Note);
  EXPECT_THAT(finding("cgroups").mend, IsEmpty());
  machine_.host.cgroups = ports::HostFacts::Cgroups::V1;
  EXPECT_THAT(finding("cgroups").mend, HasSubstr("mount -t cgroup2"));
}

TEST_F(DoctorTest, LimitsThatCannotBeRaisedAreANote) {
  EXPECT_EQ(finding("capabilities").status, Status::Ok);
  machine_.host.may_raise_limits = false;
  EXPECT_EQ(finding("capabilities").status, Status::Note);
}

TEST_F(DoctorTest, ASmallReceiveBufferIsANoteWithTheSettingThatGivesMore) {
  machine_.host.receive_buffer_bytes = 212'992;
  const DoctorFinding found = finding("UDP buffer");
  EXPECT_EQ(found.status, Status::Note);
  EXPECT_EQ(found.mend, "sysctl -w net.core.rmem_max=1048576");
}

TEST_F(DoctorTest, AFolderThatCannotBeWrittenIsLacking) {
  machine_.read_only = {"/run"};
  EXPECT_EQ(finding("SLUICE_HOME").status, Status::Ok);
  EXPECT_EQ(finding("SLUICE_RUN").status, Status::Lacks);
  EXPECT_THAT(finding("SLUICE_RUN").what, HasSubstr("Permission denied"));
}

TEST_F(DoctorTest, LittleRoomOnTheDiskIsANoteAndHardlyAnyIsLacking) {
  for (const auto& [bytes, status] : {std::pair{2 * kGibibyte, Status::Ok},
                                      {2 * kGibibyte - 1, Status::Note},
                                      {kGibibyte / 4, Status::Note},
                                      {kGibibyte / 4 - 1, Status::Lacks}}) {
    machine_.free_bytes = bytes;
    EXPECT_EQ(finding("disk").status, status) << bytes;
    EXPECT_EQ(finding("images' disk").status, status) << bytes;
  }
}

TEST_F(DoctorTest, AControllerThatIsSilentIsLackingAndOneThatIsAbsentIsNot) {
  using State = ControllerFacts::State;
  EXPECT_EQ(judge_controller({.state = State::Absent}).status, Status::Note);
  EXPECT_EQ(judge_controller({.state = State::Silent, .pid = 7}).mend, "kill -9 7");
  EXPECT_THAT(judge_controller({.state = State::Silent}).mend, IsEmpty());
  const DoctorFinding refused = judge_controller({.state = State::Refuses, .message = "it speaks version 1"});
  EXPECT_EQ(refused.status, Status::Lacks);
  EXPECT_EQ(refused.what, "it speaks version 1");
}

TEST(DoctorFindingText, IsALineWithTheCommandLast) {
  EXPECT_EQ(to_string(DoctorFinding{Status::Lacks, "haproxy", "it is not installed", "apt-get install haproxy"}),
            "lacks  haproxy          it is not installed  → apt-get install haproxy");
  EXPECT_EQ(to_string(DoctorFinding{Status::Ok, "user", "root", ""}), "ok     user             root");
}

TEST(DoctorFindingText, IsOneJsonObjectWithEveryField) {
  EXPECT_EQ(to_json(DoctorFinding{Status::Note, "disk", "\"x\"", ""}),
            R"({"type":"finding","status":"note","name":"disk","message":"\"x\"","command":null})");
}

}  // namespace
}  // namespace sluice::application
