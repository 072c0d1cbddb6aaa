// Speaks to a proxy as the TypeScript SDK does: fetch as it comes, and gzip for bodies above 4 KiB.
// Usage: node transport.mjs URL KEY; prints one JSON object with what each step was answered.
import { gzipSync } from "node:zlib";

const [url, key] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
const hex = () => crypto.randomUUID().replaceAll("-", "").slice(0, 16);
const span = (fields) => ({
  type: "span",
  trace_id: hex(),
  span_id: hex(),
  kind: "llm_call",
  name: "openai.gpt-4o",
  sequence: 0,
  timestamp: new Date().toISOString(),
  status: "ok",
  duration_ms: 12,
  agent_name: "default",
  ...fields,
});

async function get(path) {
  const response = await fetch(`${url}${path}`, { headers });
  return { ok: response.ok, status: response.status, body: await response.json() };
}

async function send(...events) {
  let body = JSON.stringify({ project: "default", events });
  const zipped = body.length > 4096;
  if (zipped) body = gzipSync(body);
  const coding = zipped ? { "Content-Encoding": "gzip" } : {};
  // The base URL ends in a slash, so the path begins with two.
  const response = await fetch(`${url}/` + "/v1/events/ingest", {
    method: "POST",
    headers: { ...headers, ...coding },
    body,
  });
  return { status: response.status, zipped, body: await response.json() };
}

const mangled = span({ trace_id: "[CREDIT_CARD]", span_id: "[CREDIT_CARD]", name: "mangled" });
const half = span({ name: "half", payload: { text: "before \ud800 after" } });
console.log(
  JSON.stringify({
    ready: await get("/v1/projects/default/readiness"),
    readyByOtherName: await get("//v1/projects/a%2Fb/readiness"),
    policies: await get("//v1/policies?kind=cache_inject&active=true"),
    large: await send(...Array.from({ length: 40 }, (_, i) => span({ name: "large", payload: { i } }))),
    mangled: [await send(mangled), await send(mangled)],
    half: await send(half, span({ name: "whole" })),
  }),
);
