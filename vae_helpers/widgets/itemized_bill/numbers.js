// What one black-and-white picture costs, in bits: pixel by pixel under the model, z, and as gzip and PNG write it.
import { encode, forward, klToPrior, softplus } from "../core/network.js";

// Bits of each pixel, −log₂ P(Xᵢ|z) at the mean of Q(z|X), and of each latent, its part of D[Q‖P(z)], for x of 0 and 1.
export function itemized(encoder, decoder, x) {
  const { mu, sigma } = encode(encoder, x), logits = forward(decoder, mu);
  const pixels = Float64Array.from(logits, (f, i) => softplus(x[i] ? -f : f) / Math.LN2);
  const latents = Float64Array.from(mu, (m, i) => klToPrior({ mu: [m], sigma: [sigma[i]] }) / Math.LN2);
  return { pixels, latents };
}

export const total = (bits) => bits.reduce((sum, v) => sum + v, 0);

// Eight numbers of 0 and 1 a byte, the first in the highest bit.
export const packed = (bits) =>
  Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, k) =>
    bits.slice(8 * k, 8 * k + 8).reduce((byte, bit, i) => byte | (bit << (7 - i)), 0));

// The lines of a PNG with one bit a pixel, each after a byte that says it is not filtered.
export const pngLines = (x) =>
  Uint8Array.from(Array.from({ length: 28 }, (_, row) => [0, ...packed(x.slice(28 * row, 28 * row + 28))]).flat());

// What DEFLATE makes of some bytes, within zlib's frame of 6: a promise.
export function deflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Response(stream).arrayBuffer().then((buffer) => new Uint8Array(buffer));
}

// Bytes around the compressed ones. gzip: a header of 10, checksum and length. PNG: signature, chunks IHDR, IDAT, IEND.
export const FRAMES = { gzip: 18, PNG: 8 + 25 + 12 + 6 + 12 };

// Bytes of the picture within those frames, {gzip, PNG}: a promise.
export function fileBytes(x) {
  const length = (bytes) => bytes.length - 6;
  return Promise.all([packed(x), pngLines(x)].map(deflated)).then(([gzip, PNG]) => ({ gzip: length(gzip), PNG: length(PNG) }));
}
