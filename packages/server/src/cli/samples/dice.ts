/** Chance for samples, so that no two are the same. */
export interface Dice {
  whole(least: number, most: number): number;
  pick<T>(values: readonly T[]): T;
  /** `ord_7Kq2…`: a prefix and ten letters or digits. */
  id(prefix: string): string;
  person(): Person;
  /** Seconds before now, as RFC 3339. */
  ago(mostSeconds: number): string;
  /** Days after now, as a date. */
  inDays(days: number): string;
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
const ID_LENGTH = 10;
const FIRST_NAMES = [
  "Amara",
  "Björn",
  "Chiara",
  "Dev",
  "Elif",
  "Farah",
  "Goro",
  "Hana",
  "Iker",
  "Jola",
] as const;
const LAST_NAMES = [
  "Abe",
  "Costa",
  "Demir",
  "Fischer",
  "Haddad",
  "Ibarra",
  "Kowalska",
  "Nair",
  "Okafor",
] as const;
const DAY_MS = 86_400_000;

/** `random` gives numbers in [0, 1). */
export function makeDice(random: () => number, now: () => number): Dice {
  const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const pick: Dice["pick"] = (values) => {
    const value = values[whole(0, values.length - 1)];
    if (value === undefined) throw new Error("There is nothing to pick from.");
    return value;
  };
  const id = (prefix: string) =>
    `${prefix}_${Array.from({ length: ID_LENGTH }, () => LETTERS[whole(0, LETTERS.length - 1)]).join("")}`;
  return {
    ...{ whole, pick, id },
    person() {
      const [first, last] = [pick(FIRST_NAMES), pick(LAST_NAMES)];
      const mailbox = `${first}.${last}`.normalize("NFD").replace(/[^A-Za-z.]/g, "");
      // example.com belongs to nobody (RFC 2606): whoever mails a sample reaches no one.
      return { id: id("cus"), name: `${first} ${last}`, email: `${mailbox.toLowerCase()}@example.com` };
    },
    ago: (mostSeconds) => new Date(now() - whole(0, mostSeconds) * 1_000).toISOString(),
    inDays: (days) => new Date(now() + days * DAY_MS).toISOString().slice(0, 10),
  };
}
