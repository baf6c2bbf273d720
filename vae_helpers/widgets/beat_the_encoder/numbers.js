// The terms of (5) for a diagonal Gaussian Q over a window of the latent plane, from log P(X|z) at the window's points.
import { LOG_ROOT_2PI, logNormal } from "../core/network.js";

// The window: n × n points, z₁ the slower, around `center`, `half` to every side. log P(X) comes with it, since part of
// the posterior may lie outside.
export function windowOf(logLikelihood, [c1, c2], half, logPX) {
  const n = Math.round(Math.sqrt(logLikelihood.length)), spacing = (2 * half) / (n - 1);
  const axis = (c) => Float64Array.from({ length: n }, (_, i) => c - half + i * spacing);
  const z1 = axis(c1), z2 = axis(c2), logPosterior = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const k = i * n + j;
      logPosterior[k] = logLikelihood[k] + logNormal(z1[i], 0, 1) + logNormal(z2[j], 0, 1) - logPX;
    }
  }
  return { n, spacing, z1, z2, logLikelihood, logPosterior, logPX, center: [c1, c2], half };
}

// The terms that depend on Q = N(mu, diag sigma²), in nats: each by its own sum over the window, none from the others.
export function termsOf(grid, mu, sigma) {
  const { n, spacing, z1, z2, logLikelihood, logPosterior } = grid;
  const logs = [z1, z2].map((axis, d) => axis.map((z) => logNormal(z, mu[d], sigma[d])));
  const weights = logs.map((log) => log.map((v) => Math.exp(v) * spacing));
  let whole = 0, reconstruction = 0, kl = 0, gap = 0;
  for (let i = 0; i < n; i++) {
    if (weights[0][i] < 1e-18) continue;
    for (let j = 0; j < n; j++) {
      const weight = weights[0][i] * weights[1][j], k = i * n + j;
      if (weight < 1e-24) continue;
      const logQ = logs[0][i] + logs[1][j];
      whole += weight;
      reconstruction += weight * logLikelihood[k];
      kl += weight * (logQ + 0.5 * (z1[i] ** 2 + z2[j] ** 2) + 2 * LOG_ROOT_2PI);
      gap += weight * (logQ - logPosterior[k]);
    }
  }
  return { reconstruction: reconstruction / whole, kl: kl / whole, gap: gap / whole };
}

// Within the window with three standard deviations to every side, and no narrower than its points can tell.
export function settled({ center, half, spacing }, { mu, sigma }) {
  const within = (v, low, high) => Math.min(high, Math.max(low, v));
  const fits = sigma.map((s) => within(s, 1.5 * spacing, half / 4));
  return { mu: mu.map((m, d) => within(m, center[d] - half + 3 * fits[d], center[d] + half - 3 * fits[d])), sigma: fits };
}
