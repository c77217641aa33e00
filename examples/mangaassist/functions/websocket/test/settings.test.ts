import assert from "node:assert/strict";
import test from "node:test";
import { settingsOf } from "../src/settings.js";

test("what is not said has a default", () => {
  assert.deepEqual(settingsOf({ CHAT_URL: "https://chat.example.com/base//" }), {
    chatUrl: "https://chat.example.com/base",
    allowedOrigins: new Set(),
    timeoutMilliseconds: 5000,
    version: "",
    metrics: undefined,
  });
});

test("a wrong value stops the start with the variable's name", () => {
  for (const url of [undefined, "", "chat.example.com", "ws://chat.example.com"]) {
    assert.throws(() => settingsOf({ CHAT_URL: url }), /CHAT_URL must be/);
  }
  for (const timeout of ["", "0", "soon", "29000", "1.5"]) {
    assert.throws(() => settingsOf({ CHAT_URL: "http://chat", CHAT_TIMEOUT_MS: timeout }), /CHAT_TIMEOUT_MS must be/);
  }
});
