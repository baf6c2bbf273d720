// LatentPlane: drag z over the plane of a two-dimensional VAE; the digit is decoded here, in the page.
import { classPoints } from "../core/classes.js";
import { between, densityPicture } from "../core/density.js";
import { explorer } from "../core/explorer.js";
import { floats, logPrior, network, octets } from "../core/network.js";
import { beside, choice, column, element, note, number, pair, slider, subscript } from "../core/page.js";
import { decodedDigit } from "../core/pixels.js";
import { plane } from "../core/plane.js";

const BLUE = "#4477AA"; // as plots.COLORS has it

// Densities behind the points, by name, one at a time: `backdrop(chart)` draws the chosen one, `log(z)` is its logarithm.
function priors(app, limit) {
  const names = app.model.get("_priors"), all = floats(app.model.get("_densities"));
  const n = Math.sqrt(all.length / Math.max(1, names.length)), picture = densityPicture(Math.max(1, n), BLUE, 3);
  const chosen = () => all.subarray(n * n * names.indexOf(app.state.prior), n * n * (names.indexOf(app.state.prior) + 1));
  const buttons = choice("the density behind the points", names.map((name) => [name, name]), (prior) => app.go({ prior }));
  return {
    names, nodes: names.length ? [buttons.node] : [], mark: buttons.mark,
    log: (z) => between(chosen(), n, limit, z),
    backdrop({ pen, toX, toY }) {
      if (!names.length) return;
      picture.paint(chosen());
      pen.drawImage(picture.node, toX(-limit), toY(limit), toX(limit) - toX(-limit), toY(-limit) - toY(limit));
    },
  };
}

function build(app) {
  const { model } = app, limit = model.get("limit"), behind = priors(app, limit);
  const points = classPoints(floats(model.get("_codes")), octets(model.get("_labels")), model.get("_colors"), limit, () => {
    pad.repaint();
    app.redraw();
  });
  const pad = plane({
    size: 380, limit, axes: ["z₁", "z₂"], move: (z) => app.go({ z }), hold: app.hold,
    backdrop: (chart, ink) => { behind.backdrop(chart); points.backdrop(chart, ink); },
    label: "latent plane: drag, or move z with the arrow keys; Shift for larger steps; Home for the origin",
  });
  const digit = decodedDigit(app, network(model.get("_shapes"), model.get("_weights")));
  const place = element("div"), prior = element("div");
  const sliders = [0, 1].map((i) => {
    const options = { min: -limit, max: limit, step: 0.01, value: app.state.z[i] };
    return slider(`z${subscript(i + 1)}`, options, (v) => app.go({ z: app.state.z.with(i, v) }));
  });

  let shown = app.state.prior;
  function draw({ z, show, prior: name }) {
    if (name !== shown) pad.repaint();
    shown = name;
    behind.mark(name);
    digit.paint(z, show);
    pad.draw(z);
    sliders.forEach((one, i) => one.set(z[i]));
    place.textContent = `z = ${pair(z)}`;
    prior.textContent = `log P(z) = ${number(behind.names.length ? behind.log(z) : logPrior(z))} nats`;
    digit.name(`the digit decoded at z = ${pair(z)}`);
    app.say(`${place.textContent}, ${prior.textContent}`);
  }
  const standard = behind.names.length ? "N(0, I)" : "P(z)";
  const caption = `${model.get("_caption")} Dashed: 1, 2 and 3 standard deviations of ${standard}.`;
  return {
    nodes: [beside("vae-latent", column({}, ...behind.nodes, pad.node, points.legend, note(caption)),
      column({}, digit.node, element("div", { class: "vae-readout" }, place, prior),
        ...sliders.map((one) => one.row), digit.buttons))],
    draw, repaint: pad.repaint,
  };
}

export default { render: (context) => explorer(context, { label: "latent plane", names: ["z", "show", "prior"] }, build) };
