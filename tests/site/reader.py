"""A page of the site as a reader has it: opened from disk."""

from pathlib import Path


class Page:
    """A page of the site: Playwright's `page`, and `complaints`, the errors of its console and what it asks from outside."""

    def __init__(self, context, path: Path, query: str = ""):
        self.page, self.complaints = context.new_page(), []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        self.page.on("request", lambda r: None if inside(r.url) else self.complaints.append(f"asks for {r.url}"))
        self.page.on("requestfailed", lambda r: self.complaints.append(f"does not get {r.url}"))
        self.page.goto(f"{path.as_uri()}{query}")

    def explorers(self):
        """All explorers of the page, started."""
        places = self.page.locator(".vae-live")
        for number in range(places.count()):
            places.nth(number).scroll_into_view_if_needed()
            places.nth(number).locator(".vae-explorer").wait_for(timeout=20_000)
        return self.page.locator(".vae-live .vae-explorer")

    def settle(self):
        """MathJax has set the page's formulas."""
        self.page.wait_for_function("!window.MathJax || MathJax.startup?.promise !== undefined", timeout=30_000)
        self.page.evaluate("window.MathJax?.startup?.promise")


def inside(url: str) -> bool:
    return url.startswith(("file:", "data:", "blob:"))
