import type { CodegenConfig } from "@graphql-codegen/cli";

const headers = { Authorization: `Bearer ${process.env.ACCESS_TOKEN}` };

const config: CodegenConfig = {
  schema: { "http://127.0.0.1:8000/graphql": { headers } },
  documents: ["src/**/*.{ts,tsx}", "!src/gql/**"],
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        strictScalars: true,
        scalars: { Date: "string", DateTime: "string", Sha256: "string" },
      },
    },
  },
};

export default config;
