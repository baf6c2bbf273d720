// Runs the module of one of notebook 01's explorers outside the page, for test_explorers_latent.py: reads a request
// (JSON) from standard input, {module: path, job: name, ...arguments}, and writes the answer. Bytes travel as base64,
// 4 bytes off alignment as they may arrive in a page.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const request = JSON.parse(readFileSync(0, "utf8"));
const widget = await import(pathToFileURL(request.module));

function view(base64) {
  const bytes = Buffer.from(base64, "base64"), shifted = new Uint8Array(bytes.length + 4);
  shifted.set(bytes, 4);
  return new DataView(shifted.buffer, 4);
}

const table = ({ curve, halfWidth }) => widget.curveTable(view(curve), halfWidth);

const jobs = {
  images: ({ glyphs, pen, zs }) => zs.map((z) => [...widget.strokeImage(glyphs[z.digit], pen, z)]),
  draws: ({ prior, ranges, n }) => Array.from({ length: n }, () => widget.strokeDraw(prior, ranges)),
  curve: (given) => given.zs.map((z) => widget.curvePoint(table(given), z)),
  logPX: (given) => given.cases.map(({ x, sigma }) => widget.exactLogPX(table(given), x, sigma)),
  monteCarlo: ({ points, x, sigma }) => {
    const { estimate, heavy } = widget.monteCarlo(Float64Array.from(points.flat()), x, sigma);
    return { estimate, heavy: [...heavy] };
  },
  density: (given) => {
    const cells = widget.cellsFor(given.sigma, given.limit);
    return { cells, density: [...widget.mixtureDensity(table(given), given.sigma, given.limit, cells)] };
  },
  ring: ({ zs, amount }) => zs.map((z) => ({
    image: widget.ringBend(z, amount), ...widget.ringStretch(z, amount), away: widget.awayFromOrigin(z, 0.05),
    hue: widget.hueOf(...z, 72),
  })),
};

process.stdout.write(JSON.stringify(jobs[request.job](request)));
