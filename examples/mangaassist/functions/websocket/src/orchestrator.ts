/** The orchestrator's chat, asked over HTTP. */

import { isRecord, parse } from "./message.js";

export interface ChatRequest {
  readonly message: string;
  readonly sessionId: string;
  readonly requestId: string;
}

export interface ChatReply {
  readonly session_id: string;
  readonly turn: number;
  readonly intent: string;
  readonly reply: string;
  readonly titles: readonly unknown[];
}

/** There is no reply; `busy` says that it is worth asking again later. */
export class NoReply extends Error {
  constructor(
    message: string,
    readonly busy: boolean,
  ) {
    super(message);
  }
}

/** Asks for the reply to a message, once: a second attempt could count as a second turn. */
export async function chat(url: string, request: ChatRequest, timeoutMilliseconds: number): Promise<ChatReply> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}/api/v1/chat`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-id": request.requestId },
      body: JSON.stringify({ message: request.message, session_id: request.sessionId }),
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    text = await response.text();
  } catch (error) {
    throw new NoReply(`the orchestrator did not answer: ${reasonOf(error)}`, true);
  }
  if (response.status !== 200) {
    throw new NoReply(`the orchestrator answered ${response.status}`, [429, 502, 503, 504].includes(response.status));
  }
  const reply = parse(text);
  if (!isReply(reply)) throw new NoReply("the orchestrator's answer cannot be read", false);
  return reply;
}

function isReply(value: unknown): value is ChatReply {
  return (
    isRecord(value) &&
    typeof value.session_id === "string" &&
    typeof value.turn === "number" &&
    typeof value.intent === "string" &&
    typeof value.reply === "string" &&
    Array.isArray(value.titles)
  );
}

/** `fetch` says only "fetch failed", and why in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
