// LatentPlane: drag z over the plane of a two-dimensional VAE; the digit is decoded here, in the page.
import { classPoints } from "../core/classes.js";
import { explorer } from "../core/explorer.js";
import { floats, logPrior, network, octets } from "../core/network.js";
import { beside, column, element, note, number, pair, slider, subscript } from "../core/page.js";
import { decodedDigit } from "../core/pixels.js";
import { plane } from "../core/plane.js";

function build(app) {
  const { model } = app, limit = model.get("limit");
  const points = classPoints(floats(model.get("_codes")), octets(model.get("_labels")), model.get("_colors"), limit, () => {
    pad.repaint();
    app.redraw();
  });
  const pad = plane({
    size: 380, limit, axes: ["z₁", "z₂"], backdrop: points.backdrop, move: (z) => app.go({ z }), hold: app.hold,
    label: "latent plane: drag, or move z with the arrow keys; Shift for larger steps; Home for the origin",
  });
  const digit = decodedDigit(app, network(model.get("_shapes"), model.get("_weights")));
  const place = element("div"), prior = element("div");
  const sliders = [0, 1].map((i) => {
    const options = { min: -limit, max: limit, step: 0.01, value: app.state.z[i] };
    return slider(`z${subscript(i + 1)}`, options, (v) => app.go({ z: app.state.z.with(i, v) }));
  });

  function draw({ z, show }) {
    digit.paint(z, show);
    pad.draw(z);
    sliders.forEach((one, i) => one.set(z[i]));
    place.textContent = `z = ${pair(z)}`;
    prior.textContent = `log P(z) = ${number(logPrior(z))} nats`;
    digit.name(`the digit decoded at z = ${pair(z)}`);
    app.say(`${place.textContent}, ${prior.textContent}`);
  }
  const caption = `${model.get("_caption")} Dashed: 1, 2 and 3 standard deviations of P(z).`;
  return {
    nodes: [beside("vae-latent", column({}, pad.node, points.legend, note(caption)),
      column({}, digit.node, element("div", { class: "vae-readout" }, place, prior),
        ...sliders.map((one) => one.row), digit.buttons))],
    draw, repaint: pad.repaint,
  };
}

export default { render: (context) => explorer(context, { label: "latent plane", names: ["z", "show"] }, build) };
