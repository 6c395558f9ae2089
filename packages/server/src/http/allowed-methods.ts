import type { Route } from "./route.ts";

/** Gives the methods that a path takes, none for an unknown path. For requests that found no route; the router itself knows one method at a time. */
export function makeAllowedMethods(routes: readonly Route[]): (path: string) => readonly string[] {
  const patterns = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  return (path) => {
    const found = patterns.filter(({ pattern }) => pattern.test(path));
    const methods = found.flatMap(({ route }) => (route.method === "GET" ? ["GET", "HEAD"] : [route.method]));
    return [...new Set(methods)];
  };
}

function patternOf(path: string): RegExp {
  const text = path.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/:[A-Za-z_]+/g, "[^/]+");
  return new RegExp(`^${text}$`);
}
