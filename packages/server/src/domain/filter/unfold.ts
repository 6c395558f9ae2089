import {
  type ChoiceClause,
  type Clause,
  type Crossing,
  type Group,
  type GroupClause,
  makeGroup,
  type Shape,
} from "./compiled-filter.ts";

/** True when two clauses of one object, one of them an `$or`, look into the same field. */
export function isCrossing(group: Group): boolean {
  const seen = new Set<string>();
  for (const clause of group.clauses) {
    const entered = groupsEntered(clause);
    if (entered.some(({ key }) => seen.has(key))) return true;
    for (const { key } of entered) seen.add(key);
  }
  return group.clauses.some((clause) => innerGroups(clause).some(isCrossing));
}

/** The clauses that look into a field, from all branches. */
function groupsEntered(clause: Clause): readonly GroupClause[] {
  if (clause.kind === "choice")
    return clause.branches.flatMap(({ clauses }) => clauses.flatMap(groupsEntered));
  return clause.kind === "group" ? [clause] : [];
}

function innerGroups(clause: Clause): readonly Group[] {
  if (clause.kind === "choice") return clause.branches;
  return clause.kind === "group" ? [clause.group] : [];
}

/**
 * The same filter with everything about a field in one clause, as far as that goes without writing out combinations: clauses of one object
 * that look into the same field become one, and so do the branches of an `$or` that only look into the same field (some element satisfies
 * one of them exactly if one of them is satisfied by some element).
 */
export function drawTogether(group: Group): Group {
  return mergeFields(group.clauses.flatMap(drawClause));
}

function drawClause(clause: Clause): readonly Clause[] {
  if (clause.kind === "leaf") return [clause];
  if (clause.kind === "group") return [{ ...clause, group: drawTogether(clause.group) }];
  const branches = joinBranches(clause).map(drawTogether);
  const [only, ...others] = branches;
  return only !== undefined && others.length === 0 ? only.clauses : [{ kind: "choice", branches }];
}

function joinBranches({ branches }: ChoiceClause): readonly Group[] {
  const byField = Map.groupBy(branches, (branch) => soleField(branch));
  return [...byField].flatMap(([key, joined]) => {
    if (key === null || joined.length < 2) return joined;
    const inner = joined.flatMap(({ clauses }) => clauses.flatMap(innerGroups));
    return [makeGroup([{ kind: "group", key, group: makeGroup([{ kind: "choice", branches: inner }]) }])];
  });
}

/** The field that a group looks into, if it does nothing else. */
function soleField({ clauses: [first, ...others] }: Group): string | null {
  return first?.kind === "group" && others.length === 0 ? first.key : null;
}

/**
 * Writes a filter out as one group for each combination of branches, like EventBridge does with every `$or`. Only what crosses even when
 * drawn together needs it: everything else gives the same answer in time linear in its size. Count first, see `countCombinations`.
 */
export function unfold(root: Group): Crossing {
  const drawn = drawTogether(root);
  return {
    shape: shapeOf(root.clauses),
    alternatives: isCrossing(drawn) ? alternativesOf(drawn).map(mergeFields) : [drawn],
  };
}

function alternativesOf(group: Group): readonly (readonly Clause[])[] {
  return group.clauses.reduce<readonly (readonly Clause[])[]>(
    (rows, clause) => {
      const options = optionsOf(clause);
      return rows.flatMap((row) => options.map((option) => [...row, ...option]));
    },
    [[]],
  );
}

function optionsOf(clause: Clause): readonly (readonly Clause[])[] {
  if (clause.kind === "leaf") return [[clause]];
  if (clause.kind === "choice") return clause.branches.flatMap(alternativesOf);
  return alternativesOf(clause.group).map((clauses) => [{ ...clause, group: makeGroup(clauses) }]);
}

function shapeOf(clauses: readonly Clause[]): readonly Shape[] {
  const entered = Map.groupBy(clauses.flatMap(groupsEntered), ({ key }) => key);
  return [...entered].map(([key, groups]) => ({ key, inner: shapeOf(groups.flatMap(clausesOf)) }));
}

function clausesOf({ group }: GroupClause): readonly Clause[] {
  return group.clauses;
}

/** Clauses that look into the same field become one. */
function mergeFields(clauses: readonly Clause[]): Group {
  const others = clauses.filter((clause) => clause.kind !== "group");
  const inner = Map.groupBy(
    clauses.filter((clause) => clause.kind === "group"),
    ({ key }) => key,
  );
  const merged = [...inner].map(([key, groups]): GroupClause => {
    return { kind: "group", key, group: mergeFields(groups.flatMap(clausesOf)) };
  });
  return makeGroup([...others, ...merged]);
}
