// A density over a plane as a picture, and the ellipses of a Gaussian over it.
import { element } from "./page.js";

// A picture of n × n points, z₁ the slower in what is given, z₁ to the right and z₂ upward in what is seen. `paint(log)`
// shows the density whose logarithm it gets, its tone a root of it, so that the outskirts show.
export function densityPicture(n, color, root = 2) {
  const node = element("canvas", { width: n, height: n }), brush = node.getContext("2d");
  brush.fillStyle = color; brush.fillRect(0, 0, 1, 1);
  const [red, green, blue] = brush.getImageData(0, 0, 1, 1).data, image = brush.createImageData(n, n);
  const words = new Uint32Array(image.data.buffer), ink = (blue << 16) | (green << 8) | red;
  return {
    node,
    paint(log) {
      let most = -Infinity;
      for (let k = 0; k < n * n; k++) if (log[k] > most) most = log[k];
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          const tone = Math.round(255 * Math.exp((log[i * n + j] - most) / root));
          words[(n - 1 - j) * n + i] = ((tone << 24) | ink) >>> 0;
        }
      }
      brush.putImageData(image, 0, 0);
    },
  };
}

// A value at z, between the four around it of n × n on [-limit, limit]², z₁ the slower; beyond the border, that of the border.
export function between(values, n, limit, z) {
  const [i, j] = z.map((v) => Math.min(n - 1.001, Math.max(0, ((v + limit) / (2 * limit)) * (n - 1))));
  const [a, b] = [Math.floor(i), Math.floor(j)], [s, t] = [i - a, j - b];
  const row = (k) => (1 - t) * values[k * n + b] + t * values[k * n + b + 1];
  return (1 - s) * row(a) + s * row(a + 1);
}

// The ellipses of 1 and 2 standard deviations of N(mu, diag sigma²), not smaller than `least` CSS pixels.
export function ellipses({ pen, toX, toY }, { mu, sigma }, color, width, { dashes = [], least = 0 } = {}) {
  pen.strokeStyle = color; pen.lineWidth = width; pen.setLineDash(dashes);
  for (const deviations of [1, 2]) {
    const [across, up] = [toX(sigma[0]) - toX(0), toY(0) - toY(sigma[1])].map((s) => Math.max(least, s) * deviations);
    pen.beginPath(); pen.ellipse(toX(mu[0]), toY(mu[1]), across, up, 0, 0, 2 * Math.PI); pen.stroke();
  }
  pen.setLineDash([]);
}
