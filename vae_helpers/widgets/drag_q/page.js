// DragQ: equation (5) for one X while Q is dragged; every integral over z is done here, in the page, on one grid.
import { bars } from "../core/bars.js";
import { area, chart, haloed, line, mark, ticks } from "../core/chart.js";
import { explorer } from "../core/explorer.js";
import { clamp, doubles, logNormal } from "../core/network.js";
import {
  beside, button, buttons, canvas, column, element, handled, key, legend, note, number, sliders,
} from "../core/page.js";
import { dragHandles, onKeys } from "../core/pointer.js";
import { wager } from "../core/wager.js";
import { bestGaussian, integrals, onGrid, powerOfTen } from "./numbers.js";

const WIDTH = 430, VIEW = [-4, 4], SEE_X = [-4.6, 4.6]; // CSS pixels, and what of z and of X is shown
const WHOLE = [-4, -3, -2, -1, 0, 1, 2, 3, 4];

const nats = (v) => (Math.abs(v) < 1e6 ? number(v, 3) : powerOfTen(v));
const density = (z, mean, sd) => Math.exp(logNormal(z, mean, sd));

// The indices of the grid that are shown: f's table is finer than a screen, and wider.
const middle = (grid) => [...grid.z.keys()].filter((i) => Math.abs(grid.z[i]) <= VIEW[1] + 1e-9);

// Q over the prior and the posterior, with three handles: Q's peak, and its two shoulders.
function densities(app, colors) {
  const board = canvas(WIDTH, 250, handled("Q over the posterior: left and right arrows move Q's mean, up makes Q "
    + "narrower and down wider; Shift for larger steps; Home to start again"));
  const plot = chart(board, { left: 30, right: 12, top: 16, bottom: 24 }, VIEW, [0, 1]);
  const { pen, toX, toY } = plot;
  const shoulder = ({ mean, sd }, side) => [toX(mean + side * sd), toY(density(sd, 0, sd))];
  const peak = ({ mean, sd }) => [toX(mean), toY(density(0, 0, sd))];

  dragHandles(plot, () => {
    const { mean, sd } = app.state, per = plot.fromX(1) - plot.fromX(0);
    const side = (way) => ({
      at: shoulder(app.state, way), reach: 16, drag: ([dx]) => app.go({ sd: Math.abs(sd + way * dx * per) }),
    });
    const whole = ([dx, dy]) => app.go({ mean: mean + dx * per, sd: sd * Math.exp(dy / 70) });
    return [{ at: peak(app.state), drag: whole }, side(-1), side(1)];
  }, app.hold);
  onKeys(board.node, {
    move: ([right, up], large) => {
      const { mean, sd } = app.state, step = large ? 5 : 1;
      app.go({ mean: mean + 0.1 * step * right, sd: sd * Math.exp(-0.05 * step * up) });
    },
    Home: () => app.go(app.model.get("_start")),
  });

  function draw({ mean, sd }, { z, logPosterior }, shown, hidden) {
    const posterior = shown.map((i) => Math.exp(logPosterior[i]));
    plot.y = [0, 1.1 * Math.max(density(0, 0, sd), ...(hidden ? [1] : posterior))];
    const ink = plot.begin(WHOLE, ticks(...plot.y, 4));
    const fine = Array.from({ length: 801 }, (_, i) => -4 + 0.01 * i);
    const trace = (value) => fine.map((at) => [toX(at), toY(value(at))]);
    const hill = shown.map((i, k) => [toX(z[i]), toY(posterior[k])]);
    if (!hidden) {
      area(pen, colors.posterior, 0.45, [[toX(VIEW[0]), toY(0)], ...hill, [toX(VIEW[1]), toY(0)]]);
      line(pen, colors.posterior, 1.5, hill);
    }
    line(pen, colors.q, 2.5, trace((at) => density(at, mean, sd)));
    pen.globalAlpha = 0.6;
    line(pen, ink.text, 1.5, trace((at) => density(at, 0, 1)), [5, 4]);
    pen.globalAlpha = 1;
    const [left, right, top] = [shoulder({ mean, sd }, -1), shoulder({ mean, sd }, 1), peak({ mean, sd })];
    line(pen, colors.q, 1, [left, right], [2, 3]);
    mark(pen, ink, top, colors.q, 7);
    for (const end of [left, right]) mark(pen, ink, end, colors.q, 8, "diamond");
    haloed(pen, "Q", top[0] + (top[0] > WIDTH - 40 ? -17 : 17), Math.max(10, top[1] - 6), ink);
    haloed(pen, "z", plot.right + 6, plot.floor - 8, ink, 12);
  }
  return { node: board.node, draw };
}

// f(z) with a band of ±σ, and the line of X, to be dragged.
function curveAndX(app, f, sigma, colors) {
  const board = canvas(WIDTH, 130, { role: "img", class: "vae-updown" });
  const plot = chart(board, { left: 30, right: 12, top: 6, bottom: 22 }, VIEW, SEE_X), { pen, toX, toY } = plot;
  dragHandles(plot, () => [{ at: [0, 0], drag: (_, [, py]) => app.go({ x: plot.fromY(py) }) }], app.hold);

  function draw({ x }, { z }, shown) {
    const ink = plot.begin(WHOLE, [-4, -2, 0, 2, 4]);
    const shifted = (by) => shown.map((i) => [toX(z[i]), toY(f[i] + by)]);
    plot.inside(() => {
      area(pen, ink.text, 0.15, [...shifted(sigma), ...shifted(-sigma).reverse()]);
      line(pen, ink.text, 1.5, shifted(0));
    });
    line(pen, colors.posterior, 2.5, [[plot.margin.left, toY(x)], [plot.right, toY(x)]]);
    mark(pen, ink, [plot.right, toY(x)], colors.posterior, 7);
    haloed(pen, "X", plot.right - 16, toY(x) + (x > 0 ? 13 : -12), ink);
    board.node.setAttribute("aria-label", `the curve f(z) with a band of one sigma, and X at ${number(x)}`);
  }
  return { node: board.node, draw };
}

