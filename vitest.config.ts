import { configDefaults, defineConfig } from "vitest/config";
import { testsWithoutJava } from "./packages/server/src/store/dynamodb/testing/tests-without-java.ts";

// Set by .ci/run, which adds the counts of all suites.
const resultsFile = process.env.TEST_RESULTS_FILE;

const isCi = resultsFile !== undefined || process.env.CI !== undefined;
const exclude = [...configDefaults.exclude, ...testsWithoutJava(isCi)];

// One PostgreSQL and one DynamoDB Local for all files of a run, if one of them asks for it.
const globalSetup = ["postgres", "dynamodb"].map(
  (store) => `packages/server/src/store/${store}/testing/global-setup.ts`,
);

const slow = { pool: "forks", maxWorkers: 1, fileParallelism: false } as const;

export default defineConfig({
  test: {
    reporters: resultsFile === undefined ? ["default"] : ["default", ["json", { outputFile: resultsFile }]],
    coverage: {
      provider: "v8",
      include: ["packages/server/src/domain/**/*.ts"],
      exclude: ["**/*.test.ts"],
      reporter: ["text"],
      thresholds: { 100: true },
    },
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts"],
          exclude,
          pool: "forks",
          maxWorkers: 2,
          globalSetup,
          testTimeout: 15_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["e2e/**/*.e2e.test.ts"],
          exclude,
          ...slow,
          globalSetup,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "chaos",
          include: ["e2e/chaos/**/*.chaos.test.ts"],
          ...slow,
          testTimeout: 300_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "power-cut",
          include: ["e2e/chaos/**/*.power-cut.test.ts"],
          ...slow,
          testTimeout: 300_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
