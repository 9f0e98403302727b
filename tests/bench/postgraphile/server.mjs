// PostGraphile as its documents recommend it, before the database that DATABASE_URL names.
import { createServer } from "node:http";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgSmartTagsPlugin } from "postgraphile/utils";

// The platform declares no such key, and a result would have no files without it.
const files = makePgSmartTagsPlugin([
  {
    kind: "class",
    match: "test_result_file",
    tags: {
      foreignKey: "(test_id, regression_test_id) references test_result|@foreignFieldName files",
    },
  },
]);

// By default its connections close while the others are measured.
const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: 10,
  idleTimeoutMillis: 0,
});

const server = createServer();
const peer = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [files],
  grafserv: { graphqlPath: "/graphql", graphiql: false },
  pgServices: [makePgService({ pool, schemas: ["public"] })],
}).createServ(grafserv);
await peer.addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");
