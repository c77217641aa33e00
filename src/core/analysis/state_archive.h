// The form in which the sequential test's state is kept: little-endian fields without names, read in the order in which
// they were written. Each part of the state lists its fields once, in an `archive` function that serves both
// directions.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace sluice::analysis {

class StateWriter {
 public:
  static constexpr bool kReads = false;

  void number(const double& value, double /*lowest*/, double /*highest*/) {
    put(std::bit_cast<std::uint64_t>(value), 8);
  }
  void number(const float& value, double /*lowest*/, double /*highest*/) {
    put(std::bit_cast<std::uint32_t>(value), 4);
  }
  template <typename Integer>
  void integer(const Integer& value, std::int64_t /*lowest*/, std::int64_t /*highest*/) {
    put(static_cast<std::uint64_t>(value), sizeof(Integer));
  }
  bool ok() const { return true; }
  std::string take() { return std::move(bytes_); }

 private:
  void put(std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  }
  std::string bytes_;
};

/// After the first field that is absent or out of its range everything reads as it was, and `ok` is false.
class StateReader {
 public:
  static constexpr bool kReads = true;

  explicit StateReader(std::string_view bytes) : bytes_(bytes) {}

  void number(double& value, double lowest, double highest) {
    const auto read = std::bit_cast<double>(get(8));
    if (!(read >= lowest && read <= highest)) ok_ = false;
    if (ok_) value = read;
  }
  void number(float& value, double lowest, double highest) {
    const auto read = std::bit_cast<float>(static_cast<std::uint32_t>(get(4)));
    if (!(read >= lowest && read <= highest)) ok_ = false;
    if (ok_) value = read;
  }
  template <typename Integer>
  void integer(Integer& value, std::int64_t lowest, std::int64_t highest) {
    using Signed = std::conditional_t<sizeof(Integer) == 8, std::int64_t, std::uint32_t>;
    const auto read = static_cast<std::int64_t>(static_cast<Signed>(get(sizeof(Integer))));
    if (read < lowest || read > highest) ok_ = false;
    if (ok_) value = static_cast<Integer>(read);
  }
  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::uint64_t get(std::size_t size) {
    if (!ok_ || bytes_.size() < size) {
      ok_ = false;
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value |= std::uint64_t{static_cast<unsigned char>(bytes_[i])} << (8 * i);
    }
    bytes_.remove_prefix(size);
    return value;
  }
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace sluice::analysis
