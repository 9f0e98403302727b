import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { createClient } from "graphql-ws";
import schema from "./gql/introspection.json" with { type: "json" };

export function makeClient(url: string, token: string) {
  const Authorization = `Bearer ${token}`;
  const webSocket = createClient({
    url: url.replace(/^http/, "ws"),
    connectionParams: { Authorization },
  });
  const objects = schema.__schema.types.filter(({ kind }) => kind === "OBJECT");
  return new Client({
    url,
    preferGetMethod: "within-url-limit",
    fetchOptions: { headers: { Authorization } },
    exchanges: [
      cacheExchange({
        schema,
        keys: Object.fromEntries(
          objects.map(({ name }) => [name, ({ nodeId }) => (nodeId as string | undefined) ?? null]),
        ),
        resolvers: {
          Query: { runs: relayPagination() },
          Run: { samples: relayPagination() },
        },
      }),
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: webSocket.subscribe({ query: query ?? "", variables }, sink),
          }),
        }),
      }),
      fetchExchange,
    ],
  });
}
