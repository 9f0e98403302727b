// Apollo Client before a gateway that trusts the generated documents alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gql } from "@apollo/client";
import { makeClient } from "../built/apollo.js";
import { codeOf } from "../built/errors.js";
import { Progress, Run } from "../built/operations.js";
import { trustedDocuments } from "../built/trusted.js";
import { watchRequests } from "./requests.mjs";

const { URL: url, TOKEN: token } = process.env;
const requests = watchRequests();

test("a document of the manifest is sent by its name alone", async () => {
  const client = makeClient(url, token, trustedDocuments());

  const { data } = await client.query({ query: Run, variables: { id: 5 } });

  assert.equal(data.run.__typename, "Run");
  assert.deepEqual(requests.splice(0), ["GET hash"]);
});

test("a subscription of the manifest is answered over WebSocket", async () => {
  const client = makeClient(url, token, trustedDocuments());
  const events = client.subscribe({ query: Progress, variables: { run: 5 } });

  const { data } = await new Promise((next, error) => events.subscribe({ next, error }));

  assert.equal(data.runProgress.completed, data.runProgress.total);
  client.stop();
});

test("no other document is executed", async () => {
  const client = makeClient(url, token, trustedDocuments());
  const other = { ...gql`query Other { tags { name } }`, __meta__: { hash: "sha256:0" } };

  await assert.rejects(client.query({ query: other }), (error) => {
    return codeOf(error) === "BAD_USER_INPUT";
  });
});
