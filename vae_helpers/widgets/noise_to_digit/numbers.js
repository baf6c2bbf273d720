// Picture k of step t (from 1) among `count` a step, 14×14 bytes each, 255 = ink: as 28×28 numbers from 0 to 1, a pixel as 2×2.
export function twiceAsLarge(bytes, t, k, count) {
  const start = 196 * ((t - 1) * count + k);
  return Float32Array.from({ length: 784 }, (_, i) => {
    const row = Math.floor(i / 28), column = i % 28;
    return bytes[start + 14 * (row >> 1) + (column >> 1)] / 255;
  });
}
