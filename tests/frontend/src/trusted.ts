import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import type { DocumentNode } from "graphql";

/** Names documents as persisted-documents.json does. */
export function trustedDocuments() {
  return new PersistedQueryLink({ generateHash: nameOf, useGETForHashedQueries: true });
}

function nameOf(document: DocumentNode) {
  return (document as DocumentNode & { __meta__: { hash: string } }).__meta__.hash;
}
