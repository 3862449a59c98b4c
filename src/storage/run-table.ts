/** A run as the store keeps it: its parts are JSON that only the owner of the table reads. */
export interface RunRow {
  readonly id: string;
  /** epoch ms */
  readonly createdAt: number;
  readonly record: string;
  /** What was sent of the answer. */
  readonly receipt: string | null;
  /** How it ended; null while it has not. */
  readonly ending: string | null;
  readonly isDelivered: boolean;
  /** How often a process has begun to work on it. */
  readonly attempts: number;
  /** Finished steps, in order. */
  readonly steps: readonly string[];
}

export interface NewRun {
  readonly id: string;
  /** How far it moves the cursors of channels: never back. */
  readonly cursors: readonly (readonly [channelId: string, messageId: string])[];
  /** epoch ms */
  readonly createdAt: number;
  readonly record: string;
  readonly isAgain: boolean;
}

export interface RunRowPatch {
  readonly record?: string;
  readonly receipt?: string;
  readonly ending?: string;
  /** Of a run that has ended. */
  readonly isDelivered?: true;
  readonly isNewAttempt?: true;
}

/** Of which channels cursors are wanted. */
export interface CursorQuery {
  /** Those with a message later than this id. */
  readonly after: string;
  /** At most so many, those with the latest messages. */
  readonly limit: number;
}

/**
 * Runs that are under way, with the atomic steps for which a key-value store has no words. Each call resolves when
 * it is durable and rejects with StoreUnavailableError; calls take effect in the order in which they are made.
 */
export interface RunTable {
  /** What is kept outlives the process. */
  readonly isDurable: boolean;
  /**
   * Claims the id, keeps the run and moves the channels' cursors, all or nothing. False where the id was claimed
   * before, whether that run is still here or not; unless `isAgain`, for a question that is answered once more:
   * only the receipt of a run that is still here is kept then.
   */
  admit(run: NewRun): Promise<boolean>;
  /** Changes what is given; nothing where the run is retired. */
  patch(id: string, patch: RunRowPatch): Promise<void>;
  /** Keeps step `index`; the same again changes nothing. */
  saveStep(id: string, index: number, step: string): Promise<void>;
  /**
   * Forgets a run that has ended, its claim stays for a week; nothing where it was admitted again since, and has not.
   */
  retire(id: string): Promise<void>;
  /** Every run that is not retired, oldest first. */
  list(): Promise<readonly RunRow[]>;
  /** Up to where nothing of each channel can be missed, the latest first. */
  cursors(query: CursorQuery): Promise<ReadonlyMap<string, string>>;
  forgetChannel(channelId: string): Promise<void>;
  /** Forgets the channels without a message later than this id. */
  forgetChannelsUntil(messageId: string): Promise<void>;
}
