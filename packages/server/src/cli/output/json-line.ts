import { randomBytes } from "node:crypto";

/** Stands for a payload until its own text takes the place; nobody else can have written it. */
const MARK = `payload-${randomBytes(12).toString("hex")}-`;
const MARKED = new RegExp(`"${MARK}(\\d+)"`, "g");

/**
 * A value as one line of JSON. An event's payload goes out as the text that was sent, with its big numbers, key order and spaces; line breaks, which can stand only
 * between tokens, become spaces.
 */
export function jsonLine(value: object): string {
  const texts: string[] = [];
  const line = JSON.stringify(value, (_, field: unknown) => {
    if (!hasPayloadText(field)) return field;
    const { payloadText, ...rest } = field;
    texts.push(payloadText.replace(/[\r\n]/g, " "));
    return { ...rest, payload: `${MARK}${texts.length - 1}` };
  });
  return line.replace(MARKED, (_, index: string) => texts[Number(index)] ?? "null");
}

function hasPayloadText(field: unknown): field is { readonly payloadText: string } {
  return (
    typeof field === "object" &&
    field !== null &&
    "payloadText" in field &&
    typeof field.payloadText === "string"
  );
}
