import { uuidText } from "../../domain/ids.ts";
import type { Random } from "../world/random.ts";

/** An id that nobody has made, of the same form as all. */
export function randomUuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = 0x70;
  bytes[8] = 0x80;
  return uuidText(bytes);
}
