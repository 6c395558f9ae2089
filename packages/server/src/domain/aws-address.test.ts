import { describe, expect, test } from "vitest";
import { isAwsStore, readAwsAddress } from "./aws-address.ts";

describe("the address of a store on AWS", () => {
  test("names a region and a prefix; bucket and queue follow from it", () => {
    expect(readAwsAddress("aws://eu-central-1?prefix=acme-")).toEqual({
      region: "eu-central-1",
      prefix: "acme-",
      bucket: "acme-payloads",
      queue: "acme-wakeups",
    });
  });

  test("may name a bucket of its own", () => {
    expect(readAwsAddress("aws://us-gov-west-1?prefix=t1&bucket=my.payloads")?.bucket).toBe("my.payloads");
  });

  test.each([
    "aws://",
    "aws://?prefix=a-",
    "aws://eu-central-1",
    "aws://eu-central-1?prefix=",
    "aws://eu-central-1?prefix=Acme",
    "aws://eu-central-1?prefix=acme_x",
    "aws://eu-central-1/path?prefix=acme-",
    "aws://eu-central-1?prefix=acme-&bucket=X",
    "aws://eu-central-1?prefix=acme-&table=x",
    "aws://nowhere?prefix=acme-",
    "postgres://eu-central-1?prefix=acme-",
  ])("is not %s", (given) => {
    expect(readAwsAddress(given)).toBeNull();
    expect(isAwsStore(given)).toBe(given.startsWith("aws:"));
  });
});
