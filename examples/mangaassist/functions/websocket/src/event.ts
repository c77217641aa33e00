/** What API Gateway hands to the integration of a WebSocket route, as far as it is used here. */

export interface WebSocketEvent {
  readonly requestContext: {
    readonly routeKey: string;
    readonly connectionId: string;
    readonly requestId: string;
    /** Only of `$disconnect`. */
    readonly disconnectStatusCode?: number;
    readonly disconnectReason?: string;
  };
  /** Only of `$connect`. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Only of messages. */
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
}

/** The answer: of `$connect`, a status from 400 on refuses it; of a message, the body goes back to the client. */
export interface WebSocketResult {
  readonly statusCode: number;
  readonly body?: string;
}
