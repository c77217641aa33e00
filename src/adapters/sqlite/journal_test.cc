#include "adapters/sqlite/journal.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "contract/journal_contract.h"
#include "core/rollout/event_json.h"

namespace sluice::sqlite {
namespace {

namespace fs = std::filesystem;
using contract::JournalContract;
using contract::JournalWorldFactory;

struct TemporaryFolder {
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "sluice-journal-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~TemporaryFolder() { fs::remove_all(path); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  fs::path path;
};

std::unique_ptr<Journal> open_or_fail(const fs::path& path) {
  auto journal = Journal::open(path.string());
  if (!journal) ADD_FAILURE() << journal.error().message;
  return journal ? std::move(*journal) : nullptr;
}

class SqliteWorld final : public contract::JournalWorld {
 public:
  SqliteWorld() { journal_ = open_or_fail(file()); }
  ports::Journal& journal() override { return *journal_; }
  void crash() override {
    journal_.reset();
    journal_ = open_or_fail(file());
  }

 private:
  fs::path file() const { return folder_.path / "journal.db"; }
  TemporaryFolder folder_;
  std::unique_ptr<Journal> journal_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, JournalContract,
                         testing::Values(JournalWorldFactory{"Sqlite", [] { return std::make_unique<SqliteWorld>(); }}),
                         [](const auto& one) { return one.param.name; });

rollout::Started started(const std::string& deployment) {
  rollout::Started event;
  event.plan.deployment = deployment;
  event.plan.service = {"shop", "local", "web"};
  event.plan.green.id = "rev-1";
  event.plan.strategy.steps = {{Weight::full(), Milliseconds{0}}};
  return event;
}

// Whatever was acknowledged is there after SIGKILL, and nothing half.
TEST(SqliteJournal, KeepsWhatItAcknowledgedWhenItIsKilled) {
  const TemporaryFolder folder;
  const fs::path file = folder.path / "journal.db";
  int acknowledged[2];
  ASSERT_EQ(pipe2(acknowledged, O_CLOEXEC), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto journal = Journal::open(file.string());
    if (!journal || !(*journal)->begin(started("d1"), TimePoint{}, "child")) _exit(1);
    for (int i = 1; i < 1'000'000; ++i) {
      if (!(*journal)->append("d1", {i, TimePoint{Milliseconds{i}}, rollout::HoldRequested{"ada"}})) _exit(1);
      if (write(acknowledged[1], &i, sizeof i) != sizeof i) _exit(1);
    }
    _exit(0);
  }
  close(acknowledged[1]);
  int last = 0;
  while (last < 50) ASSERT_EQ(read(acknowledged[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  for (int more = 0; read(acknowledged[0], &more, sizeof more) == sizeof more;) last = more;
  close(acknowledged[0]);

  auto journal = open_or_fail(file);
  ASSERT_TRUE(journal);
  const auto records = journal->load("d1");
  ASSERT_TRUE(records.has_value()) << records.error().message;
  const int kept = static_cast<int>(records->size()) - 1;
  EXPECT_TRUE(kept == last || kept == last + 1) << kept << " records, " << last << " acknowledged";
  for (int i = 0; i <= kept; ++i) EXPECT_EQ((*records)[static_cast<std::size_t>(i)].sequence, i);
  EXPECT_TRUE(journal->append("d1", {kept + 1, TimePoint{}, rollout::Recovered{}}).has_value());
}

TEST(SqliteJournal, TwoProcessesOfOneHomeShareTheLease) {
  const TemporaryFolder folder;
  auto first = open_or_fail(folder.path / "journal.db");
  auto second = open_or_fail(folder.path / "journal.db");
  ASSERT_TRUE(first->begin(started("d1"), TimePoint{}, "ada").has_value());
  EXPECT_EQ(second->begin(started("d2"), TimePoint{}, "bob").error().kind, ErrorKind::Conflict);
}

TEST(SqliteJournal, LeavesADatabaseOfANewerSluiceAlone) {
  const TemporaryFolder folder;
  const std::string file = (folder.path / "journal.db").string();
  {
    auto database = Database::open(file);
    ASSERT_TRUE(database.has_value());
    ASSERT_TRUE(database->execute("PRAGMA user_version=99").has_value());
  }
  const auto journal = Journal::open(file);
  ASSERT_FALSE(journal.has_value());
  EXPECT_EQ(journal.error().kind, ErrorKind::InvalidInput);
  EXPECT_NE(journal.error().message.find("newer sluice"), std::string::npos) << journal.error().message;
}

TEST(SqliteJournal, RefusesARecordOfANewerSchemaNamingIt) {
  const TemporaryFolder folder;
  const std::string file = (folder.path / "journal.db").string();
  {
    auto journal = open_or_fail(file);
    ASSERT_TRUE(journal->begin(started("d1"), TimePoint{}, "ada").has_value());
    auto database = Database::open(file);
    ASSERT_TRUE(
        database->execute("INSERT INTO records VALUES ('d1', 1, 0, '{\"v\":99,\"type\":\"recovered\"}')").has_value());
  }
  const auto records = open_or_fail(file)->load("d1");
  ASSERT_FALSE(records.has_value());
  EXPECT_EQ(records.error().kind, ErrorKind::InvalidInput);
  EXPECT_NE(records.error().message.find("record 1 of deployment d1"), std::string::npos) << records.error().message;
}

// A full disk: nothing is written, it says so, and with room again it goes on.
TEST(SqliteJournal, AFullDiskLosesNothing) {
  const TemporaryFolder folder;
  const fs::path mount = folder.path / "disk";
  fs::create_directory(mount);
  const std::string make = "mount -t tmpfs -o size=256k tmpfs '" + mount.string() + "' 2>/dev/null";
  if (std::system(make.c_str()) != 0) GTEST_SKIP() << "may not mount a small file system here";
  struct Unmount {
    ~Unmount() { EXPECT_EQ(std::system(("umount '" + path + "'").c_str()), 0); }
    std::string path;
  } const unmount{mount.string()};

  auto journal = open_or_fail(mount / "journal.db");
  ASSERT_TRUE(journal);
  ASSERT_TRUE(journal->begin(started("d1"), TimePoint{}, "ada").has_value());
  const std::string ballast(4000, 'x');
  int next = 1;
  Status status;
  for (; next < 1000; ++next) {
    status = journal->append("d1", {next, TimePoint{}, rollout::GreenLost{ballast}});
    if (!status) break;
  }
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, ErrorKind::Unavailable);
  EXPECT_NE(status.error().message.find("no space left"), std::string::npos) << status.error().message;
  const auto records = journal->load("d1");
  ASSERT_TRUE(records.has_value()) << records.error().message;
  EXPECT_EQ(records->size(), static_cast<std::size_t>(next));
  ASSERT_EQ(std::system(("mount -o remount,size=8m '" + mount.string() + "'").c_str()), 0);
  EXPECT_TRUE(journal->append("d1", {next, TimePoint{}, rollout::GreenLost{ballast}}).has_value());
}

// ---- The journal that the first version wrote must stay readable for ever ----

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

const fs::path golden = fs::path(SLUICE_SOURCE_DIR) / "tests/golden/journal";

/// A journal over what an older version wrote.
std::unique_ptr<Journal> open_golden(const TemporaryFolder& folder, const char* version) {
  const std::string file = (folder.path / "journal.db").string();
  {
    auto database = Database::open(file);
    const Status filled =
        database ? database->execute(read_file(golden / (std::string(version) + ".sql"))) : database.error();
    if (!filled) ADD_FAILURE() << filled.error().message;
  }
  return open_or_fail(file);
}

TEST(SqliteJournal, GoesOnWithTheJournalOfAnOlderVersion) {
  for (const char* version : {"v1", "v2"}) {
    const TemporaryFolder folder;
    auto journal = open_golden(folder, version);
    ASSERT_TRUE(journal);
    const auto before = journal->history(std::nullopt, 10);
    ASSERT_EQ(before->size(), 2u);
    EXPECT_EQ(before->front().ended_at, TimePoint{Milliseconds{1'795'447'888'123}});
    EXPECT_EQ(before->front().restored_at, std::nullopt);
    ports::DeploymentSummary summary;
    summary.deployment = "01golden0000000000000000c3";
    summary.service = {"mangaassist", "local", "orchestrator"};
    summary.outcome = rollout::Outcome::RolledBack;
    summary.restored_at = TimePoint{Milliseconds{1'795'450'000'123}};
    summary.ended_at = TimePoint{Milliseconds{1'795'450'001'123}};
    const Status finished = journal->finish(summary, nullptr);
    ASSERT_TRUE(finished.has_value()) << version << ": " << finished.error().message;
    const auto newest = journal->history(std::nullopt, 1)->front();
    EXPECT_EQ(newest.restored_at, summary.restored_at);
    EXPECT_EQ(newest.ended_at, summary.ended_at);
  }
}

TEST(SqliteJournal, ReadsTheQueueOfTheSecondVersion) {
  const TemporaryFolder folder;
  auto journal = open_golden(folder, "v2");
  ASSERT_TRUE(journal);
  const auto queued = journal->queued();
  ASSERT_TRUE(queued.has_value()) << queued.error().message;
  ASSERT_EQ(queued->size(), 1u);
  EXPECT_EQ(queued->front().plan.deployment, "01golden0000000000000000d4");
}

TEST(SqliteJournal, ReadsTheJournalOfTheFirstVersion) {
  const TemporaryFolder folder;
  auto journal = open_golden(folder, "v1");
  ASSERT_TRUE(journal);
  std::string text;
  const auto unarchived = journal->unarchived();
  for (const std::string& id : unarchived.value()) text += "unarchived " + id + "\n";
  const auto leases = journal->leases();
  for (const auto& lease : leases.value()) {
    text += "lease " + lease.service.to_string() + " " + lease.deployment + " " + lease.owner + " " +
            std::to_string(lease.epoch) + " " + format_rfc3339(lease.taken_at) + "\n";
  }
  const auto serving = journal->all_live();
  for (const auto& live : serving.value()) {
    text += "live " + live.service.to_string() + " " + live.revision.id + " " + std::string(to_string(live.slot)) +
            " " + live.front_door.listen + live.front_door.path + "\n";
    const auto served = journal->revisions(live.service, 10);
    for (const auto& revision : served.value()) text += "served " + revision.id + "\n";
  }
  const auto ended = journal->history(std::nullopt, 10);
  for (const auto& entry : ended.value()) {
    text += "ended " + entry.deployment + " " + std::string(to_string(entry.outcome)) + " " + entry.cause + "\n";
  }
  for (const char* id : {"01golden0000000000000000a1", "01golden0000000000000000b2"}) {
    const auto records = journal->load(id);
    ASSERT_TRUE(records.has_value()) << records.error().message;
    for (const auto& record : *records) {
      text += std::to_string(record.sequence) + " " + format_rfc3339(record.at) + " " +
              std::string(rollout::type_name(record.event)) + "\n";
    }
  }
  const fs::path expectation = golden / "v1.out";
  if (std::getenv("SLUICE_UPDATE_GOLDEN") != nullptr) std::ofstream(expectation, std::ios::binary) << text;
  EXPECT_EQ(text, read_file(expectation));
}

}  // namespace
}  // namespace sluice::sqlite
