/**
 * The three routes of the WebSocket API. A conversation lives in the orchestrator under the connection's id, so this
 * function keeps nothing, and any copy of it may serve the next message.
 */

import type { WebSocketEvent, WebSocketResult } from "./event.js";
import type { Log } from "./log.js";
import { measuresOf } from "./measures.js";
import { readMessage } from "./message.js";
import { chat, NoReply } from "./orchestrator.js";
import type { Settings } from "./settings.js";

export type Handler = (event: WebSocketEvent) => Promise<WebSocketResult>;

/** The function under its settings. It never throws: a failure is logged and said to the client. */
export function createHandler(settings: Settings, log: Log): Handler {
  return async (event) => {
    const { routeKey, connectionId, requestId } = event.requestContext;
    const about = { route: routeKey, connection_id: connectionId, request_id: requestId, version: settings.version };
    const say: Log = (level, message, fields) => {
      log(level, message, { ...about, ...fields });
    };
    switch (routeKey) {
      case "$connect":
        return connect(event, settings, say);
      case "$disconnect":
        return disconnect(event, say);
      default:
        return answer(event, settings, say);
    }
  };
}

/**
 * Browsers let the scripts of any page connect and say which page it was: one that is not ours is refused. What is no
 * browser sends no origin.
 */
function connect(event: WebSocketEvent, settings: Settings, log: Log): WebSocketResult {
  const origin = headerOf(event, "origin");
  if (origin !== undefined && !settings.allowedOrigins.has(origin)) {
    log("warning", "connection refused", { origin });
    return { statusCode: 403 };
  }
  log("info", "connected", {});
  return { statusCode: 200 };
}

/** There is nothing to tidy up: the orchestrator forgets a conversation that falls silent. */
function disconnect(event: WebSocketEvent, log: Log): WebSocketResult {
  const { disconnectStatusCode, disconnectReason } = event.requestContext;
  log("info", "disconnected", { status: disconnectStatusCode ?? null, reason: disconnectReason ?? "" });
  return { statusCode: 200 };
}

async function answer(event: WebSocketEvent, settings: Settings, log: Log): Promise<WebSocketResult> {
  const started = performance.now();
  const measured = (failed: boolean): Readonly<Record<string, unknown>> => {
    const ms = Math.round(performance.now() - started);
    return { ms, ...measuresOf(settings, failed, ms) };
  };
  const { connectionId, requestId } = event.requestContext;
  const sent = readMessage(textOf(event));
  if ("mistake" in sent) {
    log("info", "message refused", { mistake: sent.mistake });
    return toClient({ type: "error", code: "invalid", text: sent.mistake, request_id: requestId });
  }
  const request = { message: sent.message, sessionId: sent.sessionId ?? connectionId, requestId };
  try {
    const { session_id, turn, intent, reply, titles } = await chat(settings.chatUrl, request, settings.timeoutMilliseconds);
    log("info", "message answered", { intent, ...measured(false) });
    return toClient({ type: "reply", session_id, turn, intent, reply, titles });
  } catch (error) {
    const busy = error instanceof NoReply && error.busy;
    log("error", "message not answered", { cause: String(error), ...measured(true) });
    const text = busy ? "The assistant is busy. Please try again." : "The assistant cannot answer this.";
    return toClient({ type: "error", code: busy ? "busy" : "failed", text, request_id: requestId });
  }
}

/** The route's response goes to the client with its body, whatever the status; 200 keeps it out of the gateway's errors. */
function toClient(body: Readonly<Record<string, unknown>>): WebSocketResult {
  return { statusCode: 200, body: JSON.stringify(body) };
}

function textOf(event: WebSocketEvent): string {
  const body = event.body ?? "";
  return event.isBase64Encoded === true ? Buffer.from(body, "base64").toString("utf8") : body;
}

function headerOf(event: WebSocketEvent, name: string): string | undefined {
  const found = Object.entries(event.headers ?? {}).find(([header]) => header.toLowerCase() === name);
  return found?.[1];
}
