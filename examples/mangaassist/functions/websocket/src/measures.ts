/**
 * Metrics of the function's own, in CloudWatch's embedded format: members of its log's lines, of which it makes metrics.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */

import type { Settings } from "./settings.js";

const METRICS = [
  { Name: "Requests", Unit: "Count", StorageResolution: 1 },
  { Name: "Failures", Unit: "Count", StorageResolution: 1 },
  { Name: "Milliseconds", Unit: "Milliseconds", StorageResolution: 1 },
];

/** What the line of a message says besides: by function and version, so that both colours of a deployment differ. */
export function measuresOf(settings: Settings, failed: boolean, milliseconds: number): Readonly<Record<string, unknown>> {
  if (settings.metrics === undefined) return {};
  const directive = { Namespace: settings.metrics.namespace, Dimensions: [["Function", "Version"]], Metrics: METRICS };
  return {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [directive] },
    Function: settings.metrics.function,
    Version: settings.version,
    Requests: 1,
    Failures: failed ? 1 : 0,
    Milliseconds: milliseconds,
  };
}
