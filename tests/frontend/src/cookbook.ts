import type { BrokenQuery, SinceQuery } from "./gql/graphql.js";

export function brokenCommands({ run }: BrokenQuery): string[] {
  const broken = run?.comparison?.changes?.filter(({ verdict }) => verdict === "BROKEN_HERE");
  return broken?.flatMap(({ regressionTest }) => regressionTest.command ?? []) ?? [];
}

export function failsSince({ insights }: SinceQuery): Date | undefined {
  const startedAt = insights?.tests?.nodes[0]?.failingSince?.startedAt;
  return startedAt ? new Date(startedAt) : undefined;
}
