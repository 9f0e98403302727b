// Apollo Client before the demo platform; URL and TOKEN are of the gateway.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gql } from "@apollo/client";
import { makeClient } from "../built/apollo.js";
import { codeOf } from "../built/errors.js";
import { Run, Runs } from "../built/operations.js";
import { watchRequests } from "./requests.mjs";

const { URL: url, TOKEN: token } = process.env;
const requests = watchRequests();

test("a query is sent in full once, and by its hash from then on", async () => {
  const client = makeClient(url, token);

  await client.query({ query: Run, variables: { id: 11 } });
  await client.query({ query: Run, variables: { id: 12 } });

  assert.deepEqual(requests.splice(0), ["GET hash", "POST query and hash", "GET hash"]);
});

test("what has a nodeId is kept once", async () => {
  const client = makeClient(url, token);

  const { data } = await client.query({ query: Run, variables: { id: 5 } });

  const { previous, nodeId } = data.run;
  const kept = client.cache.extract();
  assert.deepEqual(kept[nodeId].previous, { __ref: previous.nodeId });
  assert.equal(kept[previous.nodeId].status, previous.status);
  requests.splice(0);
  const node = gql`query ($id: ID!) { node(id: $id) { ... on Run { nodeId status } } }`;
  const again = await client.query({ query: node, variables: { id: nodeId } });
  assert.equal(again.data.node.status, data.run.status);
  assert.deepEqual(requests, []);
  const unknown = await client.query({ query: node, variables: { id: btoa("Run:9999") } });
  assert.equal(unknown.data.node, null);
});

test("pages are put together", async () => {
  const client = makeClient(url, token);
  const runs = client.watchQuery({ query: Runs });
  runs.subscribe(() => {});
  await client.query({ query: Runs });

  const { endCursor } = client.readQuery({ query: Runs }).runs.pageInfo;
  await runs.fetchMore({ variables: { after: endCursor } });

  const { edges } = client.readQuery({ query: Runs }).runs;
  const newest = edges[0].node.id;
  assert.deepEqual(
    edges.map(({ node }) => node.id),
    Array.from({ length: 20 }, (_, position) => newest - position),
  );
});

test("errors are told apart by their code", async () => {
  const neither = gql`{ media { nodeId } }`;

  await assert.rejects(makeClient(url, token).query({ query: neither }), (error) => {
    return codeOf(error) === "BAD_USER_INPUT";
  });
  await assert.rejects(makeClient(url, "spci_unknown").query({ query: Runs }), (error) => {
    return codeOf(error) === "UNAUTHENTICATED";
  });
});
