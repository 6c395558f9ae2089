import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileFilter } from "./compile-filter.ts";
import type { CompiledFilter } from "./compiled-filter.ts";
import { explainFilter } from "./explain-filter.ts";
import { makeFilterIndex } from "./filter-index.ts";
import {
  type FilterableEvent,
  isArray,
  isObject,
  type JsonObject,
  type JsonScalar,
  type JsonValue,
} from "./filterable-event.ts";
import { matchesFilter } from "./match-filter.ts";
import { sampleFilter } from "./testing/filter-samples.ts";

/**
 * The rules of EventBridge written down once more, plainly: an event is the list of its scalars, each with its path and the elements of
 * arrays that the object around it is inside; a pattern is one list of fields for each combination of branches. A list of fields is
 * satisfied when each field is given a scalar that its list accepts, no two of them from different elements of the same array; or, where
 * the list takes absence, when no scalar at that path agrees with the elements chosen.
 *
 * EventBridge also tells apart the scalars of arrays straight inside arrays. It matters only when an `$or` asks for two of them, or for
 * one beside a field of an object in the same array; here, as in the engine, they are values of the field like any other.
 */
interface Scalar {
  readonly path: string;
  readonly value: JsonScalar;
  readonly elements: Elements;
}
/** Index of the element by number of the array. */
type Elements = ReadonlyMap<number, number>;
/** What an object around a value is inside, and what the value itself is. */
type Inside = { readonly around: Elements; readonly elements: Elements };
type Field = readonly [path: string, list: readonly JsonValue[]];

function scalarsOf(event: JsonObject): readonly Scalar[] {
  const scalars: Scalar[] = [];
  let arrays = 0;
  const visitObject = (object: JsonObject, path: string, elements: Elements): void => {
    for (const [key, value] of Object.entries(object))
      visit(value, `${path}/${key}`, { around: elements, elements });
  };
  const visit = (value: JsonValue, path: string, { around, elements }: Inside): void => {
    if (isObject(value)) visitObject(value, path, elements);
    else if (!isArray(value)) scalars.push({ path, value, elements: around });
    else {
      const array = arrays++;
      for (const [index, element] of value.entries())
        visit(element, path, { around, elements: new Map(elements).set(array, index) });
    }
  };
  visitObject(event, "", new Map());
  return scalars;
}

function combinationsOf(pattern: JsonObject, path: string): readonly (readonly Field[])[] {
  let rows: readonly (readonly Field[])[] = [[]];
  for (const [key, value] of Object.entries(pattern)) {
    let options: readonly (readonly Field[])[] = [];
    if (key === "$or") options = (value as JsonObject[]).flatMap((branch) => combinationsOf(branch, path));
    else if (isObject(value)) options = combinationsOf(value, `${path}/${key}`);
    else options = [[[`${path}/${key}`, value as JsonValue[]]]];
    rows = rows.flatMap((row) => options.map((option) => [...row, ...option]));
  }
  return rows;
}

function accepts(list: readonly JsonValue[], value: JsonScalar): boolean {
  return list.some((one) => {
    if (!isObject(one)) return one === value;
    if (typeof one.prefix === "string") return typeof value === "string" && value.startsWith(one.prefix);
    if ("anything-but" in one) return one["anything-but"] !== value;
    if ("numeric" in one) return typeof value === "number" && value > 1;
    if ("wildcard" in one) return typeof value === "string" && /^a.*b$/.test(value);
    return one.exists === true;
  });
}

function isSatisfied(fields: readonly Field[], scalars: readonly Scalar[]): boolean {
  const agree = (one: Elements, other: Elements) =>
    [...one].every(([array, element]) => (other.get(array) ?? element) === element);
  const choose = (at: number, chosen: Elements, absent: readonly string[]): boolean => {
    const field = fields[at];
    if (field === undefined)
      return absent.every((path) => !scalars.some((one) => one.path === path && agree(one.elements, chosen)));
    const [path, list] = field;
    const isChosen = scalars.some(
      (one) =>
        one.path === path &&
        agree(one.elements, chosen) &&
        accepts(list, one.value) &&
        choose(at + 1, new Map([...chosen, ...one.elements]), absent),
    );
    const takesAbsence = list.some((one) => isObject(one) && one.exists === false);
    return isChosen || (takesAbsence && choose(at + 1, chosen, [...absent, path]));
  };
  return choose(0, new Map(), []);
}

function matchesByTheRules(pattern: JsonObject, event: FilterableEvent): boolean {
  const fields = Object.entries(event).filter(([key, value]) => value !== null || key === "payload");
  const scalars = scalarsOf(Object.fromEntries(fields) as JsonObject);
  return combinationsOf(pattern, "").some((row) => isSatisfied(row, scalars));
}

const text = fc.constantFrom("a", "ab");
const scalar = fc.oneof({ weight: 3, arbitrary: text }, fc.constantFrom<JsonScalar>(1, 2, null, true));
const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("x", "y") },
  { weight: 1, arbitrary: fc.constantFrom("z", "__proto__", "constructor") },
);
const TEXT_FIELDS = ["type", "source", "subject", "tags"];

/** Sets the field even if it is called `__proto__`, as JSON.parse does. */
function dictionary<Value>(
  values: fc.Arbitrary<Value>,
  minKeys: number,
): fc.Arbitrary<Record<string, Value>> {
  return fc
    .uniqueArray(fc.tuple(key, values), { selector: ([name]) => name, minLength: minKeys, maxLength: 2 })
    .map((entries) => Object.fromEntries(entries));
}

