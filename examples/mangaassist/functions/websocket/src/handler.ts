/** What Lambda calls: `handler.handler`, with Node.js 20. */

import { logTo } from "./log.js";
import { createHandler } from "./routes.js";
import { settingsOf } from "./settings.js";

export const handler = createHandler(
  settingsOf(process.env),
  logTo((line) => process.stdout.write(line)),
);
