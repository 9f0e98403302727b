import { ApolloProvider } from "@apollo/client/react";
import { createRoot } from "react-dom/client";
import { makeClient } from "./apollo";
import App from "./App";

const token = sessionStorage.getItem("token") ?? prompt("Your token of the Sample Platform") ?? "";
sessionStorage.setItem("token", token);

createRoot(document.getElementById("root")!).render(
  <ApolloProvider client={makeClient(`${location.origin}/graphql`, token)}>
    <App />
  </ApolloProvider>,
);
