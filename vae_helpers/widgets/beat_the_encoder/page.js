// BeatTheEncoder: drag Q for one hard digit; the terms of (5) follow, and how many nats are won over the network's Q.
import { bars } from "../core/bars.js";
import { chart, haloed, mark, ticks } from "../core/chart.js";
import { densityPicture, ellipses } from "../core/density.js";
import { explorer } from "../core/explorer.js";
import { decodeMean, floats, network, octets } from "../core/network.js";
import {
  beside, button, buttons, canvas, column, digitCanvas, element, handled, key, legend, note, number, pair, slider,
} from "../core/page.js";
import { digitAt } from "../core/pixels.js";
import { dragHandles, onKeys } from "../core/pointer.js";
import { settled, termsOf, windowOf } from "./numbers.js";

const SIZE = 380;

// The window of the plane: the posterior once it is shown, the network's Q, and the learner's, to be dragged.
function view(app, grid, encoder, colors) {
  const board = canvas(SIZE, SIZE, handled("Q on the latent plane: arrow keys move it, Shift for larger steps, plus and "
    + "minus widen and narrow it, Home puts it where the network does"));
  const ends = grid.center.map((c) => [c - grid.half, c + grid.half]);
  const plot = chart(board, { left: 42, right: 12, top: 12, bottom: 26 }, ...ends), { pen, toX, toY } = plot;
  const per = [plot.fromX(1) - plot.fromX(0), plot.fromY(0) - plot.fromY(1)];
  const posterior = densityPicture(grid.n, colors.posterior);
  posterior.paint(grid.logPosterior);
  const tip = ({ mu, sigma }, d, side) => mu.map((m, i) => (i === d ? m + side * 2 * sigma[d] : m));
  const place = ([z1, z2]) => [toX(z1), toY(z2)];

  dragHandles(plot, () => {
    const { mu, sigma } = app.state;
    const widen = (d, side) => ({
      at: place(tip(app.state, d, side)), reach: 14,
      drag: (moved) => app.go({ sigma: sigma.with(d, Math.abs(sigma[d] + (side * moved[d] * per[d] * (d ? -1 : 1)) / 2)) }),
    });
    const middle = { at: place(mu), drag: ([dx, dy]) => app.go({ mu: [mu[0] + dx * per[0], mu[1] - dy * per[1]] }) };
    return [middle, ...[0, 1].flatMap((d) => [widen(d, -1), widen(d, 1)])];
  }, app.hold);
  const scaled = (by) => () => app.go({ sigma: app.state.sigma.map((s) => s * by) });
  onKeys(board.node, {
    move: (way, large) => app.go({ mu: app.state.mu.map((m, d) => m + way[d] * grid.half * (large ? 0.1 : 0.02)) }),
    "+": scaled(1.1), "=": scaled(1.1), "-": scaled(1 / 1.1), Home: () => app.go(encoder),
  });

  function draw(state) {
    const ink = plot.begin(ticks(...ends[0], 5), ticks(...ends[1], 5));
    plot.inside(() => {
      if (state.revealed) {
        pen.drawImage(posterior.node, plot.margin.left, plot.margin.top, plot.right - plot.margin.left, plot.floor - plot.margin.top);
      }
      ellipses(plot, encoder, ink.text, 1.5, { dashes: [4, 3] });
      ellipses(plot, state, colors.q, 2.5);
      for (const d of [0, 1]) {
        for (const side of [-1, 1]) mark(pen, ink, place(tip(state, d, side)), colors.q, 7, "diamond");
      }
      mark(pen, ink, place(state.mu), colors.q, 6);
    });
    haloed(pen, "z₁", plot.right - 12, plot.floor - 10, ink, 12);
    haloed(pen, "z₂", plot.margin.left + 12, plot.margin.top + 10, ink, 12);
  }
  return { node: board.node, draw };
}

