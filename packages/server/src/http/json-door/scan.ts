import type { JsonFault } from "./json-fault.ts";
import type { JsonMember } from "./json-parts.ts";

export const ARRAY = -1;
export const NAMES_IN_SET = -2;

/** The state of one scan of a JSON text. Depth counts the open arrays and objects. */
export interface Scan {
  bytes: Buffer;
  /** Arrays and objects that nest deeper are a flaw. */
  depthLimit: number;
  depth: number;
  /** By depth: `ARRAY`, or for an object where its names begin in `names`, or `NAMES_IN_SET`. */
  frames: Int32Array;
  /** By depth: the index of the current element, or where the name of the current member begins; −1 between members. */
  path: Int32Array;
  /** The names of all open objects, innermost last, each as fingerprint, start and end. */
  names: Int32Array;
  namesEnd: number;
  /** By depth: the names of an object that has too many for `names`. */
  nameSets: Set<string>[];
  /** Where the last escape sequence stands, −1 without one. */
  escapeAt: number;
  /** Gets the members of the outermost object, if wanted. */
  members: JsonMember[] | undefined;
  /** Why the scan ended early. */
  breakFault: JsonFault | undefined;
  /** The first fault that did not end the scan. */
  flaw: JsonFault | undefined;
}

const NOTHING = Buffer.alloc(0);
const DEPTH_ROOM = 256;
const NAMES_ROOM = 3 * 1024;

/** A scan never waits, so one state serves all: no allocation per text. */
const shared: Scan = {
  bytes: NOTHING,
  depthLimit: 0,
  depth: 0,
  frames: new Int32Array(DEPTH_ROOM),
  path: new Int32Array(DEPTH_ROOM),
  names: new Int32Array(NAMES_ROOM),
  namesEnd: 0,
  nameSets: [],
  escapeAt: -1,
  members: undefined,
  breakFault: undefined,
  flaw: undefined,
};

export function beginScan(bytes: Buffer, depthLimit: number, members: JsonMember[] | undefined): Scan {
  shared.bytes = bytes;
  shared.depthLimit = depthLimit;
  shared.depth = 0;
  shared.namesEnd = 0;
  shared.escapeAt = -1;
  shared.members = members;
  shared.breakFault = undefined;
  shared.flaw = undefined;
  return shared;
}

/** Lets go of the text, and of the room that an unusual one took. */
export function endScan(scan: Scan): JsonFault | undefined {
  scan.bytes = NOTHING;
  scan.members = undefined;
  if (scan.nameSets.length > 0) scan.nameSets = [];
  if (scan.frames.length > DEPTH_ROOM) {
    scan.frames = new Int32Array(DEPTH_ROOM);
    scan.path = new Int32Array(DEPTH_ROOM);
  }
  if (scan.names.length > NAMES_ROOM) scan.names = new Int32Array(NAMES_ROOM);
  return scan.breakFault ?? scan.flaw;
}

/** Enters an array or object. */
export function openFrame(scan: Scan, isArray: boolean): void {
  const depth = scan.depth + 1;
  if (depth >= scan.frames.length) {
    scan.frames = doubled(scan.frames);
    scan.path = doubled(scan.path);
  }
  scan.depth = depth;
  scan.frames[depth] = isArray ? ARRAY : scan.namesEnd;
  scan.path[depth] = isArray ? 0 : -1;
}

export function doubled(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
