// The integrals over z behind DragQ, for f given on a grid.
import { LOG_ROOT_2PI, clamp, logNormal } from "../core/network.js";

// What does not depend on Q, for f given on a grid from −halfWidth to halfWidth: log P(z), log P(X|z), log P(X), and
// log P(z|X) by Bayes' rule.
export function onGrid(f, sigma, halfWidth, x) {
  const n = f.length, spacing = (2 * halfWidth) / (n - 1);
  const z = Float64Array.from(f, (_, i) => -halfWidth + i * spacing);
  const logPrior = z.map((v) => logNormal(v, 0, 1)), logLikelihood = z.map((_, i) => logNormal(x, f[i], sigma));
  let highest = -Infinity, sum = 0;
  for (let i = 0; i < n; i++) highest = Math.max(highest, logLikelihood[i] + logPrior[i]);
  for (let i = 0; i < n; i++) sum += Math.exp(logLikelihood[i] + logPrior[i] - highest);
  const logPX = highest + Math.log(sum * spacing);
  const logPosterior = z.map((_, i) => logLikelihood[i] + logPrior[i] - logPX);
  return { z, spacing, halfWidth, logPrior, logLikelihood, logPosterior, logPX };
}

// The three terms of (5) that do depend on Q = N(mean, sd²), in nats: each by its own integral, none from the others.
export function integrals(grid, mean, sd) {
  const { z, spacing, halfWidth, logPrior, logLikelihood, logPosterior } = grid;
  const reach = 30 * sd, constant = Math.log(sd) + LOG_ROOT_2PI; // beyond it Q's density is below e⁻⁴⁵⁰
  const first = Math.max(0, Math.floor((mean - reach + halfWidth) / spacing));
  const last = Math.min(z.length - 1, Math.ceil((mean + reach + halfWidth) / spacing));
  let reconstruction = 0, kl = 0, gap = 0;
  for (let i = first; i <= last; i++) {
    const logQ = -0.5 * ((z[i] - mean) / sd) ** 2 - constant;
    const weight = Math.exp(logQ) * spacing;
    reconstruction += weight * logLikelihood[i];
    kl += weight * (logQ - logPrior[i]);
    gap += weight * (logQ - logPosterior[i]);
  }
  return { reconstruction, kl, gap };
}

// The Gaussian Q of the smallest gap: the best of many starts, each improved by a compass search in mean and log sd.
export function bestGaussian(grid, means, sds) {
  const gapAt = (mean, sd) => ({ mean, sd, gap: integrals(grid, mean, sd).gap });
  const starts = [];
  for (let mean = means[0]; mean <= means[1]; mean += 0.25) {
    for (const sd of [0.1, 0.2, 0.4, 0.8, 1.6]) starts.push(gapAt(mean, sd));
  }
  const better = (a, b) => a.gap - b.gap;
  const found = starts.sort(better).slice(0, 4).map((start) => {
    let best = start;
    for (let step = 0.25; step > 1e-6;) {
      const around = [[1, 0], [-1, 0], [0, 1], [0, -1]].map(([dm, ds]) =>
        gapAt(clamp(best.mean + dm * step, means), clamp(best.sd * Math.exp(ds * step), sds)));
      const next = around.sort(better)[0];
      if (next.gap < best.gap) best = next;
      else step /= 2;
    }
    return best;
  });
  const { mean, sd } = found.sort(better)[0];
  return { mean, sd };
}

// 1.2 × 10⁻¹²
export function powerOfTen(v) {
  if (v === 0) return "0";
  const [digits, power] = v.toExponential(1).replaceAll("-", "−").split("e");
  return `${digits} × 10${power.replace("+", "").replace(/./g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["−0123456789".indexOf(c)])}`;
}
