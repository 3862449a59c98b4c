/** What the scripted model is asked, as it came over the wire. */
export interface ScriptedRequest {
  readonly model: string;
  readonly messages: readonly {
    readonly role: string;
    readonly content?: unknown;
    readonly tool_calls?: readonly { id: string; function: { name: string; arguments: string } }[];
    readonly tool_call_id?: string;
  }[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
  readonly stream?: boolean;
  readonly [key: string]: unknown;
}

/** What the scripted model does with one request. */
export interface ScriptedReply {
  readonly text?: string;
  readonly refusal?: string;
  readonly toolCalls?: readonly {
    readonly name: string;
    readonly arguments: unknown;
    readonly id?: string;
  }[];
  /** 'stop', or 'tool_calls' where there are calls; null ends the stream without one. */
  readonly finishReason?: string | null;
  readonly firstTokenMs?: number;
  readonly tokenMs?: number;
  /** The text is sent in pieces of about this many characters (4). */
  readonly chunkCharacters?: number;
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly errorBody?: unknown;
  /** After so many pieces: silence, keep-alive comments without content, a reset, or garbage. */
  readonly fault?: {
    readonly afterChunks: number;
    readonly kind: 'stall' | 'keep-alive-only' | 'reset' | 'garbage';
  };
}

export type ModelScript = (request: ScriptedRequest) => ScriptedReply | Promise<ScriptedReply>;

export interface ScriptedModelServer {
  /** For OPENAI_BASE_URL: `http://127.0.0.1:PORT/v1`. */
  readonly baseUrl: string;
  /** Every request, in order; the oldest go after 10,000. */
  readonly requests: readonly ScriptedRequest[];
  /** Streams that are open now. */
  readonly active: number;
  /** The most streams open at once. */
  readonly peakActive: number;
  setScript(script: ModelScript): void;
  stop(): Promise<void>;
}
