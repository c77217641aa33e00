/** What a client sends: JSON with a message, and the session id of an earlier answer if it goes on with that. */

export interface ClientMessage {
  readonly message: string;
  readonly sessionId: string | undefined;
}

/** Why a client's message cannot be answered. */
export interface Mistake {
  readonly mistake: string;
}

export const MESSAGE_CHARACTERS = 2000;
export const SESSION_ID_CHARACTERS = 100;

/** The message in what a client sent, or what is wrong with it. */
export function readMessage(text: string): ClientMessage | Mistake {
  const sent = parse(text);
  if (!isRecord(sent)) return { mistake: "a message is a JSON object" };
  const { message, session_id: sessionId } = sent;
  if (!isText(message, MESSAGE_CHARACTERS)) {
    return { mistake: `"message" must be a text of 1 to ${MESSAGE_CHARACTERS} characters` };
  }
  if (sessionId === undefined || sessionId === null) return { message, sessionId: undefined };
  if (!isText(sessionId, SESSION_ID_CHARACTERS)) {
    return { mistake: `"session_id" must be a text of 1 to ${SESSION_ID_CHARACTERS} characters` };
  }
  return { message, sessionId };
}

/** The value in a JSON text, or undefined when it is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown, most: number): value is string {
  // Characters as the orchestrator counts them: an emoji is one.
  return typeof value === "string" && value.length > 0 && Array.from(value).length <= most;
}
