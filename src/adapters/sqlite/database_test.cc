#include "adapters/sqlite/database.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "adapters/sqlite/schema.h"

namespace sluice::sqlite {
namespace {

namespace fs = std::filesystem;

class SqliteDatabase : public testing::Test {
 protected:
  SqliteDatabase() {
    std::string name = (fs::temp_directory_path() / "sluice-sqlite-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~SqliteDatabase() override { fs::remove_all(folder_); }
  std::string file() const { return (folder_ / "a.db").string(); }
  static std::string first_text(Database& database, std::string_view sql) {
    auto statement = database.prepare(sql);
    EXPECT_TRUE(statement.has_value() && statement->step().value());
    return statement->text(0);
  }
  fs::path folder_;
};

TEST_F(SqliteDatabase, IsDurableAndPrivate) {
  auto database = Database::open(file());
  ASSERT_TRUE(database.has_value()) << database.error().message;
  EXPECT_EQ(first_text(*database, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(first_text(*database, "PRAGMA synchronous"), "2") << "FULL";
  ASSERT_TRUE(database->execute("CREATE TABLE t (a)").has_value());
  for (const char* suffix : {"", "-wal"}) {
    EXPECT_EQ(fs::status(file() + suffix).permissions() & fs::perms(077), fs::perms::none) << suffix;
  }
}

TEST_F(SqliteDatabase, BindsAndReads) {
  auto database = Database::open(file());
  ASSERT_TRUE(database->execute("CREATE TABLE t (a TEXT, b INTEGER, c TEXT)").has_value());
  auto insert = database->prepare("INSERT INTO t VALUES (?, ?, ?)");
  const std::string odd("a\0'\"\xc3\xa9", 6);
  ASSERT_TRUE(insert->bind(odd).bind(-1L).bind_null().run().has_value());
  auto query = database->prepare("SELECT * FROM t");
  ASSERT_TRUE(query->step().value());
  EXPECT_EQ(query->text(0), odd);
  EXPECT_EQ(query->integer(1), -1);
  EXPECT_TRUE(query->is_null(2));
  EXPECT_FALSE(query->step().value());
}

TEST_F(SqliteDatabase, AFailedTransactionLeavesNothing) {
  auto database = Database::open(file());
  ASSERT_TRUE(database->execute("CREATE TABLE t (a INTEGER PRIMARY KEY)").has_value());
  const Status status = database->transact([&]() -> Status {
    TRY(database->execute("INSERT INTO t VALUES (1)"));
    return database->execute("INSERT INTO t VALUES (1)");
  });
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, ErrorKind::Conflict);
  EXPECT_EQ(first_text(*database, "SELECT COUNT(*) FROM t"), "0");
  EXPECT_TRUE(database->transact([&] { return database->execute("INSERT INTO t VALUES (1)"); }).has_value());
}

TEST_F(SqliteDatabase, ADatabaseThatMayNotGrowIsAFullDisk) {
  auto database = Database::open(file());
  ASSERT_TRUE(database->execute("CREATE TABLE t (a); PRAGMA max_page_count=4").has_value());
  const Status status =
      database->transact([&] { return database->execute("INSERT INTO t VALUES (zeroblob(100000))"); });
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(status.error().message,
            "no space left on the disk of " + file() + ": free some, then it goes on by itself");
}

TEST_F(SqliteDatabase, NamesWhatCannotBeOpened) {
  EXPECT_EQ(Database::open((folder_ / "nowhere/a.db").string()).error().kind, ErrorKind::NotFound);
  std::ofstream(file()) << std::string(4096, 'x');
  const auto garbage = Database::open(file());
  ASSERT_FALSE(garbage.has_value());
  EXPECT_EQ(garbage.error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(garbage.error().message, file() + " is no SQLite database");
}

TEST_F(SqliteDatabase, MigratesOnce) {
  auto database = Database::open(file());
  ASSERT_TRUE(migrate(*database).has_value());
  EXPECT_EQ(first_text(*database, "PRAGMA user_version"), std::to_string(kSchemaVersion));
  ASSERT_TRUE(database->execute("INSERT INTO leases VALUES ('a', 'b', 'c', NULL, '', 1, 0)").has_value());
  ASSERT_TRUE(migrate(*database).has_value());
  EXPECT_EQ(first_text(*database, "SELECT COUNT(*) FROM leases"), "1");
}

}  // namespace
}  // namespace sluice::sqlite
