export type JsonKind = "object" | "array" | "string" | "number" | "boolean" | "null";

/** A value of a JSON text: its bytes from `start` to before `end`, without the white space around it. */
export interface JsonRange {
  start: number;
  end: number;
  kind: JsonKind;
}

/** A member of an object: its decoded name and the range of its value. */
export interface JsonMember extends JsonRange {
  key: string;
}

/** The kind of a value that begins with this byte. */
export function kindOf(first: number): JsonKind {
  switch (first) {
    case 0x7b:
      return "object";
    case 0x5b:
      return "array";
    case 0x22:
      return "string";
    case 0x74:
    case 0x66:
      return "boolean";
    case 0x6e:
      return "null";
    default:
      return "number";
  }
}
