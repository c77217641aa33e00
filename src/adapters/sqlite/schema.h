// The tables of the journal's database and their versions (`PRAGMA user_version`).
#pragma once

#include "adapters/sqlite/database.h"

namespace sluice::sqlite {

/// The version that this sluice writes.
inline constexpr int kSchemaVersion = 4;

/// Brings an older database up to `kSchemaVersion`, each step in a transaction of its own; an empty one gets all
/// tables. Error: InvalidInput for a database of a newer sluice, which is left as it is.
Status migrate(Database& database);

}  // namespace sluice::sqlite
