import type { ClientSettings } from "../../config.ts";
import { OperatorError } from "../../domain/errors.ts";
import { type ConnectionOptions, DEFAULT_URL } from "./connection.ts";
import type { Profile, Profiles } from "./profiles.ts";

/** A value, and where it came from. */
export interface Found {
  readonly value: string;
  readonly from: string;
}

/** The profile that counts. */
interface Choice {
  readonly profile: Profile;
  /** Named on the command line, for this command: it goes before the environment. */
  readonly isNamed: boolean;
}

/** Profiles are read only where something is missing without them. */
export async function findConnection(
  options: ConnectionOptions,
  settings: ClientSettings,
  readProfiles: () => Promise<Profiles>,
): Promise<{ readonly url: Found; readonly key: Found | null }> {
  const isWhole = (options.url ?? settings.url) !== null && (options.apiKey ?? settings.apiKey) !== null;
  const choice =
    options.profile === undefined && isWhole
      ? null
      : choose(options.profile, settings.profile, await readProfiles());
  const url = findUrl(options, settings, choice);
  return { url, key: findKey(options, settings, ofSamePlace(choice, url)) };
}

function choose(
  named: string | undefined,
  set: string | null,
  { chosen, profiles }: Profiles,
): Choice | null {
  const name = named ?? set ?? chosen;
  if (name === null) return null;
  const profile = profiles.find((one) => one.name === name);
  if (profile !== undefined) return { profile, isNamed: named !== undefined };
  const known = profiles.map((one) => one.name).join(", ");
  throw new OperatorError(
    `There is no profile ${name}${known === "" ? "" : `; there is ${known}`}. Make it with \`triggers profiles add ${name}\`.`,
  );
}

function findUrl(options: ConnectionOptions, settings: ClientSettings, choice: Choice | null): Found {
  const ofProfile = choice && { value: choice.profile.url, from: `the profile ${choice.profile.name}` };
  if (options.url !== undefined) return { value: options.url, from: "--url" };
  if (choice?.isNamed === true && ofProfile !== null) return ofProfile;
  if (settings.url !== null) return { value: settings.url, from: "TRIGGERS_URL" };
  return ofProfile ?? { value: DEFAULT_URL, from: "the default" };
}

function findKey(options: ConnectionOptions, settings: ClientSettings, choice: Choice | null): Found | null {
  const ofProfile = choice && { value: choice.profile.apiKey, from: `the profile ${choice.profile.name}` };
  if (options.apiKey !== undefined) return { value: options.apiKey, from: "--api-key" };
  if (choice?.isNamed === true && ofProfile !== null) return ofProfile;
  if (settings.apiKey !== null) return { value: settings.apiKey, from: "TRIGGERS_API_KEY" };
  return ofProfile;
}

/** The key of a profile goes nowhere but to the server of that profile. */
function ofSamePlace(choice: Choice | null, url: Found): Choice | null {
  return choice !== null && plain(choice.profile.url) === plain(url.value) ? choice : null;
}

function plain(url: string): string {
  return URL.canParse(url) ? new URL(url).href.replace(/\/+$/, "") : url;
}
