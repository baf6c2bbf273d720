// The density P(X) over the plane, as a picture in tones.
import { line } from "../core/chart.js";
import { canvas, element, number } from "../core/page.js";
import { cellsFor, colorScale, mixtureDensity, toneOf } from "./numbers.js";

// The density P(X) behind the plane, the curve over it, and the key of its tones.
export function heatMap(app, table, colors) {
  const bar = canvas(120, 10, { "aria-hidden": "true" }), most = element("span"), heat = element("canvas");
  const brush = heat.getContext("2d", { willReadFrequently: true });
  const channels = (color) => { // of any CSS color, as [r, g, b]
    brush.fillStyle = color; brush.fillRect(0, 0, 1, 1);
    return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };

  function paint({ pen, toX, toY, x: [low, limit] }, ink) {
    const { sigma } = app.state, cells = cellsFor(sigma, limit), density = mixtureDensity(table, sigma, limit, cells);
    const tone = colorScale(channels(ink.paper), channels(colors.density));
    const peak = density.reduce((a, b) => Math.max(a, b), 1e-300);
    const shades = Array.from({ length: 256 }, (_, i) => tone(i / 255));
    heat.width = heat.height = cells;
    const pixels = brush.createImageData(cells, cells);
    density.forEach((v, i) => {
      const [r, g, b] = shades[Math.min(255, Math.round(255 * toneOf(v, peak)))];
      pixels.data[4 * i] = r; pixels.data[4 * i + 1] = g; pixels.data[4 * i + 2] = b;
      pixels.data[4 * i + 3] = 235; // the grid shows through a little
    });
    brush.putImageData(pixels, 0, 0);
    pen.drawImage(heat, toX(low), toY(limit), toX(limit) - toX(low), toY(low) - toY(limit));
    for (let i = 0; i < 120; i++) {
      bar.context.fillStyle = `rgb(${tone(i / 119)})`;
      bar.context.fillRect(i, 0, 1.5, 10);
    }
    most.textContent = number(peak, peak < 10 ? 2 : 1);
    const shown = [...table.z.keys()].filter((i) => i % 10 === 0 && Math.abs(table.z[i]) <= 4);
    line(pen, colors.curve, 1.8, shown.map((i) => [toX(table.xy[2 * i]), toY(table.xy[2 * i + 1])]));
  }
  return { key: element("span", {}, "P(X): 0", bar.node, most), paint };
}
