// Runs the course's explorers in a page without a kernel, also in one opened from disk: what anywidget does in JupyterLab,
// less Python. Large values come as scripts, since a page from disk may not fetch.
(() => {
  const base = new URL("parts/", document.currentScript.src), arrived = new Map(), loading = new Map();
  window.vaePart = (name, length, text) => arrived.set(name, unpacked(length, text));

  // Bytes from text with 15 bits a letter.
  function unpacked(length, text) {
    const bytes = new Uint8Array(length);
    for (let at = 0, k = 0, bits = 0, rest = 0; at < length; at++) {
      if (bits < 8) { rest = (rest << 15) | (text.charCodeAt(k++) - 0x3400); bits += 15; }
      bits -= 8;
      bytes[at] = rest >> bits;
      rest &= (1 << bits) - 1;
    }
    return bytes;
  }

  function part(name) {
    if (!loading.has(name)) loading.set(name, new Promise((done, fail) => {
      const script = document.createElement("script");
      script.src = new URL(`${name}.js`, base);
      script.onload = () => done(arrived.get(name));
      script.onerror = () => fail(new Error(`the file _static/parts/${name}.js is missing`));
      document.head.append(script);
    }));
    return loading.get(name);
  }

  async function value(saved) {
    if (!saved?.part) return saved;
    const packed = new Blob([await part(saved.part)]).stream().pipeThrough(new DecompressionStream("gzip"));
    const planes = new Uint8Array(await new Response(packed).arrayBuffer()), bytes = new Uint8Array(planes.length);
    for (let first = 0, at = 0; first < 4; first++) for (let i = first; i < bytes.length; i += 4) bytes[i] = planes[at++];
    return saved.kind === "text" ? new TextDecoder().decode(bytes) : new DataView(bytes.buffer);
  }

  // The part of anywidget's model that the explorers use.
  function makeModel(state) {
    const heard = new Map();
    return {
      get: (name) => state[name],
      set(name, next) {
        const same = JSON.stringify(state[name]) === JSON.stringify(next);
        state[name] = next;
        if (!same) for (const hear of heard.get(`change:${name}`) ?? []) hear();
      },
      save_changes() {},
      on: (event, hear) => heard.set(event, [...(heard.get(event) ?? []), hear]),
      off: (event, hear) => heard.set(event, (heard.get(event) ?? []).filter((other) => other !== hear)),
    };
  }

  const modules = new Map(), styled = new Set();
  async function start(place) {
    const saved = Object.entries(JSON.parse(place.querySelector("script").textContent));
    const state = Object.fromEntries(await Promise.all(saved.map(async ([name, one]) => [name, await value(one)])));
    if (!styled.has(state._css)) document.head.append(Object.assign(document.createElement("style"), { textContent: state._css }));
    styled.add(state._css);
    if (!modules.has(state._esm)) {
      modules.set(state._esm, import(URL.createObjectURL(new Blob([state._esm], { type: "text/javascript" }))));
    }
    const { default: widget } = await modules.get(state._esm);
    const picture = [...place.children], el = document.createElement("div");
    place.append(el); // an explorer draws once it is in the page
    try {
      await widget.render({ model: makeModel(state), el });
    } catch (error) {
      el.remove();
      throw error;
    }
    picture.forEach((node) => node.remove());
  }

  function explain(place, error) {
    const text = `This explorer could not start: ${error.message}.`;
    place.append(Object.assign(document.createElement("p"), { className: "vae-kernel", textContent: text }));
  }

  // An explorer starts when it comes near; its picture stands until then, and stays if it cannot start.
  const watch = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watch.unobserve(target);
      start(target).catch((error) => explain(target, error));
    }
  }, { rootMargin: "800px" });
  document.querySelectorAll(".vae-live").forEach((place) => watch.observe(place));

  // What the theme leaves out for readers with a screen reader or without a mouse.
  const give = (selector, name, content) =>
    document.querySelectorAll(selector).forEach((node) => node.setAttribute(name, content));
  give(".caption[role=heading]", "aria-level", "2");
  give(".sidebar-drawer", "aria-label", "Pages");
  give(".toc-drawer", "aria-label", "On this page");
  document.querySelectorAll("summary[aria-label]").forEach((node) => node.removeAttribute("aria-label"));
  const reach = new ResizeObserver((sized) => {
    for (const { target } of sized) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
  });
  document.querySelectorAll("article :is(pre, .cell_output, .table-wrapper, .math)").forEach((node) => reach.observe(node));
})();
