/** A real orchestrator to talk to, which answers what a test tells it to, and the events of API Gateway. */

import { createServer } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { WebSocketEvent, WebSocketResult } from "../src/event.js";
import { logTo } from "../src/log.js";
import { createHandler } from "../src/routes.js";
import { settingsOf } from "../src/settings.js";

export interface Orchestrator {
  readonly url: string;
  readonly asked: { path: string; headers: IncomingHttpHeaders; body: unknown }[];
  status: number;
  /** Undefined: it does not answer at all. */
  answer: string | undefined;
}

export const REPLY = { session_id: "c-1", turn: 1, intent: "greeting", reply: "Hello!", titles: [] };

/** Runs `use` with an orchestrator that listens on a free port. */
export async function withOrchestrator(use: (orchestrator: Orchestrator) => Promise<void>): Promise<void> {
  const asked: Orchestrator["asked"] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      asked.push({ path: request.url ?? "", headers: request.headers, body: JSON.parse(Buffer.concat(parts).toString()) });
      if (orchestrator.answer === undefined) return;
      response.writeHead(orchestrator.status).end(orchestrator.answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const orchestrator: Orchestrator = { url, asked, status: 200, answer: JSON.stringify(REPLY) };
  try {
    await use(orchestrator);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The handler under an environment, and the lines that it logs. */
export function handlerOf(environment: Record<string, string>): {
  handle: (event: WebSocketEvent) => Promise<WebSocketResult>;
  lines: Record<string, unknown>[];
} {
  const lines: Record<string, unknown>[] = [];
  const log = logTo((line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  return { handle: createHandler(settingsOf(environment), log), lines };
}

export function connect(headers: Record<string, string>): WebSocketEvent {
  return { requestContext: { routeKey: "$connect", connectionId: "c-1", requestId: "r-1" }, headers };
}

export function message(body: string): WebSocketEvent {
  return { requestContext: { routeKey: "$default", connectionId: "c-1", requestId: "r-1" }, body };
}
