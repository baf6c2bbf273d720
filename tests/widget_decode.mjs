// Runs an explorer's own module outside the page, for test_widgets.py: reads a request (JSON) from standard input,
// {module: path, job: name, ...arguments}, and writes the answer. Bytes travel as base64, 4 bytes off alignment as
// they may arrive in a page.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const request = JSON.parse(readFileSync(0, "utf8"));
const widget = await import(pathToFileURL(request.module));

function view(base64) {
  const bytes = Buffer.from(base64, "base64"), shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  return new DataView(shifted.buffer, 1);
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

const jobs = {
  decode({ shapes, bytes, zs, xs, likelihood, sigma }) {
    const layers = widget.network(shapes, view(bytes));
    return zs.map((z, i) => ({
      mean: [...widget.decodeMean(layers, z, likelihood)],
      logLikelihood: widget.logLikelihood(widget.forward(layers, z), xs[i], likelihood, sigma),
      logPrior: widget.logPrior(z),
    }));
  },
  encode({ shapes, bytes, xs }) {
    const layers = widget.network(shapes, view(bytes));
    return xs.map((x) => {
      const code = widget.encode(layers, x);
      return { mu: [...code.mu], sigma: [...code.sigma], kl: widget.klToPrior(code) };
    });
  },
  sample: ({ mean, noise, likelihood, sigma }) => [...widget.decodeSample(mean, likelihood, sigma, noise)],
  noise: ({ n, likelihood }) => [...widget.pixelNoise(n, likelihood)],
  mnist: ({ drawings, pen }) => drawings.map((strokes) => [...widget.asMnist(strokes, pen)]),
  between: ({ start, end, ts }) => ts.map((t) => widget.between(start, end, t)),
  format: ({ numbers }) => [numbers.map((v) => widget.number(v)), numbers.map((v) => widget.subscript(Math.abs(v)))],
  // Calls at the given times; answers [time, the latest argument] of every call that came through.
  throttle({ times, ms }) {
    const clock = fakeClock(), heard = [];
    let latest = null;
    const call = widget.throttle(() => heard.push([clock.now - 1000, latest]), ms);
    times.forEach((time) => {
      clock.advance(1000 + time - clock.now);
      latest = time;
      call();
    });
    clock.advance(10 * ms);
    return heard;
  },
};

process.stdout.write(JSON.stringify(jobs[request.job](request)));
