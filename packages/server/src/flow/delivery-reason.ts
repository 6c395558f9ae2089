import { type DeliveryKey, deliveryId } from "../domain/ids.ts";
import type { ProjectSeal } from "../seal/project-seal.ts";

/** In front of a reason that a caller wrote, sealed; our own words (`attempts_exhausted`, `http_500`, …) stand in the clear. */
const SEALED = "sealed:";
const COLUMN = "reason";

/** A caller's reason as it is stored: what people write may hold personal data. */
export function sealReason(seal: ProjectSeal, key: DeliveryKey, reason: string | null): string | null {
  if (reason === null) return null;
  return SEALED + seal.seal(deliveryId(key), COLUMN, [Buffer.from(reason, "utf8")]).toString("base64url");
}

/** The reason as it is shown. */
export async function openReason(
  seal: ProjectSeal,
  key: DeliveryKey,
  stored: string | null,
): Promise<string | null> {
  if (stored === null || !stored.startsWith(SEALED)) return stored;
  const blob = Buffer.from(stored.slice(SEALED.length), "base64url");
  return (await seal.open(deliveryId(key), COLUMN, blob)).toString("utf8");
}
