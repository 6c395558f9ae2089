/** What a store on AWS is named by: `aws://REGION?prefix=…&bucket=…`. */
export interface AwsAddress {
  readonly region: string;
  /** Before the names of all tables and of the queue. */
  readonly prefix: string;
  /** For payloads that are too large for a table. */
  readonly bucket: string;
  /** Carries wake-ups. */
  readonly queue: string;
}

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
/** Names of tables take more, those of buckets less; what both take serves for both. */
const PREFIX = /^[a-z0-9][a-z0-9-]{1,40}$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export function isAwsStore(store: string): boolean {
  return store.startsWith("aws://");
}

/** Null: it is no such address. */
export function readAwsAddress(store: string): AwsAddress | null {
  if (!isAwsStore(store) || !URL.canParse(store)) return null;
  const { host: region, pathname, searchParams } = new URL(store);
  const isKnown = [...searchParams.keys()].every((name) => name === "prefix" || name === "bucket");
  const prefix = searchParams.get("prefix") ?? "";
  const bucket = searchParams.get("bucket") ?? `${prefix}payloads`;
  const isSound = REGION.test(region) && PREFIX.test(prefix) && BUCKET.test(bucket) && pathname.length <= 1;
  return isKnown && isSound ? { region, prefix, bucket, queue: `${prefix}wakeups` } : null;
}
