import type { Clause, Group } from "./compiled-filter.ts";

/** How many ways there are to take one branch of every `$or`, and how many clauses they have together when each is written out. */
export interface Combinations {
  readonly ways: number;
  readonly clauses: number;
}

export function countCombinations(group: Group): Combinations {
  const parts = group.clauses.map(countClause);
  const ways = parts.reduce((product, part) => product * part.ways, 1);
  const clauses = parts.reduce((sum, part) => sum + (part.clauses * ways) / part.ways, 0);
  return { ways, clauses };
}

function countClause(clause: Clause): Combinations {
  switch (clause.kind) {
    case "leaf":
      return { ways: 1, clauses: 1 };
    case "group":
      return countCombinations(clause.group);
    case "choice": {
      const branches = clause.branches.map(countCombinations);
      const sum = (of: keyof Combinations) => branches.reduce((total, branch) => total + branch[of], 0);
      return { ways: sum("ways"), clauses: sum("clauses") };
    }
  }
}
