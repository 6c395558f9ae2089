import { expect, it } from "vitest";
import { describeDocument, readDocuments } from "./guides/describe-document.ts";

// Apart from the others: it needs DynamoDB Local, and that needs Java.
const documents = (await readDocuments()).filter(({ needsAws }) => needsAws);

it("There is a guide to AWS", () => {
  expect(documents).not.toEqual([]);
});

for (const document of documents) describeDocument(document);
