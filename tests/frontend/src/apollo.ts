import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";

export function makeClient(url: string, token: string, persisted = automaticallyPersisted()) {
  const Authorization = `Bearer ${token}`;
  const http = new HttpLink({ uri: url, headers: { Authorization } });
  const webSocket = new GraphQLWsLink(
    createClient({ url: url.replace(/^http/, "ws"), connectionParams: { Authorization } }),
  );
  return new ApolloClient({
    cache: makeCache(),
    link: persisted.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      webSocket,
      http,
    ),
  });
}

function automaticallyPersisted() {
  return new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
}

async function sha256(query: string) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(query));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function makeCache() {
  return new InMemoryCache({
    // What has a nodeId is kept under it, once; what has none is kept where it was read.
    dataIdFromObject: ({ nodeId }) => nodeId as string | undefined,
    typePolicies: {
      Query: {
        fields: {
          node: (known, { args, toReference }) =>
            known === undefined ? toReference(args?.["id"]) : known,
          runs: relayStylePagination(["filter", "orderBy"]),
          regressionTests: relayStylePagination(["filter"]),
          mediaFiles: relayStylePagination(["filter"]),
        },
      },
      Run: {
        fields: {
          samples: relayStylePagination(["filter", "orderBy"]),
          summary: { merge: true },
        },
      },
      RegressionTest: { fields: { history: relayStylePagination(["filter"]) } },
    },
  });
}
