import assert from "node:assert/strict";
import test from "node:test";
import { connect, handlerOf, message, REPLY, withOrchestrator } from "./support.js";

const NOBODY = "http://127.0.0.1:1";

test("a page of the shop and a program that is no browser may connect", async () => {
  const { handle } = handlerOf({ CHAT_URL: NOBODY, ALLOWED_ORIGINS: "https://shop.example.com, https://m.example.com" });
  assert.deepEqual(await handle(connect({ Origin: "https://m.example.com" })), { statusCode: 200 });
  assert.deepEqual(await handle(connect({})), { statusCode: 200 });
});

test("a page of somebody else may not connect", async () => {
  const { handle, lines } = handlerOf({ CHAT_URL: NOBODY, ALLOWED_ORIGINS: "https://shop.example.com" });
  assert.deepEqual(await handle(connect({ origin: "https://shop.example.com.evil.example" })), { statusCode: 403 });
  assert.equal(lines[0]?.level, "warning");
});

test("a message is answered with the orchestrator's reply, under the connection's id and the request's", async () => {
  await withOrchestrator(async (orchestrator) => {
    const { handle, lines } = handlerOf({ CHAT_URL: `${orchestrator.url}/`, AWS_LAMBDA_FUNCTION_VERSION: "7" });
    const result = await handle(message('{"message": "hello"}'));
    assert.equal(result.statusCode, 200);
    assert.deepEqual(JSON.parse(result.body ?? ""), { type: "reply", ...REPLY });
    const [asked] = orchestrator.asked;
    assert.equal(asked?.path, "/api/v1/chat");
    assert.equal(asked.headers["x-request-id"], "r-1");
    assert.deepEqual(asked.body, { message: "hello", session_id: "c-1" });
    const [line] = lines;
    assert.deepEqual([line?.request_id, line?.version, line?.intent], ["r-1", "7", "greeting"]);
  });
});

test("a message is measured in its line, where a namespace is set", async () => {
  await withOrchestrator(async (orchestrator) => {
    const environment = {
      CHAT_URL: orchestrator.url,
      METRICS_NAMESPACE: "MangaAssist",
      AWS_LAMBDA_FUNCTION_NAME: "websocket",
      AWS_LAMBDA_FUNCTION_VERSION: "7",
    };
    const { handle, lines } = handlerOf(environment);
    await handle(message('{"message": "hello"}'));
    orchestrator.status = 500;
    await handle(message('{"message": "hello"}'));
    assert.deepEqual(
      lines.map(({ Function, Version, Requests, Failures }) => [Function, Version, Requests, Failures]),
      [
        ["websocket", "7", 1, 0],
        ["websocket", "7", 1, 1],
      ],
    );
    const [line] = lines;
    assert.equal(line?.Milliseconds, line?.ms);
    const told = line?._aws as { CloudWatchMetrics: { Namespace: string; Dimensions: string[][] }[] };
    const [directive] = told.CloudWatchMetrics;
    assert.deepEqual([directive?.Namespace, directive?.Dimensions], ["MangaAssist", [["Function", "Version"]]]);
  });
});

test("a client may go on with an earlier session, and may send its message in binary frames", async () => {
  await withOrchestrator(async (orchestrator) => {
    const { handle } = handlerOf({ CHAT_URL: orchestrator.url });
    const body = Buffer.from('{"message": "Führt ihr Paper Fox?", "session_id": "earlier"}').toString("base64");
    await handle({ ...message(body), isBase64Encoded: true });
    assert.deepEqual(orchestrator.asked[0]?.body, { message: "Führt ihr Paper Fox?", session_id: "earlier" });
  });
});

test("a message that is not valid is said to be so, and nobody is asked", async () => {
  await withOrchestrator(async (orchestrator) => {
    const { handle } = handlerOf({ CHAT_URL: orchestrator.url });
    for (const body of ["", "hello", "[]", "{}", '{"message": ""}', '{"message": 1}', '{"message": "hi", "session_id": ""}']) {
      const result = await handle(message(body));
      const said = JSON.parse(result.body ?? "") as Record<string, unknown>;
      assert.deepEqual([result.statusCode, said.type, said.code, said.request_id], [200, "error", "invalid", "r-1"]);
    }
    assert.deepEqual(orchestrator.asked, []);
  });
});

test("an orchestrator that is busy, silent or gone is worth another try", async () => {
  await withOrchestrator(async (orchestrator) => {
    orchestrator.status = 503;
    assert.equal(await codeOf(orchestrator.url), "busy");
    orchestrator.answer = undefined;
    assert.equal(await codeOf(orchestrator.url, "50"), "busy");
  });
  assert.equal(await codeOf(NOBODY), "busy");
});

test("an orchestrator that fails or makes no sense is not", async () => {
  await withOrchestrator(async (orchestrator) => {
    orchestrator.status = 500;
    assert.equal(await codeOf(orchestrator.url), "failed");
    orchestrator.status = 200;
    for (const answer of ["", "null", "{}", JSON.stringify({ ...REPLY, turn: "1" })]) {
      orchestrator.answer = answer;
      assert.equal(await codeOf(orchestrator.url), "failed");
    }
  });
});

test("a failure is an error in the log, with its cause and without what the customer wrote", async () => {
  const { handle, lines } = handlerOf({ CHAT_URL: NOBODY });
  await handle(message('{"message": "my card is 4111"}'));
  assert.equal(lines[0]?.level, "error");
  assert.match(String(lines[0].cause), /did not answer: fetch failed/);
  assert.doesNotMatch(JSON.stringify(lines), /4111/);
});

test("the end of a connection is logged", async () => {
  const { handle, lines } = handlerOf({ CHAT_URL: NOBODY });
  const requestContext = { routeKey: "$disconnect", connectionId: "c-1", requestId: "r-2", disconnectStatusCode: 1001 };
  assert.deepEqual(await handle({ requestContext }), { statusCode: 200 });
  assert.deepEqual([lines[0]?.message, lines[0]?.status, lines[0]?.reason], ["disconnected", 1001, ""]);
});

async function codeOf(url: string, timeout = "5000"): Promise<unknown> {
  const result = await handlerOf({ CHAT_URL: url, CHAT_TIMEOUT_MS: timeout }).handle(message('{"message": "hello"}'));
  return (JSON.parse(result.body ?? "") as Record<string, unknown>).code;
}
