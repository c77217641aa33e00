// Decimal numbers out of recorded text, quickly and to the last bit.
#pragma once

namespace sluice::recording {

/// Reads a number of JSON's grammar (RFC 8259) at `begin`. Returns what comes after it; null when there is none.
/// The value is the double nearest to the decimal number; infinite when it is too large.
const char* read_decimal(const char* begin, const char* end, double& value);

}  // namespace sluice::recording
