/** Why a sealed value does not open. */
export type SealFault =
  /** No blob of ours, cut short, or of a newer version. */
  | "malformed"
  /** Sealed with a key that its project does not have. */
  | "unknown_key"
  /** Altered, or moved here from another project, row or column. */
  | "altered"
  /** A project's wrapped key that the master key does not open, or that is missing beside others. */
  | "broken_key";

/** What is stored cannot be trusted or read. Never carries keys, plain text or sealed bytes. */
export class SealError extends Error {
  readonly fault: SealFault;

  constructor(fault: SealFault, message: string) {
    super(message);
    this.name = "SealError";
    this.fault = fault;
  }
}
