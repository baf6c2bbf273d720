"""What a page looks like, asked of the browser: what is cut, what lies over what, what moves, what axe-core objects to."""

OUTPUTS = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output"  # of the notebook in front

# Everything that has a box of its own under `root`: each line of text, formulas, canvases, controls, as {what, node, box}.
# MathJax sets a formula twice: as glyphs, whose box counts, and as text for screen readers, cut to one pixel, which does not.
_BOXES = """(root) => {
    const found = [], seen = (node) => node.checkVisibility() && !node.closest(".vae-hidden, mjx-assistive-mml");
    const words = (node) => node.textContent || node.nextSibling?.textContent; // a formula's stand beside it
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let text; (text = walk.nextNode());) {
        if (!text.data.trim() || !seen(text.parentElement)) continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        for (const box of range.getClientRects()) {
            if (box.width) found.push({ what: text.data.trim().slice(0, 40), node: text.parentElement, box });
        }
    }
    for (const node of root.querySelectorAll("canvas, input, button, img, mjx-math")) {
        if (!seen(node)) continue;
        const what = `<${node.tagName.toLowerCase()} ${node.getAttribute("aria-label") ?? words(node)}>`.slice(0, 40);
        found.push({ what, node, box: node.getBoundingClientRect() });
    }
    return found;
}"""
_CUT = f"""(selector) => [...document.querySelectorAll(selector)].flatMap((root) => {{
    const boxes = ({_BOXES})(root), cut = [];
    const page = document.scrollingElement;
    if (page.scrollWidth > page.clientWidth) cut.push(`the page scrolls sideways: ${{page.scrollWidth}} px`);
    for (const {{ what, node, box }} of boxes) {{
        for (let around = node; around && around !== root.parentElement; around = around.parentElement) {{
            if (around !== root && getComputedStyle(around).overflowX === "visible") continue;
            const edge = around.getBoundingClientRect();
            if (box.left < edge.left - 1 || box.right > edge.right + 1) {{
                const by = Math.max(edge.left - box.left, box.right - edge.right).toFixed(1);
                cut.push(`${{what}} leaves ${{around.className || around.tagName}} by ${{by}} px`);
                break;
            }}
        }}
    }}
    return cut;
}})"""
_OVERLAPS = f"""(selector) => [...document.querySelectorAll(selector)].flatMap((root) => {{
    const boxes = ({_BOXES})(root), found = [];
    boxes.forEach((a, i) => boxes.slice(0, i).forEach((b) => {{
        if (a.node.contains(b.node) || b.node.contains(a.node)) return;
        const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        const scrolled = (one) => one.node.closest(".vae-dimensions"); // out of sight where it overlaps
        if (wide > 1 && high > 3 && !scrolled(a) === !scrolled(b)) found.push(`${{a.what}} lies over ${{b.what}}`);
    }}));
    return found;
}})"""
_PLACES = f"""(selector) => ({_BOXES})(document.querySelector(selector))
    .filter(({{ node }}) => ["CANVAS", "INPUT", "BUTTON"].includes(node.tagName))
    .map(({{ what, box }}) => [what, ...[box.left, box.top + scrollY, box.width, box.height].map(Math.round)])"""

# Text on canvases is written down as it is drawn, each with its box in the canvas's own pixels, and whether it has a halo.
WRITE_DOWN = """() => {
    window.written = new Map();
    const kind = CanvasRenderingContext2D.prototype, { clearRect, fillText, strokeText } = kind;
    let halo = null;
    kind.clearRect = function (...rest) { window.written.set(this.canvas, []); return clearRect.apply(this, rest); };
    kind.strokeText = function (text, ...rest) { halo = text; return strokeText.call(this, text, ...rest); };
    kind.fillText = function (text, x, y) {
        const size = this.measureText(text), matrix = this.getTransform();
        const corners = [[x - size.actualBoundingBoxLeft, y - size.actualBoundingBoxAscent],
            [x + size.actualBoundingBoxRight, y + size.actualBoundingBoxDescent]]
            .map(([px, py]) => matrix.transformPoint({ x: px, y: py }));
        const [left, right] = corners.map((p) => p.x).sort((a, b) => a - b);
        const [top, bottom] = corners.map((p) => p.y).sort((a, b) => a - b);
        const { width, height } = this.canvas;
        window.written.get(this.canvas)?.push({ text, left, right, top, bottom, width, height, halo: halo === text });
        halo = null;
        return fillText.call(this, text, x, y);
    };
}"""
_WRITTEN = """() => [...window.written.values()].flatMap((texts) => {
    const found = [];
    for (const { text, left, right, top, bottom, width, height } of texts) {
        if (left < 0 || top < 0 || right > width || bottom > height) found.push(`${text} leaves its canvas`);
    }
    const plain = texts.filter(({ halo }) => !halo); // text with a halo is made to lie over others
    plain.forEach((a, i) => plain.slice(0, i).forEach((b) => {
        if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) {
            found.push(`${a.text} lies over ${b.text}`);
        }
    }));
    return found;
})"""
# Nothing in the page has changed, and no box that `selector` finds has moved, for 150 ms; five seconds at most.
_SETTLED = """(selector) => new Promise((done) => {
    let since = performance.now(), boxes = "";
    const end = since + 5000, changed = () => { since = performance.now(); };
    const watch = new MutationObserver(changed);
    watch.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    const look = () => {
        const now = [...document.querySelectorAll(selector)].map((node) => {
            const { x, y, width, height } = node.getBoundingClientRect();
            return [x, y, width, height].join();
        }).join(" ");
        if (now !== boxes) changed();
        boxes = now;
        if (performance.now() < Math.min(end, since + 150)) return requestAnimationFrame(look);
        watch.disconnect();
        done();
    };
    look();
})"""


