import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-ws';
import { authorization, config, isRefusal, showRefusal } from './bar.js';

const socketUrl = new URL(config.graphql, location.href);
socketUrl.protocol = socketUrl.protocol.replace('http', 'ws');

const isOfPerson = request => request.operationName !== 'IntrospectionQuery';

// Sends requests with a token. `report` gets what is worth knowing of each answer, and nothing while
// there is none.
export function createFetcher(token, report) {
  // What is thrown here is no Error, because GraphiQL would show its stack.
  async function authorizedFetch(url, options) {
    const started = performance.now();
    const response = await fetch(url, {
      ...options,
      headers: { ...options.headers, ...authorization(token) },
    }).catch(({ message }) => {
      throw { message: `The gateway cannot be reached: ${message}.` };
    });
    if (!/json|multipart/.test(response.headers.get('Content-Type'))) {
      throw { message: `The gateway cannot be reached: ${response.status} is answered for it.` };
    }
    if (isRefusal(response.status)) {
      const { errors } = await response.clone().json();
      showRefusal(errors[0].message);
    } else {
      showRefusal();
    }
    const { body } = options;
    if (isOfPerson(JSON.parse(body))) {
      response.clone().text().then(text => report(facts(body, response, text, started)));
    }
    return response;
  }

  const socket = createClient({
    url: socketUrl.href,
    connectionParams: () => authorization(token),
    retryAttempts: 0,
  });

  const send = createGraphiQLFetcher({
    url: config.graphql,
    fetch: authorizedFetch,
    wsClient: {
      subscribe: (operation, sink) =>
        socket.subscribe(operation, {
          ...sink,
          error: error =>
            sink.error(
              error instanceof CloseEvent
                ? { message: error.reason || `The connection was closed with code ${error.code}.` }
                : error,
            ),
        }),
    },
  });

  // GraphiQL learns only a moment after a tab is opened which operations are in it.
  return function fetcher(request, options) {
    if (isOfPerson(request)) report();
    let documentAST;
    try {
      documentAST = parse(request.query);
    } catch {
      return send(request, options);
    }
    const operation = getOperationAST(documentAST, request.operationName) ?? getOperationAST(documentAST);
    return send({ ...request, operationName: operation?.name?.value }, { ...options, documentAST });
  };
}

function facts(body, { status, headers }, text, started) {
  return {
    body,
    status,
    milliseconds: Math.round(performance.now() - started),
    bytes: new Blob([text]).size,
    cost: /json/.test(headers.get('Content-Type')) && JSON.parse(text).extensions?.cost?.requested,
    limit: headers.get('X-RateLimit-Limit'),
    remaining: headers.get('X-RateLimit-Remaining'),
    reset: headers.get('X-RateLimit-Reset'),
  };
}
