/** Notes down how each request is made from now on. */
export function watchRequests() {
  const requests = [];
  const send = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const sent = init.body ? JSON.parse(init.body) : Object.fromEntries(new URL(input).searchParams);
    const parts = [];
    if (sent.query) parts.push("query");
    if (sent.extensions) parts.push("hash");
    requests.push(`${init.method} ${parts.join(" and ")}`);
    return send(input, init);
  };
  return requests;
}