def settle(page, selector: str) -> None:
    """Wait until what `selector` finds has come to rest, after the window's size or the theme has changed."""
    page.evaluate(_SETTLED, selector)


def cut(page, selector: str) -> list[str]:
    """What under `selector` sticks out of what it lies in, or makes the page scroll sideways."""
    return page.evaluate(_CUT, selector)


def overlaps(page, selector: str) -> list[str]:
    """Text, canvases and controls that lie over one another."""
    return page.evaluate(_OVERLAPS, selector)


def places(page, selector: str) -> list[list]:
    """Where canvases and controls are: [[what, left, top, width, height], ...] in whole CSS pixels."""
    return page.evaluate(_PLACES, selector)


def misprints(page) -> list[str]:
    """Text of canvases that is cut, or that lies over other text, since `WRITE_DOWN` was evaluated in the page."""
    return page.evaluate(_WRITTEN)


def objections(page, axe: str, selector: str) -> list[str]:
    """What axe-core objects to under `selector`: its rule, its words, and the elements; once nothing fades in any more."""
    page.evaluate("Promise.allSettled(document.getAnimations().map((one) => one.finished))")
    page.evaluate(f"() => {{ if (!window.axe) {{ {axe} }} }}")
    found = page.evaluate(
        "(selector) => axe.run({ include: [[selector]] }, { resultTypes: ['violations'] }).then((all) => all.violations)",
        selector,
    )
    return [f"{v['id']}: {v['help']}: {[node['html'][:120] for node in v['nodes'][:5]]}" for v in found]


def unlike_the_page(page, selector: str, dark: bool) -> list[str]:
    """Pictures that are seen and have no description, paper of their own, or the other theme's colors."""
    return page.evaluate(
        """([selector, other]) => [...document.querySelectorAll(selector)].filter((image) => image.checkVisibility())
            .flatMap((image) => {
                const what = `picture "${image.alt.slice(0, 40)}"`, found = [];
                if (image.alt.length <= 10) found.push(`${what} lacks a description`);
                if (getComputedStyle(image).backgroundColor !== "rgba(0, 0, 0, 0)") found.push(`${what} has its own paper`);
                if (image.classList.contains(other)) found.push(`${what} is that of the other theme`);
                return found;
            })""",
        [selector, "vae-light" if dark else "vae-dark"],
    )


def inked_edges(page, selector: str) -> list[str]:
    """Pictures whose outermost pixels are not empty: something is cut off there."""
    return page.evaluate(
        """async (selector) => {
            const found = [];
            for (const image of document.querySelectorAll(selector)) {
                await image.decode();
                const { naturalWidth: width, naturalHeight: height } = image;
                const pen = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
                pen.drawImage(image, 0, 0);
                const edges = { top: [0, 0, width, 1], bottom: [0, height - 1, width, 1], left: [0, 0, 1, height],
                    right: [width - 1, 0, 1, height] };
                for (const [name, edge] of Object.entries(edges)) {
                    if (pen.getImageData(...edge).data.some((value, i) => i % 4 === 3 && value > 20)) {
                        found.push(`picture "${image.alt.slice(0, 40)}" (${image.className}) is cut at its ${name}`);
                    }
                }
            }
            return found;
        }""",
        selector,
    )