// Equation (5) as bars, and the score.
function account(colors, encoderElbo, logPX) {
  const shown = bars([
    { label: ["E", element("sub", {}, "Q"), "[log P(X|z)]"], note: "reconstruction", color: colors.reconstruction },
    { label: "− D[Q‖P(z)]", note: "price of leaving P(z)", color: colors.q },
    { label: "= your bound", note: "right side of (5)", color: colors.bound },
    { label: "+ D[Q‖P(z|X)]", note: "your gap", color: colors.gap },
    { label: "= log P(X)", note: "the most that can be won", color: colors.most },
  ], { unit: "nats" });
  const score = element("div", { class: "vae-readout vae-score" });
  function set({ reconstruction, kl, gap }) {
    const elbo = reconstruction - kl, won = elbo - encoderElbo, most = logPX - encoderElbo;
    shown.set([[0, reconstruction], [reconstruction, elbo], [0, elbo], [elbo, elbo + gap], [0, logPX]],
      [number(reconstruction), number(-kl), number(elbo), `+${number(gap)}`, number(logPX)], logPX);
    score.textContent = won < 0
      ? `${number(-won)} nats below the network\n${number(most)} nats can be won`
      : `won over the network: ${number(won)}\nof ${number(most)} nats`;
    return `${score.textContent.replace("\n", ", ")}; your bound ${number(elbo)}, your gap ${number(gap)}, log P(X) ${number(logPX)} nats`;
  }
  return { nodes: [shown.node, score], set };
}

function build(app) {
  const { model } = app, colors = model.get("_colors"), encoder = model.get("_encoder");
  const grid = windowOf(floats(model.get("_log_likelihood")), model.get("_center"), model.get("_half"), model.get("log_p_x"));
  const layers = network(model.get("_shapes"), model.get("_weights"));
  const plot = view(app, grid, encoder, colors), sum = account(colors, model.get("encoder_elbo"), grid.logPX);
  const digits = [digitCanvas(112, "X, the digit"), digitCanvas(112, "f(z) at the middle of Q")];
  const figure = (digit, text) => element("figure", {}, digit.node, element("figcaption", {}, text));
  digits[0].paint(digitAt(octets(model.get("_x")), 0));
  const axes = [["mu", 0, "μ₁"], ["mu", 1, "μ₂"], ["sigma", 0, "σ₁"], ["sigma", 1, "σ₂"]].map(([name, d, label]) => {
    const [min, max] = name === "mu" ? [grid.center[d] - grid.half, grid.center[d] + grid.half] : [0, grid.half / 4];
    const options = { min, max, step: grid.half / 1000, value: app.state[name][d], format: (v) => number(v, 3),
      describe: `${label}, ${name === "mu" ? "mean" : "standard deviation"} of Q` };
    const made = slider(label, options, (v) => app.go({ [name]: app.state[name].with(d, v) }));
    return { row: made.row, show: (state) => made.set(state[name][d]) };
  });
  const show = button("show P(z|X)", () => app.go({ revealed: !app.state.revealed }));

  function draw(state) {
    plot.draw(state);
    digits[1].paint(decodeMean(layers, state.mu, model.get("likelihood")));
    for (const axis of axes) axis.show(state);
    show.textContent = state.revealed ? "hide P(z|X)" : "show P(z|X)";
    app.say(`Q has mean ${pair(state.mu)}; ${sum.set(termsOf(grid, state.mu, state.sigma))}`);
  }
  const nodes = [beside("vae-beat",
    column({}, legend(
      key(`border-top: 3px solid ${colors.q}`, "your Q, drag it"),
      key("border-top: 2px dashed", "the network's Q"),
      key(`height: 10px; background: ${colors.posterior}`, "P(z|X), once shown")), plot.node,
    buttons("moves", show, button("the network's Q", () => app.go(encoder), { title: "put your Q where the network puts it" })),
    note("Drag the middle to move Q, a diamond to widen it. Ellipses: 1 and 2 standard deviations.")),
    column({}, element("div", { class: "vae-figures" },
      figure(digits[0], "X"), figure(digits[1], "f(z) at Q's middle")), ...sum.nodes, ...axes.map((axis) => axis.row)))];
  return { nodes, draw };
}

export default {
  render(context) {
    const half = context.model.get("_half"), center = context.model.get("_center");
    const n = Math.round(Math.sqrt(floats(context.model.get("_log_likelihood")).length));
    const settle = (state) => ({ ...state, ...settled({ center, half, spacing: (2 * half) / (n - 1) }, state) });
    return explorer(context, { label: "beat the encoder", names: ["mu", "sigma", "revealed"], settle }, build);
  },
};
