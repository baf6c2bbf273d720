// The stroke model behind BeTheGenerator: X = render(z) as strokes.py draws it, and z ~ P(z).
import { normal } from "../core/network.js";

// The (start, control, end) of every arc of a digit, as strokes.py cuts its control points.
export function strokeArcs(glyph) {
  return glyph.flatMap((points) => {
    const joints = points.slice(1).map((q, i) => [0, 1].map((axis) => (points[i][axis] + q[axis]) / 2));
    joints[0] = points[0];
    joints[joints.length - 1] = points[points.length - 1];
    return points.slice(1, -1).map((control, i) => [joints[i], control, joints[i + 1]]);
  });
}

// The pen path in straight segments: each its middle (x, y), half its length, and cos and sin of its direction.
export function strokeSegments(glyph, { height, center, steps }, z) {
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const lean = Math.tan(radians(z.slant)), cos = Math.cos(radians(z.rotation)), sin = Math.sin(radians(z.rotation));
  const segments = [];
  for (const arc of strokeArcs(glyph)) {
    let before = null;
    for (let k = 0; k <= steps; k++) {
      const t = k / steps;
      const round = [(1 - t) ** 2, 2 * t * (1 - t), t * t];
      const edges = [Math.max(0, 1 - 2 * t), 1 - Math.abs(1 - 2 * t), Math.max(0, 2 * t - 1)];
      const blend = round.map((b, i) => b + z.sharpness * (edges[i] - b));
      const [u, y] = [0, 1].map((axis) => height * arc.reduce((sum, point, i) => sum + blend[i] * point[axis], 0));
      const x = z.width * u - lean * y;
      const point = [cos * x - sin * y, sin * x + cos * y];
      if (before) {
        const dx = point[0] - before[0], dy = point[1] - before[1], direction = Math.atan2(dy, dx);
        segments.push({
          x: (point[0] + before[0]) / 2, y: (point[1] + before[1]) / 2, half: Math.hypot(dx, dy) / 2,
          cos: Math.cos(direction), sin: Math.sin(direction),
        });
      }
      before = point;
    }
  }
  const ink = (part) => segments.reduce((sum, s) => sum + s.half * part(s), 0); // every segment weighs its length
  const total = ink(() => 1);
  const right = center + z.x - ink((s) => s.x) / total, down = center + z.y - ink((s) => s.y) / total;
  return segments.map((s) => ({ ...s, x: s.x + right, y: s.y + down }));
}

// X as a function of z: side × side intensities in [0, 1], by the distance of each pixel to the pen path.
export function strokeImage(glyph, pen, z) {
  const pixels = new Float32Array(pen.side ** 2), segments = strokeSegments(glyph, pen, z);
  for (let row = 0, k = 0; row < pen.side; row++) {
    for (let column = 0; column < pen.side; column++, k++) {
      let nearest = Infinity;
      for (const s of segments) {
        const right = column - s.x, down = row - s.y, across = s.cos * down - s.sin * right;
        const beyond = Math.max(0, Math.abs(s.cos * right + s.sin * down) - s.half);
        nearest = Math.min(nearest, across * across + beyond * beyond);
      }
      pixels[k] = Math.min(1, Math.max(0, z.thickness / 2 + 0.5 - Math.sqrt(nearest)));
    }
  }
  return pixels;
}

// z ~ P(z): a uniform digit, and for the rest normal numbers, drawn again while they lie outside their range.
export function strokeDraw(prior, ranges) {
  const z = { digit: Math.floor(10 * Math.random()) };
  for (const [name, [mean, sd]] of Object.entries(prior)) {
    const [low, high] = ranges[name];
    do z[name] = mean + sd * normal(); while (z[name] < low || z[name] > high);
  }
  return z;
}
