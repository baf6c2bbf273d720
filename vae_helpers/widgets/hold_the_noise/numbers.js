// The loss behind HoldTheNoise, its estimates from some ε, and its expectation.
import { LOG_ROOT_2PI } from "../core/network.js";

// ℓ(z) = −log P(X|z) in nats of P(X|z) = N(z + bend·sin 2z, 1) at X = x, and its derivative.
export const lossOf = ({ x, bend }) => ({
  value: (z) => 0.5 * (x - z - bend * Math.sin(2 * z)) ** 2 + LOG_ROOT_2PI,
  slope: (z) => (z + bend * Math.sin(2 * z) - x) * (1 + 2 * bend * Math.cos(2 * z)),
});

const average = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;

// The particles of some ε, the mean of their losses, and its path gradients: ε stays while μ and σ move.
export function particles(loss, mu, sigma, eps) {
  const z = eps.map((e) => mu + sigma * e), losses = z.map(loss.value), slopes = z.map(loss.slope);
  const dSigma = average(slopes.map((s, i) => s * eps[i]));
  return { z, losses, slopes, estimate: average(losses), dMu: average(slopes), dSigma };
}

// The trapezoid rule over ε; for a smooth loss this spacing leaves no error that a page could show.
const NODES = Array.from({ length: 321 }, (_, i) => -8 + 0.05 * i);
const WEIGHTS = NODES.map((e) => (0.05 / Math.sqrt(2 * Math.PI)) * Math.exp(-0.5 * e * e));
const expectation = (value) => NODES.reduce((sum, e, i) => sum + WEIGHTS[i] * value(e), 0);

export const exactLoss = (loss, mu, sigma) => expectation((e) => loss.value(mu + sigma * e));
export const exact = (loss, mu, sigma) => ({
  estimate: exactLoss(loss, mu, sigma),
  dMu: expectation((e) => loss.slope(mu + sigma * e)),
  dSigma: expectation((e) => e * loss.slope(mu + sigma * e)),
});

// [[μ, mean loss], ...]: `rows` holds the ε for each μ, or one ε for all of them.
export function estimates(loss, mus, sigma, rows) {
  const at = (mu, eps) => average(eps.map((e) => loss.value(mu + sigma * e)));
  return mus.map((mu, i) => [mu, at(mu, rows.length === 1 ? rows[0] : rows[i])]);
}

// The line with the present point among its own: where that point stands, and the slope between its two neighbors.
export function through(line, [mu, value]) {
  const others = line.filter(([at]) => Math.abs(at - mu) > 1e-6);
  const right = others.findIndex(([at]) => at > mu);
  const place = right < 0 ? others.length : right;
  const points = [...others.slice(0, place), [mu, value], ...others.slice(place)];
  const [before, after] = [points[Math.max(0, place - 1)], points[Math.min(points.length - 1, place + 1)]];
  return { points, slope: (after[1] - before[1]) / (after[0] - before[0]) };
}

// One step of gradient descent in μ and in log σ, which keeps σ positive.
export const downhill = (mu, sigma, { dMu, dSigma }, rate) => ({
  mu: mu - rate * dMu, sigma: sigma * Math.exp(-rate * sigma * dSigma),
});
