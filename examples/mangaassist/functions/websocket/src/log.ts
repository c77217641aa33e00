/** Logs as one JSON object a line, of the same form as those of the services. */

export type Level = "info" | "warning" | "error";
export type Log = (level: Level, message: string, fields: Readonly<Record<string, unknown>>) => void;

/** A log that writes lines with `write`. Not with `console`, which Lambda's runtime turns into lines of its own form. */
export function logTo(write: (line: string) => void): Log {
  return (level, message, fields) => {
    const line = { time: new Date().toISOString(), level, logger: "mangaassist.websocket", message, ...fields };
    write(`${JSON.stringify(line)}\n`);
  };
}
