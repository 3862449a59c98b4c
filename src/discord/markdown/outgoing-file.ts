/** A file that goes with a message. */
export interface OutgoingFile {
  readonly name: string;
  readonly contentType: string;
  readonly data: string | Uint8Array;
}
