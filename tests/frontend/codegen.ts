import type { CodegenConfig } from "@graphql-codegen/cli";
import { addTypenameSelectionDocumentTransform } from "@graphql-codegen/client-preset";

const config: CodegenConfig = {
  schema: "schema.graphql",
  documents: ["src/**/*.ts", "operations/*.graphql", "!src/gql/**"],
  importExtension: ".js",
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false, persistedDocuments: true },
      documentTransforms: [addTypenameSelectionDocumentTransform],
      config: {
        strictScalars: true,
        scalars: { Date: "string", DateTime: "string", Sha256: "string" },
      },
    },
    "src/gql/introspection.json": {
      plugins: ["introspection"],
      config: { minify: true },
    },
  },
};

export default config;
