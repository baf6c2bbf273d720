// The map behind GaussianToRing, and what it does to lengths and areas.

// (1 − a) z + a g(z): a point keeps its direction, and its distance r from the origin becomes r (1 − 0.9 a) + a.
export function ringBend([x, y], amount) {
  const scale = 1 - 0.9 * amount + amount / Math.hypot(x, y);
  return [x * scale, y * scale];
}

// By how much lengths near z grow along the radius and across it; their product is the growth of areas.
export function ringStretch(z, amount) {
  const radial = 1 - 0.9 * amount;
  return { radial, across: radial + amount / Math.hypot(...z) };
}

// The point of the plane nearest to z that g accepts.
export function awayFromOrigin([x, y], nearest) {
  const norm = Math.hypot(x, y);
  if (norm >= nearest) return [x, y];
  return norm === 0 ? [nearest, 0] : [(x * nearest) / norm, (y * nearest) / norm];
}

// Place of an angle among n colors, from −π around.
export const hueOf = (x, y, n) => Math.floor((Math.atan2(y, x) / (2 * Math.PI) + 0.5) * n) % n;
