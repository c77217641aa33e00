// One SQLite database file behind a small class: WAL, full synchronisation, statements, transactions, errors as values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sluice::sqlite {

/// A prepared statement. Values are bound in order from the first parameter on. Belongs to its database, which must
/// outlive it. A bound text is copied.
class Statement {
 public:
  Statement& bind(std::string_view text);
  Statement& bind(std::int64_t number);
  Statement& bind_bytes(std::string_view bytes);
  Statement& bind_null();

  /// True: a row is there to be read. False: the end. Errors as `Database` says.
  Result<bool> step();
  /// Steps to the end; rows are passed over.
  Status run();

  std::string text(int column) const;
  std::string bytes(int column) const;
  std::int64_t integer(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3_stmt* statement, sqlite3* connection, std::string path)
      : statement_(statement), connection_(connection), path_(std::move(path)) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  sqlite3* connection_;
  std::string path_;
  int next_parameter_ = 1;
  int bind_error_ = 0;  ///< The first bind that failed (out of memory); `step` tells it.
};

/// Errors of every call: Conflict (a constraint), Unavailable (disk full, input/output error, locked by another process
/// for longer than 5 s), Denied (no permission, read-only), InvalidInput (no database), Failed (damaged, or a
/// mistake in the SQL). Not for several threads at once.
class Database {
 public:
  /// Opens or makes the file, readable by its owner only; its folder must exist.
  static Result<Database> open(const std::string& path);

  Result<Statement> prepare(std::string_view sql);
  /// One or more statements without parameters.
  Status execute(std::string_view sql);

  /// Runs `work` in a transaction that writes (BEGIN IMMEDIATE): all of it is durable when this returns without an
  /// error, and nothing of it was done when it returns one.
  template <typename Work>
  Status transact(Work work) {
    TRY(execute("BEGIN IMMEDIATE"));
    Status done = work();
    if (done.has_value()) done = execute("COMMIT");
    if (!done.has_value()) roll_back();
    return done;
  }

  const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  Database(std::unique_ptr<sqlite3, Close> connection, std::string path)
      : connection_(std::move(connection)), path_(std::move(path)) {}
  void roll_back();

  std::unique_ptr<sqlite3, Close> connection_;
  std::string path_;
};

}  // namespace sluice::sqlite
