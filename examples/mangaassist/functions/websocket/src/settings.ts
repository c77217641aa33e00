/** What the function is told by its environment. */

export interface Settings {
  /** The orchestrator, as the function reaches it: http(s)://host[:port][/path], without a slash at the end. */
  readonly chatUrl: string;
  /** The web pages (`https://shop.example.com`) whose scripts may connect. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** How long an answer may take. API Gateway gives up after 29 seconds. */
  readonly timeoutMilliseconds: number;
  /** The function's published version, for the log. */
  readonly version: string;
  /** Where CloudWatch keeps what the log's lines measure; undefined: nothing is measured. */
  readonly metrics: { readonly namespace: string; readonly function: string } | undefined;
}

const DEFAULT_TIMEOUT_MILLISECONDS = 5_000;

/**
 * Reads `CHAT_URL`, `ALLOWED_ORIGINS` (separated by commas), `CHAT_TIMEOUT_MS` and `METRICS_NAMESPACE`.
 * @throws Error that names the variable, so that a wrong configuration fails at the start and not at a customer.
 */
export function settingsOf(environment: Readonly<Record<string, string | undefined>>): Settings {
  return {
    chatUrl: urlOf(environment.CHAT_URL),
    allowedOrigins: new Set((environment.ALLOWED_ORIGINS ?? "").split(",").map((one) => one.trim()).filter(Boolean)),
    timeoutMilliseconds: millisecondsOf(environment.CHAT_TIMEOUT_MS),
    version: environment.AWS_LAMBDA_FUNCTION_VERSION ?? "",
    metrics: metricsOf(environment.METRICS_NAMESPACE, environment.AWS_LAMBDA_FUNCTION_NAME),
  };
}

function metricsOf(namespace: string | undefined, name: string | undefined): Settings["metrics"] {
  return namespace ? { namespace, function: name ?? "" } : undefined;
}

function urlOf(text: string | undefined): string {
  if (text === undefined || !/^https?:\/\/[^/]+/.test(text)) {
    throw new Error(`CHAT_URL must be http(s)://host[:port][/path], not ${JSON.stringify(text ?? "")}`);
  }
  return text.replace(/\/+$/, "");
}

function millisecondsOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TIMEOUT_MILLISECONDS;
  const milliseconds = Number(text);
  if (!Number.isInteger(milliseconds) || milliseconds < 1 || milliseconds > 28_000) {
    throw new Error(`CHAT_TIMEOUT_MS must be a whole number from 1 to 28000, not ${JSON.stringify(text)}`);
  }
  return milliseconds;
}
