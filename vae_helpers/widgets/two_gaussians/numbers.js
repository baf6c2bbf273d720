// The terms of the KL divergence of two Gaussians, each {mean, sd, angle} with `sd` along its own axes.

export const FIELDS = ["mean", "sd", "angle"];

// N₀ or N₁ as the traits of a state tell it, and the traits that tell it.
export const gaussianOf = (state, i) => Object.fromEntries(FIELDS.map((name) => [name, state[`${name}${i}`]]));
export const traitsOf = (gaussian, i) =>
  Object.fromEntries(Object.entries(gaussian).map(([name, v]) => [`${name}${i}`, v]));

// Unit vectors along a Gaussian's own axes; `angle` in degrees.
export function directions({ mean, angle }) {
  if (mean.length === 1) return [[1]];
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  return [[cos, sin], [-sin, cos]];
}

// The four terms of D[a‖b], each with its ½, and their sum, in nats. Along b's own axes Σ_b is diagonal, so that
// dividing by its variances does for the inverse.
export function divergence(a, b) {
  const dot = (u, v) => u.reduce((sum, value, i) => sum + value * v[i], 0);
  const between = b.mean.map((value, i) => value - a.mean[i]), axesA = directions(a);
  let trace = 0, distance = 0, logDeterminants = 0;
  directions(b).forEach((axis, i) => {
    axesA.forEach((other, j) => (trace += 0.5 * ((dot(axis, other) * a.sd[j]) / b.sd[i]) ** 2));
    distance += 0.5 * (dot(axis, between) / b.sd[i]) ** 2;
    logDeterminants += Math.log(b.sd[i]) - Math.log(a.sd[i]);
  });
  const size = -0.5 * b.mean.length;
  return { trace, distance, size, logDeterminants, total: trace + distance + size + logDeterminants };
}

// An angle of an axis, in degrees, in (−90, 90]: turned by 180 degrees it is the same axis.
export const asAxis = (angle) => (angle > -90 && angle <= 90 ? angle : 90 - ((((90 - angle) % 180) + 180) % 180));

// The Gaussian whose end of one axis was pulled by [dx, dy], its middle fixed: half the way from the middle to that end
// is the standard deviation along the axis, and the direction of the way is the axis.
export function stretched(from, axis, side, [dx, dy]) {
  const [x, y] = directions(from)[axis].map((v, d) => side * 2 * from.sd[axis] * v + [dx, dy][d]);
  return {
    sd: from.sd.with(axis, Math.hypot(x, y) / 2), angle: asAxis((Math.atan2(y, x) * 180) / Math.PI - 90 * axis),
  };
}
