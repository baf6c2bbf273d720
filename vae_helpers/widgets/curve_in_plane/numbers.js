// The integral and the sums behind CurveInPlane, for f given on a grid of z.
import { LOG_ROOT_2PI, doubles, logNormal } from "../core/network.js";

// The table of f: pairs of float64 on a grid of z from −halfWidth to halfWidth.
export function curveTable(bytes, halfWidth) {
  const xy = doubles(bytes), size = xy.length / 2;
  const spacing = (2 * halfWidth) / (size - 1);
  const z = Float64Array.from({ length: size }, (_, i) => -halfWidth + i * spacing);
  let speed = 0;
  for (let i = 1; i < size; i++) {
    if (Math.abs(z[i]) < 4) {
      speed = Math.max(speed, Math.hypot(xy[2 * i] - xy[2 * i - 2], xy[2 * i + 1] - xy[2 * i - 1]) / spacing);
    }
  }
  return { xy, z, size, spacing, halfWidth, speed };
}

// f(z) by the cubic through the four grid points around z.
export function curvePoint({ xy, size, spacing, halfWidth }, z) {
  const place = (z + halfWidth) / spacing;
  const i = Math.min(size - 3, Math.max(1, Math.floor(place))), t = place - i;
  const weights = [
    (-t * (t - 1) * (t - 2)) / 6, ((t + 1) * (t - 1) * (t - 2)) / 2,
    (-(t + 1) * t * (t - 2)) / 2, ((t + 1) * t * (t - 1)) / 6,
  ];
  return [0, 1].map((axis) => weights.reduce((sum, w, k) => sum + w * xy[2 * (i - 1 + k) + axis], 0));
}

// log Σ exp of numbers, safe where all of them are very negative.
export function logSumExp(values) {
  let most = -Infinity, sum = 0;
  for (const v of values) if (v > most) most = v;
  for (const v of values) sum += Math.exp(v - most);
  return most + Math.log(sum);
}

// log P(X|z) for points f(z), as pairs.
export function logGaussians(xy, [x, y], sigma) {
  const constant = -2 * (Math.log(sigma) + LOG_ROOT_2PI), out = new Float64Array(xy.length / 2);
  for (let i = 0; i < out.length; i++) {
    out[i] = constant - ((x - xy[2 * i]) ** 2 + (y - xy[2 * i + 1]) ** 2) / (2 * sigma * sigma);
  }
  return out;
}

// log P(X, z) on the table's grid.
export function logJoints(table, x, sigma) {
  return logGaussians(table.xy, x, sigma).map((v, i) => v + logNormal(table.z[i], 0, 1));
}

// log ∫ of what has these logarithms on the table's grid, by the trapezoid rule: log P(X), from log P(X, z).
export function logIntegral(table, joint) {
  return logSumExp(joint) + Math.log(table.spacing);
}

// log (1/S) Σ P(X|z_s), and the draws that carry 95 % of the sum: as few as can.
export function monteCarlo(points, x, sigma) {
  const logs = logGaussians(points, x, sigma), total = logSumExp(logs);
  const sorted = logs.slice().sort();
  let last = sorted.length;
  for (let sum = 0; last > 0 && sum < 0.95;) sum += Math.exp(sorted[--last] - total);
  const heavy = [...logs.keys()].filter((i) => logs[i] >= sorted[last]);
  return { estimate: total - Math.log(logs.length), heavy };
}

// P(X) in cells × cells cells of [−limit, limit]², row by row from the top. N(X|f(z), σ²I) is a product of one
// factor a column and one a row, and vanishes beyond 5σ: a small sum for each z of a grid as coarse as σ allows.
export function mixtureDensity(table, sigma, limit, cells) {
  const density = new Float64Array(cells * cells), side = (2 * limit) / cells;
  const stride = Math.max(1, Math.min(16, Math.floor((0.7 * sigma) / (table.speed * table.spacing))));
  const rows = new Float64Array(cells), columns = new Float64Array(cells), factor = -0.5 / (sigma * sigma);
  const bounds = (center) => [
    Math.max(0, Math.floor((center - 5 * sigma + limit) / side)),
    Math.min(cells, Math.ceil((center + 5 * sigma + limit) / side)),
  ];
  for (let i = 0; i < table.size; i += stride) {
    const z = table.z[i];
    if (Math.abs(z) > 5) continue;
    const x = table.xy[2 * i], y = -table.xy[2 * i + 1];
    const weight = (Math.exp(-0.5 * z * z) * table.spacing * stride) / (sigma * sigma * (2 * Math.PI) ** 1.5);
    const [left, right] = bounds(x), [top, bottom] = bounds(y);
    for (let c = left; c < right; c++) columns[c] = Math.exp(factor * (side * (c + 0.5) - limit - x) ** 2);
    for (let r = top; r < bottom; r++) rows[r] = weight * Math.exp(factor * (side * (r + 0.5) - limit - y) ** 2);
    for (let r = top; r < bottom; r++) {
      for (let c = left, k = r * cells + left; c < right; c++, k++) density[k] += rows[r] * columns[c];
    }
  }
  return density;
}

// As many cells as σ needs to look smooth.
export const cellsFor = (sigma, limit) => Math.min(220, Math.max(64, Math.ceil((2 * limit) / (0.7 * sigma))));

// From the paper over a hue to a tone of it that stands out against the paper: 0 to 1 as [r, g, b], as both are given.
export function colorScale(paper, hue) {
  const toward = (end, share) => hue.map((v) => v + share * (end - v));
  const light = paper[0] + paper[1] + paper[2] > 380;
  const stops = light ? [paper, toward(255, 0.25), toward(0, 0.45)] : [paper, toward(0, 0.2), toward(255, 0.65)];
  return (t) => {
    const at = t < 0.5 ? 0 : 1, share = 2 * t - at;
    return stops[at].map((v, i) => Math.round(v + share * (stops[at + 1][i] - v)));
  };
}

// Density to place on the color scale: the square root keeps the faint outskirts visible.
export const toneOf = (density, most) => Math.sqrt(density / most);
