// HoldTheNoise: z = μ + σ·ε for one latent number while μ and σ are dragged, with the gradients of the expected loss.
import { bars } from "../core/bars.js";
import { explorer } from "../core/explorer.js";
import { clamp, normal } from "../core/network.js";
import { beside, button, buttons, choice, column, element, key, legend, note, number, sliders } from "../core/page.js";
import { estimateChart, particleChart } from "./charts.js";
import { downhill, estimates, exact, lossOf, particles, through } from "./numbers.js";

// The gradients as bars, and the losses in words; `set` returns the gradients in words.
function results(colors, edge) {
  const gradients = bars([
    { label: "∂/∂μ, these ε", color: colors.gradient }, { label: "∂/∂μ, exact", color: colors.exact },
    { label: "∂/∂σ, these ε", color: colors.gradient }, { label: "∂/∂σ, exact", color: colors.exact },
  ], { tall: 24, thick: 14, least: [-1, 1], even: true });
  const readout = element("div", { class: "vae-readout" });
  function set({ eps, hold }, now, truth, slope) {
    const all = [now.dMu, truth.dMu, now.dSigma, truth.dSigma], texts = all.map((v) => number(v, 3));
    gradients.set(all.map((v) => [0, v]), texts);
    const away = now.z.filter((z) => Math.abs(z) > edge).length;
    readout.replaceChildren(...[
      `mean loss of ${eps.length} particles: ${number(now.estimate, 3)} nats`
        + (away ? ` (${away} outside the view)` : ""),
      `E[ℓ(z)], exact: ${number(truth.estimate, 3)} nats`,
      hold ? `slope of the curve at μ: ${texts[0]}, the path gradient`
        : `slope of the jagged line at μ: ${number(slope, 1)}, mostly noise`,
    ].map((text) => element("div", {}, text)));
    return `gradient by μ ${texts[0]}, exact ${texts[1]}; gradient by σ ${texts[2]}, exact ${texts[3]}`;
  }
  const unit = element("div", { class: "vae-noise-unit" }, "nats per unit of μ or σ");
  return { nodes: [gradients.node, unit, readout], set };
}

// μ and σ after some steps downhill: with the ε that are held, or with fresh ones from the second on.
function descent({ mu, sigma, eps, hold }, steps, loss, rate, fresh) {
  for (let step = 0; step < steps; step++) {
    if (step && !hold) eps = fresh();
    ({ mu, sigma } = downhill(mu, sigma, particles(loss, mu, sigma, eps), rate));
  }
  return { mu, sigma };
}

function build(app) {
  const { model } = app, colors = model.get("_colors"), view = model.get("_window"), rate = model.get("_rate");
  const loss = lossOf(model.get("_loss"));
  const mus = Array.from({ length: 141 }, (_, i) => +(view[0] * (i / 70 - 1)).toFixed(2));
  const fresh = (count = app.state.eps.length) => Array.from({ length: count }, normal);
  // One row of ε for every μ of the jagged line. It stays while μ moves: a line that also flickers shows no more.
  let rows = mus.map(() => fresh());
  const move = (change) => app.go({ ...(app.state.hold ? {} : { eps: fresh() }), ...change });

  const descend = (steps) => move(descent(app.state, steps, loss, rate, fresh));

  const above = particleChart(app, loss, view, colors, move), below = estimateChart(loss, mus, view, colors);
  const shown = results(colors, view[0]);
  const names = { mu: ["μ", "μ, the mean of Q"], sigma: ["σ", "σ, the standard deviation of Q"] };
  const controls = sliders(names, model.get("_ranges"), app.state, move);
  const modes = choice("what ε does while μ moves", [[true, "hold ε", "the same ε at every μ"],
    [false, "fresh ε at every μ", "new ε at every move"]], (hold) => app.go({ hold }));
  const moves = buttons("moves",
    button("draw new ε", () => { rows = mus.map(() => fresh()); app.go({ eps: fresh() }); },
      { title: "other standard normal numbers" }),
    button("one step downhill", () => descend(1), { title: `μ and log σ against their gradients, at a rate of ${rate}` }),
    button("twenty steps", () => descend(20), { title: "the same twenty times" }),
    button("reset", () => move(model.get("_start")), { title: "μ and σ back to the start" }));
  const tangent = key(`border-top: 3px solid ${colors.gradient}`, "slope ∂/∂μ, ε held");

  function draw(state) {
    const { mu, sigma, eps, hold } = state;
    if (eps.length !== rows[0].length) rows = mus.map(() => fresh());
    const now = particles(loss, mu, sigma, eps), truth = exact(loss, mu, sigma);
    const curve = through(estimates(loss, mus, sigma, hold ? [eps] : rows), [mu, now.estimate]);
    above.draw(state, now);
    below.draw(state, now, curve.points);
    controls.set(state);
    modes.mark(hold);
    tangent.style.visibility = hold ? "" : "hidden";
    const words = shown.set(state, now, truth, curve.slope);
    app.say(`μ = ${number(mu)}, σ = ${number(sigma)}, ${hold ? "ε held" : "fresh ε at every μ"}; mean loss `
      + `${number(now.estimate, 3)} nats; ${words}`);
  }
  const nodes = [beside("vae-noise",
    column({}, legend(
      key(`height: 9px; width: 9px; border-radius: 5px; background: ${colors.estimate}`, "z = μ + σε, drag them"),
      key(`border-top: 3px solid ${colors.gradient}`, "downhill, −ℓ′(z)"),
      key(`height: 10px; background: ${colors.estimate}; opacity: 0.4`, "Q(z) = N(μ, σ²)")),
    above.node, modes.node, legend(
      key(`border-top: 3px solid ${colors.estimate}`, "mean of ℓ(μ + σε)"),
      key(`border-top: 2px dashed ${colors.exact}`, "E[ℓ(z)], exact"), tangent), below.node),
    column({}, ...shown.nodes, ...controls.rows, moves,
      note("Drag the particles sideways to move μ, up to make σ smaller, down larger. While ε is held, each keeps its "
        + "ε and glides along the loss: ∂z/∂μ = 1 and ∂z/∂σ = ε, so that ∂/∂μ is the mean of ℓ′(z), and ∂/∂σ the "
        + "mean of ε·ℓ′(z)."),
      note("With fresh ε at every μ, two neighbors differ by their noise, not by μ. A step downhill moves μ and log "
        + "σ against their gradients; nothing here holds σ up, as the KL term does in (5).")))];
  return { nodes, draw };
}

export default {
  render(context) {
    const ranges = context.model.get("_ranges");
    const settle = (state) => ({ ...state, mu: clamp(state.mu, ranges.mu), sigma: clamp(state.sigma, ranges.sigma) });
    return explorer(context, { label: "hold the noise", names: ["mu", "sigma", "eps", "hold"], settle }, build);
  },
};
