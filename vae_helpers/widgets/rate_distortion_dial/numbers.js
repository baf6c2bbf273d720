// Which of the points [[x, y], ...] is nearest.
export function nearest(points, [x, y]) {
  const far = points.map(([px, py]) => Math.hypot(px - x, py - y));
  return far.indexOf(Math.min(...far));
}
