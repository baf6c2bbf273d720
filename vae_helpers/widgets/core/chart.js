// Charts on canvases: axes, ticks, marks, and text that stays legible over them.
import { plain, theme } from "./page.js";

// About `count` round numbers between low and high.
export function ticks(low, high, count) {
  const rough = (high - low) / count, unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((times) => times * unit >= rough);
  const first = Math.ceil(low / step - 1e-9), n = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: n }, (_, i) => +((first + i) * step).toPrecision(9));
}

// A round number as far from 0 as v, or farther, that does not change at every move: an end for an axis of bars.
export function roundEnd(v) {
  if (v === 0) return 0;
  const unit = 10 ** Math.floor(Math.log10(Math.abs(v)));
  const times = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((times) => times * unit >= 0.999 * Math.abs(v));
  return +(Math.sign(v) * unit * times).toPrecision(3);
}

// Round ends [low, high] of an axis of bars that holds all the values and `least`.
export const barEnds = (values, least) =>
  [roundEnd(Math.min(least[0], ...values)), roundEnd(Math.max(least[1], ...values))];

// A chart on a canvas, with `margin` {left, right, top, bottom} in CSS pixels and axes from x[0] to x[1] and y[0] to
// y[1]; both may be set anew before a drawing.
export function chart(board, margin, x, y) {
  const { context: pen, node, width, height } = board;
  const right = width - margin.right, floor = height - margin.bottom;
  const chartOf = {
    board, pen, x, y, margin, floor, right,
    toX: (v) => margin.left + ((v - chartOf.x[0]) / (chartOf.x[1] - chartOf.x[0])) * (right - margin.left),
    toY: (v) => floor - ((v - chartOf.y[0]) / (chartOf.y[1] - chartOf.y[0])) * (floor - margin.top),
    fromX: (px) => chartOf.x[0] + ((px - margin.left) / (right - margin.left)) * (chartOf.x[1] - chartOf.x[0]),
    fromY: (py) => chartOf.y[0] + ((floor - py) / (floor - margin.top)) * (chartOf.y[1] - chartOf.y[0]),
    // Paper, a line at each tick, those at 0 stronger, and the ticks' numbers; returns the theme's colors.
    begin(xTicks = [], yTicks = []) {
      const ink = theme(node);
      pen.clearRect(0, 0, width, height);
      pen.fillStyle = ink.paper;
      pen.fillRect(0, 0, width, height);
      pen.font = font(ink, 11); pen.fillStyle = ink.text;
      const rule = (tick, ...points) => {
        pen.globalAlpha = tick === 0 ? 1 : 0.35;
        line(pen, ink.faint, 1, points);
        pen.globalAlpha = 1;
      };
      pen.textAlign = "center"; pen.textBaseline = "top";
      for (const tick of xTicks) {
        const at = chartOf.toX(tick);
        rule(tick, [at, margin.top], [at, floor]);
        pen.fillText(plain(tick), at, floor + 5);
      }
      pen.textAlign = "right"; pen.textBaseline = "middle";
      for (const tick of yTicks) {
        const at = chartOf.toY(tick);
        rule(tick, [margin.left, at], [right, at]);
        pen.fillText(plain(tick), margin.left - 5, at);
      }
      return ink;
    },
    // The names of the axes, at their ends.
    names(across, up) {
      pen.textAlign = "right"; pen.textBaseline = "bottom"; pen.fillText(across, width - 4, floor - 4);
      pen.textAlign = "left"; pen.textBaseline = "top"; pen.fillText(up, margin.left + 4, 6);
    },
    // Whether a place lies within the axes: a finger outside is left to the page, which it scrolls.
    holds: ([px, py]) => px >= margin.left && px <= right && py >= margin.top && py <= floor,
    // What `paint` draws is cut off at the chart's edges.
    inside(paint) {
      pen.save();
      pen.beginPath(); pen.rect(margin.left, margin.top, right - margin.left, floor - margin.top); pen.clip();
      paint();
      pen.restore();
    },
  };
  return chartOf;
}

// A line through points [[x, y], ...] in CSS pixels.
export function line(pen, color, width, points, dashes = []) {
  pen.strokeStyle = color; pen.lineWidth = width; pen.lineJoin = "round"; pen.setLineDash(dashes);
  pen.beginPath();
  for (const point of points) pen.lineTo(...point);
  pen.stroke();
  pen.setLineDash([]);
}

// The area enclosed by points.
export function area(pen, color, alpha, points) {
  pen.fillStyle = color; pen.globalAlpha = alpha;
  pen.beginPath();
  for (const point of points) pen.lineTo(...point);
  pen.fill();
  pen.globalAlpha = 1;
}

// A mark at [x, y], filled, with a rim of the paper's color: a "disc", "diamond" or "square".
export function mark(pen, ink, [x, y], color, radius, shape = "disc") {
  pen.fillStyle = color; pen.strokeStyle = ink.paper; pen.lineWidth = 2;
  pen.beginPath();
  if (shape === "disc") pen.arc(x, y, radius, 0, 2 * Math.PI);
  else if (shape === "square") pen.rect(x - 0.7 * radius, y - 0.7 * radius, 1.4 * radius, 1.4 * radius);
  else for (const [dx, dy] of [[-1, 0], [0, -1], [1, 0], [0, 1]]) pen.lineTo(x + radius * dx, y + radius * dy);
  pen.closePath(); pen.fill(); pen.stroke();
}

// Lines of one path drawn twice, wide in the paper's color and then in the text's, so that they show over anything.
export function outlined(pen, ink, path, [wide, narrow] = [5, 2]) {
  for (const [width, color] of [[wide, ink.paper], [narrow, ink.text]]) {
    pen.lineWidth = width; pen.strokeStyle = color;
    pen.beginPath(); path(); pen.stroke();
  }
}

// A circle around [x, y] with a radius in CSS pixels, over a pale one of the paper's color, so that it shows over anything.
export function haloedCircle(pen, ink, [x, y], radius, color, width, dashes = []) {
  for (const [style, wide, alpha, gaps] of [[ink.paper, width + 2, 0.6, []], [color, width, 1, dashes]]) {
    pen.strokeStyle = style; pen.lineWidth = wide; pen.globalAlpha = alpha; pen.setLineDash(gaps);
    pen.beginPath(); pen.arc(x, y, radius, 0, 2 * Math.PI); pen.stroke();
  }
  pen.setLineDash([]);
}

// The font of a canvas's text, of a size in its own pixels.
export const font = (ink, size, weight = "normal") => `${weight} ${size * ink.larger}px sans-serif`;

// Text centered at (x, y), legible over whatever lies behind.
export function haloed(pen, text, x, y, ink, size = 13, weight = "bold") {
  pen.font = font(ink, size, weight);
  pen.textAlign = "center"; pen.textBaseline = "middle"; pen.lineJoin = "round";
  pen.lineWidth = 4; pen.strokeStyle = ink.paper; pen.strokeText(text, x, y);
  pen.fillStyle = ink.text; pen.fillText(text, x, y);
}
