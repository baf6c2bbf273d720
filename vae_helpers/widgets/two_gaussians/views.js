// Two Gaussians to look at and to drag: bell curves over a line, or ellipses on the plane.
import { area, chart, haloed, line, mark, ticks } from "../core/chart.js";
import { logNormal } from "../core/network.js";
import { canvas, handled, subscript } from "../core/page.js";
import { plane } from "../core/plane.js";
import { dragHandles, onKeys } from "../core/pointer.js";
import { directions, gaussianOf, stretched, traitsOf } from "./numbers.js";

const LIMIT = 5, SIZE = 380; // x from −5 to 5; CSS pixels

// Pointer and keys, the same on the line and on the plane. `gripsOf(gaussian)` lists where it can be grabbed, its
// middle first: {at, shape, pull}, where `pull(moved)` says what becomes of it; `walk(gaussian, way, step)` says what
// the arrow keys do.
function listen(app, plot, marked, gripsOf, walk) {
  const change = (i, part) => app.go(traitsOf(part, i));
  dragHandles(plot, () => marked.lastDrawn().reverse().flatMap((i) =>
    gripsOf(gaussianOf(app.state, i)).map(({ at, shape, pull }) => ({
      at, reach: shape === "disc" ? Infinity : 14, // away from every handle, the nearer middle follows
      drag(moved) { marked.i = i; change(i, pull(moved)); },
    }))), app.hold);
  onKeys(plot.board.node, {
    move: (way, large) => change(marked.i, walk(gaussianOf(app.state, marked.i), way, large ? 5 : 1)),
    Home: () => change(marked.i, { mean: gaussianOf(app.state, marked.i).mean.map(() => 0) }),
    0: () => marked.choose(0),
    1: () => marked.choose(1),
  });
}

function drawGrips(pen, ink, grips, color, i, active) {
  for (const { at, shape } of grips) {
    mark(pen, ink, at, color, { disc: active ? 8 : 6, diamond: 7, square: 6.4 }[shape], shape);
  }
  const [x, y] = grips[0].at;
  if (active) {
    pen.strokeStyle = color;
    pen.beginPath(); pen.arc(x, y, 11, 0, 2 * Math.PI); pen.stroke();
  }
  haloed(pen, `N${subscript(i)}`, Math.min(SIZE - 16, x + 23), Math.max(12, y - 8), ink, 14);
}

// Bell curves over a line.
export function curves(app, marked, colors, label) {
  const board = canvas(SIZE, 280, handled(label));
  const plot = chart(board, { left: 30, right: 12, top: 16, bottom: 24 }, [-LIMIT, LIMIT], [0, 1]);
  const { pen, toX, toY } = plot;
  const xs = Array.from({ length: 501 }, (_, i) => -LIMIT + 0.02 * i);
  const height = ({ mean, sd }, x) => Math.exp(logNormal(x, mean[0], sd[0]));
  const gripsOf = (one) => {
    const { mean: [mean], sd: [sd] } = one, per = plot.fromX(1) - plot.fromX(0);
    return [
      { at: [toX(mean), toY(height(one, mean))], shape: "disc",
        pull: ([dx, dy]) => ({ mean: [mean + dx * per], sd: [sd * Math.exp(dy / 70)] }) },
      ...[-1, 1].map((side) => ({ at: [toX(mean + side * sd), toY(height(one, mean + sd))], shape: "diamond",
        pull: ([dx]) => ({ sd: [Math.abs(sd + side * dx * per)] }) })),
    ];
  };
  listen(app, plot, marked, gripsOf, ({ mean, sd }, [right, up], step) => (
    { mean: [mean[0] + 0.1 * step * right], sd: [sd[0] * Math.exp(-0.05 * step * up)] }));

  function draw(pair) {
    plot.y = [0, 1.1 * Math.max(...pair.map((one) => height(one, one.mean[0])))];
    const ink = plot.begin(ticks(-LIMIT, LIMIT, 10), ticks(...plot.y, 5));
    pair.forEach((one, i) => {
      const bell = xs.map((x) => [toX(x), toY(height(one, x))]);
      line(pen, colors[i], i === marked.i ? 3 : 2, bell);
      area(pen, colors[i], 0.2, [...bell, [plot.right, plot.floor], [plot.margin.left, plot.floor]]);
    });
    for (const i of marked.lastDrawn()) drawGrips(pen, ink, gripsOf(pair[i]), colors[i], i, i === marked.i);
    haloed(pen, "x", plot.right + 6, plot.floor - 8, ink, 12);
  }
  return { node: board.node, draw };
}

// Ellipses of 1 and 2 standard deviations on the plane.
export function ellipses(app, marked, colors, label) {
  const pad = plane({ size: SIZE, limit: LIMIT, label, axes: ["x", "y"], overlay, active: true });
  const { toX, toY, fromX } = pad.chart, per = fromX(1) - fromX(0);
  const gripsOf = (one) => {
    const { mean: [x, y], sd } = one;
    const end = ([ax, ay], i, side) => [toX(x + side * 2 * sd[i] * ax), toY(y + side * 2 * sd[i] * ay)];
    return [
      { at: [toX(x), toY(y)], shape: "disc", pull: ([dx, dy]) => ({ mean: [x + dx * per, y - dy * per] }) },
      ...directions(one).flatMap((axis, i) => [-1, 1].map((side) => ({
        at: end(axis, i, side), shape: i === 0 ? "diamond" : "square",
        pull: ([dx, dy]) => stretched(one, i, side, [dx * per, -dy * per]),
      }))),
    ];
  };
  listen(app, pad.chart, marked, gripsOf, ({ mean }, way, step) => (
    { mean: mean.map((m, d) => m + 0.1 * step * way[d]) }));

  function overlay({ pen }, ink) {
    const all = marked.lastDrawn().map((i) => ({ i, one: gaussianOf(app.state, i), active: i === marked.i }));
    for (const { i, one, active } of all) {
      const { mean, sd, angle } = one;
      for (const deviations of [2, 1]) {
        const radii = sd.map((s) => (deviations * s) / per);
        pen.beginPath();
        pen.ellipse(toX(mean[0]), toY(mean[1]), ...radii, (-angle * Math.PI) / 180, 0, 2 * Math.PI);
        pen.fillStyle = pen.strokeStyle = colors[i];
        pen.globalAlpha = 0.12; pen.fill(); pen.globalAlpha = 1;
        pen.lineWidth = active ? 3 : 1.75; pen.stroke();
      }
      const ends = gripsOf(one).slice(1).map(({ at }) => at);
      for (const k of [0, 2]) line(pen, colors[i], 1, ends.slice(k, k + 2), [2, 3]);
    }
    for (const { i, one, active } of all) drawGrips(pen, ink, gripsOf(one), colors[i], i, active);
  }
  return { node: pad.node, draw: () => pad.draw(), repaint: pad.repaint };
}
