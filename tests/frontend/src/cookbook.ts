import type { BrokenQuery, SinceQuery } from "./gql/graphql.js";

export function brokenCommands({ run }: BrokenQuery): string[] {
  const broken = run?.comparison?.changes?.filter(({ verdict }) => verdict === "BROKEN_HERE");
  return broken?.map(({ regressionTest }) => regressionTest.command) ?? [];
}

export function failsSince({ regressionTest }: SinceQuery): Date | undefined {
  const startedAt = regressionTest?.stability?.firstFailure?.run.startedAt;
  return startedAt ? new Date(startedAt) : undefined;
}
