// Asks the queries of a JSON file of a router in front of the gateway and of reviews.cjs:
//   node ask.cjs GATEWAY_URL TOKEN QUERIES
// Prints what each is answered with.
const { readFileSync } = require("node:fs");
const { composeServices } = require("@apollo/composition");
const { ApolloGateway, RemoteGraphQLDataSource } = require("@apollo/gateway");
const { ApolloServer } = require("@apollo/server");
const { ApolloServerPluginInlineTraceDisabled } = require("@apollo/server/plugin/disabled");
const { startStandaloneServer } = require("@apollo/server/standalone");
const { buildSubgraphSchema } = require("@apollo/subgraph");
const { parse } = require("graphql");
const reviews = require("./reviews.cjs");

const [url, token, file] = process.argv.slice(2);
const authorization = `Bearer ${token}`;

class AuthorizedDataSource extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    request.http.headers.set("authorization", context.authorization ?? "");
  }
}

async function schemaOf(url) {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ query: "{ _service { sdl } }" }),
  });
  return (await response.json()).data._service.sdl;
}

async function main() {
  const other = new ApolloServer({
    schema: buildSubgraphSchema([reviews]),
    plugins: [ApolloServerPluginInlineTraceDisabled()],
  });
  const { url: otherUrl } = await startStandaloneServer(other, {
    listen: { host: "127.0.0.1", port: 0 },
  });
  const { supergraphSdl, errors } = composeServices([
    { name: "samples", url, typeDefs: parse(await schemaOf(url)) },
    { name: "reviews", url: otherUrl, typeDefs: reviews.typeDefs },
  ]);
  if (errors) throw new AggregateError(errors);
  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ url }) => new AuthorizedDataSource({ url }),
  });
  const router = new ApolloServer({ gateway });
  await router.start();
  const answers = [];
  for (const query of JSON.parse(readFileSync(file))) {
    const { body } = await router.executeOperation(
      { query },
      { contextValue: { authorization } },
    );
    answers.push(body.singleResult);
  }
  await router.stop();
  await other.stop();
  console.log(JSON.stringify({ supergraphSdl, answers }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
