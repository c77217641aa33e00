#include "adapters/sqlite/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::sqlite {
namespace {

constexpr int kBusyMilliseconds = 5000;

Error no_space(const std::string& path) {
  return Error{ErrorKind::Unavailable,
               fmt::format("no space left on the disk of {}: free some, then it goes on by itself", path)};
}

/// `connection` may be null when not even that could be made.
Error error_of(sqlite3* connection, int code, const std::string& path) {
  const char* text = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  const int system = connection != nullptr ? sqlite3_system_errno(connection) : 0;
  const std::string message = fmt::format("the database {}: {}", path, text);
  switch (code & 0xff) {
    case SQLITE_FULL: return no_space(path);
    case SQLITE_CONSTRAINT: return Error{ErrorKind::Conflict, message};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error{ErrorKind::Unavailable, fmt::format("the database {} is locked by another process", path)};
    case SQLITE_IOERR:
      if (system == ENOSPC || system == EDQUOT) return no_space(path);
      return Error{ErrorKind::Unavailable, message + (system != 0 ? fmt::format(" ({})", strerror(system)) : "")};
    case SQLITE_CANTOPEN:
      if (system == ENOSPC || system == EDQUOT) return no_space(path);
      return Error{system == EACCES || system == EPERM ? ErrorKind::Denied : ErrorKind::Unavailable,
                   message + (system != 0 ? fmt::format(" ({})", strerror(system)) : "")};
    case SQLITE_NOMEM: return Error{ErrorKind::Unavailable, message};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return Error{ErrorKind::Denied, message};
    case SQLITE_NOTADB: return Error{ErrorKind::InvalidInput, fmt::format("{} is no SQLite database", path)};
    default: return Error{ErrorKind::Failed, message};
  }
}

/// SQLite makes files with 0644; what it finds it leaves as it is, and its WAL takes the same mode.
/// A file that is there is not opened: closing it again would drop all of this process's locks on it (fcntl(2)), those
/// of another connection included, and a program that looks in would take the database for one that nobody uses.
Status make_private_file(const std::string& path) {
  if (::access(path.c_str(), R_OK | W_OK) == 0) return {};
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    const int problem = errno;
    if (problem == ENOSPC || problem == EDQUOT) return no_space(path);
    const bool denied = problem == EACCES || problem == EPERM || problem == EROFS;
    return Error{denied              ? ErrorKind::Denied
                 : problem == ENOENT ? ErrorKind::NotFound
                                     : ErrorKind::Unavailable,
                 fmt::format("cannot open the database {}: {}", path, strerror(problem))};
  }
  ::close(descriptor);
  return {};
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

Statement& Statement::bind(std::string_view text) {
  const char* first = text.data() == nullptr ? "" : text.data();
  const int code =
      sqlite3_bind_text64(statement_.get(), next_parameter_++, first, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
  return *this;
}

Statement& Statement::bind(std::int64_t number) {
  const int code = sqlite3_bind_int64(statement_.get(), next_parameter_++, number);
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
  return *this;
}

Statement& Statement::bind_bytes(std::string_view bytes) {
  const char* first = bytes.data() == nullptr ? "" : bytes.data();
  const int code = sqlite3_bind_blob64(statement_.get(), next_parameter_++, first, bytes.size(), SQLITE_TRANSIENT);
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
  return *this;
}

Statement& Statement::bind_null() {
  const int code = sqlite3_bind_null(statement_.get(), next_parameter_++);
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
  return *this;
}

Result<bool> Statement::step() {
  if (bind_error_ != SQLITE_OK) return error_of(connection_, bind_error_, path_);
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return error_of(connection_, code, path_);
}

Status Statement::run() {
  for (;;) {
    TRY_ASSIGN(const bool row, step());
    if (!row) return {};
  }
}

std::string Statement::text(int column) const {
  const auto* text = sqlite3_column_text(statement_.get(), column);
  if (text == nullptr) return "";
  return {reinterpret_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string Statement::bytes(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  if (bytes == nullptr) return "";
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

Result<Database> Database::open(const std::string& path) {
  TRY(make_private_file(path));
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
  std::unique_ptr<sqlite3, Close> connection(opened);
  if (code != SQLITE_OK) return error_of(opened, code, path);
  sqlite3_busy_timeout(opened, kBusyMilliseconds);
  Database database(std::move(connection), path);
  // FULL: a commit has reached the disk when it returns, power loss included.
  TRY(database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"));
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return error_of(connection_.get(), code, path_);
  return Statement(statement, connection_.get(), path_);
}

Status Database::execute(std::string_view sql) {
  const std::string text(sql);
  const int code = sqlite3_exec(connection_.get(), text.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error_of(connection_.get(), code, path_);
  return {};
}

void Database::roll_back() {
  // After some errors (a full disk) SQLite has rolled back by itself already.
  if (sqlite3_get_autocommit(connection_.get()) == 0) {
    sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

}  // namespace sluice::sqlite
