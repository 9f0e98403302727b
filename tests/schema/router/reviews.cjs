// A subgraph of another team: who reviewed a run, and what they say.
const { parse } = require("graphql");

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.4", import: ["@key"])

  type Query {
    reviews: [Review!]!
  }

  type Review {
    verdict: String!
    run: Run!
    sample: Sample
    regressionTest: RegressionTest
  }

  type Run @key(fields: "id") {
    id: Int!
    reviewer: String
  }

  type Sample @key(fields: "runId regressionId", resolvable: false) {
    runId: Int!
    regressionId: Int!
  }

  type RegressionTest @key(fields: "id", resolvable: false) {
    id: Int!
  }
`);

const reviews = [
  { verdict: "broken", run: { id: 11 }, sample: { runId: 11, regressionId: 118 } },
  { verdict: "fixed", run: { id: 13 }, regressionTest: { id: 236 } },
  { verdict: "lost", run: { id: 19 }, sample: { runId: 19, regressionId: 9999 } },
];

const resolvers = {
  Query: { reviews: () => reviews },
  Run: {
    __resolveReference: (run) => run,
    reviewer: ({ id }) => `reviewer of ${id}`,
  },
};

module.exports = { typeDefs, resolvers };
