import { CombinedGraphQLErrors } from "@apollo/client/errors";

export function codeOf(error: unknown): unknown {
  return CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.["code"] : undefined;
}
