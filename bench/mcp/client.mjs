// The official SDK's client drives a scan and a verified fix: `node client.mjs stdio PROGRAM` or `node client.mjs http URL TOKEN`.
// The targets come by the environment: WEAK_URL, WEAK_TOKEN, STRICT_URL, STRICT_TOKEN. One line a step; ends at the first that fails.
import assert from "node:assert/strict";
import {Client} from "@modelcontextprotocol/sdk/client/index.js";
import {StdioClientTransport} from "@modelcontextprotocol/sdk/client/stdio.js";
import {StreamableHTTPClientTransport} from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {LoggingMessageNotificationSchema} from "@modelcontextprotocol/sdk/types.js";

const [how, where, token] = process.argv.slice(2);
const {WEAK_URL, WEAK_TOKEN, STRICT_URL, STRICT_TOKEN} = process.env;
const transport = how === "stdio"
  ? new StdioClientTransport({command: where, args: ["mcp"], stderr: "ignore"})
  : new StreamableHTTPClientTransport(new URL(where), {requestInit: {headers: {Authorization: `Bearer ${token}`}}});
const client = new Client({name: "bench", version: "1"}, {capabilities: {}});
const say = (step, what) => console.log(`ok ${how}: ${step}: ${what}`);
const call = async (name, args, options) => {
  const result = await client.callTool({name, arguments: args}, undefined, {timeout: 120000, ...options});
  assert(!result.isError, JSON.stringify(result.content));
  return result.structuredContent; // held to the tool's output schema by the SDK
};

await client.connect(transport);
const server = client.getServerVersion();
say("initialize", `${server.name} ${server.version}, ${Object.keys(client.getServerCapabilities()).join(" ")}`);

const logged = [];
client.setNotificationHandler(LoggingMessageNotificationSchema, message => { logged.push(message.params); });
await client.setLoggingLevel("debug");
const {tools} = await client.listTools();
say("tools", tools.map(one => one.name).join(" "));

const progress = [];
const scan = await call("scan_api", {url: WEAK_URL, token: WEAK_TOKEN}, {onprogress: one => progress.push(one), resetTimeoutOnProgress: true});
const flaw = scan.findings.find(one => one.check === "jwt-alg-none");
assert(flaw && scan.grade === "F" && progress.length > 0);
assert(!JSON.stringify(scan).includes(WEAK_TOKEN));
say("scan_api, the weak side", `grade ${scan.grade}, ${scan.findings.length} findings, ${progress.length} progress notes, ${logged.length} log lines`);

const told = await call("explain_finding", {id: scan.id, finding: flaw.id});
assert(told.reproduce.includes("curl"));
say("explain_finding", told.title);

const policy = await call("suggest_policy", {id: scan.id});
assert(policy.policy.includes("issuers:"));
say("suggest_policy", `${policy.policy.split("\n").length} lines`);

const open = await call("verify_fix", {id: scan.id, finding: flaw.id});
assert.deepEqual(open.findings.map(one => one.state), ["open"]);
say("verify_fix, nothing mended", `${flaw.check} is ${open.findings[0].state}`);

const fixed = await call("verify_fix", {id: scan.id, finding: flaw.id, url: STRICT_URL, token: STRICT_TOKEN});
assert.deepEqual(fixed.findings.map(one => one.state), ["fixed"]);
say("verify_fix, the strict side", `${flaw.check} is ${fixed.findings[0].state}, score ${fixed.score_before} -> ${fixed.score}`);

const report = await client.readResource({uri: scan.report});
assert.equal(JSON.parse(report.contents[0].text).schema, "batten-report/1");
const {resourceTemplates} = await client.listResourceTemplates();
say("resources", `the whole report, ${report.contents[0].text.length} characters; ${resourceTemplates.length} templates`);

const completed = await client.complete({ref: {type: "ref/resource", uri: "batten://checks/{check}"}, argument: {name: "check", value: "jwt-alg"}});
assert(completed.completion.values.includes("jwt-alg-none"));
say("completion", completed.completion.values.join(" "));

const prompt = await client.getPrompt({name: "harden-rails-app", arguments: {url: WEAK_URL}});
assert(prompt.messages[0].content.text.includes(WEAK_URL));
say("prompts", "harden-rails-app");

const stop = new AbortController();
const cancelled = call("scan_api", {url: WEAK_URL, token: WEAK_TOKEN, rate: 1}, {signal: stop.signal, onprogress: () => stop.abort("enough")});
await assert.rejects(cancelled, /enough/);
await client.ping();
say("cancellation", "a slow scan was cancelled, the server answers");

const refused = await client.callTool({name: "scan_api", arguments: {url: "http://169.254.169.254/"}});
assert(refused.isError);
say("consent", refused.content[0].text);

if (how === "http") await transport.terminateSession();
await client.close();
