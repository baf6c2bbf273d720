// P(z|what is left of a picture) on a grid of z, and its humps.
import { forwardAll, softplus } from "../core/network.js";

const TILE = 16, SLICE = 30; // points at a time, whose numbers stay in the processor's cache; ms before the page has its turn

// The decoder's logits at points z, pixel by pixel, field[pixel * points.length + k] at the k-th: a promise.
export async function logitsAt(decoder, points) {
  const count = points.length, field = new Float32Array(decoder.at(-1).rows * count);
  for (let first = 0, began = performance.now(); first < count; first += TILE) {
    const tile = forwardAll(decoder, points.slice(first, first + TILE));
    tile.forEach((f, k) => f.forEach((v, pixel) => { field[pixel * count + first + k] = v; }));
    if (performance.now() - began < SLICE) continue;
    await new Promise((go) => setTimeout(go));
    began = performance.now();
  }
  return field;
}

// log P(what is left|z) + log P(z) at the grid's points: `update(x, covered)` takes away and adds the pixels that changed
// since the last call. `field` has the logits, pixel by pixel, `logPrior` log P(z) at the points.
export function logJoint(field, logPrior) {
  const n = logPrior.length, sum = Float64Array.from(logPrior), counted = new Int8Array(784).fill(-1); // −1: not counted
  const paper = field.map((f) => -softplus(f)); // log P(Xᵢ = 0|z), once for all digits
  const add = (pixel, ink, sign) => {
    for (let g = 0, at = pixel * n; g < n; g++) sum[g] += sign * (paper[at + g] + ink * field[at + g]);
  };
  return function update(x, covered) {
    for (let i = 0; i < 784; i++) {
      const now = covered[i] ? -1 : x[i];
      if (now === counted[i]) continue;
      if (counted[i] >= 0) add(i, counted[i], -1);
      if (now >= 0) add(i, now, 1);
      counted[i] = now;
    }
    return sum;
  };
}

// Lines of `count` numbers with `times` as many steps, by cubics through four neighbors; lines become columns.
function finer(values, count, times) {
  const lines = values.length / count, fine = (count - 1) * times + 1, out = new Float32Array(fine * lines);
  for (let t = 0; t < fine; t++) {
    const i = Math.min(Math.floor(t / times), count - 2), u = t / times - i;
    const w = [u * (u * (2 - u) - 1), u * u * (3 * u - 5) + 2, u * (u * (4 - 3 * u) + 1), u * u * (u - 1)];
    for (let line = 0; line < lines; line++) {
      const at = line * count + i, b = values[at], c = values[at + 1];
      const a = i > 0 ? values[at - 1] : 3 * b - 3 * c + values[at + 2]; // beyond the ends, as a parabola goes on
      const d = i < count - 2 ? values[at + 2] : 3 * c - 3 * b + values[at - 1];
      out[t * lines + line] = 0.5 * (w[0] * a + w[1] * b + w[2] * c + w[3] * d);
    }
  }
  return out;
}

// n × n numbers on a grid with `times` as many steps along each axis.
export const upsampled = (values, n, times) => finer(finer(values, n, times), n, times);

export const highest = (log) => {
  let most = -Infinity;
  for (let k = 0; k < log.length; k++) if (log[k] > most) most = log[k];
  return most;
};

// Shares of the points in a distribution, from logarithms up to a constant; they add up to 1.
export function shares(log) {
  const most = highest(log), mass = new Float32Array(log.length);
  let whole = 0;
  for (let k = 0; k < log.length; k++) whole += mass[k] = Math.exp(log[k] - most);
  for (let k = 0; k < log.length; k++) mass[k] /= whole;
  return mass;
}

const DEEP = 14; // nats below the top that are still looked at

// The peaks of a density on m × m points, and to which of them each point belongs, −1 far below: uphill, to the highest
// of eight neighbors. A peak is none if the way to a higher one stays above half of its height.
export function basins(log, m) {
  const floor = highest(log) - DEEP, of = new Int32Array(m * m).fill(-1);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) {
      let best = i * m + j;
      if (log[best] <= floor) continue;
      for (let a = Math.max(0, i - 1); a <= Math.min(m - 1, i + 1); a++) {
        for (let b = Math.max(0, j - 1); b <= Math.min(m - 1, j + 1); b++) if (log[a * m + b] > log[best]) best = a * m + b;
      }
      of[i * m + j] = best;
    }
  }
  const top = (k) => {
    while (of[k] !== k) k = of[k] = of[of[k]];
    return k;
  };
  const all = () => { for (let k = 0; k < m * m; k++) if (of[k] >= 0) of[k] = top(k); };
  all();
  for (const { pair, height } of passes(log, of, m)) {
    const [a, b] = pair.map(top), [low, high] = log[a] < log[b] ? [a, b] : [b, a];
    if (low !== high && log[low] - height < Math.LN2) of[low] = high;
  }
  all();
  return of;
}

// The highest pass between any two basins that touch, highest first: [{pair, height}, ...].
function passes(log, of, m) {
  const found = new Map();
  const look = (k, j) => {
    if (of[k] < 0 || of[j] < 0 || of[k] === of[j]) return;
    const pair = of[k] < of[j] ? [of[k], of[j]] : [of[j], of[k]], name = pair[0] * m * m + pair[1];
    const height = Math.min(log[k], log[j]);
    if (!(found.get(name)?.height >= height)) found.set(name, { pair, height });
  };
  for (let k = 0; k < m * (m - 1); k++) {
    look(k, k + m);
    if (k % m < m - 1) { look(k, k + 1); look(k, k + m + 1); }
    if (k % m > 0) look(k, k + m - 1);
  }
  for (let k = m * (m - 1); k < m * m - 1; k++) look(k, k + 1);
  return [...found.values()].sort((a, b) => b.height - a.height);
}

// The humps with a share of at least `least`, largest first: {peak, share, draw}. `draw(u)`, for u from 0 to 1, is the
// point of the hump up to which a part u of its mass lies.
export function humps(log, mass, m, least = 0.005) {
  const of = basins(log, m), share = new Float64Array(m * m), peaks = [];
  for (let k = 0; k < m * m; k++) if (of[k] >= 0) share[of[k]] += mass[k];
  for (let k = 0; k < m * m; k++) if (share[k] >= least) peaks.push(k);
  const draw = (peak) => (u) => {
    let left = u * share[peak];
    return mass.findIndex((v, k) => of[k] === peak && (left -= v) <= 0);
  };
  return peaks.sort((a, b) => share[b] - share[a]).map((peak) => ({ peak, share: share[peak], draw: draw(peak) }));
}

// The share of the mass within the ellipse of two standard deviations; `axis` has the coordinates of the m points.
export function within(mass, axis, { mu, sigma }) {
  const m = axis.length, square = (k, i) => ((axis[k] - mu[i]) / sigma[i]) ** 2;
  let sum = 0;
  for (let i = 0; i < m; i++) {
    const a = square(i, 0);
    if (a <= 4) for (let j = 0; j < m; j++) if (a + square(j, 1) <= 4) sum += mass[i * m + j];
  }
  return sum;
}
