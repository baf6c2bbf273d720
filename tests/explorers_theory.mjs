// Runs an explorer's own module outside the page, for test_explorers_theory.py: reads a request (JSON) from standard
// input, {module: path, job: name, ...arguments}, and writes the answer. The table of f comes as base64, off alignment.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const request = JSON.parse(readFileSync(0, "utf8"));
const widget = await import(pathToFileURL(request.module));

function table(base64) {
  const bytes = Buffer.from(base64, "base64"), shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  return widget.doubles(new DataView(shifted.buffer, 3));
}

const grids = ({ f, sigma, halfWidth, states }) => {
  const numbers = table(f);
  return states.map((state) => [widget.onGrid(numbers, sigma, halfWidth, state.x), state]);
};

const jobs = {
  identity: (sent) => grids(sent).map(([grid, { mean, sd }]) => (
    { ...widget.integrals(grid, mean, sd), log_p_x: grid.logPX })),
  best: (sent) => grids(sent).map(([grid]) => widget.bestGaussian(grid, sent.means, sent.sds)),
  divergences: ({ pairs }) => pairs.map(([a, b]) => widget.divergence(a, b)),
  angles: ({ angles }) => angles.map(widget.asAxis),
  powers: ({ numbers }) => numbers.map(widget.powerOfTen),
  ends: ({ numbers }) => numbers.map(widget.roundEnd),
  ticks: ({ ranges }) => ranges.map(([low, high]) => widget.ticks(low, high, 5)),
  scales: ({ lists }) => lists.map(widget.barScale),
};

process.stdout.write(JSON.stringify(jobs[request.job](request)));