// Equation (5) as bars, each starting where the one above it ends, and its two sides as numbers.
function equation(colors) {
  const shown = bars([
    { label: ["E", element("sub", {}, "Q"), "[log P(X|z)]"], note: "reconstruction", color: colors.reconstruction },
    { label: "− D[Q‖P(z)]", note: "price of leaving P(z)", color: colors.q },
    { label: "= the bound", note: "right side of (5)", color: colors.bound },
    { label: "+ D[Q‖P(z|X)]", note: "the gap", color: colors.gap },
    { label: "= log P(X)", note: "Q does not move it", color: "var(--jp-ui-font-color2, #666)" },
  ], { unit: "nats" });
  const check = element("div", { class: "vae-readout" });

  function set({ reconstruction, kl, gap }, logPX) {
    const bound = reconstruction - kl;
    shown.set([[0, reconstruction], [reconstruction, bound], [0, bound], [bound, bound + gap], [0, logPX]],
      [nats(reconstruction), nats(-kl), nats(bound), `+${nats(gap)}`, nats(logPX)], logPX);
    check.replaceChildren(
      element("div", {}, `left of (5): log P(X) − D[Q‖P(z|X)] = ${nats(logPX - gap)}`),
      element("div", {}, "right of (5): E", element("sub", {}, "Q"), `[log P(X|z)] − D[Q‖P(z)] = ${nats(bound)}`),
      element("div", {}, `left − right of (5) = ${powerOfTen(logPX - gap - bound)} nats`));
    return `in nats: reconstruction ${nats(reconstruction)}, minus D[Q‖P(z)] ${nats(-kl)}, the bound ${nats(bound)}, `
      + `the gap ${nats(gap)}, log P(X) ${nats(logPX)}`;
  }
  return { nodes: [shown.node, check], set };
}

function build(app) {
  const { model } = app, f = doubles(model.get("_f")), sigma = model.get("_sigma"), ranges = model.get("_ranges");
  const colors = model.get("_colors"), at = (x) => onGrid(f, sigma, model.get("_half_width"), x);
  let x = app.state.x, grid = at(x);
  const shown = middle(grid), above = densities(app, colors), below = curveAndX(app, f, sigma, colors);
  const terms = equation(colors);
  const names = { mean: ["mean", "mean of Q"], sd: ["sd", "standard deviation of Q"], x: ["X", "X"] };
  const controls = sliders(names, ranges, app.state, app.go);
  const best = button("best Gaussian Q", () => app.go(bestGaussian(grid, ranges.mean, ranges.sd)),
    { title: "the Gaussian with the smallest gap for this X" });
  const posterior = key(`height: 10px; background: ${colors.posterior}; opacity: 0.6`, "P(z|X), the true posterior");
  const reading = note("Each bar starts where the one above it ends, or at 0. Moving Q trades the bound against the gap; the "
    + "dashed line, log P(X), moves only with X.");
  const hides = [posterior, ...terms.nodes, best, reading];
  const quiz = wager(app, "Put Q where you think the posterior P(z|X) lies, as wide as you think it is. Then look.", hides, () => {
    const { mean, sd } = bestGaussian(grid, ranges.mean, ranges.sd), gap = (m, s) => nats(integrals(grid, m, s).gap);
    return `Your Q was ${gap(app.state.mean, app.state.sd)} nats from the posterior; the best Gaussian is ${gap(mean, sd)} away.`;
  });

  function draw(state) {
    if (state.x !== x) { x = state.x; grid = at(x); }
    above.draw(state, grid, shown, quiz.hidden());
    quiz.draw();
    below.draw(state, grid, shown);
    controls.set(state);
    const words = terms.set(integrals(grid, state.mean, state.sd), grid.logPX);
    app.say(`Q has mean ${number(state.mean)} and standard deviation ${number(state.sd)}; X = ${number(x)}`
      + (quiz.hidden() ? "" : `; ${words}`));
  }
  const nodes = [beside("vae-drag-q",
    column({}, legend(
      key(`border-top: 3px solid ${colors.q}`, "Q(z), drag it"),
      key("border-top: 2px dashed; opacity: 0.7", "P(z), the prior"),
      posterior),
    above.node, below.node,
    note("Above: drag Q sideways to move it, up to make it narrower, down wider; the diamonds set its standard "
      + "deviation. Below: f(z) with a band of ±σ; drag the line to another X. The posterior is high where the band "
      + "meets X and the prior is not small.")),
    column({}, quiz.node, ...terms.nodes, ...controls.rows,
      buttons("moves", best,
        button("reset", () => app.go(model.get("_start")), { title: "back to the start" })),
      reading))];
  return { nodes, draw };
}

export default {
  render(context) {
    const ranges = context.model.get("_ranges"), names = Object.keys(ranges);
    const settle = (state) =>
      ({ ...state, ...Object.fromEntries(names.map((name) => [name, clamp(state[name], ranges[name])])) });
    return explorer(context, { label: "drag Q", names: [...names, "revealed"], settle }, build);
  },
};
