import assert from "node:assert/strict";
import test from "node:test";
import { MESSAGE_CHARACTERS, readMessage, SESSION_ID_CHARACTERS } from "../src/message.js";

test("a session id may be absent or null", () => {
  assert.deepEqual(readMessage('{"message": "hi"}'), { message: "hi", sessionId: undefined });
  assert.deepEqual(readMessage('{"message": "hi", "session_id": null}'), { message: "hi", sessionId: undefined });
});

test("the limits count characters, not their halves", () => {
  const longest = "🦊".repeat(MESSAGE_CHARACTERS);
  assert.deepEqual(readMessage(JSON.stringify({ message: longest })), { message: longest, sessionId: undefined });
  assert.ok("mistake" in readMessage(JSON.stringify({ message: `${longest}🦊` })));
  const sessionId = "x".repeat(SESSION_ID_CHARACTERS + 1);
  assert.ok("mistake" in readMessage(JSON.stringify({ message: "hi", session_id: sessionId })));
});
