// A drawing as one of MNIST's images.

export const PEN = 2.5; // width of a stroke in the 28×28 image; MNIST's digits have about as much ink

// Strokes [[[x, y], ...], ...] as MNIST made its images, 784 bytes: the ink scaled to fit 20×20 with its proportions
// kept, softened at the edges, and moved by whole pixels until its center of mass is on pixel 14, counted from 0.
export function asMnist(strokes, pen = PEN) {
  const points = strokes.flat();
  const [[left, right], [top, bottom]] = [0, 1].map((axis) =>
    [Math.min, Math.max].map((f) => points.reduce((best, point) => f(best, point[axis]), points[0][axis])));
  const scale = (20 - pen) / Math.max(right - left, bottom - top, 3); // a dot stays a dot
  const ink = new Float32Array(784);
  const place = ([x, y]) => [4 + pen / 2 + (x - left) * scale, 4 + pen / 2 + (y - top) * scale];
  for (const stroke of strokes) {
    const path = stroke.map(place);
    path.forEach((end, i) => inkSegment(ink, path[Math.max(0, i - 1)], end, pen));
  }
  let mass = 0, across = 0, down = 0;
  ink.forEach((v, i) => { mass += v; across += v * (i % 28); down += v * Math.floor(i / 28); });
  const [dx, dy] = [across, down].map((sum) => Math.round(14 - sum / mass - 1e-4)); // a symmetric digit is a tie
  const image = new Uint8Array(784);
  ink.forEach((v, i) => {
    const [x, y] = [(i % 28) + dx, Math.floor(i / 28) + dy];
    if (x >= 0 && x < 28 && y >= 0 && y < 28) image[28 * y + x] = Math.round(255 * v);
  });
  return image;
}

// A round pen along one segment, its edge softened over one pixel; only pixels near the segment are visited.
function inkSegment(ink, [x0, y0], [x1, y1], pen) {
  const reach = pen / 2 + 0.5, [dx, dy] = [x1 - x0, y1 - y0], length2 = dx * dx + dy * dy || 1;
  const first = (v) => Math.max(0, Math.floor(v - reach)), last = (v) => Math.min(27, Math.floor(v + reach));
  for (let y = first(Math.min(y0, y1)); y <= last(Math.max(y0, y1)); y++) {
    for (let x = first(Math.min(x0, x1)); x <= last(Math.max(x0, x1)); x++) {
      const [px, py] = [x + 0.5 - x0, y + 0.5 - y0];
      const share = Math.min(1, Math.max(0, (px * dx + py * dy) / length2));
      const distance = Math.hypot(px - share * dx, py - share * dy);
      ink[28 * y + x] = Math.max(ink[28 * y + x], Math.min(1, reach - distance));
    }
  }
}
