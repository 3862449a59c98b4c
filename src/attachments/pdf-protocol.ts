export interface PdfWorkerData {
  readonly bytes: Uint8Array;
  readonly maxPages: number;
  readonly maxCharacters: number;
}

/** What the thread answers, once. */
export type PdfResult =
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly pages: number;
      /** As many were read, from the first. */
      readonly readPages: number;
      readonly isCut: boolean;
    }
  | { readonly kind: 'locked' }
  | { readonly kind: 'broken'; readonly message: string };
