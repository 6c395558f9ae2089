import { spawnSync } from "node:child_process";
import { javaPath } from "./start-dynamodb.ts";

/** Test files that need DynamoDB Local, which needs Java. */
const NEED_JAVA = ["packages/server/src/store/dynamodb/**/*.test.ts", "e2e/aws-*.e2e.test.ts"];

/** What to leave out where there is no Java: said in one line that cannot be overlooked. Nothing in CI, where these tests then fail. */
export function testsWithoutJava(isCi: boolean): readonly string[] {
  if (isCi || spawnSync(javaPath(), ["-version"]).status === 0) return [];
  process.stderr.write(
    "\n⚠ NOT TESTED: the DynamoDB store. Its tests need Java 17 (`apt install openjdk-17-jre-headless`), and there is none.\n\n",
  );
  return NEED_JAVA;
}