const { json } = fc.letrec<{ json: JsonValue; list: JsonValue; object: JsonValue }>((tie) => ({
  json: fc.oneof({ maxDepth: 4 }, scalar, tie("list"), { weight: 3, arbitrary: tie("object") }),
  list: fc.array(tie("json"), { maxLength: 3 }),
  object: dictionary(tie("json"), 0),
}));
const rows = fc.array(dictionary<JsonValue>(text, 1), { maxLength: 4 });
const payload = fc.oneof(
  json,
  rows,
  dictionary<JsonValue>(
    fc.oneof(
      rows,
      rows.map((list) => [list]),
    ),
    1,
  ),
);

const operator: fc.Arbitrary<JsonValue> = fc.oneof(
  text.map((prefix) => ({ prefix })),
  text.map((value) => ({ "anything-but": value })),
  fc.boolean().map((exists) => ({ exists })),
  fc.constant({ numeric: [">", 1] }),
  fc.constant({ wildcard: "a*b" }),
);
const list = fc.array(fc.oneof(scalar, operator), { minLength: 1, maxLength: 2 });

/** The fields, and sometimes an `$or` beside them. */
function withChoice(
  fields: fc.Arbitrary<JsonObject>,
  branch: fc.Arbitrary<JsonObject>,
): fc.Arbitrary<JsonObject> {
  const choice = fc.array(branch, { minLength: 2, maxLength: 3 });
  return fc.tuple(fields, fc.option(choice, { freq: 3 })).map(([object, branches]) => {
    return branches === null ? object : { ...object, $or: branches };
  });
}

const leaves = dictionary<JsonValue>(list, 1);
const deeper = dictionary<JsonValue>(fc.oneof(list, leaves), 1);
const inner = fc.oneof(withChoice(deeper, deeper), dictionary<JsonValue>(withChoice(leaves, leaves), 1));
const body = fc.oneof({ weight: 1, arbitrary: list }, { weight: 5, arbitrary: inner });
const aboutPayload = fc.record({
  payload: fc.oneof({ weight: 1, arbitrary: list }, { weight: 4, arbitrary: deeper }),
});
const aboutText = fc
  .tuple(fc.constantFrom(...TEXT_FIELDS), list)
  // By the rules null is no value of an unset field; that null means unset there is tested by example.
  .filter(([, values]) => !values.includes(null))
  .map(([field, values]): JsonObject => ({ [field]: values }));
const about = (field: string) => leaves.map((fields): JsonObject => ({ payload: { [field]: fields } }));
const clause = fc.oneof(
  { weight: 3, arbitrary: aboutPayload },
  { weight: 1, arbitrary: aboutText },
  { weight: 1, arbitrary: fc.record({ metadata: deeper }) },
);
const pattern: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({ payload: body }),
  withChoice(clause, fc.oneof(clause, withChoice(clause, clause))),
  fc.tuple(clause, clause).map(([one, other]) => ({ ...one, ...other })),
  // An `$or` and its neighbour inside the same array.
  fc.tuple(about("x"), about("x"), about("x")).map(([one, ...branches]) => ({ ...one, $or: branches })),
);

const unsetOr = (value: fc.Arbitrary<string>) => fc.option(value);
const event: fc.Arbitrary<FilterableEvent> = fc.record({
  type: unsetOr(text),
  source: unsetOr(text),
  subject: unsetOr(text),
  tags: fc.array(text, { maxLength: 3 }),
  metadata: dictionary(json, 0),
  payload,
});

const runs = { numRuns: Number(process.env.PROPERTY_RUNS ?? 300) };

describe("a filter", () => {
  it("matches what the rules of EventBridge say", () => {
    fc.assert(
      fc.property(pattern, fc.array(event, { minLength: 1, maxLength: 10 }), (from, events) => {
        const filter = sampleFilter(from);
        for (const one of events) expect(matchesFilter(filter, one)).toBe(matchesByTheRules(from, one));
      }),
      runs,
    );
  });

  it("is explained as it matches, and a failed clause fails by itself", () => {
    fc.assert(
      fc.property(pattern, event, (from, one) => {
        const filter = sampleFilter(from);
        const explanation = explainFilter(filter, one);
        expect(explanation.matched).toBe(matchesFilter(filter, one));
        if (explanation.matched) return;
        const steps = explanation.failed.pointer.split("/").slice(1);
        const alone = steps.reduceRight<JsonValue>(
          (inside, step) => ({ [step]: inside }),
          explanation.failed.pattern,
        );
        if (!steps.includes("__proto__"))
          expect(matchesFilter(sampleFilter(alone as JsonObject), one)).toBe(false);
      }),
      runs,
    );
  });

  it("is found by an index exactly when it matches", () => {
    const filters = fc.array(pattern.map(sampleFilter), { maxLength: 20 });
    fc.assert(
      fc.property(filters, fc.array(event, { minLength: 1, maxLength: 10 }), (list, events) => {
        const index = makeFilterIndex(list.map((filter, number) => ({ id: String(number), filter })));
        for (const one of events) {
          const expected = [...list.keys()].filter((number) =>
            matchesFilter(list[number] as CompiledFilter, one),
          );
          expect([...index.match(one)].sort()).toEqual(expected.map(String).sort());
        }
      }),
      runs,
    );
  });
});

describe("compileFilter", () => {
  it("answers anything that JSON can say, and matching what it takes does not fail", () => {
    const nearly = fc.oneof(pattern, fc.jsonValue(), dictionary(json, 0), fc.record({ payload: json }));
    fc.assert(
      fc.property(nearly, event, (from, one) => {
        const compilation = compileFilter(from);
        if (compilation.outcome === "compiled")
          expect(typeof matchesFilter(compilation.filter, one)).toBe("boolean");
        else
          for (const { pointer, detail } of compilation.faults)
            expect([pointer, detail].join()).toMatch(/^(\/.*)?,[A-Z].*\.$/su);
      }),
      runs,
    );
  });
});
