// The two charts of HoldTheNoise: particles on the loss, and their mean loss as a function of μ.
import { area, chart, font, haloed, line, mark, ticks } from "../core/chart.js";
import { canvas, handled, number } from "../core/page.js";
import { dragHandles, onKeys } from "../core/pointer.js";
import { exactLoss } from "./numbers.js";

const WIDTH = 430, ARROW = 12, LONGEST = 46; // CSS pixels: of the charts, of an arrow for a slope of 1, and at most

// A chart of losses; what `paint` draws is cut off at its edges, and the unit stands above them.
function lossChart(board, bottom, [view, highest], name) {
  const plot = chart(board, { left: 30, right: 12, top: 27, bottom }, [-view, view], [0, highest]);
  return {
    ...plot,
    show(paint) {
      const ink = plot.begin(ticks(-view, view, 7), ticks(0, highest, 4));
      plot.inside(() => paint(ink));
      plot.pen.font = font(ink, 11); plot.pen.fillStyle = ink.text; plot.pen.textAlign = "left";
      plot.pen.textBaseline = "bottom"; plot.pen.fillText("nats", 4, plot.margin.top - 9);
      haloed(plot.pen, name, plot.right - 6, plot.floor + 13, ink, 12);
      return ink;
    },
  };
}

function triangle(pen, color, x, y, length, half) {
  area(pen, color, 1, [[x, y], [x - length, y - half], [x - length, y + half]]);
}

// A particle's way downhill.
function arrow(pen, color, x, y, length) {
  if (Math.abs(length) < 1) return;
  const tip = x + length, head = Math.sign(length) * Math.min(7, Math.abs(length));
  line(pen, color, 2, [[x, y], [tip - 0.7 * head, y]]);
  triangle(pen, color, tip, y, head, 4);
}

// The loss with Q below it and a particle for every ε; `move(change)` hears where pointer or keys take μ and σ.
export function particleChart(app, loss, view, colors, move) {
  const board = canvas(WIDTH, 280, handled("particles on the loss: left and right arrows move μ, up makes σ smaller "
    + "and down larger; Shift for larger steps; Home to start again"));
  const plot = lossChart(board, 36, view, "z"), { pen, toX, toY, floor } = plot, [edge, highest] = view;
  const zs = Array.from({ length: 351 }, (_, i) => edge * (i / 175 - 1));
  dragHandles(plot, () => {
    const { mu, sigma } = app.state, per = plot.fromX(1) - plot.fromX(0);
    return [{ at: [0, 0], drag: ([dx, dy]) => move({ mu: mu + dx * per, sigma: sigma * Math.exp(dy / 70) }) }];
  }, app.hold);
  onKeys(board.node, {
    move: ([right, up], large) => {
      const { mu, sigma } = app.state, step = 0.05 * (large ? 5 : 1);
      move({ mu: mu + step * right, sigma: sigma * Math.exp(-step * up) });
    },
    Home: () => move(app.model.get("_start")),
  });

  function bell({ mu, sigma }) {
    const high = Math.min(110, 80 / (sigma * Math.sqrt(2 * Math.PI)));
    const us = Array.from({ length: 101 }, (_, i) => -5 + 0.1 * i); // a narrow bell has as many points as a wide one
    const hill = us.map((u) => [toX(mu + sigma * u), floor - high * Math.exp(-0.5 * u * u)]);
    area(pen, colors.estimate, 0.25, [[toX(-edge), floor], ...hill, [toX(edge), floor]]);
    return high;
  }
  function draw(state, { z, losses, slopes }) {
    const ink = plot.show((ink) => {
      const high = bell(state);
      line(pen, ink.text, 1, [[toX(state.mu), floor], [toX(state.mu), floor - high]], [2, 3]);
      line(pen, ink.text, 1.8, zs.map((at) => [toX(at), toY(loss.value(at))]));
      pen.globalAlpha = 0.6;
      z.forEach((at, i) => line(pen, colors.estimate, 1, [[toX(at), floor], [toX(at), toY(losses[i])]], [2, 3]));
      pen.globalAlpha = 1;
      z.forEach((at, i) => { // no arrow without its particle
        const length = Math.sign(-slopes[i]) * Math.min(LONGEST, ARROW * Math.abs(slopes[i]));
        if (losses[i] <= highest) arrow(pen, colors.gradient, toX(at), toY(losses[i]), length);
      });
      z.forEach((at, i) => mark(pen, ink, [toX(at), toY(losses[i])], colors.estimate, 4));
    });
    for (const at of z) { // one beyond the view is a mark at the edge that points to it
      const side = Math.sign(at);
      if (Math.abs(at) <= edge) mark(pen, ink, [toX(at), floor], colors.estimate, 4);
      else triangle(pen, colors.estimate, toX(side * edge) + 9 * side, floor, 8 * side, 5);
    }
    haloed(pen, "ℓ(z)", toX(-2.28), toY(7), ink);
    haloed(pen, "μ", toX(state.mu), floor + 27, ink);
  }
  return { node: board.node, draw };
}

// The mean loss as a function of μ, from the same ε at every μ or from others.
export function estimateChart(loss, mus, view, colors) {
  const board = canvas(WIDTH, 190, { role: "img" });
  const plot = lossChart(board, 24, view, "μ"), { pen, toX, toY, floor } = plot;
  const place = ([mu, v]) => [toX(mu), toY(v)];
  let truth = null; // of one σ
  function draw({ mu, sigma, hold }, now, curve) {
    if (truth?.sigma !== sigma) truth = { sigma, points: mus.map((at) => [at, exactLoss(loss, at, sigma)]) };
    const [x, y] = place([mu, now.estimate]);
    plot.show((ink) => {
      line(pen, colors.estimate, 2, curve.map(place));
      line(pen, colors.exact, 2, truth.points.map(place), [6, 4]);
      if (hold) {
        const [dx, dy] = [toX(1) - toX(0), toY(now.dMu) - toY(0)], half = 55 / Math.hypot(dx, dy);
        line(pen, colors.gradient, 2.5, [-half, half].map((t) => [x + t * dx, y + t * dy]));
      }
      line(pen, ink.text, 1, [[x, y], [x, floor]], [2, 3]);
      mark(pen, ink, [x, y], colors.estimate, 6);
    });
    board.node.setAttribute("aria-label", hold
      ? `the mean loss as a function of μ while ε is held: a smooth curve of slope ${number(now.dMu)} at μ`
      : "the mean loss as a function of μ with fresh ε at every μ: a jagged line around the exact curve");
  }
  return { node: board.node, draw };
}
