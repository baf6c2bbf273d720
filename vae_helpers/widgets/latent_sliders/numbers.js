// The walk between the codes of two images.

// The point a share t of the way from `start` to `end`.
export const between = (start, end, t) => Array.from(start, (v, i) => (1 - t) * v + t * end[i]);

// The two ends of the walk once another of `count` images is at one side, never the same as at the other.
export function otherEnds(ends, side, count) {
  const next = (ends[side] + 1) % count, other = ends[1 - side];
  return ends.with(side, next === other ? (next + 1) % count : next);
}
