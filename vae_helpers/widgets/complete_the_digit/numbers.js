// What a strip tells of a digit, and what two models make of it.
import { decodeMean, encode } from "../core/network.js";

// y: 2x − 1, that is +1 ink and −1 paper, in the strip's columns, and 0, not known, elsewhere.
export const strip = (x, left, width) =>
  Float32Array.from(x, (v, i) => (i % 28 >= left && i % 28 < left + width ? 2 * v - 1 : 0));

// z = μ(y) + σ(y) ε for each of the draws, from their noise one after the other; z = ε where P(z|y) = N(0, I), which has
// no network.
export function latents(prior, y, eps, size) {
  const { mu, sigma } = prior ? encode(prior, y) : { mu: new Float32Array(size), sigma: new Float32Array(size).fill(1) };
  const count = eps.length / size;
  return Array.from({ length: count }, (_, k) => Array.from(mu, (m, i) => m + sigma[i] * eps[k * size + i]));
}

// The mean of P(X|z, y) at each z.
export const completions = (decoder, zs, y, likelihood) =>
  zs.map((z) => decodeMean(decoder, Float32Array.of(...z, ...y), likelihood));
