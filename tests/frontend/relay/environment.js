import { Environment, Network, RecordSource, Store } from "relay-runtime";

export function makeEnvironment(url, token) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  return new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(async ({ text: query }, variables) => {
      const body = JSON.stringify({ query, variables });
      return (await fetch(url, { method: "POST", headers, body })).json();
    }),
    getDataID: ({ nodeId }) => nodeId,
  });
}
