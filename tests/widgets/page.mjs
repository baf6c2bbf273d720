// Evaluates an expression with the names of an explorer's joined module in scope: reads {module: path, expression,
// values} (JSON) from standard input and writes what comes out. {base64} becomes bytes off alignment, as in a page.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { module, expression, values } = JSON.parse(readFileSync(0, "utf8"));
const widget = await import(pathToFileURL(module));

function view(base64) {
  const bytes = Buffer.from(base64, "base64"), shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  return new DataView(shifted.buffer, 3);
}

// Time that stands still until `advance`: Date.now and setTimeout of this process.
function fakeClock() {
  let now = 1000, next = 1;
  const waiting = new Map();
  Date.now = () => now;
  globalThis.setTimeout = (call, ms) => { waiting.set(next, { call, at: now + ms }); return next++; };
  globalThis.clearTimeout = (id) => waiting.delete(id);
  return {
    get now() { return now; },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const due = [...waiting].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
        if (!due) break;
        waiting.delete(due[0]);
        now = Math.max(now, due[1].at);
        due[1].call();
      }
      now = end;
    },
  };
}

const scope = { ...widget, fakeClock };
for (const [name, value] of Object.entries(values)) scope[name] = value?.base64 === undefined ? value : view(value.base64);
delete scope.default;
const answer = await new Function(...Object.keys(scope), `return (${expression});`)(...Object.values(scope));
const listed = (_, value) => (ArrayBuffer.isView(value) ? [...value] : value);
process.stdout.write(JSON.stringify(answer, listed) ?? "null");
