// LatentPlane: drag z over the plane of a two-dimensional VAE; the digit is decoded here, in the page.
import {
  announcer, classPoints, decodeMean, decodeSample, digitCanvas, element, floats, logPrior, network, number, octets,
  onFrame, onThemeChange, pixelNoise, plane, showButtons, slider, subscript, throttle,
} from "./core.js";

function render({ model, el }) {
  const likelihood = model.get("likelihood"), limit = model.get("limit");
  const layers = network(model.get("_shapes"), model.get("_weights"));
  const points = classPoints(
    floats(model.get("_codes")), octets(model.get("_labels")), model.get("_colors"), () => pad.redraw());
  let z = [...model.get("z")], noise = pixelNoise(784, likelihood);

  const sync = throttle(() => { model.set("z", z); model.save_changes(); }, 100);
  const digit = digitCanvas(224, "the decoded digit");
  const readout = element("div", { class: "vae-readout" });
  const { node: live, say } = announcer();

  function draw() {
    const mean = decodeMean(layers, z, likelihood);
    const samples = model.get("show") === "samples";
    const pixels = samples ? decodeSample(mean, likelihood, model.get("sigma"), noise) : mean;
    digit.paint(pixels);
    pad.set(z);
    pad.draw();
    sliders.forEach((s, i) => s.set(z[i]));
    readout.textContent = `z = (${z.map((v) => number(v)).join(", ")})    log P(z) = ${number(logPrior(z))} nats`;
    digit.node.setAttribute("aria-label", `the digit decoded at z = (${z.map((v) => number(v)).join(", ")})`);
    say(readout.textContent);
  }
  const redraw = onFrame(draw);
  const go = (next) => { z = [...next]; redraw(); sync(); };

  const pad = plane({
    size: 380, limit, axes: ["z₁", "z₂"], backdrop: points.backdrop, move: go,
    label: "latent plane: drag, or move z with the arrow keys; Shift for larger steps; Home for the origin",
  });
  const sliders = [0, 1].map((i) =>
    slider(`z${subscript(i + 1)}`, { min: -limit, max: limit, step: 0.01, value: z[i] }, (v) => {
      const next = [...z];
      next[i] = v;
      go(next);
    }));

  const show = showButtons(model, () => { noise = pixelNoise(784, likelihood); draw(); });

  el.classList.add("vae-explorer");
  el.append(element("div", { class: "vae-row", role: "group", "aria-label": "latent plane explorer" },
    element("div", { class: "vae-column" }, pad.node, points.legend,
      element("p", { class: "vae-note" }, `${model.get("_caption")} Dashed: 1, 2 and 3 standard deviations of P(z).`)),
    element("div", { class: "vae-column" }, digit.node, readout, ...sliders.map((s) => s.row), show.node),
    live));

  const fromPython = () => { if (!pad.dragging) { z = [...model.get("z")]; redraw(); } };
  model.on("change:z", fromPython);
  const fromShow = () => { show.mark(); redraw(); };
  model.on("change:show", fromShow);
  const stop = onThemeChange(pad.redraw);
  requestAnimationFrame(() => { pad.redraw(); draw(); });
  return () => { model.off("change:z", fromPython); model.off("change:show", fromShow); stop(); };
}

export default { render };
