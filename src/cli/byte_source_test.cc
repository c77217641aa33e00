#include "cli/byte_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <string>

namespace sluice::cli {
namespace {

std::string packed(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// A descriptor that has exactly these bytes.
int file_of(const std::string& bytes) {
  std::string name = testing::TempDir() + "sluice-bytes-XXXXXX";
  const int descriptor = mkstemp(name.data());
  unlink(name.c_str());
  EXPECT_EQ(write(descriptor, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  lseek(descriptor, 0, SEEK_SET);
  return descriptor;
}

struct Read {
  std::string bytes;
  std::string error;
};

Read all_of(const std::string& bytes, std::size_t piece = 1000) {
  ByteSource source(file_of(bytes));
  Read read;
  std::string buffer(piece, '\0');
  for (;;) {
    const std::size_t count = source.read(buffer.data(), buffer.size());
    if (count == 0) break;
    read.bytes.append(buffer, 0, count);
  }
  read.error = source.error();
  return read;
}

std::string some_lines() {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "line " + std::to_string(i * 7919 % 1000) + "\n";
  return text;
}

TEST(ByteSource, GivesPlainBytesAsTheyAre) {
  for (const std::string& text : {std::string(), std::string("x"), some_lines()}) EXPECT_EQ(all_of(text).bytes, text);
}

TEST(ByteSource, UnpacksWhatIsPackedInAnyPieces) {
  const std::string text = some_lines();
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, std::size_t{1} << 20}) {
    const Read read = all_of(packed(text), piece);
    EXPECT_TRUE(read.bytes == text);
    EXPECT_EQ(read.error, "");
  }
}

TEST(ByteSource, UnpacksSeveralPiecesOneAfterTheOther) {
  const Read read = all_of(packed("one\n") + packed("") + packed("two\n"));
  EXPECT_EQ(read.bytes, "one\ntwo\n");
  EXPECT_EQ(read.error, "");
}

TEST(ByteSource, SaysWhereItIsDamaged) {
  const std::string whole = packed(some_lines());
  const Read cut = all_of(whole.substr(0, whole.size() / 2));
  EXPECT_GT(cut.bytes.size(), 0U);
  EXPECT_NE(cut.error.find("it ends in the middle"), std::string::npos) << cut.error;
  EXPECT_NE(all_of(packed("one\n") + "two\n").error.find("something else follows"), std::string::npos);
  std::string flipped = whole;
  flipped[flipped.size() - 6] = static_cast<char>(~flipped[flipped.size() - 6]);  // of the checksum
  EXPECT_FALSE(all_of(flipped).error.empty());
}

}  // namespace
}  // namespace sluice::cli
