#include "core/config/read_margins.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace sluice::config {
namespace {

using analysis::SequentialMetric;
using yaml::Node;

constexpr Range kRatio{0.1, 1000};

void read_levels(Reader& reader, const Node* list, std::vector<double>& levels) {
  if (list == nullptr) return;
  std::vector<double> read;
  for (const auto& item : list->items) {
    if (reader.is_bad(item.get())) return;
    const double level = parse_share(item->text);
    if (level < 0.01 || level > 0.999) {
      return reader.report(item->begin, fmt::format("a level must lie between 1% and 99.9%, not '{}'", item->text));
    }
    if (!read.empty() && level <= read.back()) {
      return reader.report(item->begin,
                           fmt::format("levels must rise: {} comes after {:.6g}%", item->text, read.back() * 100));
    }
    read.push_back(level);
  }
  if (read.size() > analysis::kMostLatencyLevels) {
    return reader.report(list->begin, fmt::format("there are {} levels; at most {} are compared", read.size(),
                                                  analysis::kMostLatencyLevels));
  }
  levels = std::move(read);
}

}  // namespace

void read_rates(SectionReader& section, SequentialMetric& metric, double most) {
  section.factor("margin", metric.ratio, kRatio);
  section.share("slack", metric.slack, {0, most});
  section.share("floor", metric.floor, {0, most});
  section.share("prior", metric.prior, {0, most});
  section.number("share", metric.share);
  section.action("then", metric.then);
}

void read_latency_margins(Reader& reader, const Node* node, SequentialMetric& latency) {
  SectionReader section(reader, node);
  section.factor("margin", latency.slower_ratio, {1, 1000});
  if (Milliseconds plus{0}; reader.read(node, "plus", plus)) {
    latency.slower_milliseconds = static_cast<double>(plus.count());
  }
  section.factor("ratio", latency.ratio, kRatio);
  section.share("slack", latency.slack, {0, kMostRate});
  section.number("share", latency.share);
  section.action("then", latency.then);
  read_levels(reader, section.get("levels"), latency.levels);
}

}  // namespace sluice::config
