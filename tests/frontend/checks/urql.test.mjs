// urql before the demo platform; URL and TOKEN are of the gateway.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gql } from "@urql/core";
import { makeClient } from "../built/urql.js";
import { Run, Runs } from "../built/operations.js";
import { watchRequests } from "./requests.mjs";

const { URL: url, TOKEN: token } = process.env;
const requests = watchRequests();
const complaints = [];
console.warn = console.error = (text) => complaints.push(text);

const answer = async (client, query, variables) =>
  (await client.query(query, variables).toPromise()).data;

test("queries are sent by GET", async () => {
  requests.splice(0);

  await answer(makeClient(url, token), Run, { id: 11 });

  assert.deepEqual(requests, ["GET query"]);
});

test("what has a nodeId is kept once", async () => {
  const client = makeClient(url, token);
  const { run } = await answer(client, Run, { id: 5 });
  await answer(client, gql`{ run(id: 3) { nodeId branch } }`);
  requests.splice(0);

  const known = await answer(client, gql`{ run(id: 3) { nodeId status } }`);

  assert.equal(known.run.status, run.previous.status);
  assert.deepEqual(requests, []);
});

test("pages are put together", async () => {
  const client = makeClient(url, token);
  const first = await answer(client, Runs);

  const { edges } = (await answer(client, Runs, { after: first.runs.pageInfo.endCursor })).runs;

  const newest = edges[0].node.id;
  assert.deepEqual(
    edges.map(({ node }) => node.id),
    Array.from({ length: 20 }, (_, position) => newest - position),
  );
});

test("errors are told apart by their code", async () => {
  const codes = async (client, query) =>
    (await client.query(query).toPromise()).error.graphQLErrors.map(({ extensions }) => extensions.code);

  assert.deepEqual(await codes(makeClient(url, token), gql`{ media { nodeId } }`), [
    "BAD_USER_INPUT",
  ]);
  assert.deepEqual(await codes(makeClient(url, "spci_unknown"), Runs), ["UNAUTHENTICATED"]);
});

test("the cache has nothing to complain of", () => {
  assert.deepEqual(complaints, []);
});
