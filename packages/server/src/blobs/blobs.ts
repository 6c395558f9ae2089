/** Where payloads lie that are too large for a row. Keys are written once and never changed. Failures are told as `storage_unavailable`. */
export interface Blobs {
  /** Durable when it resolves. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Null: there is none. */
  read(key: string): Promise<Uint8Array | null>;
  /** Also of what is not there. */
  remove(key: string): Promise<void>;
  /** Keys by name, those behind `after`, up to 1,000. */
  list(request: { readonly prefix: string; readonly after: string | null }): Promise<readonly string[]>;
  close(): void;
}
