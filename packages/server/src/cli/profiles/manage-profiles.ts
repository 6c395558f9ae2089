import { createInterface } from "node:readline";
import { Triggers } from "@triggers/client";
import { readClientSettings } from "../../config.ts";
import { OperatorError } from "../../domain/errors.ts";
import { promptKey } from "../connection/ask-key.ts";
import { type Profile, profilesFile, readProfiles, writeProfiles } from "../connection/profiles.ts";
import { isRefusal, wordsForRefusal } from "../connection/refusal-words.ts";
import { makeOutput, type Output } from "../output/output.ts";

interface Options {
  readonly json?: true;
}

/** Keeps a server and a key for it under a name. The first profile is the one in use. */
export async function addProfile(name: string, options: Options & { readonly url: string }): Promise<void> {
  const { configHome } = readClientSettings();
  const output = makeOutput(options);
  const apiKey = await readKey(options.url);
  const profile: Profile = { name, url: options.url, apiKey };
  await tryProfile(profile, output);
  const { chosen, profiles } = await readProfiles(configHome);
  const others = profiles.filter((one) => one.name !== name);
  await writeProfiles(configHome, { chosen: chosen ?? name, profiles: [...others, profile] });
  output.row(
    { name, url: profile.url, chosen: (chosen ?? name) === name },
    `${name} is kept in ${profilesFile(configHome)}`,
  );
}

/** Asked for on a terminal, else the first line of standard input: on the command line others would see it. */
async function readKey(url: string): Promise<string> {
  if (process.stdin.isTTY && process.stderr.isTTY) return await promptKey(`API key for ${url}`);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() !== "") return line.trim();
  }
  throw new OperatorError("Send the key to standard input, or run this on a terminal.");
}

/** A key that the server refuses is not kept; a server that is away is believed. */
async function tryProfile({ url, apiKey }: Profile, output: Output): Promise<void> {
  try {
    await new Triggers({ baseUrl: url, apiKey, maxRetries: 1, timeoutMs: 5_000 }).me();
  } catch (error) {
    if (error instanceof TypeError)
      throw new OperatorError(
        "The URL must be an http or https URL, the key printable ASCII without spaces.",
      );
    if (!(error instanceof Error) || !isRefusal(error)) throw error;
    if (error.code === "unauthenticated")
      throw new OperatorError(`${url} does not take this key. Nothing was kept.`);
    if (error.code !== "connection_failed" && error.code !== "timeout")
      throw new OperatorError(`${wordsForRefusal(error)} Nothing was kept.`);
    output.note(`No server answers at ${url} now: the key was not tried.`);
  }
}

export async function listProfiles(options: Options): Promise<void> {
  const { chosen, profiles } = await readProfiles(readClientSettings().configHome);
  const output = makeOutput(options);
  if (profiles.length === 0) output.note("there are no profiles; `triggers profiles add NAME` makes one");
  else
    await output.table(
      profiles.map(({ name, url }) => ({ name, url, chosen: name === chosen })),
      { name: ({ name }) => name, url: ({ url }) => url, use: ({ chosen: isIt }) => (isIt ? "in use" : "") },
    );
}

export async function chooseProfile(name: string, options: Options): Promise<void> {
  const { configHome } = readClientSettings();
  const { profiles } = await readProfiles(configHome);
  const { url } = find(profiles, name);
  await writeProfiles(configHome, { chosen: name, profiles });
  makeOutput(options).row({ name, url, chosen: true }, `${name} (${url}) is in use`);
}

export async function removeProfile(name: string, options: Options): Promise<void> {
  const { configHome } = readClientSettings();
  const { chosen, profiles } = await readProfiles(configHome);
  find(profiles, name);
  const others = profiles.filter((one) => one.name !== name);
  await writeProfiles(configHome, { chosen: chosen === name ? null : chosen, profiles: others });
  makeOutput(options).row(
    { name, removed: true },
    `${name} is removed; its key still opens until it is revoked`,
  );
}

function find(profiles: readonly Profile[], name: string): Profile {
  const profile = profiles.find((one) => one.name === name);
  if (profile === undefined)
    throw new OperatorError(`There is no profile ${name}. \`triggers profiles list\` shows them.`);
  return profile;
}
