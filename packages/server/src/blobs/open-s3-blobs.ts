import type { BucketLocationConstraint, S3Client } from "@aws-sdk/client-s3";
import { TriggersError } from "../domain/errors.ts";
import type { Blobs } from "./blobs.ts";

type Sdk = typeof import("@aws-sdk/client-s3");

export interface BucketPlace {
  readonly region: string;
  readonly bucket: string;
  /** Of a stand-in; null: of the region. */
  readonly endpoint: string | null;
}

const MAX_ATTEMPTS = 4;
/** For all attempts together. The SDK's own default is to wait without end, and with a content its whole group would. A commit that takes longer is given up anyway. */
const REQUEST_MS = 5_000;

interface Bucket {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

/** For one request. */
interface Limits {
  readonly abortSignal: AbortSignal;
}

/** Blobs in a bucket of S3. The SDK is loaded, and S3 asked, with the first blob: most installations have none. */
export function openS3Blobs(place: BucketPlace): Blobs {
  const { bucket: Bucket } = place;
  let opened: Promise<Bucket> | null = null;
  const use = async <T>(run: (bucket: Bucket, limits: Limits) => Promise<T>): Promise<T> => {
    opened ??= connect(place);
    const bucket = await opened;
    try {
      return await run(bucket, { abortSignal: AbortSignal.timeout(REQUEST_MS) });
    } catch (error) {
      throw translateError(error);
    }
  };
  return {
    put: (Key, Body) =>
      use(async ({ sdk, client }, limits) => {
        await client.send(new sdk.PutObjectCommand({ Bucket, Key, Body }), limits);
      }),
    read: (Key) => use((opened, limits) => readObject(opened, limits, { Bucket, Key })),
    remove: (Key) =>
      use(async ({ sdk, client }, limits) => {
        await client.send(new sdk.DeleteObjectCommand({ Bucket, Key }), limits);
      }),
    list: ({ prefix: Prefix, after }) =>
      use(async ({ sdk, client }, limits) => {
        const StartAfter = after ?? undefined;
        const { Contents = [] } = await client.send(
          new sdk.ListObjectsV2Command({ Bucket, Prefix, StartAfter }),
          limits,
        );
        return Contents.flatMap(({ Key }) => Key ?? []);
      }),
    close() {
      void opened?.then(({ client }) => client.destroy());
    },
  };
}

async function readObject(
  { sdk, client }: Bucket,
  limits: Limits,
  place: { readonly Bucket: string; readonly Key: string },
): Promise<Uint8Array | null> {
  try {
    const { Body } = await client.send(new sdk.GetObjectCommand(place), limits);
    return Body === undefined ? null : await Body.transformToByteArray();
  } catch (error) {
    if (error instanceof sdk.NoSuchKey) return null;
    throw error;
  }
}

async function connect({ region, endpoint }: BucketPlace): Promise<Bucket> {
  const sdk = await import("@aws-sdk/client-s3");
  // Stand-ins have no host name for each bucket.
  const own = endpoint === null ? {} : { endpoint, forcePathStyle: true };
  const client = new sdk.S3Client({
    ...{ region, maxAttempts: MAX_ATTEMPTS },
    requestHandler: {
      ...{ connectionTimeout: REQUEST_MS, requestTimeout: REQUEST_MS, socketTimeout: REQUEST_MS },
      throwOnRequestTimeout: true,
    },
    ...own,
  });
  return { sdk, client };
}

/** Makes the bucket if it is not there; true if it was made. */
export async function makeBucket(place: BucketPlace): Promise<boolean> {
  const { sdk, client } = await connect(place);
  const { bucket: Bucket, region } = place;
  try {
    const isThere = await client.send(new sdk.HeadBucketCommand({ Bucket })).then(
      () => true,
      () => false,
    );
    if (isThere) return false;
    // The one region that must not be named.
    const isDefault = region === "us-east-1";
    const CreateBucketConfiguration = { LocationConstraint: region as BucketLocationConstraint };
    await client.send(
      new sdk.CreateBucketCommand({ Bucket, ...(isDefault ? {} : { CreateBucketConfiguration }) }),
    );
    return true;
  } catch (error) {
    // The operator reads this: the name may be another account's, or a right be missing.
    const reason = error instanceof Error ? error.message : String(error);
    const detail = `The bucket ${Bucket} cannot be made: ${reason}`;
    throw new TriggersError("storage_unavailable", detail, { cause: error });
  } finally {
    client.destroy();
  }
}

/** By one attempt, and by all. */
const GIVEN_UP = ["TimeoutError", "AbortError"];

/** What the service or the network did may be done again; anything else is a bug. */
function translateError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TriggersError) return error;
  const isOfNetwork = "code" in error && typeof error.code === "string" && /^E[A-Z]+$/.test(error.code);
  if (!("$metadata" in error) && !isOfNetwork && !GIVEN_UP.includes(error.name)) return error;
  const detail = "S3 does not answer as it should; send the same again later.";
  return new TriggersError("storage_unavailable", detail, { cause: error });
}
