import { type Clause, type Crossing, type Group, type GroupClause, makeGroup } from "./compiled-filter.ts";

/** How many combinations of branches a group has, and how many clauses they have together when written out. */
export interface Unfolded {
  readonly combinations: number;
  readonly clauses: number;
}

export function countUnfolded(group: Group): Unfolded {
  const parts = group.clauses.map(countClause);
  const combinations = parts.reduce((product, part) => product * part.combinations, 1);
  const clauses = parts.reduce((sum, part) => sum + (part.clauses * combinations) / part.combinations, 0);
  return { combinations, clauses };
}

function countClause(clause: Clause): Unfolded {
  switch (clause.kind) {
    case "leaf":
      return { combinations: 1, clauses: 1 };
    case "group":
      return countUnfolded(clause.group);
    case "choice": {
      const branches = clause.branches.map(countUnfolded);
      const sum = (of: keyof Unfolded) => branches.reduce((total, branch) => total + branch[of], 0);
      return { combinations: sum("combinations"), clauses: sum("clauses") };
    }
  }
}

/** True when two clauses of one object, one of them an `$or`, lead into the same field. */
export function isCrossing(group: Group): boolean {
  const seen = new Set<string>();
  for (const clause of group.clauses) {
    const keys = fieldsEntered(clause);
    if (keys.some((key) => seen.has(key))) return true;
    for (const key of keys) seen.add(key);
  }
  return group.clauses.some((clause) => innerGroups(clause).some(isCrossing));
}

function fieldsEntered(clause: Clause): readonly string[] {
  if (clause.kind === "choice")
    return clause.branches.flatMap((branch) => branch.clauses.flatMap(fieldsEntered));
  return clause.kind === "group" ? [clause.key] : [];
}

function innerGroups(clause: Clause): readonly Group[] {
  if (clause.kind === "choice") return clause.branches;
  return clause.kind === "group" ? [clause.group] : [];
}

/**
 * Writes a filter out as one group for each combination of branches, like EventBridge does with every `$or`. Only what crosses needs it:
 * everything else gives the same answer as written, in time linear in its size. Count first, see `countUnfolded`.
 */
export function unfold(root: Group): Crossing {
  return {
    shape: shapeOf(root),
    alternatives: alternativesOf(root).map(mergeFields),
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

/** The fields entered by any clause, in any branch. */
function shapeOf(root: Group): Group {
  const entered = (clause: Clause): readonly GroupClause[] => {
    if (clause.kind === "choice") return clause.branches.flatMap((branch) => branch.clauses.flatMap(entered));
    return clause.kind === "group" ? [{ ...clause, group: shapeOf(clause.group) }] : [];
  };
  return mergeFields(root.clauses.flatMap(entered));
}

/** Clauses that lead into the same field become one. */
function mergeFields(clauses: readonly Clause[]): Group {
  const leaves = clauses.filter((clause) => clause.kind !== "group");
  const inner = Map.groupBy(
    clauses.filter((clause) => clause.kind === "group"),
    ({ key }) => key,
  );
  const merged = [...inner].map(([key, groups]): GroupClause => {
    return { kind: "group", key, group: mergeFields(groups.flatMap(({ group }) => group.clauses)) };
  });
  return makeGroup([...leaves, ...merged]);
}
